//! Pacing: how long the host waits so that virtual time does not run ahead. It delays, and changes nothing.

use std::time::{Duration, Instant};

use crate::clock::{Picoseconds, SECOND};

/// The longest the engine's thread waits without looking around.
const LONGEST_PAUSE: Duration = Duration::from_millis(20);
/// A host that is further behind than this does not hurry to catch up.
const FORGIVEN: Duration = Duration::from_millis(100);

pub(super) struct Pace {
    /// Virtual seconds in a host second.
    rate: f64,
    started: Instant,
    from: Picoseconds,
}

impl Pace {
    pub(super) fn new(rate: f64, from: Picoseconds) -> Self {
        Self { rate, started: Instant::now(), from }
    }

    /// How long to wait before virtual time may go on from `now`; `None` for not at all.
    pub(super) fn ahead(&mut self, now: Picoseconds) -> Option<Duration> {
        self.ahead_at(now, Instant::now())
    }

    fn ahead_at(&mut self, now: Picoseconds, host: Instant) -> Option<Duration> {
        let seconds = now.saturating_sub(self.from) as f64 / SECOND as f64 / self.rate;
        // A run that is paced to beyond what the host can count waits all the same.
        let due = Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX);
        let passed = host.saturating_duration_since(self.started);
        if let Some(behind) = passed.checked_sub(due) {
            if behind > FORGIVEN {
                (self.started, self.from) = (host, now);
            }
            return None;
        }
        Some(due.saturating_sub(passed).min(LONGEST_PAUSE))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pace(rate: f64) -> (Pace, Instant) {
        let pace = Pace::new(rate, 0);
        let started = pace.started;
        (pace, started)
    }

    #[test]
    fn real_time_waits_for_the_host() {
        let (mut pace, start) = pace(1.0);
        assert_eq!(pace.ahead_at(SECOND / 100, start), Some(Duration::from_millis(10)));
        assert_eq!(pace.ahead_at(SECOND / 100, start + Duration::from_millis(10)), None);
    }

    #[test]
    fn a_pause_is_never_longer_than_twenty_milliseconds() {
        let (mut pace, start) = pace(1e-9);
        assert_eq!(pace.ahead_at(SECOND, start), Some(Duration::from_millis(20)));
        let (mut pace, start) = self::pace(f64::MIN_POSITIVE);
        assert_eq!(pace.ahead_at(u64::MAX, start), Some(Duration::from_millis(20)));
    }

    #[test]
    fn half_speed_waits_twice_as_long() {
        let (mut pace, start) = pace(0.5);
        let host = start + Duration::from_millis(15);
        assert_eq!(pace.ahead_at(SECOND / 100, host), Some(Duration::from_millis(5)));
    }

    #[test]
    fn a_host_that_was_away_does_not_race() {
        let (mut pace, start) = pace(1.0);
        let host = start + Duration::from_secs(10);
        assert_eq!(pace.ahead_at(SECOND, host), None);
        assert_eq!(pace.ahead_at(SECOND + SECOND / 100, host), Some(Duration::from_millis(10)));
    }
}
