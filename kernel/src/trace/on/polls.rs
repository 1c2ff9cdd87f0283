//! The tasks of an executor, known by the address of their memory.

use super::{id_of, number, tells};
use crate::lock;
use bluekernel_abi::wire::{group, head};

/// The running task polls `future`.
pub(crate) fn poll_begin(future: u32) {
    tell(head::POLL_BEGIN, future);
}

/// It has polled `future`.
pub(crate) fn poll_end(future: u32) {
    tell(head::POLL_END, future);
}

/// `future` was woken, and will be polled.
pub(crate) fn poll_ready(future: u32) {
    tell(head::POLL_READY, future);
}

#[inline(always)]
fn tell(head: u8, future: u32) {
    if tells(group::POLLS) {
        lock::with(|locked| number(locked, head, id_of(future as usize)));
    }
}
