//! Locks and who has them: mutexes, reader-writer locks, and semaphores that are used as one.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::model::{LaneKind, State, Trace};
use crate::objects::{Hold, ObjectKind, Objects, Wait};

use super::semaphore;

/// How many owners in a row are looked at: a bound for damaged bytes.
const MAX_OWNERS: usize = 64;

/// How long a chain of owners that wait themselves is followed.
const MAX_CHAIN: usize = 16;

/// Every lock's history.
#[derive(Clone, Debug, Default)]
pub(super) struct Locks {
    /// Those made of semaphores: who had the permit, in order of time, never two at once.
    semaphores: BTreeMap<u32, Vec<Hold>>,
    /// Waits for locks, in order of their starts.
    waits: Vec<Wait>,
}

impl Locks {
    pub(super) fn of(trace: &Trace, objects: &Objects) -> Self {
        let all = objects.waits_in(trace.start()..trace.end().saturating_add(1));
        let mut permits: BTreeMap<u32, Vec<Wait>> = BTreeMap::new();
        let kind = |wait: &Wait| objects.get(wait.object).map(|object| object.kind);
        for wait in all.iter().copied().filter(|wait| kind(wait) == Some(ObjectKind::Semaphore)) {
            permits.entry(wait.object).or_default().push(*wait);
        }
        let mut semaphores = BTreeMap::new();
        for object in objects.all().iter().filter(|object| object.kind == ObjectKind::Semaphore) {
            let waits = permits.remove(&object.id).unwrap_or_default();
            if let Some(holds) = semaphore::as_lock(&object.steps, &waits, objects.stretches(), trace.end()) {
                semaphores.insert(object.id, holds);
            }
        }
        let is_lock =
            |wait: &Wait| kind(wait).is_some_and(ObjectKind::is_owned) || semaphores.contains_key(&wait.object);
        let waits = all.into_iter().copied().filter(is_lock).collect();
        Self { semaphores, waits }
    }

    /// Every wait for a lock, in order of the starts.
    pub(super) fn waits(&self) -> &[Wait] {
        &self.waits
    }

    /// Every lock's holds, in order of the objects' numbers.
    pub(super) fn all<'a>(&'a self, objects: &'a Objects) -> impl Iterator<Item = (u32, &'a [Hold])> {
        let owned = objects.all().iter().filter(|object| object.kind.is_owned());
        let owned = owned.map(|object| (object.id, object.holds.as_slice()));
        owned.chain(self.semaphores.iter().map(|(id, holds)| (*id, holds.as_slice())))
    }

    /// Who had `object` within `window`.
    pub(super) fn holds_in(&self, objects: &Objects, object: u32, window: &Range<u64>) -> Vec<Hold> {
        let begun = |holds: &[Hold]| {
            let from = holds.partition_point(|hold| hold.start <= window.start);
            let behind = holds.get(from..).unwrap_or_default().iter();
            behind.take_while(|hold| hold.start < window.end).take(MAX_OWNERS).copied().collect::<Vec<_>>()
        };
        let mut found: Vec<Hold> = self.holds_at(objects, object, window.start);
        match self.semaphores.get(&object) {
            Some(holds) => found.extend(begun(holds)),
            None => found.extend(objects.get(object).map(|object| begun(&object.holds)).unwrap_or_default()),
        }
        found
    }

    /// Who had `object` at `time`.
    fn holds_at(&self, objects: &Objects, object: u32, time: u64) -> Vec<Hold> {
        match self.semaphores.get(&object) {
            Some(holds) => {
                let last = holds.partition_point(|hold| hold.start <= time).checked_sub(1).and_then(|at| holds.get(at));
                last.filter(|hold| hold.end > time).copied().into_iter().collect()
            }
            None => objects
                .get(object)
                .map(|object| object.holds_at(time).take(MAX_OWNERS).copied().collect())
                .unwrap_or_default(),
        }
    }

    /// The hold that `task` waits for at `time`, and the lock, if it waits for one.
    pub(super) fn waits_for(&self, trace: &Trace, objects: &Objects, task: u32, time: u64) -> Option<(Hold, u32)> {
        let lane = trace.lane(LaneKind::Task { number: task })?;
        let State::Blocked { .. } = lane.at(time, trace.end())?.state else { return None };
        let object = objects.wait_at(task, time)?.object;
        let hold = self.holds_at(objects, object, time).into_iter().find(|hold| hold.task != task)?;
        Some((hold, object))
    }

    /// Who must run so that `task` gets on at `time`.
    pub(super) fn chain(&self, trace: &Trace, objects: &Objects, task: u32, time: u64) -> Chain {
        let mut chain = Chain { root: task, locks: Vec::new(), until: u64::MAX };
        loop {
            let next = trace.lane(LaneKind::Task { number: chain.root }).and_then(|lane| lane.next_change(time));
            chain.until = chain.until.min(next.unwrap_or(u64::MAX));
            let Some((hold, lock)) = self.waits_for(trace, objects, chain.root, time) else { return chain };
            chain.until = chain.until.min(hold.end);
            chain.root = hold.task;
            chain.locks.push(lock);
            if chain.root == task || chain.locks.len() == MAX_CHAIN {
                return chain;
            }
        }
    }
}

/// A task, the owner of the lock that it waits for, the owner of the lock that that one waits for, and so on.
#[derive(Clone, Debug)]
pub(super) struct Chain {
    /// The last of them: the task itself, if it waits for no lock.
    pub(super) root: u32,
    /// The locks on the way.
    pub(super) locks: Vec<u32>,
    /// Until when it is so, in cycles.
    pub(super) until: u64,
}
