//! A distribution in bounded memory.

use serde::Serialize;

/// Values below this are counted one by one; above, a bucket is at most 1/128 of its value wide.
const EXACT_BITS: u32 = 7;

/// Counts durations by logarithmic buckets. Count, sum, smallest and largest are exact; percentiles are exact below 256
/// cycles and at most 0.8 % too large above. At most 7,424 buckets exist, and only those that were hit take memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Histogram {
    /// Buckets that were hit and how often, in order.
    buckets: Vec<(u16, u64)>,
    count: u64,
    sum: u128,
    min: u64,
    max: u64,
}

/// A distribution in a few numbers, in cycles. Percentiles are by nearest rank.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// How many values.
    pub count: u64,
    /// The smallest.
    pub min: u64,
    /// The mean, rounded down.
    pub mean: u64,
    /// The median.
    pub p50: u64,
    /// 9 of 10 are at most this.
    pub p90: u64,
    /// 99 of 100 are at most this.
    pub p99: u64,
    /// 999 of 1,000 are at most this.
    pub p999: u64,
    /// The largest.
    pub max: u64,
}

impl Histogram {
    /// Counts `value`.
    pub fn add(&mut self, value: u64) {
        self.add_to(bucket(value), 1);
        self.min = if self.count == 0 { value } else { self.min.min(value) };
        self.max = self.max.max(value);
        self.count += 1;
        self.sum += u128::from(value);
    }

    /// Counts everything that `other` has counted.
    pub fn merge(&mut self, other: &Self) {
        if other.count == 0 {
            return;
        }
        other.buckets.iter().for_each(|(bucket, count)| self.add_to(*bucket, *count));
        self.min = if self.count == 0 { other.min } else { self.min.min(other.min) };
        self.max = self.max.max(other.max);
        self.count += other.count;
        self.sum += other.sum;
    }

    fn add_to(&mut self, bucket: u16, count: u64) {
        match self.buckets.binary_search_by_key(&bucket, |(bucket, _)| *bucket) {
            Ok(at) => self.buckets[at].1 += count,
            Err(at) => self.buckets.insert(at, (bucket, count)),
        }
    }

    /// The buckets that were hit, in order: the smallest value of each, its largest, and how many values fell into it. For
    /// drawing; buckets in between hold nothing.
    pub fn buckets(&self) -> impl Iterator<Item = (u64, u64, u64)> {
        self.buckets.iter().map(|(bucket, count)| {
            let below = bucket.checked_sub(1).map_or(0, |below| largest(below).saturating_add(1));
            (below, largest(*bucket), *count)
        })
    }

    /// How many values were counted.
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// All values together.
    #[must_use]
    pub const fn sum(&self) -> u128 {
        self.sum
    }

    /// The value that `per_mille` of a thousand values do not exceed (nearest rank), 0 without values.
    #[must_use]
    pub fn percentile(&self, per_mille: u64) -> u64 {
        let wanted = u128::from(self.count) * u128::from(per_mille.min(1000));
        let rank = u64::try_from(wanted.div_ceil(1000)).unwrap_or(u64::MAX).max(1);
        let mut seen = 0;
        for (bucket, count) in &self.buckets {
            seen += count;
            if seen >= rank {
                return largest(*bucket).clamp(self.min, self.max);
            }
        }
        self.max
    }

    /// The distribution in a few numbers.
    #[must_use]
    pub fn summary(&self) -> Summary {
        Summary {
            count: self.count,
            min: self.min,
            mean: u64::try_from(self.sum / u128::from(self.count.max(1))).unwrap_or(u64::MAX),
            p50: self.percentile(500),
            p90: self.percentile(900),
            p99: self.percentile(990),
            p999: self.percentile(999),
            max: self.max,
        }
    }
}

/// The bucket of `value`: its leading `EXACT_BITS + 1` bits and how far they are shifted.
fn bucket(value: u64) -> u16 {
    let shift = (u64::BITS - value.leading_zeros()).saturating_sub(EXACT_BITS + 1);
    let mantissa = value >> shift; // below 256
    u16::try_from(u64::from(shift) << EXACT_BITS).unwrap_or(0) + u16::try_from(mantissa).unwrap_or(0)
}

/// The largest value of a bucket.
fn largest(bucket: u16) -> u64 {
    let full = 1_u16 << (EXACT_BITS + 1);
    if bucket < full {
        return u64::from(bucket);
    }
    let shift = (bucket >> EXACT_BITS) - 1;
    let mantissa = u128::from(bucket - (shift << EXACT_BITS));
    u64::try_from(((mantissa + 1) << shift) - 1).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_tight_and_in_order() {
        let mut last = None;
        for value in (0..5_000).chain([1 << 20, (1 << 20) + 1, u64::MAX / 3, u64::MAX - 1, u64::MAX]) {
            let bucket = bucket(value);
            assert!(last.is_none_or(|last| last <= bucket), "{value}");
            last = Some(bucket);
            let top = largest(bucket);
            assert!(top >= value && top - value <= value / 128, "{value} in a bucket up to {top}");
            if value < 256 {
                assert_eq!(top, value);
            }
        }
    }

    #[test]
    fn percentiles_by_nearest_rank() {
        let mut histogram = Histogram::default();
        (1..=100).for_each(|value| histogram.add(value));
        let summary = histogram.summary();
        assert_eq!(summary, Summary { count: 100, min: 1, mean: 50, p50: 50, p90: 90, p99: 99, p999: 100, max: 100 });
        let mut one = Histogram::default();
        one.add(7_000_001);
        let only = 7_000_001;
        let expected =
            Summary { count: 1, min: only, mean: only, p50: only, p90: only, p99: only, p999: only, max: only };
        assert_eq!(one.summary(), expected);
        assert_eq!(Histogram::default().summary(), Summary::default());
    }
    #[test]
    fn buckets_for_drawing_hold_their_values_and_do_not_overlap() {
        let mut histogram = Histogram::default();
        let values = [0, 1, 255, 256, 257, 300, 5_000, 5_001, 1 << 40, u64::MAX];
        values.iter().for_each(|value| histogram.add(*value));
        let buckets: Vec<_> = histogram.buckets().collect();
        assert_eq!(buckets.iter().map(|(.., count)| count).sum::<u64>(), 10);
        for (low, high, count) in &buckets {
            let within = values.iter().filter(|value| (low..=high).contains(value)).count();
            assert_eq!(u64::try_from(within), Ok(*count), "{low}..={high}");
        }
        assert!(buckets.windows(2).all(|pair| pair[0].1 < pair[1].0));
    }

    #[test]
    fn merging_is_counting_together() {
        let (mut left, mut right, mut both) = (Histogram::default(), Histogram::default(), Histogram::default());
        for value in [3, 900, 77, 1_000_000, 900] {
            left.add(value);
            both.add(value);
        }
        left.merge(&right);
        for value in [1, 900, 12_345] {
            right.add(value);
            both.add(value);
        }
        left.merge(&right);
        assert_eq!(left, both);
    }
}
