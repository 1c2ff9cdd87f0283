//! The pipe: where in a ring of bytes the next piece goes or comes from, and who may go on.
//!
//! Bytes never pass through here: the caller moves them where it is told, a piece of at most [`PIECE`] bytes at a time, and
//! does one thing under its lock: moves a piece, or wakes a task. So whatever is true between two of them must be right for
//! whoever comes then:
//!
//! 1. While readers wait, the ring is empty: bytes go to the first reader's buffer, and into the ring only when nobody
//!    waits for them. So no reader can snatch them from one that waits.
//! 2. Bytes of writers that wait go into the ring before those of any newcomer. They may wait although there is room, but
//!    then somebody is about to move their bytes: whoever made the room. A newcomer who wants to write serves them first,
//!    instead of waiting behind them for a task that may be less important.
//! 3. The first that waits may have what it needs: somebody is about to wake it, and whoever comes before does that first.
//!
//! Readers and writers never wait at the same time, so there is one list.

use crate::task::TaskId;
use crate::wait::WaitList;
use core::cell::Cell;

/// The most bytes of a piece.
pub const PIECE: usize = 8;

/// A pipe's indices. All bytes 0 is an empty one.
#[repr(C)]
pub struct PipeControl {
    list: WaitList,
    /// The place of the oldest byte.
    head: Cell<u16>,
    /// The number of bytes.
    length: Cell<u16>,
    /// Whether those that wait are writers.
    writers: Cell<bool>,
}

/// A part of the ring, 1 to [`PIECE`] bytes in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// The first byte's place.
    pub at: usize,
    /// The most bytes that may be moved.
    pub most: usize,
}

/// What can be done for a task that writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Write {
    /// Its bytes go to this reader, which waits, and is the first.
    Deliver(TaskId),
    /// Bytes of this writer, which waits, and is the first, go here before its own. Then [`PipeControl::stored`].
    Refill(Segment, TaskId),
    /// Its bytes go here. Then [`PipeControl::stored`].
    Store(Segment),
    /// Nothing: the ring is full.
    Full,
}

impl PipeControl {
    /// An empty pipe.
    #[must_use]
    pub const fn new() -> Self {
        Self { list: WaitList::new(), head: Cell::new(0), length: Cell::new(0), writers: Cell::new(false) }
    }

    /// Those who wait. They have what they need, or are readers and the ring is empty, or writers.
    #[inline(always)]
    #[must_use]
    pub fn list(&self) -> &WaitList {
        &self.list
    }

    /// A task begins to wait: to write, if [`PipeControl::write`] said that the ring is full, or to read, if
    /// [`PipeControl::read`] and [`PipeControl::refill`] said that there is nothing to come.
    #[inline(always)]
    pub fn begin(&self, writes: bool) {
        self.writers.set(writes);
    }

    /// The number of bytes.
    #[inline(always)]
    #[must_use]
    pub fn len(&self) -> usize {
        usize::from(self.length.get())
    }

    /// Whether there is no byte.
    #[inline(always)]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.length.get() == 0
    }

    /// A task has bytes to write, to a ring of `capacity` bytes: 1 to 65,535, always the same for a ring.
    #[inline]
    pub fn write(&self, capacity: usize) -> Write {
        let first = self.list.first();
        match first {
            Some(reader) if !self.writers.get() => Write::Deliver(reader),
            _ => match (self.room(capacity), first) {
                (None, _) => Write::Full,
                (Some(room), Some(writer)) => Write::Refill(room, writer),
                (Some(room), None) => Write::Store(room),
            },
        }
    }

    /// A task wants bytes: the oldest are here. `None`: the ring is empty. Then [`PipeControl::took`].
    #[inline]
    #[must_use]
    pub fn read(&self, capacity: usize) -> Option<Segment> {
        let at = usize::from(self.head.get());
        let most = self.len().min(PIECE).min(capacity - at);
        if most == 0 { None } else { Some(Segment { at, most }) }
    }

    /// `count` bytes, 1 or more, were moved out of the part that [`PipeControl::read`] named.
    #[inline]
    pub fn took(&self, capacity: usize, count: usize) {
        let head = usize::from(self.head.get()) + count;
        self.head.set(if head == capacity { 0 } else { head } as u16);
        self.length.set(self.length.get() - count as u16);
    }

    /// The first writer that waits, and the room for a piece of its bytes, if there are both. Then
    /// [`PipeControl::stored`]; and all again, under a lock of its own, until there is none.
    #[inline]
    #[must_use]
    pub fn refill(&self, capacity: usize) -> Option<(Segment, TaskId)> {
        match self.write(capacity) {
            Write::Refill(room, writer) => Some((room, writer)),
            _ => None,
        }
    }

    /// `count` bytes were moved into the part that was named last.
    #[inline(always)]
    pub fn stored(&self, count: usize) {
        self.length.set(self.length.get() + count as u16);
    }

    /// The part behind the youngest byte, if there is room.
    #[inline]
    fn room(&self, capacity: usize) -> Option<Segment> {
        let length = self.len();
        let end = usize::from(self.head.get()) + length;
        let at = if end >= capacity { end - capacity } else { end };
        let most = (capacity - length).min(PIECE).min(capacity - at);
        if most == 0 { None } else { Some(Segment { at, most }) }
    }
}

impl Default for PipeControl {
    fn default() -> Self {
        Self::new()
    }
}
