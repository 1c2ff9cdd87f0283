//! The longest times that exceptions had to wait for their handlers, and what kept each of them waiting.

use std::collections::{BTreeMap, VecDeque};

use bksim_protocol::message::{LongWait, WaitedFor};
use serde::{Deserialize, Serialize};

use super::masked::Moment;

/// How many of an exception's latencies are kept.
const KEPT: usize = 5;
/// How many stretches are remembered that may have kept somebody waiting: as many masks and handlers may follow each other
/// while an exception is pending, and the longest of them still be found.
const REMEMBERED: usize = 64;

/// A stretch of time in which something did not let exceptions through.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Stretch {
    from: u64,
    to: u64,
    /// What it was, all of its cycles counted.
    what: WaitedFor,
}

/// What has kept exceptions waiting lately, and the longest waits.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Delays {
    recent: VecDeque<Stretch>,
    /// Handlers that run, the innermost last.
    running: Vec<(u32, Moment)>,
    /// By exception, the longest first.
    longest: BTreeMap<u32, Vec<LongWait>>,
}

impl Delays {
    /// The mask was closed for this long.
    pub(crate) fn masked(&mut self, from: Moment, to: Moment) {
        let what = WaitedFor::Mask { cycles: to.cycle.saturating_sub(from.cycle), from: from.pc, to: to.pc };
        self.remember(Stretch { from: from.cycle, to: to.cycle, what });
    }

    /// A handler's first instruction, which is the present moment, is next.
    pub(crate) fn entered(&mut self, exception: u32, pended_at: u64, now: Moment) {
        self.running.push((exception, now));
        let cycles = now.cycle.saturating_sub(pended_at);
        let longest = self.longest.entry(exception).or_default();
        let place = longest.partition_point(|wait| wait.cycles >= cycles);
        if place < KEPT {
            let waited_for = waited_for(&self.recent, pended_at, now.cycle);
            longest.insert(place, LongWait { cycles, pended_at, waited_for });
            longest.truncate(KEPT);
        }
    }

    /// The innermost handler has returned.
    pub(crate) fn left(&mut self, exception: u32, now: u64) {
        if let Some((_, began)) = self.running.pop_if(|running| running.0 == exception) {
            let cycles = now.saturating_sub(began.cycle);
            let what = WaitedFor::Handler { cycles, exception, entry: began.pc };
            self.remember(Stretch { from: began.cycle, to: now, what });
        }
    }

    /// A reset: no handler runs.
    pub(crate) fn reset(&mut self) {
        self.running.clear();
    }

    /// The longest waits of an exception.
    pub(crate) fn longest(&self, exception: u32) -> Vec<LongWait> {
        self.longest.get(&exception).cloned().unwrap_or_default()
    }

    fn remember(&mut self, stretch: Stretch) {
        if self.recent.len() == REMEMBERED {
            self.recent.pop_front();
        }
        self.recent.push_back(stretch);
    }
}

/// What took most of the time between two cycles.
fn waited_for(stretches: &VecDeque<Stretch>, from: u64, to: u64) -> Option<WaitedFor> {
    let overlap = |stretch: &Stretch| stretch.to.min(to).saturating_sub(stretch.from.max(from));
    let longest = stretches.iter().max_by_key(|stretch| overlap(stretch))?;
    (overlap(longest) > 0).then_some(longest.what)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(cycle: u64) -> Moment {
        Moment { cycle, pc: 1000 + cycle }
    }

    fn mask(from: u64, to: u64) -> Option<WaitedFor> {
        Some(WaitedFor::Mask { cycles: to - from, from: 1000 + from, to: 1000 + to })
    }

    #[test]
    fn the_longest_part_of_the_wait_is_named() {
        let mut delays = Delays::default();
        delays.masked(at(100), at(200));
        delays.entered(20, 190, at(212));
        // Most of the second mask, and none of the first, lies in the wait; and so does a handler, shorter than that.
        delays.left(20, 230);
        delays.masked(at(240), at(300));
        delays.entered(21, 225, at(312));
        delays.left(21, 320);
        delays.entered(20, 400, at(412));
        assert_eq!(
            delays.longest(20),
            [
                LongWait { cycles: 22, pended_at: 190, waited_for: mask(100, 200) },
                LongWait { cycles: 12, pended_at: 400, waited_for: None },
            ]
        );
        assert_eq!(delays.longest(21), [LongWait { cycles: 87, pended_at: 225, waited_for: mask(240, 300) }]);
        assert_eq!(delays.longest(22), []);
    }

    #[test]
    fn a_handler_keeps_others_waiting_until_it_returns() {
        let mut delays = Delays::default();
        delays.entered(30, 0, at(12));
        delays.entered(31, 50, at(62));
        delays.left(31, 80);
        delays.left(30, 500);
        delays.entered(32, 60, at(506));
        let waited_for = Some(WaitedFor::Handler { cycles: 488, exception: 30, entry: 1012 });
        assert_eq!(delays.longest(32), [LongWait { cycles: 446, pended_at: 60, waited_for }]);
        assert_eq!(delays.longest(31)[0].waited_for, None, "the one that it interrupted did not");
    }

    #[test]
    fn only_the_longest_are_kept_and_the_first_of_equals() {
        let mut delays = Delays::default();
        for (index, cycles) in [12, 40, 12, 35, 12, 12, 90, 12, 13].into_iter().enumerate() {
            let pended_at = 1000 * index as u64;
            delays.entered(20, pended_at, at(pended_at + cycles));
            delays.left(20, pended_at + cycles + 1);
        }
        let kept: Vec<_> = delays.longest(20).iter().map(|wait| (wait.cycles, wait.pended_at)).collect();
        assert_eq!(kept, [(90, 6000), (40, 1000), (35, 3000), (13, 8000), (12, 0)]);
    }
}
