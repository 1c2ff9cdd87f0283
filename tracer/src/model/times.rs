//! Times that never go back, in four bytes each.

use super::pages::Pages;

/// So many times stand on one stop.
pub(super) const STRIDE: usize = 32;

/// Stands for a distance that needs more than four bytes.
const FAR: u32 = u32::MAX;

/// Times in cycles, in their order. Every `STRIDE`th is kept whole, as a stop; all are kept as their distance from the stop
/// before them. A search goes through the stops (which stay in a cache) and then through the few times on one of them.
///
/// The first times can be given back: the others keep their places.
#[derive(Clone, Debug)]
pub(super) struct Times {
    /// The place of the first time that is kept: a multiple of `STRIDE`.
    first: usize,
    /// `stops[n]` is the time at place `first + n * STRIDE`.
    stops: Pages<u64>,
    distances: Pages<u32>,
    /// The last time.
    last: u64,
    /// The times whose distance is [`FAR`], with their places: after a pause of minutes, few in all.
    far: Vec<(usize, u64)>,
}

impl Times {
    /// A list that begins with `first`.
    pub(super) fn new(first: u64) -> Self {
        let (stops, distances) = (std::iter::once(first).collect(), std::iter::once(0).collect());
        Self { first: 0, stops, distances, last: first, far: Vec::new() }
    }

    /// Appends a time that is not before the last one.
    pub(super) fn push(&mut self, time: u64) {
        let place = self.len();
        if place.is_multiple_of(STRIDE) {
            self.stops.push(time);
        }
        let stop = self.stops.last().copied().unwrap_or(time);
        let distance = u32::try_from(time.saturating_sub(stop)).unwrap_or(FAR);
        if distance == FAR {
            self.far.push((place, time));
        }
        self.distances.push(distance);
        self.last = time;
    }

    /// How many there are, with those that were given back.
    pub(super) const fn len(&self) -> usize {
        self.first + self.distances.len()
    }

    /// The place of the first time that is kept.
    pub(super) const fn first(&self) -> usize {
        self.first
    }

    /// Gives back the times before `place`, as far as whole stops are. Returns how many stops that were.
    pub(super) fn forget(&mut self, place: usize) -> usize {
        let stops = place.saturating_sub(self.first) / STRIDE;
        self.first += stops * STRIDE;
        self.stops.forget(stops);
        self.distances.forget(stops * STRIDE);
        let far = self.far.partition_point(|(place, _)| *place < self.first);
        self.far.drain(..far);
        stops
    }

    /// Bytes of what is kept.
    pub(super) const fn bytes(&self) -> usize {
        self.stops.bytes() + self.distances.bytes() + 16 * self.far.len()
    }

    /// The time at `place`, if it is kept.
    pub(super) fn get(&self, place: usize) -> Option<u64> {
        let kept = place.checked_sub(self.first)?;
        let distance = *self.distances.get(kept)?;
        if distance == FAR {
            return self.far_time(place);
        }
        Some(self.stops.get(kept / STRIDE)? + u64::from(distance))
    }

    fn far_time(&self, place: usize) -> Option<u64> {
        let found = self.far.binary_search_by_key(&place, |(place, _)| *place).ok()?;
        self.far.get(found).map(|(_, time)| *time)
    }

    /// The times that stand on stop number `stop`, which are in one page.
    pub(super) fn on(&self, stop: usize) -> impl Iterator<Item = u64> {
        let (first, begin) = (stop * STRIDE, self.stops.get(stop).copied().unwrap_or(0));
        self.distances.run(first).iter().take(STRIDE).zip(self.first + first..).map(move |(distance, place)| {
            if *distance == FAR { self.far_time(place).unwrap_or(begin) } else { begin + u64::from(*distance) }
        })
    }

    /// The last time.
    pub(super) const fn last(&self) -> u64 {
        self.last
    }

    /// How many times `is_before` holds for: the first ones, with those that were given back.
    pub(super) fn before(&self, is_before: impl Fn(u64) -> bool) -> usize {
        let stops = self.stops.partition_point(|stop| is_before(*stop));
        stops.checked_sub(1).map_or(self.first, |stop| self.before_on(stop, is_before))
    }

    /// The same where it is known that the last one stands on stop number `stop`.
    pub(super) fn before_on(&self, stop: usize, is_before: impl Fn(u64) -> bool) -> usize {
        let low = self.first + stop * STRIDE;
        let (mut low, mut high) = (low, (low + STRIDE).min(self.len()));
        while low < high {
            let middle = low + (high - low) / 2;
            if self.get(middle).is_some_and(&is_before) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }

    /// The stops: every `STRIDE`th time.
    pub(super) const fn stops(&self) -> &Pages<u64> {
        &self.stops
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Every time, and every search, is that of a plain list, also over pauses that need eight bytes.
        #[test]
        fn times_are_those_of_a_plain_list(
            first in 0..1_u64 << 40,
            steps in prop::collection::vec((0..3_u8, any::<u64>()), 0..200),
            sought in prop::collection::vec(any::<prop::sample::Index>(), 8),
            forgotten in prop::collection::vec(any::<prop::sample::Index>(), 0..3),
        ) {
            let (mut times, mut plain) = (Times::new(first), vec![first]);
            for (size, step) in steps {
                // Neighbours, pauses about as long as four bytes can tell, and longer ones.
                let step = step % [16, (1 << 32) + 2, 1 << 50][usize::from(size)];
                let time = plain.last().unwrap() + step;
                times.push(time);
                plain.push(time);
            }
            prop_assert_eq!(times.len(), plain.len());
            prop_assert_eq!(times.last(), *plain.last().unwrap());
            let mut first = 0;
            for index in forgotten {
                let place = index.index(plain.len());
                times.forget(place);
                // Whole stops, and nothing that was to be kept.
                first = first.max(place / STRIDE * STRIDE);
            }
            prop_assert_eq!(times.first(), first);
            for (place, time) in plain.iter().enumerate() {
                prop_assert_eq!(times.get(place), (place >= first).then_some(*time));
            }
            prop_assert_eq!(times.get(plain.len()), None);
            for stop in 0..times.stops().len() {
                let from = first + stop * STRIDE;
                prop_assert!(times.on(stop).eq(plain[from..].iter().copied().take(STRIDE)));
            }
            for index in sought {
                for time in [*index.get(&plain), index.get(&plain) + 1, 0] {
                    prop_assert_eq!(times.before(|at| at <= time), plain.partition_point(|at| *at <= time).max(first));
                    prop_assert_eq!(times.before(|at| at < time), plain.partition_point(|at| *at < time).max(first));
                }
            }
        }
    }

    /// The longest distance that is not [`FAR`], and the shortest that is.
    #[test]
    fn the_edge_of_four_bytes() {
        let mut times = Times::new(7);
        for distance in [0xffff_fffe, 0xffff_ffff, 0x1_0000_0000_u64] {
            times.push(7 + distance);
        }
        assert_eq!(times.far.len(), 2);
        assert_eq!(
            (1..4).map(|place| times.get(place).unwrap() - 7).collect::<Vec<_>>(),
            [0xffff_fffe, 0xffff_ffff, 0x1_0000_0000]
        );
    }
}
