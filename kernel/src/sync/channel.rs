//! The bounded channel.
#![expect(unsafe_code, reason = "moves values between the ring and the stacks of tasks that wait")]

use crate::asynch::{self, Told, Waiters};
use crate::error::{SendTimedOut, TimedOut};
use crate::kernel::{self, Mask};
use crate::lock::{self, Locked, Protected};
use crate::table::Tasks;
use crate::time::Duration;
use crate::trace;
use bluekernel_abi::{BlockReason, ObjectOp};
use bluekernel_core::channel::{Receive, Send as Placed};
use bluekernel_core::{ChannelControl, Outcome, Table, TaskId};
use core::cell::UnsafeCell;
use core::mem::{ManuallyDrop, MaybeUninit};

#[cfg(feature = "async")]
mod futures;
mod shared;

use shared::Ring;

/// Up to `N` values of `T` on their way from any number of senders to any number of receivers, first in, first out.
///
/// Tasks that wait on either side go on in the order of their priority, equals in the order they came. Values of tasks
/// that wait to send stay in that order too.
///
/// ```
/// use bluekernel::Channel;
///
/// static QUEUE: Channel<u32, 1> = Channel::new();
/// assert_eq!(QUEUE.try_send(7), Ok(()));
/// assert_eq!(QUEUE.try_send(8), Err(8));
/// assert_eq!(QUEUE.receive(), 7);
/// ```
/// A channel without room does not compile, nor one for values that cannot leave their task:
/// ```compile_fail,E0080
/// static QUEUE: bluekernel::Channel<u32, 0> = bluekernel::Channel::new();
/// ```
/// ```compile_fail,E0277
/// static QUEUE: bluekernel::Channel<*const u8, 1> = bluekernel::Channel::new();
/// ```
#[repr(C)]
pub struct Channel<T, const N: usize> {
    head: Head,
    slots: [UnsafeCell<MaybeUninit<T>>; N],
}

/// What is the same in all channels.
#[repr(C)]
struct Head {
    control: Protected<ChannelControl>,
    senders: Waiters,
    receivers: Waiters,
}

// SAFETY: slots are touched under the kernel's lock only, and each value is moved in once and out once, perhaps to
// another task or handler: so `T: Send`.
unsafe impl<T: Send, const N: usize> Sync for Channel<T, N> {}

/// A value, or the place for one, on the stack of a task that may wait.
///
/// Another task reaches it, through [`bluekernel_core::TaskControl::transfer`], only while this one waits in the
/// channel's list, and under the lock. This task touches it before it waits and after it was woken. So the place stays
/// where it is and is never touched from two sides at once.
struct Place<T>(UnsafeCell<MaybeUninit<T>>);

impl<T> Place<T> {
    fn pointer(&self) -> *mut T {
        self.0.get().cast()
    }
}

impl<T, const N: usize> Channel<T, N> {
    /// An empty channel.
    ///
    /// # Panics
    /// If `N` is not 1 to 65,535; at compile time for a static.
    #[must_use]
    pub const fn new() -> Self {
        // Not in a constant of its own: so the compiler shows the line where the channel is.
        assert!(N > 0 && N <= u16::MAX as usize, "a channel holds 1 to 65,535 values");
        Self {
            head: Head {
                control: Protected::new(ChannelControl::new()),
                senders: Waiters::new(),
                receivers: Waiters::new(),
            },
            slots: [const { UnsafeCell::new(MaybeUninit::uninit()) }; N],
        }
    }

    /// Sends a value; waits while the channel is full.
    ///
    /// # Panics
    /// If it must wait, outside of a task or inside a critical section.
    #[inline]
    pub fn send(&'static self, value: T) {
        let _call = trace::call(ObjectOp::Send, self);
        let place = Place(UnsafeCell::new(MaybeUninit::new(value)));
        if !self.send_or_wait(&place, Duration::MAX) {
            kernel::settle();
        }
    }

    /// Sends a value; waits while the channel is full, but not longer than `timeout`. No time does not wait, and is for
    /// any context.
    ///
    /// # Errors
    /// [`SendTimedOut`], with the value, if there was no room in time.
    ///
    /// # Panics
    /// If it must wait, outside of a task or inside a critical section.
    #[inline]
    pub fn send_timeout(&'static self, value: T, timeout: Duration) -> Result<(), SendTimedOut<T>> {
        if timeout.is_zero() {
            return self.try_send(value).map_err(SendTimedOut);
        }
        let _call = trace::call(ObjectOp::Send, self);
        let place = Place(UnsafeCell::new(MaybeUninit::new(value)));
        if !self.send_or_wait(&place, timeout) && kernel::outcome() == Outcome::TimedOut {
            // SAFETY: nobody took the value, and now that the wait is over nobody will.
            return Err(SendTimedOut(unsafe { place.pointer().read() }));
        }
        Ok(())
    }

