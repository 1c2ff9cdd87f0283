//! Tests with a view of the lists' insides.

mod bitmap;
mod channel;
mod events;
#[cfg(not(miri))]
mod explore;
mod generation;
mod listeners;
mod model;
mod mutex;
mod periodic;
mod periods;
mod pipe;
mod pool;
mod properties;
mod readers;
mod ready;
mod rig;
mod semaphore;
mod service;
mod signal;
mod timer;
mod waiter;
mod wrap;
