//! The operations of all channels, as functions that are there once: what differs between types is looked up.

use super::{Channel, Head, Layout, Place, Ring, Typed, wait_out};
use crate::asynch;
use crate::time::Duration;
use bluekernel_abi::BlockReason;
use core::marker::PhantomData;
use core::ptr;

impl<T, const N: usize> Channel<T, N> {
    /// Sends the value in `place`; waits for room, but not longer than `timeout`. Returns whether it is on its way.
    #[inline(always)]
    pub(super) fn send_or_wait(&'static self, place: &Place<T>, timeout: Duration) -> bool {
        // SAFETY: there is a value in the place, and true means that it was moved out. The channel is a static.
        unsafe { self.looked_up().send(place.pointer().cast(), timeout) }
    }

    /// Receives the oldest value into `place`; waits for one, but not longer than `timeout`. Returns whether there is one.
    #[inline(always)]
    pub(super) fn receive_or_wait(&'static self, place: &Place<T>, timeout: Duration, reason: BlockReason) -> bool {
        // SAFETY: the place is empty. The channel is a static.
        unsafe { self.looked_up().receive(place.pointer().cast(), timeout, reason) }
    }

    /// Sends a value if there is room, before all others if it is to be the `first`. Returns whether it is on its way.
    ///
    /// # Safety
    /// There is a value at `value`; after `true` it is gone.
    #[inline(always)]
    pub(super) unsafe fn send_now(&self, value: *const T, first: bool) -> bool {
        // SAFETY: the caller's.
        unsafe { self.looked_up().send_now(value.cast(), first) }
    }

    /// Receives the oldest value, if there is one. Returns whether there is.
    ///
    /// # Safety
    /// `value` is a place for one.
    #[inline(always)]
    pub(super) unsafe fn receive_now(&self, value: *mut T) -> bool {
        // SAFETY: the caller's. There is no wait.
        unsafe { self.looked_up().receive(value.cast(), Duration::ZERO, BlockReason::ChannelEmpty) }
    }

    #[inline(always)]
    fn looked_up(&self) -> Ring<&'static Table> {
        Ring { channel: ptr::from_ref(self).cast(), layout: const { &Table::of::<T, N>() } }
    }
}

/// Whether what was not there at once has come: no, since the functions here wait it out themselves.
#[inline(always)]
pub(super) fn has_come(_: Duration) -> bool {
    false
}

/// A [`Layout`] in words.
struct Table {
    capacity: usize,
    slot: unsafe fn(*const Head, usize) -> *mut u8,
    carry: unsafe fn(*const u8, *mut u8),
}

impl Table {
    const fn of<T, const N: usize>() -> Self {
        Self {
            capacity: N,
            // SAFETY: the caller's.
            slot: |channel, slot| unsafe { Typed::<T, N>(PhantomData).slot(channel, slot) },
            // SAFETY: the caller's.
            carry: |from, to| unsafe { Typed::<T, N>(PhantomData).carry(from, to) },
        }
    }
}

impl Layout for &Table {
    fn capacity(self) -> usize {
        self.capacity
    }

    unsafe fn slot(self, channel: *const Head, slot: usize) -> *mut u8 {
        // SAFETY: the caller's.
        unsafe { (self.slot)(channel, slot) }
    }

    unsafe fn carry(self, from: *const u8, to: *mut u8) {
        // SAFETY: the caller's.
        unsafe { (self.carry)(from, to) };
    }
}

impl Ring<&'static Table> {
    /// See [`Channel::send_or_wait`].
    ///
    /// # Safety
    /// There is a value at `value`; after `true` it is gone. The channel is a static.
    #[inline(never)]
    unsafe fn send(self, value: *mut u8, timeout: Duration) -> bool {
        let sent = asynch::with_mask(|locked, mask, told| {
            // SAFETY: the caller's.
            let sent = unsafe { self.place(locked, told, false, value) };
            if !sent && !timeout.is_zero() {
                // SAFETY: the caller's.
                unsafe { self.wait(locked, mask, value, timeout, BlockReason::ChannelFull) };
            }
            sent
        });
        sent || wait_out(timeout)
    }

    /// See [`Channel::receive_or_wait`].
    ///
    /// # Safety
    /// `value` is a place for one. The channel lives; if there is a `timeout`, it is a static.
    #[inline(never)]
    unsafe fn receive(self, value: *mut u8, timeout: Duration, reason: BlockReason) -> bool {
        let received = asynch::with_mask(|locked, mask, told| {
            // SAFETY: the caller's.
            let received = unsafe { self.fetch(locked, told, value) };
            if !received && !timeout.is_zero() {
                // SAFETY: the caller's, and there is a time-out.
                unsafe { self.wait(locked, mask, value, timeout, reason) };
            }
            received
        });
        received || wait_out(timeout)
    }

    /// See [`Channel::send_now`].
    ///
    /// # Safety
    /// There is a value at `value`; after `true` it is gone. The channel lives.
    #[inline(never)]
    unsafe fn send_now(self, value: *const u8, first: bool) -> bool {
        // SAFETY: the caller's.
        asynch::with(|locked, told| unsafe { self.place(locked, told, first, value) })
    }
}
