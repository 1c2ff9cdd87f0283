//! Whom the switch wakes: futures that are told by a task which does not run any more when the lock is open.
//!
//! That is a task that is over, and one that lets a future go on and waits, in one step. It has asked for the switch, so
//! nobody else runs before the wakers are woken: one place is enough for a waker, and it is as if the task had done it. They
//! are woken with handlers let in, and may do what they may do in a handler.

use super::told::Told;
use crate::kernel::KERNEL;
use crate::lock::{Locked, Protected};
use bluekernel_arch::{Current, Port};
use core::cell::Cell;
use core::task::Waker;

static LEFT: Protected<Cell<Option<Waker>>> = Protected::new(Cell::new(None));

/// The running task has just made itself wait: whom it told is woken by the switch.
pub(crate) fn leave(locked: Locked<'_>, told: &Told) {
    if let Some(waker) = told.take() {
        LEFT.get(locked).set(Some(waker));
        KERNEL.get(locked).scheduler.tell_futures();
    }
}

/// Wakes who was left to the switch, and tells of the end of the task that was switched from. Called by `__bk_select`, under
/// the mask, when the tasks that joined are awake.
pub(crate) fn wake(locked: Locked<'_>) {
    if let Some(waker) = LEFT.get(locked).take() {
        Current::with_handlers(|| waker.wake());
    }
    crate::task::futures::tell_all(locked);
}
