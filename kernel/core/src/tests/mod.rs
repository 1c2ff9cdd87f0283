//! Tests with a view of the lists' insides.

mod channel;
mod model;
mod mutex;
mod periodic;
mod pipe;
mod pool;
mod properties;
mod ready;
mod rig;
mod semaphore;
mod service;
mod timer;
