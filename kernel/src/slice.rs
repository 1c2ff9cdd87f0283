//! Round robin: tasks of a priority that has a time slice take turns.
//!
//! A task whose slice is over goes behind its equals, if there are any. What is left of a slice is kept while a more important
//! task runs, so being interrupted often gives nobody more than its share. The clock's alarm ends a slice, and it is set only
//! where the running task has an equal that is ready: nothing ticks for a task alone.

use crate::clock;
use crate::kernel::{KERNEL, act};
use crate::lock::{self, Locked, Protected};
use crate::table::Tasks;
use crate::task::NoSuchPriority;
use crate::time::Duration;
use bluekernel_abi::{PRIORITIES, TaskState};
use bluekernel_core::{Priority, Table, TaskId};
use core::cell::Cell;

struct Slices {
    /// Of each priority, in ticks; 0 for none.
    length: [Cell<u64>; PRIORITIES],
    /// What the first task of the priority has left, 0 for all.
    left: [Cell<u64>; PRIORITIES],
    /// When the running task's slice ends; 0 if nothing ends it.
    end: Cell<u64>,
}

static SLICES: Protected<Slices> = Protected::new(Slices {
    length: [const { Cell::new(0) }; PRIORITIES],
    left: [const { Cell::new(0) }; PRIORITIES],
    end: Cell::new(0),
});

/// Lets the tasks of `priority`, 0 to 31, take turns: each has the processor for `slice`, then the next one does.
/// [`Duration::ZERO`], with which all priorities start, lets each run until it waits or yields. A slice that runs goes on with
/// the length it had. From any context; does not block.
///
/// # Errors
/// [`NoSuchPriority`].
pub fn set_time_slice(priority: u8, slice: Duration) -> Result<(), NoSuchPriority> {
    let priority = Priority::new(priority).ok_or(NoSuchPriority)?;
    let ticks = clock::ticks_at(slice.as_micros());
    lock::with(|locked| {
        let slices = SLICES.get(locked);
        slices.length[priority as usize].set(ticks);
        slices.left[priority as usize].set(0);
        if let Some(id) = KERNEL.get(locked).scheduler.current() {
            begin(locked, id);
        }
    });
    Ok(())
}

/// The task `id`, which has run, is about to lose the processor. If it is still the first of its priority, what is left of
/// its slice is kept.
pub(crate) fn stop(locked: Locked<'_>, id: TaskId) {
    let slices = SLICES.get(locked);
    let end = slices.end.replace(0);
    let task = Tasks(locked).task(id);
    let left = if end == 0 || !KERNEL.get(locked).scheduler.is_first(Tasks(locked), id) {
        0
    } else {
        // One that is over at this very moment ends a tick later, by the alarm.
        end.saturating_sub(clock::now(locked)).max(1)
    };
    slices.left[usize::from(task.priority())].set(left);
}

/// The running task, which is `id`, has the processor now, or has an equal now: sets the end of its slice, if it needs one.
pub(crate) fn begin(locked: Locked<'_>, id: TaskId) {
    let slices = SLICES.get(locked);
    let task = Tasks(locked).task(id);
    let priority = usize::from(task.priority());
    let length = slices.length[priority].get();
    if length == 0 || slices.end.get() != 0 || task.state() != TaskState::Ready || !task.has_equals(id) {
        return;
    }
    let left = slices.left[priority].get();
    let end = clock::now(locked).saturating_add(if left == 0 { length } else { left });
    slices.end.set(end);
    clock::arm(locked, end);
}

/// `id` became ready: perhaps the running task's first equal.
pub(crate) fn on_ready(locked: Locked<'_>, id: TaskId) {
    if let Some(current) = KERNEL.get(locked).scheduler.current() {
        let priority = |id| Tasks(locked).task(id).priority();
        if current != id && priority(current) == priority(id) {
            begin(locked, current);
        }
    }
}

/// Ends the running task's slice, if it is over at `now`.
pub(crate) fn expire(locked: Locked<'_>, now: u64) {
    let slices = SLICES.get(locked);
    let end = slices.end.get();
    if end == 0 || end > now {
        return;
    }
    slices.end.set(0);
    let scheduler = &KERNEL.get(locked).scheduler;
    if let Some(id) = scheduler.current() {
        slices.left[usize::from(Tasks(locked).task(id).priority())].set(0);
        act(locked, scheduler.yield_now(Tasks(locked), id));
    }
}

/// When the alarm is needed: `deadline`, or before it.
pub(crate) fn alarm(locked: Locked<'_>, deadline: u64) -> u64 {
    match SLICES.get(locked).end.get() {
        0 => deadline,
        end => deadline.min(end),
    }
}
