//! The hooks without feature `trace`: empty, and gone after inlining. See [`super::on`] for what each is told.

use crate::Duration;
use crate::lock::Locked;
use bluekernel_abi::{BlockReason, ObjectOp, PriorityCause};

/// What is in use of a heap: nobody counts.
#[cfg(feature = "alloc")]
pub(crate) struct HeapAccount;

#[cfg(feature = "alloc")]
impl HeapAccount {
    pub(crate) const fn new() -> Self {
        Self
    }
}

#[inline(always)]
pub(crate) fn init(_: Locked<'_>, _clock_hz: u64) {}
#[inline(always)]
pub(crate) fn select(_: Locked<'_>, _task: u8) {}
#[inline(always)]
pub(crate) fn switch_in(_: Locked<'_>, _task: u8) {}
#[inline(always)]
pub(crate) fn ready(_: Locked<'_>, _task: u8) {}
#[inline(always)]
pub(crate) fn isr_enter(_exception: u16) {}
#[inline(always)]
pub(crate) fn isr_exit() {}
#[inline(always)]
pub(crate) fn idle(_: Locked<'_>) {}
#[inline(always)]
pub(crate) fn block(_: Locked<'_>, _reason: BlockReason, _object: usize, _timeout: Duration) {}
#[inline(always)]
pub(crate) fn task_new(_: Locked<'_>, _task: u8, _priority: u8, _stack: u32) {}
#[inline(always)]
pub(crate) fn task_exit(_: Locked<'_>, _task: u8) {}
#[inline(always)]
pub(crate) fn priority(_: Locked<'_>, _task: u8, _priority: u8, _cause: PriorityCause, _object: usize) {}
#[inline(always)]
pub(crate) fn object(_: Locked<'_>, _op: ObjectOp, _object: usize, _value: u32) {}
#[inline(always)]
pub(crate) fn timer_arm(_: Locked<'_>, _ticks: u64) {}
#[inline(always)]
pub(crate) fn follow(_: Locked<'_>) {}
#[inline(always)]
pub(crate) fn timer_fire(_: Locked<'_>, _task: u8) {}
#[cfg(all(feature = "fault", target_os = "none"))]
#[inline(always)]
pub(crate) fn fault(_kind: u32, _address: u32) {}
#[inline(always)]
pub(super) fn mark_begin(_id: u32) {}
#[inline(always)]
pub(super) fn mark_end(_id: u32) {}
#[inline(always)]
pub(super) fn mark(_id: u32, _value: u32) {}
#[inline(always)]
pub(super) fn counter(_id: u32, _value: i64) {}
#[inline(always)]
pub(crate) fn job_release(_object: usize, _release: u64) {}
#[inline(always)]
pub(crate) fn job_done(_object: usize, _took: u64, _deadline: Duration) {}
#[cfg(feature = "alloc")]
#[inline(always)]
pub(crate) fn heap_alloc(_: &HeapAccount, _bytes: usize, _size: usize) {}
#[cfg(feature = "alloc")]
#[inline(always)]
pub(crate) fn heap_free(_: &HeapAccount, _bytes: usize, _size: usize) {}
