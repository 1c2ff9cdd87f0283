//! The objects that tasks share and wait for: one a file.

mod barrier;
mod ceiling;
mod channel;
mod condvar;
pub(crate) mod contend;
mod events;
mod generation;
mod mutex;
mod once;
mod pipe;
mod pool;
mod queue;
mod recursive;
mod rwlock;
mod semaphore;
mod signal;
mod watch;

pub use barrier::{Barrier, BarrierWaitResult};
pub use bluekernel_core::events::Wanted;
pub use ceiling::{CeilingGuard, CeilingMutex};
pub use channel::Channel;
pub use condvar::Condvar;
pub use events::EventFlags;
pub use mutex::{Mutex, MutexGuard};
pub use once::{Once, OnceCell};
pub use pipe::Pipe;
pub use pool::{Pool, PoolBox};
pub use queue::MessageQueue;
pub use recursive::{RecursiveGuard, RecursiveMutex};
pub use rwlock::{ReadGuard, RwLock, WriteGuard};
pub use semaphore::Semaphore;
pub use signal::Signal;
pub use watch::{Receiver, Watch};
