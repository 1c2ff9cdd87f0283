//! The heap. The hooks take the lock themselves.

use super::wide;
use crate::lock::{self, Protected};
use bluekernel_abi::flight::kind;
use core::cell::Cell;

/// What is in use of a heap: the bytes that were asked for, without what the allocator needs for itself.
pub(crate) struct HeapAccount(Protected<Cell<u32>>);

impl HeapAccount {
    /// Nothing.
    pub(crate) const fn new() -> Self {
        Self(Protected::new(Cell::new(0)))
    }

    fn tell(&self, kind: u8, bytes: usize, used: impl FnOnce(u32, u32) -> u32) {
        lock::with(|locked| {
            let account = self.0.get(locked);
            account.set(used(account.get(), bytes as u32));
            wide(locked, kind, bytes as u32, account.get());
        });
    }
}

pub(crate) fn heap_alloc(account: &HeapAccount, bytes: usize, _size: usize) {
    account.tell(kind::HEAP_ALLOC, bytes, u32::wrapping_add);
}

pub(crate) fn heap_free(account: &HeapAccount, bytes: usize, _size: usize) {
    account.tell(kind::HEAP_FREE, bytes, u32::wrapping_sub);
}
