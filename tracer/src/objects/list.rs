//! All objects, waits and wakes of a trace, and the questions that views ask.

use std::collections::BTreeMap;
use std::ops::Range;

use bluekernel_abi::ObjectOp;

use crate::model::{LaneKind, Trace};

use super::arrows::{self, Arrow};
use super::holds::{self, Hold, Holder};
use super::inheritance::{self, Inheritance};
use super::kind::ObjectKind;
use super::parts;
use super::steps::{self, Step};
use super::stretches::Stretches;
use super::waits::{self, Wait};

/// How far back a look-up of readers goes: a bound for damaged bytes.
const MAX_READERS: usize = 4096;

/// One object.
#[derive(Clone, Debug)]
pub struct Object {
    /// Its number.
    pub id: u32,
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: ObjectKind,
    /// What was done to it, in order of time.
    pub steps: Vec<Step>,
    /// Who owned it, in order of the starts; nothing unless [`ObjectKind::is_owned`]. Only shared ones overlap.
    pub holds: Vec<Hold>,
    /// `reach[n]` is the latest end of `holds[..=n]`.
    reach: Vec<u64>,
}

impl Object {
    fn new(id: u32, name: String, kind: ObjectKind, steps: Vec<Step>, holds: Vec<Hold>) -> Self {
        let reach = holds.iter().scan(0, |latest: &mut u64, hold| {
            *latest = hold.end.max(*latest);
            Some(*latest)
        });
        Self { id, name, kind, steps, reach: reach.collect(), holds }
    }

    /// Those who own it at `time`, the latest first.
    pub fn holds_at(&self, time: u64) -> impl Iterator<Item = &Hold> {
        let until = self.holds.partition_point(|hold| hold.start <= time);
        (0..until)
            .rev()
            .take(MAX_READERS)
            .take_while(move |at| self.reach.get(*at).is_some_and(|reach| *reach > time))
            .filter_map(|at| self.holds.get(at))
            .filter(move |hold| hold.end > time)
    }

    /// The last step at or before `time`.
    #[must_use]
    pub fn step_at(&self, time: u64) -> Option<&Step> {
        self.steps.partition_point(|step| step.time <= time).checked_sub(1).and_then(|at| self.steps.get(at))
    }
}

/// The history of every object of a trace.
#[derive(Clone, Debug, Default)]
pub struct Objects {
    objects: Vec<Object>,
    /// By task, in order of time.
    waits: BTreeMap<u32, Vec<Wait>>,
    arrows: Vec<Arrow>,
    /// The places in `arrows` of each task's.
    woken: BTreeMap<u32, Vec<u32>>,
    inheritance: Vec<Inheritance>,
    stretches: Stretches,
}

impl Objects {
    /// Those of `trace`.
    #[must_use]
    pub fn of(trace: &Trace) -> Self {
        Self::since(trace, trace.start())
    }

    /// Those of what `trace` tells from `since` on, in cycles, as if it began there: of a long trace that goes on, all of it is
    /// more than can be worked out between two frames.
    #[must_use]
    pub fn since(trace: &Trace, since: u64) -> Self {
        let all = Stretches::of(trace);
        let inheritance = inheritance::of(trace, &all);
        let stretches = all.since(since);
        let mut steps = steps::by_object(trace, since);
        let mut arrows = arrows::of(trace, since);
        let mut woken: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for (arrow, at) in arrows.iter().zip(0..) {
            woken.entry(arrow.task).or_default().push(at);
        }
        let mut waits = BTreeMap::new();
        let by_first =
            steps.iter().filter_map(|(id, steps)| Some((*id, ObjectKind::of_op(steps.first()?.op)))).collect();
        let object_of = |reason, id| parts::whole(&by_first, reason, id);
        for lane in trace.lanes() {
            if let LaneKind::Task { number } = lane.kind() {
                let own = woken.get(&number).map_or(&[][..], Vec::as_slice);
                waits.insert(number, waits::of(number, lane, since..trace.end(), own, &mut arrows, &object_of));
            }
        }
        let mut kinds: BTreeMap<u32, ObjectKind> = BTreeMap::new();
        let mut seen = |id: u32, kind: ObjectKind| {
            let known = kinds.entry(id).or_insert(kind);
            *known = (*known).max(kind);
        };
        for wait in waits.values().flatten().filter(|wait| wait.object != 0) {
            seen(wait.object, ObjectKind::of_reason(wait.reason));
        }
        for inherited in inheritance.iter().filter(|inherited| inherited.mutex != 0) {
            seen(inherited.mutex, ObjectKind::Mutex);
        }
        for (id, steps) in &steps {
            let by_ops = steps.iter().map(|step| ObjectKind::of_op(step.op)).max();
            seen(*id, by_ops.unwrap_or(ObjectKind::Other));
            if steps.iter().any(Step::is_reader) {
                seen(*id, ObjectKind::RwLock);
            }
        }
        let object = |(id, kind): (u32, ObjectKind)| {
            let steps = steps.remove(&id).unwrap_or_default();
            let holds = match kind {
                ObjectKind::Mutex | ObjectKind::RwLock => {
                    holds::of(&steps, kind == ObjectKind::RwLock, &stretches, trace.end())
                }
                _ => Vec::new(),
            };
            Object::new(id, trace.header().object(id), kind, steps, holds)
        };
        let objects = kinds.into_iter().map(object).collect();
        Self { objects, waits, arrows, woken, inheritance, stretches }
    }

