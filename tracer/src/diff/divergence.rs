//! The first step at which two schedules part.

use std::collections::VecDeque;

use serde::Serialize;

use crate::model::Trace;
use crate::time;

use super::report::{Side, Source};
use super::steps::{Found, Names, Step, Steps};

/// How many common steps are shown before the schedules part, and how many of each behind.
const SHOWN: usize = 5;

/// How many steps of each recording are looked at to lay both upon each other again.
const AHEAD: usize = 64;

/// How many steps in a row must be the same to believe that both stand at the same place.
const ENOUGH: usize = 16;

/// How two schedules compare.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Schedules {
    /// Steps that are the same in both.
    pub common: u64,
    /// Whether both were compared to the end of the shorter one.
    pub complete: bool,
    /// How often both had to be laid upon each other again, because events were lost or a recording begins in the middle
    /// of a run.
    pub aligned: u64,
    /// Where both could not be laid upon each other again, as the time of each recording, in cycles: nothing behind was
    /// compared.
    pub unaligned: Option<Side<u64>>,
    /// The first step that differs.
    pub divergence: Option<Divergence>,
}

/// The first step that differs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Divergence {
    /// Whether the same happens, at another time.
    pub late: bool,
    /// When, in cycles of each recording.
    pub at: Side<u64>,
    /// The last steps in front of it: the words and both times.
    pub common: Vec<Side<ShownStep>>,
    /// How each of them goes on.
    pub next: Side<Vec<ShownStep>>,
    /// What to look at, as `bkctl trace view --window` takes it.
    pub view: Side<String>,
}

/// A step in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ShownStep {
    /// When, in cycles of its recording.
    pub time: u64,
    /// What happened.
    pub what: String,
}

/// One recording, with the steps that were read ahead.
struct Ahead<'a> {
    steps: Steps<'a>,
    queue: VecDeque<Step>,
    /// Events are missing behind the queue, until this time; or the recording ends there.
    behind: Option<Found>,
}

impl<'a> Ahead<'a> {
    fn new(source: Source<'a>) -> Self {
        Self { steps: Steps::new(source.recording, source.trace), queue: VecDeque::new(), behind: None }
    }

    /// Reads ahead until `count` steps are there, or no more before the next loss.
    fn fill(&mut self, names: &mut Names, count: usize) {
        while self.queue.len() < count && self.behind.is_none() {
            match self.steps.next(names) {
                Found::Step(step) => self.queue.push_back(step),
                other => self.behind = Some(other),
            }
        }
    }

    fn ends(&self) -> bool {
        self.queue.is_empty() && matches!(self.behind, Some(Found::End))
    }

    /// Goes on behind the loss that the queue has come to; gives its end.
    fn pass_loss(&mut self) -> Option<u64> {
        match self.behind {
            Some(Found::Lost(until)) if self.queue.is_empty() => {
                self.behind = None;
                Some(until)
            }
            _ => None,
        }
    }

    /// Leaves out what is before `time`. Gives the end of the last loss that was left out with it.
    fn skip_to(&mut self, names: &mut Names, time: u64) -> Option<u64> {
        let mut lost = None;
        loop {
            self.fill(names, 1);
            match self.queue.front() {
                Some(step) if step.time < time => drop(self.queue.pop_front()),
                Some(_) => return lost,
                None => match self.pass_loss() {
                    Some(until) => lost = Some(until),
                    None => return lost,
                },
            }
        }
    }
}

/// Compares the schedules of `a` and `b`. Times may differ by `tolerance` picoseconds; `None`: by any time.
pub(super) fn compare(a: Source<'_>, b: Source<'_>, tolerance: Option<u64>) -> Schedules {
    let starts_whole = |source: &Source<'_>| source.trace.boots().first() == Some(&source.trace.start());
    let mut walk = Walk {
        hz: Side { a: a.trace.clock_hz(), b: b.trace.clock_hz() },
        base: Side { a: a.trace.start(), b: b.trace.start() },
        aligned_in_time: starts_whole(&a) && starts_whole(&b),
        traces: Side { a: a.trace, b: b.trace },
        names: Names::default(),
        a: Ahead::new(a),
        b: Ahead::new(b),
        last: VecDeque::new(),
        result: Schedules { common: 0, complete: false, aligned: 0, unaligned: None, divergence: None },
    };
    walk.run(tolerance);
    walk.result
}

struct Walk<'a> {
    traces: Side<&'a Trace>,
    hz: Side<u64>,
    /// The times that are the same moment in both.
    base: Side<u64>,
    /// Whether `base` is known: both begin with the firmware's start, or were laid upon each other.
    aligned_in_time: bool,
    names: Names,
    a: Ahead<'a>,
    b: Ahead<'a>,
    last: VecDeque<Side<Step>>,
    result: Schedules,
}

