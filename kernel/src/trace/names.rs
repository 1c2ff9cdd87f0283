//! Names that are made at run time: the ELF knows none of them, so the trace carries them. Without feature `trace` they are
//! nothing.
//!
//! The names of tasks, slots, and objects that are statics stand in the ELF, and cost nothing.

use crate::task::Task;

/// Calls a task by another name on the timeline: such as one of several that were spawned in one slot. The first 24 bytes
/// count. Eight names are kept for a host that comes late, of tasks and objects together. From any context; does not
/// block.
///
/// ```no_run
/// use bluekernel::task::Slot;
///
/// #[bluekernel::slot]
/// static WORKER: Slot<1024>;
///
/// # fn start() -> Result<(), bluekernel::task::SpawnError> {
/// let worker = WORKER.spawn(4, || { /* decode */ })?;
/// bluekernel::trace::name_task(worker, "decoder");
/// # Ok(())
/// # }
/// ```
#[inline]
pub fn name_task(task: Task, name: &'static str) {
    super::name_task_numbered(task.number(), name);
}

/// As [`name_task`], of an object that is no static of its own: such as one of an array. From any context; does not block.
#[inline]
pub fn name_object<T>(object: &'static T, name: &'static str) {
    super::name_object_at(core::ptr::from_ref(object).addr(), name);
}
