//! Snapshots along a timeline, dense around the present and ever sparser away from it, within a budget of memory.

use crate::clock::{Picoseconds, SECOND};
use crate::cpu::image::CHUNK;
use crate::machine::{Machine, Snapshot};

/// A snapshot, and where it is in the timeline.
#[derive(Clone, Debug)]
pub(super) struct Keyframe {
    pub(super) snapshot: Snapshot,
    /// How many entries of the log had taken effect.
    pub(super) fed: usize,
    instructions: u64,
    /// Chunks of memory that the one before has not.
    own: usize,
}

impl Keyframe {
    pub(super) fn of(machine: &mut Machine, fed: usize) -> Self {
        Self { snapshot: machine.snapshot(), fed, instructions: machine.instructions(), own: 0 }
    }

    fn time(&self) -> Picoseconds {
        self.snapshot.time()
    }
}

/// The next keyframe comes when so many instructions have run since the last one: at most some milliseconds of replay.
const INSTRUCTIONS: u64 = 1_000_000;
/// Or when so much time has passed: what a core that sleeps does not do is soon done again.
const TIME: Picoseconds = SECOND;
/// No more than so many, whatever they take.
const MOST: usize = 256;
/// Chunks of all of them together: 64 MiB.
const BUDGET: usize = (64 << 20) / CHUNK;

/// The keyframes in order of time. There is always a first one.
#[derive(Debug)]
pub(super) struct Keyframes {
    first: Keyframe,
    others: Vec<Keyframe>,
}

impl Keyframes {
    pub(super) fn new(first: Keyframe) -> Self {
        Self { first, others: Vec::new() }
    }

    /// The last one at or before a time.
    pub(super) fn before(&self, time: Picoseconds) -> &Keyframe {
        let count = self.others.partition_point(|frame| frame.time() <= time);
        count.checked_sub(1).map_or(&self.first, |last| &self.others[last])
    }

    /// Keeps one of the machine's present state if it is time for it.
    pub(super) fn keep(&mut self, machine: &mut Machine, fed: usize) {
        let before = self.before(machine.now());
        let instructions = machine.instructions().saturating_sub(before.instructions);
        if instructions < INSTRUCTIONS && machine.now() - before.time() < TIME {
            return;
        }
        let mut frame = Keyframe::of(machine, fed);
        frame.own = frame.snapshot.own_chunks(&before.snapshot);
        let (now, index) = (frame.time(), self.others.partition_point(|it| it.time() <= frame.time()));
        self.others.insert(index, frame);
        while self.others.len() >= MOST || self.others.iter().map(|frame| frame.own).sum::<usize>() > BUDGET {
            self.thin(now);
        }
    }

    /// Lets the one go whose absence is felt least: where the gap that it leaves is smallest for its distance.
    fn thin(&mut self, now: Picoseconds) {
        let time = |index: usize| index.checked_sub(1).map_or(&self.first, |index| &self.others[index]).time();
        let last = self.others.len();
        let cost = |index: usize| {
            let gap = time((index + 1).min(last)) - time(index - 1);
            (u128::from(gap) << 32) / (u128::from(now.abs_diff(time(index))) + 1)
        };
        let Some(index) = (1..=last).min_by_key(|index| cost(*index)) else { return };
        self.others.remove(index - 1);
        // What only that one and the next one had is the next one's own now.
        let before = index.checked_sub(2).map_or(&self.first, |index| &self.others[index]);
        let own = self.others.get(index - 1).map(|next| next.snapshot.own_chunks(&before.snapshot));
        if let (Some(own), Some(next)) = (own, self.others.get_mut(index - 1)) {
            next.own = own;
        }
    }

    /// What lies behind a moment is not so any more.
    pub(super) fn forget_after(&mut self, time: Picoseconds, fed: usize) {
        self.others.retain(|frame| frame.time() <= time && frame.fed <= fed);
    }

    /// The way to this one may have been another; from the first one it can be repeated.
    pub(super) fn begin_again(&mut self, frame: Keyframe) {
        self.others.clear();
        if frame.time() > self.first.time() {
            self.others.push(frame);
        }
    }
}

#[cfg(test)]
impl Keyframes {
    /// Their times.
    pub(super) fn times(&self) -> Vec<Picoseconds> {
        std::iter::once(&self.first).chain(&self.others).map(Keyframe::time).collect()
    }
}
