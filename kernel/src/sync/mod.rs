//! The objects that tasks share and wait for: one a file.

mod channel;
pub(crate) mod contend;
mod mutex;
mod semaphore;

pub use channel::Channel;
pub use mutex::{Mutex, MutexGuard};
pub use semaphore::Semaphore;
