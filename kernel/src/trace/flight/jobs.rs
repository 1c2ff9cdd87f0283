//! Periodic work. The hooks take the lock themselves, once for each event.

use super::put_object;
use crate::lock::{self, Locked};
use crate::{Duration, Instant};
use bluekernel_abi::flight::kind;

pub(crate) fn job_release(object: usize, release: u64) {
    let late = lock::ahead(narrow(Instant::now().as_micros().saturating_sub(release)));
    lock::with(|locked| job(locked, kind::JOB_RELEASE, late, object));
}

pub(crate) fn job_done(object: usize, took: u64, deadline: Duration) {
    lock::with(|locked| job(locked, kind::JOB_DONE, 0, object));
    if let Some(late @ 1..) = took.checked_sub(deadline.as_micros()) {
        lock::with(|locked| job(locked, kind::DEADLINE_MISS, narrow(late), object));
    }
}

/// More than an hour is told as that.
fn narrow(micros: u64) -> u32 {
    u32::try_from(micros).unwrap_or(u32::MAX)
}

/// An event of the periodic work at an address.
#[inline(never)]
fn job(locked: Locked<'_>, kind: u8, late: u32, object: usize) {
    put_object(locked, kind.into(), late, object);
}
