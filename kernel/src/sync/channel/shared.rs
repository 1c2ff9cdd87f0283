//! The operations of all channels as functions that are there once, for feature `small`: what differs between the types is
//! looked up. They do what the inlined ones do.

use super::{Channel, Head, transfer};
use crate::asynch::{self, Told};
use crate::kernel;
use crate::lock::Locked;
use crate::table::Tasks;
use crate::time::Duration;
use bluekernel_abi::{BlockReason, ObjectOp};
use bluekernel_core::Table as _;
use bluekernel_core::channel::{Receive, Send as Placed};
use core::ptr;

/// A channel whose type is not part of its own.
#[derive(Clone, Copy)]
pub(super) struct Ring {
    /// The channel: its slots lie behind its head.
    channel: *const Head,
    layout: &'static Layout,
}

/// What an operation needs to know of a channel's type.
struct Layout {
    capacity: usize,
    /// The place of a slot, which is below the capacity.
    slot: unsafe fn(*const Head, usize) -> *mut u8,
    /// Moves a value, which is not used any more where it was, to where there is room for it.
    carry: unsafe fn(*const u8, *mut u8),
}

impl Layout {
    const fn of<T, const N: usize>() -> Self {
        Self { capacity: N, slot: slot::<T, N>, carry: carry::<T> }
    }
}

/// See [`Layout`].
///
/// # Safety
/// `channel` is a `Channel<T, N>`, and `slot` below `N`.
unsafe fn slot<T, const N: usize>(channel: *const Head, slot: usize) -> *mut u8 {
    // SAFETY: the caller's.
    unsafe { (*channel.cast::<Channel<T, N>>()).slot(slot).cast() }
}

/// See [`Layout`].
///
/// # Safety
/// There is a `T` at `from`, and room for it at `to`.
unsafe fn carry<T>(from: *const u8, to: *mut u8) {
    // SAFETY: the caller's.
    unsafe { to.cast::<T>().copy_from_nonoverlapping(from.cast(), 1) };
}

impl Ring {
    /// Without its type. To be used while the channel lives.
    #[inline(always)]
    pub(super) fn of<T, const N: usize>(channel: &Channel<T, N>) -> Self {
        Self { channel: ptr::from_ref(channel).cast(), layout: const { &Layout::of::<T, N>() } }
    }

    /// Sends a value, or makes the running task wait, not longer than `timeout`. Returns whether it is on its way.
    ///
    /// # Safety
    /// There is a value at `value`; after `true` it is gone. The channel is a static.
    #[inline(never)]
    pub(super) unsafe fn send_or_wait(self, value: *mut u8, timeout: Duration) -> bool {
        asynch::with_mask(|locked, mask, told| {
            // SAFETY: the caller's.
            let (sent, head) = unsafe { (self.place(locked, told, false, value), self.head()) };
            if !sent {
                let list = head.control.get_static(locked).list();
                let id = kernel::block(locked, mask, Some(list), timeout, BlockReason::ChannelFull);
                Tasks(locked).task(id).set_transfer(value.cast());
            }
            sent
        })
    }

    /// Sends a value if there is room, before all others if it is to be the `first`. Returns whether it is on its way.
    ///
    /// # Safety
    /// There is a value at `value`; after `true` it is gone.
    #[inline(never)]
    pub(super) unsafe fn try_send(self, value: *const u8, first: bool) -> bool {
        // SAFETY: the caller's.
        asynch::with(|locked, told| unsafe { self.place(locked, told, first, value) })
    }

    /// Receives the oldest value, or makes the running task wait, not longer than `timeout`. Returns whether there is one.
    ///
    /// # Safety
    /// `value` is a place for one. The channel is a static.
    #[inline(never)]
    pub(super) unsafe fn receive_or_wait(self, value: *mut u8, timeout: Duration, reason: BlockReason) -> bool {
        asynch::with_mask(|locked, mask, told| {
            // SAFETY: the caller's.
            let (received, head) = unsafe { (self.fetch(locked, told, value), self.head()) };
            if !received {
                let list = head.control.get_static(locked).list();
                let id = kernel::block(locked, mask, Some(list), timeout, reason);
                Tasks(locked).task(id).set_transfer(value.cast());
            }
            received
        })
    }

    /// Receives the oldest value, if there is one. Returns whether there is.
    ///
    /// # Safety
    /// `value` is a place for one.
    #[inline(never)]
    pub(super) unsafe fn try_receive(self, value: *mut u8) -> bool {
        // SAFETY: the caller's.
        asynch::with(|locked, told| unsafe { self.fetch(locked, told, value) })
    }

    /// As [`Channel::place`].
    ///
    /// # Safety
    /// There is a value at `value`. After `true` it is gone.
    #[inline(never)]
    unsafe fn place(self, locked: Locked<'_>, told: &Told, first: bool, value: *const u8) -> bool {
        // SAFETY: the channel lives.
        let head = unsafe { self.head() };
        let (control, capacity) = (head.control.get(locked), self.layout.capacity);
        match if first { control.send_first(capacity) } else { control.send(capacity) } {
            Placed::Full => return false,
            Placed::Store(slot) => {
                // SAFETY: the control says that the slot is free and below the capacity; the lock is held.
                unsafe { (self.layout.carry)(value, (self.layout.slot)(self.channel, slot)) };
                head.tell(locked, ObjectOp::Send);
                head.receivers.tell(locked, told);
            }
            Placed::Deliver(receiver) => {
                // SAFETY: the receiver waits, so its place is there, empty, and nobody else's.
                unsafe { (self.layout.carry)(value, transfer(locked, receiver)) };
                head.tell(locked, ObjectOp::Send);
                kernel::wake(locked, control.list(), receiver);
            }
        }
        true
    }

    /// As [`Channel::fetch`].
    ///
    /// # Safety
    /// `value` is a place for a value.
    #[inline(never)]
    unsafe fn fetch(self, locked: Locked<'_>, told: &Told, value: *mut u8) -> bool {
        // SAFETY: the channel lives.
        let head = unsafe { self.head() };
        let (slot, sender) = match head.control.get(locked).receive(self.layout.capacity) {
            Receive::Empty => return false,
            Receive::Take(slot) => (slot, None),
            Receive::TakeAndRefill(slot, sender) => (slot, Some(sender)),
        };
        // SAFETY: the control says that a value is in the slot, which is below the capacity, and no more after this.
        let place = unsafe { (self.layout.slot)(self.channel, slot) };
        // SAFETY: as above.
        unsafe { (self.layout.carry)(place, value) };
        if let Some(sender) = sender {
            // SAFETY: the slot is free, and the value of the sender, which waits, goes in.
            unsafe { (self.layout.carry)(transfer(locked, sender), place) };
        }
        head.tell(locked, ObjectOp::Receive);
        match sender {
            Some(sender) => kernel::wake(locked, head.control.get(locked).list(), sender),
            None => head.senders.tell(locked, told),
        }
        true
    }

    /// The channel's head.
    ///
    /// # Safety
    /// The channel lives as long as the result is used: a static does for ever.
    #[inline(always)]
    unsafe fn head<'a>(self) -> &'a Head {
        // SAFETY: the caller's; a channel begins with its head.
        unsafe { &*self.channel }
    }
}
