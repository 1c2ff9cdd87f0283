//! What the lints look at: the trace, what follows from it, and the thresholds in its cycles.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::model::{Class, Lane, LaneKind, Trace};
use crate::objects::Objects;
use crate::time;

use super::finding::{Moment, Named};
use super::limits::Limits;
use super::locks::Locks;
use super::priorities::Priorities;

/// A trace under examination.
pub(super) struct Case<'a> {
    pub(super) trace: &'a Trace,
    pub(super) limits: &'a Limits,
    pub(super) objects: &'a Objects,
    pub(super) locks: Locks,
    pub(super) priorities: Priorities,
}

impl<'a> Case<'a> {
    /// `objects` are those of `trace`.
    pub(super) fn new(trace: &'a Trace, objects: &'a Objects, limits: &'a Limits) -> Self {
        let locks = Locks::of(trace, objects);
        Self { trace, limits, objects, locks, priorities: Priorities::of(trace) }
    }

    /// The tasks and their lanes.
    pub(super) fn tasks(&self) -> impl Iterator<Item = (u32, &'a Lane)> {
        self.trace.lanes().iter().filter_map(|lane| match lane.kind() {
            LaneKind::Task { number } => Some((number, lane)),
            _ => None,
        })
    }

    pub(super) fn lane_of(&self, task: u32) -> Option<&'a Lane> {
        self.trace.lane(LaneKind::Task { number: task })
    }

    /// The tasks that had the processor within `window`, with their cycles, most first.
    pub(super) fn who_ran(&self, window: &Range<u64>) -> Vec<(u32, u64)> {
        let ran = |lane: &Lane| {
            let occupancy = lane.occupancy(window.clone());
            occupancy.of(Class::Running) + occupancy.of(Class::Interrupted)
        };
        let mut all: Vec<(u32, u64)> = self.tasks().map(|(task, lane)| (task, ran(lane))).collect();
        all.retain(|(_, cycles)| *cycles > 0);
        all.sort_by_key(|(task, cycles)| (std::cmp::Reverse(*cycles), *task));
        all
    }

    /// Microseconds in cycles, at least one.
    pub(super) fn cycles(&self, microseconds: u64) -> u64 {
        let cycles = u128::from(microseconds) * u128::from(self.trace.clock_hz()) / 1_000_000;
        u64::try_from(cycles).unwrap_or(u64::MAX).max(1)
    }

    /// Cycles for people.
    pub(super) fn duration(&self, cycles: u64) -> String {
        time::duration(cycles, self.trace.clock_hz())
    }

    pub(super) fn task(&self, number: u32) -> Named {
        Named { number, name: self.trace.header().task(number) }
    }

    pub(super) fn object(&self, number: u32) -> Named {
        Named { number, name: self.trace.header().object(number) }
    }

    pub(super) fn interrupt(&self, number: u32) -> Named {
        Named { number, name: self.trace.header().exception(number) }
    }
}

/// A moment of the evidence.
pub(super) fn moment(time: u64, what: impl Into<String>) -> Moment {
    Moment { time, what: what.into() }
}

/// What happened several times between the same: how often, and the worst time.
#[derive(Clone, Debug)]
pub(super) struct Occurrences<K, V>(BTreeMap<K, Group<V>>);

/// Of one key.
#[derive(Clone, Debug)]
pub(super) struct Group<V> {
    pub(super) count: u64,
    /// How bad the worst time was.
    pub(super) worst: u64,
    pub(super) value: V,
}

impl<K: Ord, V> Occurrences<K, V> {
    pub(super) const fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// It happened again; `weight` says how badly. Of equals the first is kept.
    pub(super) fn add(&mut self, key: K, weight: u64, value: impl FnOnce() -> V) {
        match self.0.get_mut(&key) {
            Some(group) => {
                group.count += 1;
                if weight > group.worst {
                    (group.worst, group.value) = (weight, value());
                }
            }
            None => {
                self.0.insert(key, Group { count: 1, worst: weight, value: value() });
            }
        }
    }

    pub(super) fn into_groups(self) -> impl Iterator<Item = (K, Group<V>)> {
        self.0.into_iter()
    }
}
