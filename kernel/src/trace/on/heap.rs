//! The heap. The hooks take the lock themselves.

use super::jobs::Announced;
use super::{long, numbers, tells};
use crate::lock::{self, Protected};
use bluekernel_abi::wire::{group, head};
use core::cell::Cell;

/// What is in use of a heap: the bytes that were asked for, without what the allocator needs for itself.
pub(crate) struct HeapAccount {
    used: Protected<Cell<u32>>,
    peak: Protected<Cell<u32>>,
    announced: Announced,
}

impl HeapAccount {
    /// Nothing.
    pub(crate) const fn new() -> Self {
        Self { used: Protected::new(Cell::new(0)), peak: Protected::new(Cell::new(0)), announced: Announced::new() }
    }

    /// `bytes` were taken from the heap, or came back to it, as `head` says.
    fn tell(&self, head: u8, bytes: usize, used: impl FnOnce(u32, u32) -> u32) {
        lock::with(|locked| {
            let bytes = bytes as u32;
            let used = used(self.used.get(locked).get(), bytes);
            self.used.get(locked).set(used);
            self.peak.get(locked).set(self.peak.get(locked).get().max(used));
            numbers(locked, head, bytes, used);
        });
    }

    /// Tells of all of the heap's `size` bytes, where that is due.
    fn tell_all(&self, size: usize) {
        lock::with(|locked| {
            if self.announced.is_due(locked) {
                let all = [self.used.get(locked).get(), self.peak.get(locked).get(), size as u32];
                long(locked, head::HEAP_STAT, &all.map(u64::from));
            }
        });
    }
}

/// `bytes` were taken from a heap of `size`.
pub(crate) fn heap_alloc(account: &HeapAccount, bytes: usize, size: usize) {
    if tells(group::MEMORY) {
        account.tell(head::HEAP_ALLOC, bytes, u32::wrapping_add);
        account.tell_all(size);
    }
}

/// `bytes` came back to a heap of `size`.
pub(crate) fn heap_free(account: &HeapAccount, bytes: usize, size: usize) {
    if tells(group::MEMORY) {
        account.tell(head::HEAP_FREE, bytes, u32::wrapping_sub);
        account.tell_all(size);
    }
}