    /// Every object that something was done to or waited for, in order of their numbers.
    #[must_use]
    pub fn all(&self) -> &[Object] {
        &self.objects
    }

    /// The object `id`, or the one that `id` is a part of.
    #[must_use]
    pub fn get(&self, id: u32) -> Option<&Object> {
        let at = self.objects.partition_point(|object| object.id <= id).checked_sub(1)?;
        let object = self.objects.get(at)?;
        (id - object.id <= parts::words(object.kind)).then_some(object)
    }

    /// Who owns the lock `object` at `time`.
    #[must_use]
    pub fn holder_at(&self, object: u32, time: u64) -> Holder {
        let (Some(object), Some(stretch)) = (self.get(object), self.stretches.at(time)) else { return Holder::Unknown };
        if let Some(hold) = object.holds_at(time).last() {
            return Holder::Task(hold.task);
        }
        let within = |step: &&Step| self.stretches.of_event(step.time) == stretch;
        let next = || object.steps.get(object.steps.partition_point(|step| step.time <= time)).filter(within);
        // Known by what was done before; or nothing was, and it was free; or whoever takes it next finds it free.
        let known = object.step_at(time).filter(within).is_some()
            || self.stretches.begins_fresh(stretch)
            || next().is_some_and(|step| step.op == ObjectOp::Lock);
        if object.kind.is_owned() && known { Holder::Free } else { Holder::Unknown }
    }

    /// When something is done to `object`, or knowledge of it is cut, for the first time behind `time`. In between nobody else
    /// gets it.
    #[must_use]
    pub fn next_change(&self, object: u32, time: u64) -> Option<u64> {
        let steps = self.get(object).map_or(&[][..], |object| &object.steps);
        let step = steps.get(steps.partition_point(|step| step.time <= time)).map(|step| step.time);
        [step, self.stretches.next(time)].into_iter().flatten().min()
    }

    /// The value of `object` at `time`, as its last operation left it; `None` if none is known.
    #[must_use]
    pub fn value_at(&self, object: u32, time: u64) -> Option<u32> {
        let stretch = self.stretches.at(time)?;
        let step = self.get(object)?.step_at(time)?;
        (self.stretches.of_event(step.time) == stretch).then_some(step.value)
    }

    /// The waits of a task, in order of time. No two overlap.
    #[must_use]
    pub fn waits_of(&self, task: u32) -> &[Wait] {
        self.waits.get(&task).map_or(&[], Vec::as_slice)
    }

    /// The waits of a task that touch `window`.
    #[must_use]
    pub fn waits_of_in(&self, task: u32, window: Range<u64>) -> &[Wait] {
        let waits = self.waits_of(task);
        let from = waits.partition_point(|wait| wait.end <= window.start);
        let to = waits.partition_point(|wait| wait.start < window.end).max(from);
        waits.get(from..to).unwrap_or(&[])
    }

    /// The wait of `task` that holds `time`.
    #[must_use]
    pub fn wait_at(&self, task: u32, time: u64) -> Option<&Wait> {
        self.waits_of_in(task, time..time.saturating_add(1)).first()
    }

    /// The waits that touch `window`, in order of their starts.
    #[must_use]
    pub fn waits_in(&self, window: Range<u64>) -> Vec<&Wait> {
        let of_task = |task| self.waits_of_in(task, window.clone());
        let mut found: Vec<&Wait> = self.waits.keys().flat_map(|task| of_task(*task)).collect();
        found.sort_by_key(|wait| (wait.start, wait.task));
        found
    }

    /// Those who wait for `object` at `time`, in order of when they began to.
    #[must_use]
    pub fn waiters_at(&self, object: u32, time: u64) -> Vec<&Wait> {
        let Some(object) = self.get(object) else { return Vec::new() };
        let mut found = self.waits_in(time..time.saturating_add(1));
        found.retain(|wait| wait.object == object.id);
        found
    }

    /// Every wake, in order of time.
    #[must_use]
    pub fn wakes(&self) -> &[Arrow] {
        &self.arrows
    }

    /// The wakes within `window`.
    #[must_use]
    pub fn wakes_in(&self, window: Range<u64>) -> &[Arrow] {
        let from = self.arrows.partition_point(|arrow| arrow.time < window.start);
        let to = self.arrows.partition_point(|arrow| arrow.time < window.end).max(from);
        self.arrows.get(from..to).unwrap_or(&[])
    }

    /// The last wake of `task` at or before `time`.
    #[must_use]
    pub fn wake_before(&self, task: u32, time: u64) -> Option<&Arrow> {
        let own = self.woken.get(&task)?;
        let arrow = |at: &u32| self.arrows.get(*at as usize);
        let until = own.partition_point(|at| arrow(at).is_some_and(|arrow| arrow.time <= time));
        own.get(until.checked_sub(1)?).and_then(arrow)
    }

    /// When tasks were raised by others, in order of the starts.
    #[must_use]
    pub fn inheritance(&self) -> &[Inheritance] {
        &self.inheritance
    }

    /// Where knowledge is cut.
    #[must_use]
    pub const fn stretches(&self) -> &Stretches {
        &self.stretches
    }
}
