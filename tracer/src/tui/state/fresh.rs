//! Something that is worked out of the trace anew between frames, and not too often.

use std::time::{Duration, Instant};

/// The share of the time that working things out anew may take while a run is followed: one part in so many.
const SHARE: u32 = 20;

/// What was worked out when the trace had so many events.
#[derive(Debug, Default)]
pub(super) struct Fresh<T> {
    value: T,
    /// When it was worked out last, how long that took, and how many events there were.
    made: Option<(Instant, Duration, u64)>,
}

impl<T: Default> Fresh<T> {
    /// What was worked out last.
    pub(super) const fn get(&self) -> &T {
        &self.value
    }

    /// How many events it knows.
    pub(super) fn events(&self) -> u64 {
        self.made.map_or(0, |(.., events)| events)
    }

    /// What is known is not all that is wanted: it is due as if the trace had grown.
    pub(super) fn expire(&mut self) {
        if let Some((.., events)) = &mut self.made {
            *events = u64::MAX;
        }
    }

    /// Works it out anew for a trace of `events` events: at once if it must be true `now`, else if that has become cheap
    /// next to the time since the last time. Tells whether it did.
    pub(super) fn update(&mut self, events: u64, now: bool, work_out: impl FnOnce() -> T) -> bool {
        let due = self.made.is_none_or(|(at, cost, known)| known != events && (now || at.elapsed() >= cost * SHARE));
        if due {
            let begin = Instant::now();
            // Of a long trace it is large: not two at a time.
            self.value = T::default();
            self.value = work_out();
            self.made = Some((Instant::now(), begin.elapsed(), events));
        }
        due
    }
}
