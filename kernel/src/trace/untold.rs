//! The hooks of what is told in the stream alone, without feature `trace`: empty, and gone after inlining. See [`super::on`]
//! for what each is told.

use crate::Duration;
use bluekernel_abi::ObjectOp;

/// A call: nothing is told of it.
pub(crate) struct Call;

#[inline(always)]
pub(crate) fn call<T>(_op: ObjectOp, _object: &T) -> Call {
    Call
}

/// Whether something was told: nothing is.
pub(crate) struct Announced;

impl Announced {
    pub(crate) const fn new() -> Self {
        Self
    }
}

#[inline(always)]
pub(crate) fn timing(_: &Announced, _object: usize, _period: Duration, _deadline: Duration) {}
#[inline(always)]
pub(super) fn name_task_numbered(_number: u8, _name: &'static str) {}
#[inline(always)]
pub(super) fn name_object_at(_object: usize, _name: &'static str) {}
