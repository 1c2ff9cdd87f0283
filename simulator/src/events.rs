//! The one queue of what will happen, in an order that nothing but the run itself decides.
//!
//! Events are ordered by time, and among equal times by the sequence in which they were scheduled. So two timers with
//! the same deadline always fire in the same order.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::clock::Picoseconds;

/// Whose event it is: the index of a device.
pub type Owner = u16;

/// At most one event per owner: a device with several deadlines shows its earliest one.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(from = "Stored", into = "Stored")]
pub struct EventQueue {
    queue: BTreeMap<(Picoseconds, u64), Owner>,
    /// By owner; behind the last one that has an event there may be more or fewer.
    place: Vec<Option<(Picoseconds, u64)>>,
    sequence: u64,
}

/// The queue as it is saved: JSON has no maps with pairs for keys.
#[derive(Clone, Serialize, Deserialize)]
struct Stored {
    events: Vec<(Picoseconds, u64, Owner)>,
    sequence: u64,
}

impl EventQueue {
    /// Sets the owner's event, or takes it away. An event that stays at its time keeps its place in the sequence.
    pub fn set(&mut self, owner: Owner, at: Option<Picoseconds>) {
        let index = usize::from(owner);
        if self.place.len() <= index {
            self.place.resize(index + 1, None);
        }
        let place = &mut self.place[index];
        if place.map(|(time, _)| time) == at {
            return;
        }
        if let Some(key) = place.take() {
            self.queue.remove(&key);
        }
        if let Some(at) = at {
            let key = (at, self.sequence);
            self.sequence += 1;
            self.queue.insert(key, owner);
            *place = Some(key);
        }
    }

    /// The same queue, its sequence counted from the first event that is in it: equal to any other in which the same will
    /// happen in the same order.
    #[must_use]
    pub fn renumbered(&self) -> Self {
        let mut stored = Stored::from(self.clone());
        for (number, event) in (0..).zip(&mut stored.events) {
            event.1 = number;
        }
        stored.sequence = stored.events.len() as u64;
        stored.into()
    }

    /// The time of the next event.
    #[must_use]
    pub fn next_time(&self) -> Option<Picoseconds> {
        self.queue.first_key_value().map(|((time, _), _)| *time)
    }

    /// Takes the next event out if it is due at `now`.
    pub fn pop_due(&mut self, now: Picoseconds) -> Option<(Picoseconds, Owner)> {
        let entry = self.queue.first_entry()?;
        let (time, _) = *entry.key();
        if time > now {
            return None;
        }
        let owner = entry.remove();
        self.place[usize::from(owner)] = None;
        Some((time, owner))
    }
}

impl PartialEq for EventQueue {
    fn eq(&self, other: &Self) -> bool {
        (&self.queue, self.sequence) == (&other.queue, other.sequence)
    }
}

impl Eq for EventQueue {}

impl From<Stored> for EventQueue {
    fn from(stored: Stored) -> Self {
        let mut queue = Self { sequence: stored.sequence, ..Self::default() };
        for (time, sequence, owner) in stored.events {
            queue.set(owner, None);
            queue.place[usize::from(owner)] = Some((time, sequence));
            queue.queue.insert((time, sequence), owner);
        }
        queue
    }
}

impl From<EventQueue> for Stored {
    fn from(queue: EventQueue) -> Self {
        let events = queue.queue.iter().map(|(&(time, seq), &owner)| (time, seq, owner)).collect();
        Self { events, sequence: queue.sequence }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn drain(queue: &mut EventQueue) -> Vec<(Picoseconds, Owner)> {
        std::iter::from_fn(|| queue.pop_due(Picoseconds::MAX)).collect()
    }

    #[test]
    fn equal_times_keep_the_order_of_scheduling() {
        let mut queue = EventQueue::default();
        queue.set(7, Some(100));
        queue.set(3, Some(100));
        queue.set(5, Some(50));
        assert_eq!(queue.next_time(), Some(50));
        assert_eq!(drain(&mut queue), [(50, 5), (100, 7), (100, 3)]);
    }

    #[test]
    fn setting_the_same_time_again_does_not_lose_the_place() {
        let mut queue = EventQueue::default();
        queue.set(1, Some(10));
        queue.set(2, Some(10));
        queue.set(1, Some(10));
        assert_eq!(drain(&mut queue), [(10, 1), (10, 2)]);
    }

    #[test]
    fn queues_with_the_same_future_are_equal_when_renumbered() {
        let (mut long, mut short) = (EventQueue::default(), EventQueue::default());
        (0..50).for_each(|time| long.set(9, Some(time)));
        long.set(9, None);
        for queue in [&mut long, &mut short] {
            queue.set(7, Some(100));
            queue.set(3, Some(100));
        }
        assert_ne!(long, short);
        assert_eq!(long.renumbered(), short.renumbered());
        assert_eq!(drain(&mut long.renumbered()), [(100, 7), (100, 3)]);
        short.set(7, None);
        short.set(7, Some(100));
        assert_ne!(long.renumbered(), short.renumbered(), "another order");
    }

    #[test]
    fn what_is_not_due_stays() {
        let mut queue = EventQueue::default();
        queue.set(1, Some(10));
        assert_eq!(queue.pop_due(9), None);
        queue.set(1, None);
        assert_eq!(queue.pop_due(10), None);
        assert_eq!(queue.next_time(), None);
    }

    proptest! {
        #[test]
        fn order_is_time_then_sequence_and_survives_saving(
            operations in proptest::collection::vec((0_u16..8, proptest::option::of(0_u64..20)), 0..60),
        ) {
            let mut queue = EventQueue::default();
            let mut model: Vec<(u64, usize, u16)> = Vec::new();
            for (step, &(owner, at)) in operations.iter().enumerate() {
                queue.set(owner, at);
                if model.iter().any(|&(time, _, who)| who == owner && Some(time) == at) {
                    continue;
                }
                model.retain(|&(_, _, who)| who != owner);
                if let Some(at) = at {
                    model.push((at, step, owner));
                }
            }
            model.sort_unstable();
            let expected: Vec<_> = model.into_iter().map(|(time, _, owner)| (time, owner)).collect();
            let text = serde_json::to_string(&queue).unwrap();
            let mut restored: EventQueue = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(drain(&mut queue), expected.clone());
            prop_assert_eq!(drain(&mut restored), expected);
        }
    }
}
