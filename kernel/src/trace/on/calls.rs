//! Calls that may wait (feature `trace-calls`). The hooks take the lock themselves.

use super::{event, fields, id_of, tells};
use crate::lock;
use crate::trace::encoder::Prefix;
use bluekernel_abi::ObjectOp;
use bluekernel_abi::wire::{group, head};

/// A call, until this is dropped.
#[must_use = "the call ends where this value is dropped"]
pub(crate) struct Call(());

/// A call that may wait begins: it will do `op` to `object`, unless its time is over before.
#[inline(always)]
pub(crate) fn call<T>(op: ObjectOp, object: &T) -> Call {
    if tells(group::CALLS) {
        let object = core::ptr::from_ref(object).addr();
        let prefix = Prefix::new(head::SYS_ENTER).small(op as u8);
        lock::with(|locked| fields(locked, prefix, id_of(object), 0));
    }
    Call(())
}

impl Drop for Call {
    #[inline(always)]
    fn drop(&mut self) {
        if tells(group::CALLS) {
            lock::with(|locked| event(locked, Prefix::bare(head::SYS_EXIT), 0));
        }
    }
}
