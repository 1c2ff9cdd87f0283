//! The path with names and sums: what a person or a program reads.

use std::collections::HashMap;
use std::ops::Range;

use serde::Serialize;

use crate::model::Trace;
use crate::objects::Objects;
use crate::recording::Header;

use super::cause::{Attribution, Cause};
use super::walk::walk;

/// The schema name that the JSON carries.
pub const PATH_SCHEMA: &str = "bk.trace.path/1";

/// What every cycle of a response was spent on. All times are cycles of the trace clock.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Path {
    /// [`PATH_SCHEMA`].
    pub schema: &'static str,
    /// Cycles in a second.
    pub clock_hz: u64,
    /// The task's number.
    pub task: u32,
    /// Its name.
    pub name: String,
    /// The first cycle.
    pub start: u64,
    /// The cycle behind the last.
    pub end: u64,
    /// What it was spent on, the most first. The cycles sum to `end - start`.
    pub shares: Vec<Share>,
    /// The same in order of time, without holes.
    pub segments: Vec<PathSegment>,
}

/// Everything that one cause took.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Share {
    /// The cause.
    #[serde(flatten)]
    pub why: Why,
    /// How much of the time, in cycles.
    pub cycles: u64,
    /// The same as a part of all, 0 to 1.
    pub part: f64,
    /// In how many pieces.
    pub times: u64,
}

/// One piece.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PathSegment {
    /// The first cycle.
    pub start: u64,
    /// The cycle behind the last.
    pub end: u64,
    /// The cause.
    #[serde(flatten)]
    pub why: Why,
}

/// A cause with names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Why {
    /// The cause in one word: [`Cause::name`].
    pub cause: &'static str,
    /// In words.
    pub text: String,
    /// The task that ran instead, if one did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// The interrupt, if it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interrupt: Option<String>,
    /// The locks on the way, each with its owner.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub blocked: Vec<WhyBlocked>,
}

/// A lock with its owner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WhyBlocked {
    /// The lock's name.
    pub object: String,
    /// The owner's name.
    pub holder: String,
}

impl Why {
    fn of(why: &Attribution, header: &Header) -> Self {
        let blocked = why
            .blocked
            .iter()
            .map(|blocked| WhyBlocked { object: header.object(blocked.object), holder: header.task(blocked.holder) });
        Self {
            cause: why.cause.name(),
            text: why.text(header),
            by: match why.cause {
                Cause::Preempted { by } | Cause::Masked { by } => Some(header.task(by)),
                _ => None,
            },
            interrupt: match why.cause {
                Cause::Interrupt { exception } => Some(header.exception(exception)),
                _ => None,
            },
            blocked: blocked.collect(),
        }
    }
}

impl Path {
    /// That of `task` in `window`, in cycles. `objects` are those of `trace`.
    #[must_use]
    pub fn of(trace: &Trace, objects: &Objects, task: u32, window: Range<u64>) -> Self {
        let header = trace.header();
        let length = window.end.saturating_sub(window.start);
        let mut sums: HashMap<Attribution, (u64, u64, usize)> = HashMap::new();
        let mut segments = Vec::new();
        for (segment, order) in walk(trace, objects, task, window.clone()).into_iter().zip(0..) {
            let why = Why::of(&segment.why, header);
            let (cycles, times, _) = sums.entry(segment.why).or_insert((0, 0, order));
            *cycles += segment.end - segment.start;
            *times += 1;
            segments.push(PathSegment { start: segment.start, end: segment.end, why });
        }
        let mut sums: Vec<_> = sums.into_iter().collect();
        sums.sort_by_key(|(_, (cycles, _, order))| (std::cmp::Reverse(*cycles), *order));
        let share = |(why, (cycles, times, _)): &(Attribution, (u64, u64, usize))| Share {
            why: Why::of(why, header),
            cycles: *cycles,
            part: if length == 0 { 0.0 } else { *cycles as f64 / length as f64 },
            times: *times,
        };
        Self {
            schema: PATH_SCHEMA,
            clock_hz: trace.clock_hz(),
            task,
            name: header.task(task),
            start: window.start,
            end: window.end,
            shares: sums.iter().map(share).collect(),
            segments,
        }
    }
}