    /// Sends a value if there is room. From any context; does not block.
    ///
    /// # Errors
    /// The value, if the channel is full.
    #[inline]
    pub fn try_send(&self, value: T) -> Result<(), T> {
        self.send_by(value, false)
    }

    /// As [`Channel::try_send`], but the value is received before all that are in the channel.
    #[inline]
    pub(crate) fn try_send_first(&self, value: T) -> Result<(), T> {
        self.send_by(value, true)
    }

    #[inline(always)]
    fn send_by(&self, value: T, first: bool) -> Result<(), T> {
        let value = ManuallyDrop::new(value);
        let sent = if cfg!(feature = "small") {
            // SAFETY: `try_send` returns true exactly if it moved the value out of `value`, which is not used then.
            unsafe { Ring::of(self).try_send((&raw const *value).cast(), first) }
        } else {
            let send = |control: &ChannelControl| if first { control.send_first(N) } else { control.send(N) };
            // SAFETY: `place` returns true exactly if it moved the value out of `value`, which is not used then.
            asynch::with(|locked, told| unsafe { self.place(locked, told, send, &raw const *value) })
        };
        if sent { Ok(()) } else { Err(ManuallyDrop::into_inner(value)) }
    }

    /// Receives the oldest value; waits while there is none.
    ///
    /// # Panics
    /// If it must wait, outside of a task or inside a critical section.
    #[inline]
    pub fn receive(&'static self) -> T {
        let _call = trace::call(ObjectOp::Receive, self);
        let place = Place(UnsafeCell::new(MaybeUninit::uninit()));
        if !self.receive_or_wait(&place, Duration::MAX, BlockReason::ChannelEmpty) {
            kernel::settle();
        }
        // SAFETY: either `receive_or_wait` or the sender that ended the wait moved a value in; without a time-out
        // nothing else ends it.
        unsafe { place.pointer().read() }
    }

    /// Receives the oldest value; waits while there is none, but not longer than `timeout`. No time does not wait, and
    /// is for any context.
    ///
    /// # Errors
    /// [`TimedOut`] if none came in time.
    ///
    /// # Panics
    /// If it must wait, outside of a task or inside a critical section.
    #[inline]
    pub fn receive_timeout(&'static self, timeout: Duration) -> Result<T, TimedOut> {
        self.receive_for(timeout, BlockReason::ChannelEmpty)
    }

    /// As [`Channel::receive_timeout`]; the trace is told `reason`.
    #[inline]
    pub(crate) fn receive_for(&'static self, timeout: Duration, reason: BlockReason) -> Result<T, TimedOut> {
        if timeout.is_zero() {
            return self.try_receive().ok_or(TimedOut);
        }
        let _call = trace::call(ObjectOp::Receive, self);
        let place = Place(UnsafeCell::new(MaybeUninit::uninit()));
        if !self.receive_or_wait(&place, timeout, reason) && kernel::outcome() == Outcome::TimedOut {
            return Err(TimedOut);
        }
        // SAFETY: as in `receive`; and the wait did not end by its time-out.
        Ok(unsafe { place.pointer().read() })
    }

    /// Receives the oldest value, if there is one. From any context; does not block.
    #[inline]
    pub fn try_receive(&self) -> Option<T> {
        let mut value = MaybeUninit::<T>::uninit();
        // SAFETY: `value` has room for a value.
        let received = unsafe {
            if cfg!(feature = "small") {
                Ring::of(self).try_receive(value.as_mut_ptr().cast())
            } else {
                asynch::with(|locked, told| self.fetch(locked, told, value.as_mut_ptr()))
            }
        };
        // SAFETY: true means that a value was moved in.
        if received { Some(unsafe { value.assume_init() }) } else { None }
    }

    /// The number of values. From any context; does not block; may be outdated when it is looked at.
    #[must_use]
    pub fn len(&self) -> usize {
        lock::with(|locked| self.head.control.get(locked).len())
    }

