//! The operations of a type of channels, inlined where they are called.

pub(super) use super::wait_out as has_come;
use super::{Channel, Place};
use crate::asynch;
use crate::time::Duration;
use bluekernel_abi::BlockReason;

impl<T, const N: usize> Channel<T, N> {
    /// Sends the value in `place`; waits for room, but not longer than `timeout`. Returns whether it is on its
    /// way; if not, [`has_come`] says so.
    #[inline(always)]
    pub(super) fn send_or_wait(&'static self, place: &Place<T>, timeout: Duration) -> bool {
        asynch::with_mask(|locked, mask, told| {
            // SAFETY: there is a value in the place, and true means that it was moved out.
            let sent = unsafe { self.typed().place(locked, told, false, place.pointer().cast()) };
            if !sent && !timeout.is_zero() {
                // SAFETY: the channel is a static.
                unsafe { self.typed().wait(locked, mask, place.pointer().cast(), timeout, BlockReason::ChannelFull) };
            }
            sent
        })
    }

    /// Receives the oldest value into `place`; waits for one, but not longer than `timeout`. Returns whether there is one.
    #[inline(always)]
    pub(super) fn receive_or_wait(&'static self, place: &Place<T>, timeout: Duration, reason: BlockReason) -> bool {
        asynch::with_mask(|locked, mask, told| {
            // SAFETY: the place is empty.
            let received = unsafe { self.typed().fetch(locked, told, place.pointer().cast()) };
            if !received && !timeout.is_zero() {
                // SAFETY: the channel is a static.
                unsafe { self.typed().wait(locked, mask, place.pointer().cast(), timeout, reason) };
            }
            received
        })
    }

    /// Sends a value if there is room, before all others if it is to be the `first`. Returns whether it is on its way.
    ///
    /// # Safety
    /// There is a value at `value`; after `true` it is gone.
    #[inline(always)]
    pub(super) unsafe fn send_now(&self, value: *const T, first: bool) -> bool {
        // SAFETY: the caller's.
        asynch::with(|locked, told| unsafe { self.typed().place(locked, told, first, value.cast()) })
    }

    /// Receives the oldest value, if there is one. Returns whether there is.
    ///
    /// # Safety
    /// `value` is a place for one.
    #[inline(always)]
    pub(super) unsafe fn receive_now(&self, value: *mut T) -> bool {
        // SAFETY: the caller's.
        asynch::with(|locked, told| unsafe { self.typed().fetch(locked, told, value.cast()) })
    }
}