impl Walk<'_> {
    fn run(&mut self, tolerance: Option<u64>) {
        if !self.aligned_in_time && !self.align() {
            return;
        }
        loop {
            self.a.fill(&mut self.names, 1);
            self.b.fill(&mut self.names, 1);
            if self.a.ends() || self.b.ends() {
                self.result.complete = true;
                return;
            }
            let (Some(a), Some(b)) = (self.a.queue.front().copied(), self.b.queue.front().copied()) else {
                if self.pass_losses() && self.align() {
                    continue;
                }
                return;
            };
            let late =
                tolerance.is_some_and(|tolerance| apart(a.time, b.time, self.base, self.hz) > u128::from(tolerance));
            if !a.is_same(&b) || late {
                self.diverge(Side { a: a.time, b: b.time }, late && a.is_same(&b));
                return;
            }
            self.a.queue.pop_front();
            self.b.queue.pop_front();
            self.result.common += 1;
            self.last.push_back(Side { a, b });
            if self.last.len() > SHOWN {
                self.last.pop_front();
            }
        }
    }

    /// The time of `to` that is the same moment as `time` of the other, given both bases and clocks.
    fn moment(time: u64, base: u64, hz: u64, to_base: u64, to_hz: u64) -> u64 {
        let since = u128::from(time.saturating_sub(base)) * u128::from(to_hz) / u128::from(hz.max(1));
        to_base.saturating_add(u64::try_from(since).unwrap_or(u64::MAX))
    }

    /// Leaves out of both what is lost in one of them. `false` if one of them ends.
    fn pass_losses(&mut self) -> bool {
        let mut until = Side { a: self.a.pass_loss(), b: self.b.pass_loss() };
        while until.a.is_some() || until.b.is_some() {
            let (base, hz) = (self.base, self.hz);
            let of_a = until.a.map(|time| Self::moment(time, base.a, hz.a, base.b, hz.b));
            let of_b = until.b.map(|time| Self::moment(time, base.b, hz.b, base.a, hz.a));
            until = Side {
                a: of_b.and_then(|time| self.a.skip_to(&mut self.names, time)),
                b: of_a.and_then(|time| self.b.skip_to(&mut self.names, time)),
            };
        }
        let complete = self.a.ends() || self.b.ends();
        self.result.complete |= complete;
        !complete
    }

    /// Lays both upon each other again: finds steps near the front of each from which on enough are the same. Of several
    /// places it takes the one where the times agree best; before anything is known of the times, the one that leaves out
    /// the fewest steps.
    fn align(&mut self) -> bool {
        self.a.fill(&mut self.names, AHEAD + ENOUGH);
        self.b.fill(&mut self.names, AHEAD + ENOUGH);
        let (a, b) = (self.a.queue.make_contiguous(), self.b.queue.make_contiguous());
        let mut best: Option<(u128, usize, usize)> = None;
        for skip_a in 0..a.len().min(AHEAD) {
            for skip_b in 0..b.len().min(AHEAD) {
                let pairs = a[skip_a..].iter().zip(&b[skip_b..]).take(ENOUGH);
                if pairs.len() < ENOUGH.min(a.len()).min(b.len()) || !pairs.clone().all(|(a, b)| a.is_same(b)) {
                    continue;
                }
                let cost = if self.aligned_in_time {
                    apart(a[skip_a].time, b[skip_b].time, self.base, self.hz)
                } else {
                    (skip_a + skip_b) as u128
                };
                if best.is_none_or(|(least, ..)| cost < least) {
                    best = Some((cost, skip_a, skip_b));
                }
            }
        }
        let Some((_, skip_a, skip_b)) = best else {
            let time = |queue: &VecDeque<Step>, otherwise| queue.front().map_or(otherwise, |step| step.time);
            self.result.unaligned =
                Some(Side { a: time(&self.a.queue, self.base.a), b: time(&self.b.queue, self.base.b) });
            return false;
        };
        self.a.queue.drain(..skip_a);
        self.b.queue.drain(..skip_b);
        self.result.aligned += 1;
        if let (false, Some(a), Some(b)) = (self.aligned_in_time, self.a.queue.front(), self.b.queue.front()) {
            self.base = Side { a: a.time, b: b.time };
            self.aligned_in_time = true;
        }
        true
    }

    fn diverge(&mut self, at: Side<u64>, late: bool) {
        self.a.fill(&mut self.names, SHOWN);
        self.b.fill(&mut self.names, SHOWN);
        let show = |step: &Step| ShownStep { time: step.time, what: self.names.words(step) };
        let common: Vec<Side<ShownStep>> =
            self.last.iter().map(|pair| Side { a: show(&pair.a), b: show(&pair.b) }).collect();
        let next = |queue: &VecDeque<Step>| queue.iter().take(SHOWN).map(show).collect::<Vec<_>>();
        let next = Side { a: next(&self.a.queue), b: next(&self.b.queue) };
        // To be looked at in the recording.
        let view = |trace: &Trace, first: Option<u64>, next: &[ShownStep]| {
            let start = first.or(next.first().map(|step| step.time)).unwrap_or(0);
            let end = next.last().map_or(start, |step| step.time);
            let (start, end) = (trace.recorded(start), trace.recorded(end));
            format!("{}..{}", time::exact(start), time::exact(end.max(start) + 1))
        };
        let view = Side {
            a: view(self.traces.a, common.first().map(|pair| pair.a.time), &next.a),
            b: view(self.traces.b, common.first().map(|pair| pair.b.time), &next.b),
        };
        self.result.divergence = Some(Divergence { late, at, common, next, view });
    }
}

/// How far `a` and `b` are apart, in picoseconds, given the times that are the same moment and both clocks.
fn apart(a: u64, b: u64, base: Side<u64>, hz: Side<u64>) -> u128 {
    let since = |time: u64, base: u64, hz: u64| {
        let cycles = u128::from(time.abs_diff(base)) * 1_000_000_000_000 / u128::from(hz.max(1));
        let picoseconds = i128::try_from(cycles).unwrap_or(i128::MAX);
        if time < base { -picoseconds } else { picoseconds }
    };
    since(a, base.a, hz.a).abs_diff(since(b, base.b, hz.b))
}