    /// Whether there is no value. From any context; does not block; may be outdated when it is looked at.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether there is no room. From any context; does not block; may be outdated when it is looked at.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.len() == N
    }

    /// How many values it can hold.
    #[must_use]
    pub const fn capacity(&self) -> usize {
        N
    }

    #[inline(always)]
    fn send_or_wait(&'static self, place: &Place<T>, timeout: Duration) -> bool {
        if cfg!(feature = "small") {
            // SAFETY: there is a value in the place, and true means that it was moved out. The channel is a static.
            return unsafe { Ring::of(self).send_or_wait(place.pointer().cast(), timeout) };
        }
        asynch::with_mask(|locked, mask, told| {
            // SAFETY: there is a value in the place, and true means that it was moved out.
            let sent = unsafe { self.place(locked, told, |control| control.send(N), place.pointer()) };
            if !sent {
                self.wait(locked, mask, place, BlockReason::ChannelFull, timeout);
            }
            sent
        })
    }

    #[inline(always)]
    fn receive_or_wait(&'static self, place: &Place<T>, timeout: Duration, reason: BlockReason) -> bool {
        if cfg!(feature = "small") {
            // SAFETY: the place is empty. The channel is a static.
            return unsafe { Ring::of(self).receive_or_wait(place.pointer().cast(), timeout, reason) };
        }
        asynch::with_mask(|locked, mask, told| {
            // SAFETY: the place is empty.
            let received = unsafe { self.fetch(locked, told, place.pointer()) };
            if !received {
                self.wait(locked, mask, place, reason, timeout);
            }
            received
        })
    }

    #[inline(always)]
    fn wait(&'static self, locked: Locked<'_>, mask: Mask, place: &Place<T>, reason: BlockReason, timeout: Duration) {
        let list = self.head.control.get_static(locked).list();
        let id = kernel::block(locked, mask, Some(list), timeout, reason);
        Tasks(locked).task(id).set_transfer(place.pointer().cast());
    }

    /// Moves a value to where `send` says that it belongs. `false`: the channel is full, and the value stays.
    ///
    /// # Safety
    /// There is a value at `value`. After `true` it is gone.
    #[inline(always)]
    unsafe fn place(
        &self,
        locked: Locked<'_>,
        told: &Told,
        send: impl FnOnce(&ChannelControl) -> Placed,
        value: *const T,
    ) -> bool {
        let control = self.head.control.get(locked);
        match send(control) {
            Placed::Full => return false,
            Placed::Store(slot) => {
                // SAFETY: the control says that the slot is free and below N; the lock is held.
                unsafe { self.slot(slot).copy_from_nonoverlapping(value, 1) };
                self.head.tell(locked, ObjectOp::Send);
                self.head.receivers.tell(locked, told);
            }
            Placed::Deliver(receiver) => {
                // SAFETY: the receiver waits, so its place is there, empty, and nobody else's.
                unsafe { transfer::<T>(locked, receiver).copy_from_nonoverlapping(value, 1) };
                self.head.tell_of_wake(locked, ObjectOp::Send);
                kernel::wake(locked, control.list(), receiver);
            }
        }
        true
    }

    /// Moves the oldest value to `value`. `false`: there is none.
    ///
    /// # Safety
    /// `value` is a place for one.
    #[inline(always)]
    unsafe fn fetch(&self, locked: Locked<'_>, told: &Told, value: *mut T) -> bool {
        let control = self.head.control.get(locked);
        match control.receive(N) {
            Receive::Empty => return false,
            Receive::Take(slot) => {
                // SAFETY: the control says that a value is in the slot, which is below N, and no more after this.
                unsafe { value.copy_from_nonoverlapping(self.slot(slot), 1) };
                self.head.tell(locked, ObjectOp::Receive);
                self.head.senders.tell(locked, told);
            }
            Receive::TakeAndRefill(slot, sender) => {
                // SAFETY: as above; then the slot is free, and the value of the sender, which waits, goes in.
                unsafe {
                    value.copy_from_nonoverlapping(self.slot(slot), 1);
                    self.slot(slot).copy_from_nonoverlapping(transfer(locked, sender), 1);
                }
                self.head.tell_of_wake(locked, ObjectOp::Receive);
                kernel::wake(locked, control.list(), sender);
            }
        }
        true
    }

    /// The place of a slot.
    ///
    /// # Safety
    /// `slot` is below `N`.
    #[inline(always)]
    unsafe fn slot(&self, slot: usize) -> *mut T {
        // SAFETY: the caller's.
        unsafe { self.slots.get_unchecked(slot) }.get().cast()
    }
}

impl Head {
    /// As [`Self::tell`], where somebody is woken too: so a call more does not matter, and the flight recorder's code, which is
    /// not called, stands in an operation once.
    #[cfg_attr(not(feature = "trace-flight"), inline(always))]
    #[cfg_attr(feature = "trace-flight", inline(never))]
    fn tell_of_wake(&self, locked: Locked<'_>, op: ObjectOp) {
        self.tell(locked, op);
    }

    #[inline(always)]
    fn tell(&self, locked: Locked<'_>, op: ObjectOp) {
        trace::object(locked, op, core::ptr::from_ref(self).addr(), self.control.get(locked).len() as u32);
    }
}

/// The place on the stack of a task that waits in a channel of `T`.
#[inline(always)]
fn transfer<T>(locked: Locked<'_>, id: TaskId) -> *mut T {
    Tasks(locked).task(id).transfer().cast()
}

impl<T, const N: usize> Default for Channel<T, N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T, const N: usize> Drop for Channel<T, N> {
    fn drop(&mut self) {
        if core::mem::needs_drop::<T>() {
            while self.try_receive().is_some() {}
        }
    }
}
