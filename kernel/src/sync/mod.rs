//! The objects that tasks share and wait for: one a file.

mod channel;
pub(crate) mod contend;
mod mutex;
mod pipe;
mod pool;
mod queue;
mod semaphore;

pub use channel::Channel;
pub use mutex::{Mutex, MutexGuard};
pub use pipe::Pipe;
pub use pool::{Pool, PoolBox};
pub use queue::MessageQueue;
pub use semaphore::Semaphore;
