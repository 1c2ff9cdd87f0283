//! What a trace that grows without end gives back: the single events of its past. What is summed up stays.

use std::collections::HashSet;

use super::super::lane::Lane;
use super::super::pages::Pages;
use super::super::records::Note;
use super::super::track::CounterTrack;
use super::Machine;

/// So many losses are kept, however long ago: totals and remarks about them stay true.
const LOSSES: usize = 1 << 16;

/// So many remarks.
const NOTES: usize = 1 << 10;

/// The lists of a machine besides its lanes, as [`Machine::forget_list`] counts them.
const LISTS: usize = 11;

/// Changes of priorities that a step looks at: which of them hold on is not to be seen without.
const CHANGES: usize = 1 << 14;

/// What is being forgotten.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fading {
    /// What lies before this time.
    until: u64,
    /// The next list to give it back: first the lists by number, then the lanes.
    next: usize,
}

impl Machine {
    /// Begins to forget what lies before `until`. Where an older value still holds there (a state, a priority, a level) it is
    /// kept. Nothing is asked of what lies before `start` from now on; [`Machine::forget_some`] gives it back.
    pub(in super::super) fn begin_to_forget(&mut self, until: u64) {
        self.start = until.clamp(self.start, self.end);
        self.fading = Some(Fading { until, next: 0 });
    }

    /// Whether something that was to be forgotten is still there.
    pub(in super::super) const fn is_forgetting(&self) -> bool {
        self.fading.is_some()
    }

    /// Gives back one list's past after the other's, until `bytes` are given back. What stays is not moved.
    pub(in super::super) fn forget_some(&mut self, bytes: usize) {
        let enough = self.bytes().saturating_sub(bytes);
        while let Some(Fading { until, next }) = self.fading {
            let is_done = match next.checked_sub(LISTS) {
                None => self.forget_list(next, until),
                Some(lane) => match self.lanes.get_mut(lane) {
                    Some(lane) => {
                        lane.forget(until);
                        true
                    }
                    None => {
                        self.fading = None;
                        return;
                    }
                },
            };
            self.fading = Some(Fading { until, next: next + usize::from(is_done) });
            if self.bytes() <= enough || !is_done && bytes < usize::MAX {
                return;
            }
        }
    }

    /// Of list number `list`; tells whether all of its past is given back.
    fn forget_list(&mut self, list: usize, until: u64) -> bool {
        match list {
            0 => {
                drop_before(&mut self.operations, until, |operation| operation.time);
            }
            1 => self.wakes.forget(until),
            2 => self.switches.forget(until),
            3 => self.jobs_forgotten += drop_before(&mut self.jobs, until, |job| job.time),
            4 => self.counters.iter_mut().for_each(|track| track.forget(until)),
            5 => {
                for track in &mut self.instant_tracks {
                    drop_before(&mut track.points, until, |(time, _)| *time);
                }
            }
            6 => {
                drop_before(&mut self.instants, until, |instant| instant.time);
            }
            7 => {
                let before = self.heap.partition_point(|point| point.time < until);
                self.heap.forget(before.saturating_sub(1));
            }
            8 => return self.forget_priorities(until),
            9 => {
                if let Some(tracing) = &mut self.tracing {
                    tracing.forget(until);
                }
            }
            _ => self.forget_few(until),
        }
        true
    }

    /// Of the changes of priorities; the last one of each task holds on.
    fn forget_priorities(&mut self, until: u64) -> bool {
        let before = self.priorities.partition_point(|change| change.time < until);
        let count = before.min(CHANGES);
        let last = last_of_each(self.priorities.range(0..count), |change| change.task);
        self.priorities.forget_but(count, &last);
        // What holds on is looked at again with what comes behind it.
        count == before
    }

    /// Of the lists that no kernel makes long.
    fn forget_few(&mut self, until: u64) {
        let before = self.stacks.partition_point(|point| point.time < until);
        let last = last_of_each(self.stacks.iter().take(before), |point| point.task);
        self.stacks.splice(..before, last);
        let faults = self.faults.partition_point(|fault| fault.time < until);
        self.faults.drain(..faults);
        let boots = self.boots.partition_point(|boot| *boot < until);
        self.boots.drain(..boots);
        self.resets_forgotten += boots;
        let losses = self.gaps.partition_point(|gap| gap.end < until);
        self.gaps.drain(..losses.min(self.gaps.len().saturating_sub(LOSSES)));
        let mut more = self.notes.len().saturating_sub(NOTES);
        self.notes.retain(|note| {
            let goes = more > 0 && matches!(note, Note::Damaged { .. } | Note::Version { .. } | Note::Reset { .. });
            more -= usize::from(goes);
            !goes
        });
    }

    /// Bytes of what [`Machine::forget_some`] can give back, about: the long lists.
    pub(in super::super) fn bytes(&self) -> usize {
        let lanes: usize = self.lanes.iter().map(Lane::bytes).sum();
        let counters: usize = self.counters.iter().map(CounterTrack::bytes).sum();
        let tracks: usize = self.instant_tracks.iter().map(|track| track.points.bytes()).sum();
        lanes
            + counters
            + tracks
            + self.instants.bytes()
            + self.operations.bytes()
            + self.jobs.bytes()
            + self.heap.bytes()
            + self.priorities.bytes()
            + size_of_val(self.stacks.as_slice())
            + self.wakes.bytes()
            + self.switches.bytes()
            + self.tracing.as_ref().map_or(0, |tracing| tracing.bytes())
    }
}

/// Drops what of a list in order of time lies before `until`; returns how many that were.
fn drop_before<T>(list: &mut Pages<T>, until: u64, time: impl Fn(&T) -> u64) -> usize {
    let before = list.partition_point(|entry| time(entry) < until);
    list.forget(before);
    before
}

/// The last entry of each task, in their order.
fn last_of_each<'a, T: Clone + 'a>(
    entries: impl DoubleEndedIterator<Item = &'a T>,
    task: impl Fn(&T) -> u32,
) -> Vec<T> {
    let mut seen = HashSet::new();
    let mut last: Vec<T> = entries.rev().filter(|entry| seen.insert(task(entry))).cloned().collect();
    last.reverse();
    last
}
