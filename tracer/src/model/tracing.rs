//! What tracing itself cost, event by event, as a simulator saw it ([`bluekernel_abi::Event::Spent`]).
//!
//! A SPENT tells all that ran of tracing's code since the SPENT before, so also what ran before the clock was read for its
//! event. Between two events lies what the first one took behind that moment and the second one in front of it. Counting all
//! of the first one's cost instead is exact as far as the part in front is the same for both; what remains is the difference
//! of those two parts, and over many events they cancel out.

use std::ops::Range;

use crate::wire::Kind;

use super::pages::Pages;
use super::times::{STRIDE, Times};

/// What tracing cost the processor for one event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// When the event happened, in cycles of the recording.
    pub time: u64,
    /// Processor cycles.
    pub cycles: u64,
    /// What kind of event it is.
    pub kind: Kind,
    /// Whose time it was.
    pub who: Who,
}

/// Who has the processor right behind an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Who {
    /// A task, a handler, or the processor on its way to sleep: a place in [`super::Trace::lanes`].
    Lane(usize),
    /// The kernel, between two tasks.
    Kernel,
    /// Nobody can tell.
    Unknown,
}

impl Who {
    const KERNEL: u16 = u16::MAX;
    const UNKNOWN: u16 = u16::MAX - 1;

    fn packed(self) -> u16 {
        match self {
            Self::Lane(place) => u16::try_from(place).ok().filter(|place| *place < Self::UNKNOWN),
            Self::Kernel => Some(Self::KERNEL),
            Self::Unknown => None,
        }
        .unwrap_or(Self::UNKNOWN)
    }

    fn unpacked(packed: u16) -> Self {
        match packed {
            Self::KERNEL => Self::Kernel,
            Self::UNKNOWN => Self::Unknown,
            place => Self::Lane(place.into()),
        }
    }
}

/// Stands for a cost that needs more than two bytes.
const FAR: u16 = u16::MAX;

/// The costs of a recording, in order of time: nine and a half bytes each.
#[derive(Clone, Debug)]
pub struct Tracing {
    times: Times,
    cycles: Pages<u16>,
    /// The costs that are [`FAR`], with their places.
    far: Vec<(usize, u64)>,
    kinds: Pages<Kind>,
    who: Pages<u16>,
    /// `sums[n]` is the sum of the costs before stop number `n` of `times`.
    sums: Pages<u64>,
    total: u64,
}

impl Tracing {
    /// A list of one.
    pub(super) fn new(first: Cost) -> Self {
        let (cycles, far, kinds, who) = (Pages::new(), Vec::new(), Pages::new(), Pages::new());
        let sums = std::iter::once(0).collect();
        let mut new = Self { times: Times::new(first.time), cycles, far, kinds, who, sums, total: 0 };
        new.add(first, 0);
        new
    }

    /// Appends a cost that is not before the last one.
    pub(super) fn push(&mut self, cost: Cost) {
        let place = self.times.len();
        if place.is_multiple_of(STRIDE) {
            self.sums.push(self.total);
        }
        self.times.push(cost.time.max(self.times.last()));
        self.add(cost, place);
    }

    fn add(&mut self, cost: Cost, place: usize) {
        let cycles = u16::try_from(cost.cycles).unwrap_or(FAR);
        if cycles == FAR {
            self.far.push((place, cost.cycles));
        }
        self.cycles.push(cycles);
        self.kinds.push(cost.kind);
        self.who.push(cost.who.packed());
        self.total = self.total.saturating_add(cost.cycles);
    }

    /// Gives back what lies before `until`, but for a few. Sums stay what they are.
    pub(super) fn forget(&mut self, until: u64) {
        let stops = self.times.forget(self.times.before(|time| time < until));
        self.sums.forget(stops);
        self.cycles.forget(stops * STRIDE);
        self.kinds.forget(stops * STRIDE);
        self.who.forget(stops * STRIDE);
        let far = self.far.partition_point(|(place, _)| *place < self.times.first());
        self.far.drain(..far);
    }

