//! How cycles are distributed that a core was measured to take.

use std::collections::BTreeMap;

use bksim_protocol::message::Latency;
use serde::{Deserialize, Serialize};

/// A distribution of cycles, kept exactly: how often each value came.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Distribution {
    times: BTreeMap<u64, u64>,
    /// The last value, and how often it came in a row: not in `times` yet, since most values come again.
    last: (u64, u64),
}

impl Distribution {
    pub(crate) fn add(&mut self, value: u64) {
        if self.last.0 != value {
            let (last, times) = std::mem::replace(&mut self.last, (value, 0));
            if times > 0 {
                *self.times.entry(last).or_default() += times;
            }
        }
        self.last.1 += 1;
    }

    /// Minimum, quantiles and maximum; `None` if nothing was measured.
    pub(crate) fn summary(&self) -> Option<Latency> {
        let mut all = self.times.clone();
        if self.last.1 > 0 {
            *all.entry(self.last.0).or_default() += self.last.1;
        }
        let count: u64 = all.values().sum();
        let (&min, _) = all.first_key_value()?;
        let (&max, _) = all.last_key_value()?;
        // The smallest value that at least `percent` of all do not exceed.
        let quantile = |percent: u64| {
            let mut below = 0;
            all.iter()
                .find(|&(_, &times)| {
                    below += times;
                    u128::from(below) * 100 >= u128::from(count) * u128::from(percent)
                })
                .map_or(max, |(&value, _)| value)
        };
        Some(Latency { count, min, p50: quantile(50), p99: quantile(99), max })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_exact() {
        let mut distribution = Distribution::default();
        assert_eq!(distribution.summary(), None);
        // 1..=100 once each: half of them do not exceed 50, 99 of them not 99.
        (1..=100).for_each(|value| distribution.add(value));
        assert_eq!(distribution.summary(), Some(Latency { count: 100, min: 1, p50: 50, p99: 99, max: 100 }));
        distribution.add(1000);
        // 101 values: 50.5 must be reached, so 51; 99.99 must be reached, so 100.
        assert_eq!(distribution.summary(), Some(Latency { count: 101, min: 1, p50: 51, p99: 100, max: 1000 }));
    }
}
