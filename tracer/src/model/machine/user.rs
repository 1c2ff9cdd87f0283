//! What user code marks: spans, moments, values.

use super::super::lane::LaneKind;
use super::super::records::Instant;
use super::super::state::State;
use super::super::track::{CounterTrack, InstantTrack};
use super::Machine;

/// More counters, and more names of moments, than anybody looks at: a bound for damaged bytes.
const MAX_TRACKS: usize = 256;

impl Machine {
    pub(super) fn instant(&mut self, time: u64, id: u32, value: u32) {
        let task = self.task_now();
        self.instants.push(Instant { time, id, value, task });
        let room = self.instant_tracks.len() < MAX_TRACKS;
        match self.instant_tracks.iter_mut().find(|track| track.id == id) {
            Some(track) => track.points.push((time, value)),
            None if room => {
                self.instant_tracks.push(InstantTrack { id, points: std::iter::once((time, value)).collect() });
            }
            None => {}
        }
    }

    pub(super) fn counter(&mut self, time: u64, id: u32, value: i64) {
        let room = self.counters.len() < MAX_TRACKS;
        match self.counters.iter_mut().find(|track| track.id == id) {
            Some(track) => track.push(time, value),
            None if room => {
                let mut track = CounterTrack::new(id);
                track.push(time, value);
                self.counters.push(track);
            }
            None => {}
        }
    }

    pub(super) fn mark(&mut self, time: u64, id: u32, begin: bool) {
        let lane = self.lane(LaneKind::Mark { id });
        if lane >= self.lanes.len() {
            return;
        }
        let depth = self.depths.entry(id).or_default();
        let open = *depth > 0;
        *depth = if begin { depth.saturating_add(1) } else { depth.saturating_sub(1) };
        match (begin, open, *depth) {
            (true, false, _) => self.change(lane, time, State::Running),
            (false, true, 0) => self.change(lane, time, State::Dormant),
            (false, false, _) => {
                // After a loss the beginning may be among what was lost.
                if self.last(lane) == State::Unknown {
                    self.change(lane, time, State::Dormant);
                } else {
                    self.contradiction(time);
                }
            }
            _ => {}
        }
    }
}
