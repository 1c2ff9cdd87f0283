//! Tests with a view of the lists' insides.

mod channel;
mod events;
mod generation;
mod model;
mod mutex;
mod properties;
mod readers;
mod ready;
mod rig;
mod semaphore;
mod signal;
mod timer;
