//! The bounded channel: the indices of a ring, and who may go on.
//!
//! Values never pass through here: the caller moves them where it is told. A task that waits to send leaves its value
//! on its own stack; the receiver that makes room moves it into the ring, so values keep the order in which their
//! senders came. A task that waits to receive gets its value put on its stack by the sender.
//!
//! One list serves both sides: receivers wait only while the ring is empty, senders only while it is full, and it holds
//! at least one value.

use crate::task::TaskId;
use crate::wait::WaitList;
use core::cell::Cell;

/// A channel's indices. All bytes 0 is an empty one.
#[repr(C)]
pub struct ChannelControl {
    list: WaitList,
    /// The slot of the oldest value.
    head: Cell<u16>,
    /// The number of values.
    length: Cell<u16>,
}

/// Where a value to send goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Send {
    /// To this waiting receiver, which must then be woken.
    Deliver(TaskId),
    /// Into this slot.
    Store(usize),
    /// Nowhere: the ring is full.
    Full,
}

/// Where the value to receive comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Receive {
    /// From this slot.
    Take(usize),
    /// From this slot; then this waiting sender's value goes into the same slot, and the sender must be woken.
    TakeAndRefill(usize, TaskId),
    /// From nowhere: the ring is empty.
    Empty,
}

impl ChannelControl {
    /// An empty ring.
    #[must_use]
    pub const fn new() -> Self {
        Self { list: WaitList::new(), head: Cell::new(0), length: Cell::new(0) }
    }

    /// The list to wait in.
    #[inline(always)]
    #[must_use]
    pub fn list(&self) -> &WaitList {
        &self.list
    }

    /// The number of values.
    #[inline(always)]
    #[must_use]
    pub fn len(&self) -> usize {
        usize::from(self.length.get())
    }

    /// Whether there is no value.
    #[inline(always)]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.length.get() == 0
    }

    /// The slot of the oldest value, and the number of values.
    #[cfg(test)]
    pub(crate) fn ring(&self) -> (usize, usize) {
        (usize::from(self.head.get()), self.len())
    }

    /// A value comes, to a ring of `capacity` slots: 1 to 65,535, always the same for a ring.
    #[inline(always)]
    pub fn send(&self, capacity: usize) -> Send {
        let length = self.len();
        if length == capacity {
            return Send::Full;
        }
        // Not full, so whoever waits is a receiver, and the ring is empty.
        if let Some(receiver) = self.list.first() {
            return Send::Deliver(receiver);
        }
        self.length.set(self.length.get() + 1);
        let slot = usize::from(self.head.get()) + length;
        Send::Store(if slot >= capacity { slot - capacity } else { slot })
    }

    /// As [`ChannelControl::send`], but the value goes before all others.
    #[inline(always)]
    pub fn send_first(&self, capacity: usize) -> Send {
        if self.len() == capacity {
            return Send::Full;
        }
        if let Some(receiver) = self.list.first() {
            return Send::Deliver(receiver);
        }
        let head = usize::from(self.head.get());
        let slot = if head == 0 { capacity } else { head } - 1;
        self.head.set(slot as u16);
        self.length.set(self.length.get() + 1);
        Send::Store(slot)
    }

    /// A value is wanted, from a ring of `capacity` slots.
    #[inline(always)]
    pub fn receive(&self, capacity: usize) -> Receive {
        if self.is_empty() {
            return Receive::Empty;
        }
        let slot = usize::from(self.head.get());
        let next = if slot + 1 == capacity { 0 } else { slot + 1 };
        self.head.set(next as u16);
        // Not empty, so whoever waits is a sender, and the ring was full: the slot that is freed is the tail.
        if let Some(sender) = self.list.first() {
            return Receive::TakeAndRefill(slot, sender);
        }
        self.length.set(self.length.get() - 1);
        Receive::Take(slot)
    }
}

impl Default for ChannelControl {
    fn default() -> Self {
        Self::new()
    }
}
