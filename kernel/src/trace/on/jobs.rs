//! Periodic work. The hooks take the lock themselves, once for each event: none of them is masked together with another.

use super::{id_of, long, number, of_two, state, tells};
use crate::lock;
use crate::{Duration, Instant};
use bluekernel_abi::wire::{group, head};
use core::cell::Cell;

/// Whether something that is told once has been told: since the last SYNC that the host asked for, behind which it is told
/// again. Touched under the lock.
pub(crate) struct Announced(lock::Protected<Cell<u8>>);

impl Announced {
    /// Not told.
    pub(crate) const fn new() -> Self {
        Self(lock::Protected::new(Cell::new(0)))
    }

    /// Whether it is to be told now; then it is told from here on.
    pub(super) fn is_due(&self, locked: lock::Locked<'_>) -> bool {
        let round = state(locked, |state| state.round());
        self.0.get(locked).replace(round) != round
    }
}

/// The running task has periodic work: `object` is its address.
pub(crate) fn timing(announced: &Announced, object: usize, period: Duration, deadline: Duration) {
    if !tells(group::JOBS) {
        return;
    }
    lock::with(|locked| {
        if announced.is_due(locked) {
            let numbers = [id_of(object).into(), period.as_micros(), deadline.as_micros()];
            long(locked, head::TIMING, &numbers);
        }
    });
}

/// The running task begins a job that was released at `release`, in microseconds.
pub(crate) fn job_release(object: usize, release: u64) {
    if !tells(group::JOBS) {
        return;
    }
    let late = lock::ahead(Instant::now().as_micros().saturating_sub(release));
    lock::with(|locked| of_two(locked, head::JOB_RELEASE, id_of(object), late));
}

/// The running task has done the job, `took` microseconds after its release.
pub(crate) fn job_done(object: usize, took: u64, deadline: Duration) {
    if !tells(group::JOBS) {
        return;
    }
    lock::with(|locked| number(locked, head::JOB_DONE, id_of(object)));
    if let Some(late @ 1..) = took.checked_sub(deadline.as_micros()) {
        lock::with(|locked| of_two(locked, head::DEADLINE_MISS, id_of(object), late));
    }
}
