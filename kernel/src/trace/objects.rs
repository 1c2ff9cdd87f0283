//! Objects are numbered in steps of [`OBJECT_BYTES`]: so no two that stand beside each other may be closer than that.

use bluekernel_abi::wire::OBJECT_BYTES;

use crate::{
    Barrier, CeilingMutex, Channel, Condvar, EventFlags, MessageQueue, Mutex, Once, OnceCell, Periodic, Pipe, Pool,
    RecursiveMutex, RwLock, Semaphore, Signal, Timer, Watch,
};

/// Does not compile for a type that takes less.
const fn takes_a_number<T>() {
    assert!(size_of::<T>() >= OBJECT_BYTES as usize, "two of these could have the same number");
}

/// Every kind of object, with as little in it as it can have.
const _: () = {
    takes_a_number::<Barrier>();
    takes_a_number::<CeilingMutex<()>>();
    takes_a_number::<Channel<(), 1>>();
    takes_a_number::<Condvar>();
    takes_a_number::<EventFlags>();
    takes_a_number::<MessageQueue<1, 1>>();
    takes_a_number::<Mutex<()>>();
    takes_a_number::<Once>();
    takes_a_number::<OnceCell<()>>();
    takes_a_number::<Periodic>();
    takes_a_number::<Pipe<1>>();
    takes_a_number::<Pool<u8, 1>>();
    takes_a_number::<RecursiveMutex<()>>();
    takes_a_number::<RwLock<()>>();
    takes_a_number::<Semaphore>();
    takes_a_number::<Signal<()>>();
    takes_a_number::<Timer>();
    takes_a_number::<Watch<()>>();
};
