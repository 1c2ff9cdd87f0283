//! What is looked at: the trace, the window of time, cursor, marks, selection. Nothing here draws.

mod app;
mod keys;
mod viewport;

pub use app::{App, View};
pub(super) use app::{Mode, Status};
pub(super) use keys::KEYS;
