//! A reader-writer lock's readers, and the writer that waits until they have left.
//!
//! Everyone comes through a gate, which is a mutex of the caller's: a reader only passes it, a writer keeps it until it
//! has written. So readers and writers are let in by priority, equals in the order they came, and a writer inherits the
//! priority of those it keeps waiting.
//!
//! A reader that is more important than the writer that keeps the gate, and so than all who wait there, need not wait
//! while others still read: it joins them.

use crate::wait::WaitList;
use core::cell::Cell;

/// The readers. All bytes 0 has none.
#[repr(C)]
pub struct ReaderControl {
    /// The writer that has the gate waits here until there are no readers.
    list: WaitList,
    readers: Cell<u32>,
}

impl ReaderControl {
    /// Nobody reads.
    #[must_use]
    pub const fn new() -> Self {
        Self { list: WaitList::new(), readers: Cell::new(0) }
    }

    /// The list that the writer waits in.
    #[inline(always)]
    #[must_use]
    pub fn list(&self) -> &WaitList {
        &self.list
    }

    /// How many read.
    #[inline(always)]
    #[must_use]
    pub fn readers(&self) -> u32 {
        self.readers.get()
    }

    /// Whether a reader of priority `reader`, none for a handler, may begin although somebody of priority `gate` has the
    /// gate; none: it is free.
    #[inline(always)]
    #[must_use]
    pub fn may_read(&self, reader: Option<u8>, gate: Option<u8>) -> bool {
        match gate {
            None => true,
            Some(gate) => self.readers.get() > 0 && reader > Some(gate),
        }
    }

    /// So many read.
    #[cfg(test)]
    pub(crate) fn set_readers(&self, readers: u32) {
        self.readers.set(readers);
    }

    /// One more reads. `false`: there are as many as can be counted.
    #[inline(always)]
    #[must_use]
    pub fn begin(&self) -> bool {
        match self.readers.get().checked_add(1) {
            Some(readers) => {
                self.readers.set(readers);
                true
            }
            None => false,
        }
    }

    /// One has read. Whether the writer that waits is to be woken.
    #[inline(always)]
    #[must_use]
    pub fn end(&self) -> bool {
        let readers = self.readers.get() - 1;
        self.readers.set(readers);
        readers == 0 && !self.list.is_empty()
    }
}

impl Default for ReaderControl {
    fn default() -> Self {
        Self::new()
    }
}
