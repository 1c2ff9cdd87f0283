//! The records by which tools find the kernel's memory, in sections that are not loaded. See `bluekernel_abi::inspect`.
#![expect(unsafe_code, reason = "addresses in statics")]

use crate::kernel::Kernel;
use crate::task::{Control, Stack};
use bluekernel_abi::inspect;
use bluekernel_arch::{Current, Port};
use bluekernel_core::{Scheduler, TaskControl};
use core::mem::offset_of;

/// An [`inspect::KernelRecord`] as a static.
#[repr(transparent)]
pub struct KernelRecord(
    #[allow(dead_code, reason = "read by tools, in the ELF file")] inspect::KernelRecord<*const ()>,
);

// SAFETY: never read by the program.
unsafe impl Sync for KernelRecord {}

impl KernelRecord {
    /// The record; the trace clock counts `trace_clock_hz` cycles a second. The control blocks are between `tasks` and
    /// `tasks_end`, and before them is the kernel's state.
    #[must_use]
    pub const fn new(trace_clock_hz: u32, tasks: *const (), tasks_end: *const ()) -> Self {
        let kernel = tasks.cast::<u8>().wrapping_sub(size_of::<Kernel>());
        let scheduler = kernel.wrapping_add(offset_of!(Kernel, scheduler));
        Self(inspect::KernelRecord {
            magic: inspect::MAGIC,
            version: inspect::VERSION,
            tasks,
            tasks_end,
            task_stride: size_of::<Control>(),
            state_offset: TaskControl::STATE_OFFSET,
            priority_offset: TaskControl::PRIORITY_OFFSET,
            saved_sp_offset: TaskControl::SAVED_OFFSET,
            wait_object_offset: TaskControl::WAITS_ON_OFFSET,
            current: scheduler.wrapping_add(Scheduler::current_offset()).cast(),
            trace_clock_hz: trace_clock_hz as usize,
            saved_layout: Current::SAVED_LAYOUT as usize,
        })
    }
}

/// An [`inspect::TaskRecord`] as a static.
#[repr(transparent)]
pub struct TaskRecord(#[allow(dead_code, reason = "read by tools, in the ELF file")] inspect::TaskRecord<*const ()>);

// SAFETY: never read by the program.
unsafe impl Sync for TaskRecord {}

impl TaskRecord {
    /// The record of one task. `name` is in the section of names, with a NUL behind its `name_bytes` bytes.
    #[must_use]
    pub const fn new<const BYTES: usize>(
        control: &'static Control,
        stack: &'static Stack<BYTES>,
        priority: u8,
        name: *const u8,
        name_bytes: usize,
    ) -> Self {
        Self(inspect::TaskRecord {
            control: core::ptr::from_ref(control).cast(),
            stack: core::ptr::from_ref(stack).cast(),
            stack_bytes: BYTES,
            priority: priority as usize,
            name: name.cast(),
            name_bytes,
        })
    }
}

/// A name and a NUL behind it as bytes.
#[must_use]
pub const fn name_bytes<const N: usize>(name: &str) -> [u8; N] {
    let mut bytes = [0; N];
    let mut at = 0;
    while at < name.len() {
        bytes[at] = name.as_bytes()[at];
        at += 1;
    }
    bytes
}
