//! How many items, permits or blocks an object holds over time.

use std::ops::Range;

use crate::objects::{Step, Stretches};

use super::rows::LevelRow;

/// The level of one object so far.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Level {
    /// The value that lasts, and since when.
    now: Option<(u64, u32)>,
    /// The fewest and the most of values within the window.
    range: Option<(u32, u32)>,
    known: u64,
    empty: u64,
    at_most: u64,
    /// Values times the cycles they lasted.
    area: u128,
}

impl Level {
    /// An operation leaves another value.
    pub(super) fn step(&mut self, step: &Step, stretches: &Stretches, window: &Range<u64>) {
        self.finish(stretches, step.time, window);
        self.now = Some((step.time, step.value));
    }

    /// The value that lasts ends at `end`, or where events were lost before.
    pub(super) fn finish(&mut self, stretches: &Stretches, end: u64, window: &Range<u64>) {
        let Some((since, value)) = self.now.take() else { return };
        let cut = stretches.end(stretches.of_event(since)).map_or(end, |(cut, _)| cut.min(end));
        let cycles = cut.min(window.end).saturating_sub(since.max(window.start));
        // On a coarse clock a value may be replaced in the cycle in which it came.
        let began_within = window.start <= since && since <= window.end;
        if cycles == 0 && !began_within {
            return;
        }
        let (least, most) = self.range.unwrap_or((value, value));
        if value > most {
            self.at_most = 0;
        }
        self.range = Some((least.min(value), most.max(value)));
        self.known += cycles;
        self.area += u128::from(value) * u128::from(cycles);
        self.empty += if value == 0 { cycles } else { 0 };
        self.at_most += if value >= most { cycles } else { 0 };
    }

    /// The level as a row; `was_full` says that tasks waited because it was.
    pub(super) fn row(&self, was_full: bool) -> Option<LevelRow> {
        let (min, max) = self.range?;
        Some(LevelRow {
            min,
            mean: if self.known == 0 { f64::from(min) } else { self.area as f64 / self.known as f64 },
            max,
            known_cycles: self.known,
            empty_cycles: self.empty,
            full_cycles: was_full.then_some(self.at_most),
        })
    }
}