    /// Bytes of what is kept.
    pub(super) const fn bytes(&self) -> usize {
        self.times.bytes() + 5 * self.cycles.len() + 8 * self.sums.len() + 16 * self.far.len()
    }

    /// Tracing's cycles of the events within `window`: of those at its first cycle, and not of those at its end. The time of
    /// two look-ups, whatever its length.
    #[must_use]
    pub fn cycles(&self, window: Range<u64>) -> u64 {
        let until = |time: u64| self.sum(self.times.before(|at| at < time));
        until(window.end).saturating_sub(until(window.start))
    }

    /// The sum of the costs before `place`.
    fn sum(&self, place: usize) -> u64 {
        let stop = place.saturating_sub(self.times.first()) / STRIDE;
        let Some(sum) = self.sums.get(stop) else { return self.total };
        let single = (self.times.first() + stop * STRIDE..place).filter_map(|at| self.cost(at));
        single.fold(*sum, u64::saturating_add)
    }

    fn cost(&self, place: usize) -> Option<u64> {
        match self.cycles.get(place.checked_sub(self.times.first())?).copied()? {
            FAR => {
                let at = self.far.binary_search_by_key(&place, |(place, _)| *place).ok()?;
                self.far.get(at).map(|(_, cycles)| *cycles)
            }
            cycles => Some(cycles.into()),
        }
    }

    /// How many events within `window` told their cost. The time of two look-ups.
    #[must_use]
    pub fn count(&self, window: Range<u64>) -> usize {
        let until = |time: u64| self.times.before(|at| at < time);
        until(window.end).saturating_sub(until(window.start))
    }

    /// The costs of the events within `window`, in order of time, as far as they are kept.
    pub fn costs(&self, window: Range<u64>) -> impl Iterator<Item = Cost> {
        let from = self.times.before(|at| at < window.start);
        let to = self.times.before(|at| at < window.end).max(from);
        (from..to).filter_map(|place| {
            let kept = place.checked_sub(self.times.first())?;
            Some(Cost {
                time: self.times.get(place)?,
                cycles: self.cost(place)?,
                kind: *self.kinds.get(kept)?,
                who: Who::unpacked(*self.who.get(kept)?),
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Every sum and every cost is that of a plain list, also of costs that need more than two bytes.
        #[test]
        fn costs_are_those_of_a_plain_list(
            costs in prop::collection::vec((0..100_u64, prop_oneof![0..200_u64, 65_000..66_000_u64, any::<u32>().prop_map(u64::from)], 0..5_usize), 1..300),
            windows in prop::collection::vec((0..20_000_u64, 0..20_000_u64), 8),
            forgotten in prop::option::of(0..20_000_u64),
        ) {
            let mut time = 0;
            let plain: Vec<Cost> = costs
                .into_iter()
                .map(|(step, cycles, who)| {
                    time += step;
                    let who = [Who::Lane(who), Who::Kernel, Who::Unknown][who % 3];
                    Cost { time, cycles, kind: Kind::UNKNOWN, who }
                })
                .collect();
            let mut tracing = Tracing::new(plain[0]);
            plain[1..].iter().for_each(|cost| tracing.push(*cost));
            if let Some(until) = forgotten {
                tracing.forget(until);
            }
            for (a, b) in windows {
                let window = a.min(b).max(forgotten.unwrap_or(0))..a.max(b);
                let within: Vec<Cost> = plain.iter().copied().filter(|cost| window.contains(&cost.time)).collect();
                let sum: u64 = within.iter().map(|cost| cost.cycles).sum();
                prop_assert_eq!(tracing.cycles(window.clone()), sum);
                prop_assert_eq!(tracing.count(window.clone()), within.len());
                prop_assert_eq!(tracing.costs(window).collect::<Vec<_>>(), within);
            }
        }
    }
}
