//! Values and moments of user code over time, with what drawing them needs.

use super::pages::Pages;

/// A value of user code over time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CounterTrack {
    /// Its name in the dictionary.
    pub id: u32,
    /// Time in cycles and value, in order of time.
    pub points: Pages<(u64, i64)>,
    /// How many points were given back.
    forgotten: usize,
    /// Node `n` of a level is the smallest and largest of the points from `n * FAN^(level + 1)` on, counted with those that were
    /// given back. A level begins with the first node of which a point is kept.
    extremes: Vec<Pages<(i64, i64)>>,
}

/// How many nodes of one level make one of the next.
const FAN: usize = 16;

impl CounterTrack {
    pub(super) const fn new(id: u32) -> Self {
        Self { id, points: Pages::new(), forgotten: 0, extremes: Vec::new() }
    }

    pub(super) fn push(&mut self, time: u64, value: i64) {
        let mut at = self.forgotten + self.points.len();
        self.points.push((time, value));
        let (mut level, mut first) = (0, self.forgotten);
        // The first levels grow with each point; a level begins when the one below has more than one node.
        while at >= FAN || level < self.extremes.len() {
            (at, first) = (at / FAN, first / FAN);
            if level == self.extremes.len() {
                let all = self.extremes(0..self.points.len() - 1);
                self.extremes.push(all.into_iter().collect());
            }
            if let Some(nodes) = self.extremes.get_mut(level) {
                let is_there = at - first < nodes.len();
                match nodes.last_mut().filter(|_| is_there) {
                    Some((least, most)) => (*least, *most) = ((*least).min(value), (*most).max(value)),
                    None => nodes.push((value, value)),
                }
            }
            level += 1;
        }
    }

    /// Drops the points before `until`, in cycles, but for the one that holds there.
    pub(super) fn forget(&mut self, until: u64) {
        let dropped = self.points.partition_point(|(time, _)| *time < until).saturating_sub(1);
        self.points.forget(dropped);
        let (mut first, mut next) = (self.forgotten, self.forgotten + dropped);
        self.forgotten = next;
        for nodes in &mut self.extremes {
            (first, next) = (first / FAN, next / FAN);
            nodes.forget(next - first);
        }
    }

    /// Bytes of what is kept.
    pub(super) fn bytes(&self) -> usize {
        self.points.bytes() + self.extremes.iter().map(Pages::bytes).sum::<usize>()
    }

    /// The smallest and largest of the points at `range`, places in [`CounterTrack::points`].
    #[must_use]
    pub fn extremes(&self, range: std::ops::Range<usize>) -> Option<(i64, i64)> {
        let mut found: Option<(i64, i64)> = None;
        let mut add = |least: i64, most: i64| {
            found = Some(found.map_or((least, most), |(a, b)| (a.min(least), b.max(most))));
        };
        let (mut from, mut to) = (self.forgotten + range.start, self.forgotten + range.end.min(self.points.len()));
        let (mut first, mut level) = (self.forgotten, 0_usize);
        // Single nodes at both ends, whole ones above.
        while from < to {
            let mut node = |at: usize| {
                let kept = at - first;
                match level.checked_sub(1) {
                    None => self.points.get(kept).map(|(_, value)| (*value, *value)),
                    Some(level) => self.extremes.get(level).and_then(|nodes| nodes.get(kept)).copied(),
                }
                .map_or((), |(least, most)| add(least, most))
            };
            if level >= self.extremes.len() {
                (from..to).for_each(&mut node);
                break;
            }
            while from < to && !from.is_multiple_of(FAN) {
                node(from);
                from += 1;
            }
            while from < to && !to.is_multiple_of(FAN) {
                to -= 1;
                node(to);
            }
            (from, to, first, level) = (from / FAN, to / FAN, first / FAN, level + 1);
        }
        found
    }

    /// The value that holds at `time`: the last one set at or before it.
    #[must_use]
    pub fn value_at(&self, time: u64) -> Option<i64> {
        let at = self.points.partition_point(|(set, _)| *set <= time).checked_sub(1)?;
        self.points.get(at).map(|(_, value)| *value)
    }
}

/// The moments of one name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstantTrack {
    /// The name in the dictionary.
    pub id: u32,
    /// Time in cycles and the value shown with it, in order of time.
    pub points: Pages<(u64, u32)>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extremes_are_those_of_brute_force() {
        let mut track = CounterTrack::new(0);
        let mut state = 1_u64;
        for time in 0..5000 {
            // xorshift64
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            track.push(time, (state % 1_000_003).cast_signed() - 500_000);
            // The old ones are given back while the levels grow: behind the first of a level, and at a node's end.
            if [100, 1000, 2049, 4000].contains(&time) {
                let last = track.points.last().copied();
                track.forget(time - 40);
                assert_eq!((track.points.len(), track.points.last().copied()), (42, last));
            }
            let kept = track.points.len();
            for (from, to) in [(0, kept), (0, 1), (15, 17), (16, 32), (1, kept - 1), (kept / 3, kept - kept / 5)] {
                let to = to.min(kept);
                let values = track.points.range(from..to).map(|(_, value)| *value);
                let expected = values.clone().min().zip(values.max());
                assert_eq!(track.extremes(from..to), expected, "{from}..{to} after {time}");
            }
        }
    }
}
