//! The pool of blocks: which of them are free.
//!
//! A block that was never used is told from the others by its number alone, so a pool needs no preparation and all bytes
//! 0 is a full one. A block that came back goes in front of a list whose links the caller keeps in the blocks
//! themselves: `B` is what the caller knows a block by.
//!
//! A block that comes back while tasks wait goes to the first of them directly, so no other task can snatch it.

use crate::task::TaskId;
use crate::wait::WaitList;
use core::cell::Cell;

/// A pool's free blocks. Invariant: if anybody waits, there are none.
#[repr(C)]
pub struct PoolControl<B> {
    list: WaitList,
    /// How many are in use.
    used: Cell<u16>,
    /// The block that came back last.
    free: Cell<Option<B>>,
    /// How many were ever used: those of the lowest numbers.
    touched: Cell<u16>,
}

/// Where a block comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Alloc<B> {
    /// This one was used before.
    Again(B),
    /// The one of this number, which was never used.
    New(usize),
    /// There is none.
    Empty,
}

/// Where a block went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Freed {
    /// To the free ones.
    Kept,
    /// To this task, the first of the list, which must be woken before anything else happens to the pool.
    ToWaiter(TaskId),
}

impl<B: Copy> PoolControl<B> {
    /// A pool whose blocks are all free.
    #[must_use]
    pub const fn new() -> Self {
        Self { list: WaitList::new(), used: Cell::new(0), free: Cell::new(None), touched: Cell::new(0) }
    }

    /// The list to wait in.
    #[inline(always)]
    #[must_use]
    pub fn list(&self) -> &WaitList {
        &self.list
    }

    /// How many blocks are in use.
    #[inline(always)]
    #[must_use]
    pub fn used(&self) -> usize {
        usize::from(self.used.get())
    }

    /// A block is wanted, from a pool of `capacity` blocks: 1 to 65,535, always the same for a pool. `next` reads the
    /// link in a free block.
    #[inline(always)]
    pub fn alloc(&self, capacity: usize, next: impl FnOnce(B) -> Option<B>) -> Alloc<B> {
        if let Some(block) = self.free.get() {
            self.free.set(next(block));
            self.used.set(self.used.get() + 1);
            return Alloc::Again(block);
        }
        let touched = self.touched.get();
        if usize::from(touched) == capacity {
            return Alloc::Empty;
        }
        self.touched.set(touched + 1);
        self.used.set(self.used.get() + 1);
        Alloc::New(usize::from(touched))
    }

    /// A block comes back. `link` writes the link in a free block.
    #[inline(always)]
    pub fn free(&self, block: B, link: impl FnOnce(B, Option<B>)) -> Freed {
        if let Some(waiter) = self.list.first() {
            return Freed::ToWaiter(waiter);
        }
        link(block, self.free.get());
        self.free.set(Some(block));
        self.used.set(self.used.get() - 1);
        Freed::Kept
    }
}

impl<B: Copy> Default for PoolControl<B> {
    fn default() -> Self {
        Self::new()
    }
}
