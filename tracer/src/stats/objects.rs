//! Locks and queues: who owned them how long, who waited, how full they were. One pass over the operations.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use bluekernel_abi::{BlockReason, ObjectOp};

use crate::model::{LaneKind, Trace};
use crate::objects::{Ending, Hold, LockFollower, ObjectKind, Step, Stretches, inheritance, whole};

use super::collector::Collector;
use super::histogram::Histogram;
use super::level::Level;
use super::rows::{InheritanceRow, ObjectHoldRow, ObjectRow, ObjectWaitRow};

/// The sums of one object.
#[derive(Debug, Default)]
struct Sums {
    kind: Option<ObjectKind>,
    /// By task and reason.
    waits: BTreeMap<(u32, u8), Histogram>,
    operations: u64,
    follower: LockFollower,
    /// By task.
    holds: BTreeMap<u32, Histogram>,
    held_cycles: u64,
    level: Level,
}

impl Sums {
    fn see(&mut self, kind: ObjectKind) {
        self.kind = self.kind.max(Some(kind));
    }
}

/// The objects of `trace`; holds and waits count where they end, if that is in `window`. `collector` has read all of it.
pub(super) fn object_rows(trace: &Trace, collector: &Collector, window: Range<u64>) -> Vec<ObjectRow> {
    let stretches = Stretches::of(trace);
    let mut objects: BTreeMap<u32, Sums> = BTreeMap::new();
    let mut shown: BTreeMap<u32, ObjectKind> = BTreeMap::new();
    let mut readers = BTreeSet::new();
    for operation in trace.operations() {
        let kind = ObjectKind::of_op(operation.op);
        shown.entry(operation.object).or_insert(kind);
        if Step::of(operation).is_reader() {
            readers.insert(operation.object);
        }
    }
    for (lane, at) in trace.lanes().iter().zip(0..) {
        let (LaneKind::Task { number }, Some(sums)) = (lane.kind(), collector.task(at)) else { continue };
        for ((reason, object), histogram) in sums.blocked.iter().filter(|((_, object), _)| *object != 0) {
            let Some(why) = BlockReason::from_wire(u64::from(*reason)) else { continue };
            let sums = objects.entry(whole(&shown, why, *object)).or_default();
            sums.see(ObjectKind::of_reason(why));
            sums.waits.entry((number, *reason)).or_default().merge(histogram);
        }
    }
    for object in readers {
        objects.entry(object).or_default().see(ObjectKind::RwLock);
    }
    for (object, kind) in shown {
        let sums = objects.entry(object).or_default();
        sums.see(kind);
        sums.follower = LockFollower::new(sums.kind == Some(ObjectKind::RwLock), &stretches);
    }
    let counts = |time: u64| window.contains(&time) || time == window.end && window.end == trace.end();
    for operation in trace.operations() {
        let Some(sums) = objects.get_mut(&operation.object) else { continue };
        sums.operations += u64::from(counts(operation.time));
        let step = Step::of(operation);
        match step.op {
            ObjectOp::Lock | ObjectOp::Unlock => {
                let (holds, cycles) = (&mut sums.holds, &mut sums.held_cycles);
                sums.follower.step(&step, &stretches, &mut |hold| count(hold, &window, counts, holds, cycles));
            }
            _ => sums.level.step(&step, &stretches, &window),
        }
    }
    let at_least = !trace.gaps_in(window.start..window.end.saturating_add(1)).is_empty();
    let row = |(id, mut sums): (u32, Sums)| {
        let (holds, cycles) = (&mut sums.holds, &mut sums.held_cycles);
        sums.follower.finish(&stretches, trace.end(), &mut |hold| count(hold, &window, counts, holds, cycles));
        sums.level.finish(&stretches, trace.end(), &window);
        row(trace, id, &sums, at_least)
    };
    objects.into_iter().map(row).collect()
}

/// Counts a hold that has ended.
fn count(
    hold: Hold,
    window: &Range<u64>,
    counts: impl Fn(u64) -> bool,
    holds: &mut BTreeMap<u32, Histogram>,
    cycles: &mut u64,
) {
    *cycles += hold.end.min(window.end).saturating_sub(hold.start.max(window.start));
    if hold.ending == Ending::Done && hold.start_known && counts(hold.end) {
        holds.entry(hold.task).or_default().add(hold.end - hold.start);
    }
}

fn row(trace: &Trace, id: u32, sums: &Sums, at_least: bool) -> ObjectRow {
    let (mut waited, mut held) = (Histogram::default(), Histogram::default());
    sums.waits.values().for_each(|histogram| waited.merge(histogram));
    sums.holds.values().for_each(|histogram| held.merge(histogram));
    let name = |task: u32| trace.header().task(task);
    let kind = sums.kind.unwrap_or(ObjectKind::Other);
    let full = |reason: u8| {
        matches!(
            BlockReason::from_wire(u64::from(reason)),
            Some(BlockReason::ChannelFull | BlockReason::QueueFull | BlockReason::PipeFull | BlockReason::Pool)
        )
    };
    let was_full = sums.waits.keys().any(|(_, reason)| full(*reason));
    ObjectRow {
        id,
        name: trace.header().object(id),
        kind,
        at_least,
        operations: sums.operations,
        waited: waited.summary(),
        waits: sums
            .waits
            .iter()
            .map(|((task, reason), histogram)| ObjectWaitRow {
                task: *task,
                name: name(*task),
                reason: BlockReason::from_wire(u64::from(*reason)).map_or("unknown", BlockReason::name),
                duration: histogram.summary(),
            })
            .collect(),
        held: held.summary(),
        holds: sums
            .holds
            .iter()
            .map(|(task, histogram)| ObjectHoldRow { task: *task, name: name(*task), duration: histogram.summary() })
            .collect(),
        held_cycles: sums.held_cycles,
        level: kind.is_counted().then(|| sums.level.row(was_full)).flatten(),
    }
}

/// When tasks had others' priorities; each stretch counts where it ends, if that is in `window`.
pub(super) fn inheritance_rows(trace: &Trace, window: Range<u64>) -> Vec<InheritanceRow> {
    let counts = |time: u64| window.contains(&time) || time == window.end && window.end == trace.end();
    let mut all: BTreeMap<(u32, u32, Option<u32>, u32), Histogram> = BTreeMap::new();
    for span in inheritance(trace, &Stretches::of(trace)) {
        if span.ending == Ending::Done && counts(span.end) {
            all.entry((span.task, span.mutex, span.from, span.to)).or_default().add(span.end - span.start);
        }
    }
    let row = |((task, mutex, from, to), histogram): (_, Histogram)| InheritanceRow {
        task,
        name: trace.header().task(task),
        from,
        to,
        mutex: (mutex != 0).then(|| trace.header().object(mutex)),
        duration: histogram.summary(),
    };
    all.into_iter().map(row).collect()
}
