//! What all views share: the trace, one selection (a row and a time), one window of time. Nothing here draws.
//!
//! ```text
//! session.rs   what is looked at, and how it grows
//! navigate.rs  how the window, the cursor and the selection move
//! viewport.rs  the window of time
//! console.rs   the firmware's text
//! ```

mod console;
mod navigate;
mod session;
mod viewport;

pub(super) use session::{Session, Status};
