//! Numbers that the simulator told and no recording holds. They are of the whole run, whatever the window.

use crate::latency::{ExceptionLatency, Latencies};
use crate::time;

use super::measure::{Measurement, Measuring};
use super::metric::Point;

/// Why there is nothing to compare.
const NOT_SEEN: &str = "how long interrupts were masked, and waited, stands in no recording; the simulator tells it: \
                        bkctl sim --trace RUN.bkt --format json > RUN.json, and then --sim RUN.json here";

impl Measuring<'_> {
    /// The longest mask that kept an interrupt waiting, in cycles of the core.
    pub(super) fn masked(&self) -> Measurement {
        let Some(seen) = self.latencies else { return Measurement::nothing(NOT_SEEN) };
        let place = seen.longest_masked.as_ref().map(|mask| {
            let length = time::duration(mask.cycles, seen.core_hz);
            (self.window.clone(), format!("interrupts were masked for {length}, from {} to {}", mask.from, mask.to))
        });
        Measurement::exact(seen.longest_masked.as_ref().map_or(0, |mask| mask.cycles)).at(place)
    }

    /// How long `exception` waited for its handler, in cycles of the core.
    pub(super) fn latency(&self, exception: u32, point: Point) -> Measurement {
        let Some(seen) = self.latencies else { return Measurement::nothing(NOT_SEEN) };
        let Some(row) = seen.exceptions.iter().find(|row| row.exception == exception) else {
            return match point {
                Point::Count => Measurement::exact(0),
                _ => Measurement::nothing("the interrupt did not occur"),
            };
        };
        let value = match point {
            Point::Count => row.count,
            Point::Min => row.min,
            Point::P50 => row.p50,
            Point::P99 => row.p99,
            _ => row.max,
        };
        Measurement::exact(value).at(self.masked_wait(seen, row))
    }

    /// The longest wait of `row` for a mask, in words.
    fn masked_wait(&self, seen: &Latencies, row: &ExceptionLatency) -> Option<(std::ops::Range<u64>, String)> {
        let (wait, mask) = row.masked().max_by_key(|(wait, _)| wait.cycles)?;
        let length = |cycles| time::duration(cycles, seen.core_hz);
        let words = format!(
            "{} waited {} while interrupts were masked for {}, from {} to {}",
            row.name,
            length(wait.cycles),
            length(mask.cycles),
            mask.from,
            mask.to
        );
        Some((self.window.clone(), words))
    }
}
