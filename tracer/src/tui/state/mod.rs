//! What all views share: the trace, one selection (a row and a time), one window of time. Nothing here draws.
//!
//! ```text
//! session.rs   what is looked at, and how it grows
//! navigate.rs  how the window, the cursor and the selection move
//! viewport.rs  the window of time
//! marked.rs    bookmarks and marks, and that they are kept
//! search.rs    what is looked for, and what is shown
//! flow.rs      from who is woken to who woke, and on
//! derived.rs   sums, and the history of objects
//! fresh.rs     what is worked out anew between frames, and not too often
//! behind.rs    what is worked out of the whole of a trace that grows, beside the frames
//! console.rs   the firmware's text
//! stream.rs    the bytes of the trace
//! history.rs   how much of a run is kept
//! ```

mod behind;
mod console;
mod derived;
mod flow;
mod fresh;
mod history;
mod machine;
mod marked;
mod navigate;
mod search;
mod session;
mod stream;
mod viewport;

pub(super) use behind::{AsOf, Behind};
pub(super) use session::{Session, Status};
pub(super) use stream::Stream;
