//! Tests with a view of the lists' insides.

mod channel;
mod model;
mod mutex;
mod properties;
mod ready;
mod rig;
mod semaphore;
mod timer;
mod waiter;
