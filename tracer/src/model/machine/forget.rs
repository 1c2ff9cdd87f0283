//! What a trace that grows without end gives back: the single events of its past. What is summed up stays.

use std::collections::HashMap;

use super::super::lane::Lane;
use super::super::records::{Note, Operation};
use super::super::track::CounterTrack;
use super::Machine;

/// So many losses are kept, however long ago: totals and remarks about them stay true.
const LOSSES: usize = 1 << 16;

/// So many remarks.
const NOTES: usize = 1 << 10;

/// The lists of a machine besides its lanes, as [`Machine::forget_list`] counts them.
const LISTS: usize = 11;

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

    /// Gives back one list after the other, until those that were looked at keep `bytes`: what is behind the gap in a list is
    /// moved over it, so that is what it costs.
    pub(in super::super) fn forget_some(&mut self, bytes: usize) {
        let mut moved = 0;
        while let Some(Fading { until, next }) = self.fading.filter(|_| moved < bytes) {
            self.fading = Some(Fading { until, next: next + 1 });
            match next.checked_sub(LISTS) {
                None => moved += self.forget_list(next, until),
                Some(lane) => match self.lanes.get_mut(lane) {
                    Some(lane) => {
                        lane.forget(until);
                        moved += lane.bytes();
                    }
                    None => self.fading = None,
                },
            }
        }
    }

    /// Of list number `list`; returns how many bytes are left of it.
    fn forget_list(&mut self, list: usize, until: u64) -> usize {
        match list {
            0 => {
                drop_before(&mut self.operations, until, |operation| operation.time);
                size_of_val(self.operations.as_slice())
            }
            1 => {
                self.wakes.forget(until);
                self.wakes.bytes()
            }
            2 => {
                self.switches.forget(until);
                self.switches.bytes()
            }
            3 => {
                self.jobs_forgotten += drop_before(&mut self.jobs, until, |job| job.time);
                size_of_val(self.jobs.as_slice())
            }
            4 => {
                self.counters.iter_mut().for_each(|track| track.forget(until));
                self.counters.iter().map(CounterTrack::bytes).sum()
            }
            5 => {
                for track in &mut self.instant_tracks {
                    drop_before(&mut track.points, until, |(time, _)| *time);
                }
                self.instant_tracks.iter().map(|track| size_of_val(track.points.as_slice())).sum()
            }
            6 => {
                drop_before(&mut self.instants, until, |instant| instant.time);
                size_of_val(self.instants.as_slice())
            }
            7 => {
                let before = self.heap.partition_point(|point| point.time < until);
                self.heap.drain(..before.saturating_sub(1));
                size_of_val(self.heap.as_slice())
            }
            8 => {
                drop_but_last(&mut self.priorities, until, |change| (change.time, change.task));
                size_of_val(self.priorities.as_slice())
            }
            9 => self.tracing.as_mut().map_or(0, |tracing| {
                tracing.forget(until);
                tracing.bytes()
            }),
            _ => self.forget_few(until),
        }
    }

    /// Of the lists that no kernel makes long.
    fn forget_few(&mut self, until: u64) -> usize {
        drop_but_last(&mut self.stacks, until, |point| (point.time, point.task));
        drop_before(&mut self.faults, until, |fault| fault.time);
        self.resets_forgotten += drop_before(&mut self.boots, until, |boot| *boot);
        let losses = self.gaps.partition_point(|gap| gap.end < until);
        self.gaps.drain(..losses.min(self.gaps.len().saturating_sub(LOSSES)));
        let mut more = self.notes.len().saturating_sub(NOTES);
        self.notes.retain(|note| {
            let goes = more > 0 && matches!(note, Note::Damaged { .. } | Note::Version { .. } | Note::Reset { .. });
            more -= usize::from(goes);
            !goes
        });
        size_of_val(self.stacks.as_slice()) + size_of_val(self.gaps.as_slice())
    }

    /// Bytes of what [`Machine::forget_some`] can give back, about: the long lists.
    pub(in super::super) fn bytes(&self) -> usize {
        let lanes: usize = self.lanes.iter().map(Lane::bytes).sum();
        let counters: usize = self.counters.iter().map(CounterTrack::bytes).sum();
        let tracks: usize = self.instant_tracks.iter().map(|track| size_of_val(track.points.as_slice())).sum();
        lanes
            + counters
            + tracks
            + size_of_val(self.instants.as_slice())
            + size_of::<Operation>() * self.operations.len()
            + size_of_val(self.jobs.as_slice())
            + size_of_val(self.heap.as_slice())
            + size_of_val(self.priorities.as_slice())
            + size_of_val(self.stacks.as_slice())
            + self.wakes.bytes()
            + self.switches.bytes()
            + self.tracing.as_ref().map_or(0, |tracing| tracing.bytes())
    }
}

/// Drops what of a list in order of time lies before `until`; returns how many that were.
fn drop_before<T>(list: &mut Vec<T>, until: u64, time: impl Fn(&T) -> u64) -> usize {
    let before = list.partition_point(|entry| time(entry) < until);
    list.drain(..before);
    before
}

/// The same, but for the last entry of each task, which holds on. `key`: the time of an entry, and its task.
fn drop_but_last<T>(list: &mut Vec<T>, until: u64, key: impl Fn(&T) -> (u64, u32)) {
    let before = list.partition_point(|entry| key(entry).0 < until);
    let mut last = HashMap::new();
    for (place, entry) in list[..before].iter().enumerate() {
        last.insert(key(entry).1, place);
    }
    let mut place = 0;
    list.retain(|entry| {
        let stays = place >= before || last.get(&key(entry).1) == Some(&place);
        place += 1;
        stays
    });
}
