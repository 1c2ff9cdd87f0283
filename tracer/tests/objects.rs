//! Who held what and who waited, on the trace of `common::scenario` and on small scripts whose owners were worked out by hand.

mod common;

use bluekernel_abi::{BlockReason, Event, ObjectOp, PriorityCause};
use bluekernel_tracer::model::{Actor, Trace};
use bluekernel_tracer::objects::{Ending, Holder, ObjectKind, Objects, WaitEnd};
use common::encoder::{AFTER_DROPS, BOOT, Encoder};
use common::scenario::{Script, block, header, script};
use proptest::prelude::*;

const LOW: u32 = 0;
const CTRL: u32 = 1;
const MID: u32 = 2;

fn trace(script: &Script) -> Trace {
    let mut trace = Trace::new(header());
    trace.push(&script.encoder.bytes);
    trace.finish();
    trace
}

fn objects(script: &Script) -> Objects {
    Objects::of(&trace(script))
}

/// A firmware that has just started, and runs task `LOW` from 10 on.
fn running() -> Script {
    let mut script = Script { encoder: Encoder::new() };
    script.encoder.sync(BOOT);
    script.at(10, Event::SwitchIn { task: LOW });
    script
}

fn op(op: ObjectOp, object: u32, value: u32) -> Event<'static> {
    Event::Object { op, object, value }
}

/// Loses events up to `time`; then `task` runs.
fn lose(script: &mut Script, time: u64, task: u32) {
    script.encoder.drop_events(3);
    script.encoder.clock = time;
    script.encoder.running = u64::from(task) + 1;
    script.encoder.sync(AFTER_DROPS);
}

/// The holds of an object as (task, start, end, how it ended).
fn holds(objects: &Objects, id: u32) -> Vec<(u32, u64, u64, Ending)> {
    let object = objects.get(id).expect("the object");
    object.holds.iter().map(|hold| (hold.task, hold.start, hold.end, hold.ending)).collect()
}

/// The waits of a task as (reason, object, start, end, how it ended).
fn waits(objects: &Objects, task: u32) -> Vec<(BlockReason, u32, u64, u64, WaitEnd)> {
    objects.waits_of(task).iter().map(|wait| (wait.reason, wait.object, wait.start, wait.end, wait.ending)).collect()
}

#[test]
fn a_mutex_goes_from_owner_to_waiter() {
    let objects = objects(&script());
    let mutex = objects.get(7).unwrap();
    assert_eq!((mutex.kind, mutex.name.as_str()), (ObjectKind::Mutex, "app::TOTAL"));
    // low locks at 320. ctrl waits from 500. low's unlock at 600 makes it ctrl's, which never gives it back.
    assert_eq!(holds(&objects, 7), [(LOW, 320, 600, Ending::Done), (CTRL, 600, 1000, Ending::Open)]);
    let holders = [319, 320, 599, 600, 999].map(|time| objects.holder_at(7, time));
    let [low, ctrl] = [LOW, CTRL].map(Holder::Task);
    assert_eq!(holders, [Holder::Free, low, low, ctrl, ctrl]);
    assert_eq!(objects.waiters_at(7, 550).iter().map(|wait| wait.task).collect::<Vec<_>>(), [CTRL]);
    assert!(objects.waiters_at(7, 600).is_empty());
}

#[test]
fn waits_say_how_they_ended() {
    let objects = objects(&script());
    let expected = [
        (BlockReason::Delay, 0, 200, 430, WaitEnd::Woken(Actor::Handler(24))),
        (BlockReason::Mutex, 7, 500, 600, WaitEnd::Woken(Actor::Task(LOW))),
        (BlockReason::Delay, 0, 700, 1000, WaitEnd::Open),
    ];
    assert_eq!(waits(&objects, CTRL), expected);
    assert_eq!(waits(&objects, MID), [(BlockReason::ChannelEmpty, 9, 300, 1000, WaitEnd::Open)]);
    assert_eq!(objects.get(9).map(|object| object.kind), Some(ObjectKind::Channel));
    let starts = |window| objects.waits_in(window).iter().map(|wait| (wait.task, wait.start)).collect::<Vec<_>>();
    assert_eq!(starts(430..500), [(MID, 300)]);
    assert_eq!(starts(429..501), [(CTRL, 200), (MID, 300), (CTRL, 500)]);
    assert_eq!(objects.wait_at(CTRL, 429).map(|wait| wait.start), Some(200));
    assert_eq!(objects.wait_at(CTRL, 430), None);
}

#[test]
fn arrows_lead_from_who_woke_to_where_it_ran() {
    let objects = objects(&script());
    let arrows: Vec<_> =
        objects.wakes().iter().map(|arrow| (arrow.time, arrow.by, arrow.task, arrow.object, arrow.run)).collect();
    let expected = [
        (20, Actor::Kernel, LOW, 0, Some(310)),
        (40, Actor::Kernel, CTRL, 0, Some(100)),
        (60, Actor::Kernel, MID, 0, Some(210)),
        (430, Actor::Handler(24), CTRL, 0, Some(450)),
        (600, Actor::Task(LOW), CTRL, 7, Some(610)),
    ];
    assert_eq!(arrows, expected);
    assert_eq!(objects.wakes_in(40..430).len(), 2);
    assert_eq!(objects.wake_before(CTRL, 599).map(|arrow| arrow.time), Some(430));
    assert_eq!(objects.wake_before(CTRL, 39), None);
}

#[test]
fn a_time_out_is_no_wake_by_whoever_ran() {
    let mut script = running();
    script
        .at(20, block(BlockReason::Semaphore, 5))
        .at(30, Event::SwitchIn { task: MID })
        .at(100, Event::IsrEnter { exception: 15 })
        .at(110, Event::TimerFire { task: LOW })
        .at(120, Event::Ready { task: LOW })
        .at(125, Event::Ready { task: CTRL })
        .at(130, Event::IsrExit);
    let objects = objects(&script);
    assert_eq!(waits(&objects, LOW), [(BlockReason::Semaphore, 5, 20, 120, WaitEnd::TimedOut)]);
    let arrows: Vec<_> = objects.wakes().iter().map(|arrow| (arrow.task, arrow.timed_out, arrow.object)).collect();
    assert_eq!(arrows, [(LOW, true, 5), (CTRL, false, 0)]);
}

#[test]
fn nobody_knows_the_owner_behind_a_loss() {
    let mut script = running();
    script.at(20, op(ObjectOp::Lock, 7, 1)).at(25, op(ObjectOp::Lock, 8, 1)).at(28, op(ObjectOp::Unlock, 8, 0));
    script.at(30, Event::TimerArm { ticks: 1 });
    lose(&mut script, 50, CTRL);
    // ctrl gives 7 back: it got it where events were lost. It finds 8 free.
    script.at(60, op(ObjectOp::Unlock, 7, 0)).at(70, op(ObjectOp::Lock, 8, 2)).at(80, Event::TimerArm { ticks: 1 });
    let objects = objects(&script);
    assert_eq!(holds(&objects, 7), [(LOW, 20, 30, Ending::Lost), (CTRL, 50, 60, Ending::Done)]);
    assert_eq!(objects.get(7).unwrap().holds.iter().map(|hold| hold.start_known).collect::<Vec<_>>(), [true, false]);
    let at = |object, times: [u64; 4]| times.map(|time| objects.holder_at(object, time));
    let [low, ctrl] = [LOW, CTRL].map(Holder::Task);
    assert_eq!(at(7, [29, 40, 55, 60]), [low, Holder::Unknown, ctrl, Holder::Free]);
    assert_eq!(at(8, [29, 30, 50, 70]), [Holder::Free, Holder::Unknown, Holder::Free, ctrl]);
    assert_eq!(at(99, [5, 29, 40, 60]), [Holder::Unknown; 4], "an object that the trace does not know");
}

#[test]
fn nobody_owns_anything_behind_a_reset() {
    let mut script = running();
    script.at(20, op(ObjectOp::Lock, 7, 1)).at(30, Event::TimerArm { ticks: 1 });
    let mut again = Script { encoder: Encoder::new() };
    again.encoder.sync(BOOT);
    again.at(15, Event::SwitchIn { task: MID }).at(20, op(ObjectOp::Lock, 7, 3)).at(25, Event::TimerArm { ticks: 1 });
    script.encoder.bytes.extend(again.encoder.bytes);
    let objects = objects(&script);
    // The second life begins at 30.
    assert_eq!(holds(&objects, 7), [(LOW, 20, 30, Ending::Reset), (MID, 50, 55, Ending::Open)]);
    assert_eq!(objects.holder_at(7, 31), Holder::Free);
}

#[test]
fn a_trace_that_begins_in_the_middle_knows_no_owner_before_it_is_told() {
    let mut script = Script { encoder: Encoder::new() };
    script.encoder.clock = 1000;
    script.encoder.running = u64::from(LOW) + 1;
    script.encoder.sync(0);
    script.at(1010, op(ObjectOp::Unlock, 7, 2)).at(1020, op(ObjectOp::Give, 5, 4));
    let objects = objects(&script);
    assert_eq!(holds(&objects, 7), [(LOW, 1000, 1010, Ending::Done), (CTRL, 1010, 1020, Ending::Open)]);
    assert_eq!([1019, 1020].map(|time| objects.value_at(5, time)), [None, Some(4)]);
}

#[test]
fn a_mutex_that_is_given_back_by_the_kernel_for_a_task_that_has_left() {
    // A task that waits for a condition gives its mutex up between BLOCK and the next switch.
    let mut script = running();
    script
        .at(20, op(ObjectOp::Lock, 7, 1))
        .at(30, block(BlockReason::Condition, 8))
        .at(35, op(ObjectOp::Unlock, 7, 2))
        .at(36, Event::Ready { task: CTRL })
        .at(40, Event::SwitchIn { task: CTRL });
    let objects = objects(&script);
    assert_eq!(holds(&objects, 7), [(LOW, 20, 35, Ending::Done), (CTRL, 35, 40, Ending::Open)]);
    assert_eq!(objects.wakes().last().map(|arrow| (arrow.by, arrow.task)), Some((Actor::Task(LOW), CTRL)));
}

#[test]
fn a_reader_writer_lock_has_several_holders() {
    let mut script = running();
    // Readers count: low is the first (its value could be an owner's), mid the second. ctrl wants to write: it has the gate, and
    // waits for readers in a list of its own, whose number is that of a part of the lock.
    script
        .at(20, op(ObjectOp::Lock, 40, 1))
        .at(30, Event::SwitchIn { task: MID })
        .at(40, op(ObjectOp::Lock, 40, 2))
        .at(50, Event::SwitchIn { task: CTRL })
        .at(60, op(ObjectOp::Lock, 40, 2))
        .at(70, block(BlockReason::WriteLock, 46))
        .at(80, Event::SwitchIn { task: MID })
        .at(90, op(ObjectOp::Unlock, 40, 1))
        .at(95, Event::SwitchIn { task: LOW })
        .at(100, op(ObjectOp::Unlock, 40, 0))
        .at(101, Event::Ready { task: CTRL })
        .at(110, Event::SwitchIn { task: CTRL })
        .at(120, op(ObjectOp::Unlock, 40, 0))
        .at(130, Event::TimerArm { ticks: 1 });
    let objects = objects(&script);
    let expected = [(LOW, 20, 100, Ending::Done), (MID, 40, 90, Ending::Done), (CTRL, 60, 120, Ending::Done)];
    assert_eq!(holds(&objects, 40), expected);
    let lock = objects.get(40).unwrap();
    assert_eq!(lock.kind, ObjectKind::RwLock);
    assert_eq!(lock.holds.iter().map(|hold| hold.shared).collect::<Vec<_>>(), [true, true, false]);
    assert_eq!(lock.holds_at(85).map(|hold| hold.task).collect::<Vec<_>>(), [CTRL, MID, LOW]);
    assert_eq!(objects.holder_at(40, 85), Holder::Task(LOW));
    assert_eq!([110, 120].map(|time| objects.holder_at(46, time)), [Holder::Task(CTRL), Holder::Free]);
    assert_eq!(waits(&objects, CTRL), [(BlockReason::WriteLock, 40, 70, 101, WaitEnd::Woken(Actor::Task(LOW)))]);
}

#[test]
fn values_hold_until_the_next_and_not_over_a_loss() {
    let mut script = running();
    script.at(20, op(ObjectOp::Give, 5, 1)).at(30, op(ObjectOp::Take, 5, 0)).at(35, op(ObjectOp::Send, 6, 2));
    lose(&mut script, 50, LOW);
    script.at(60, op(ObjectOp::Give, 5, 3)).at(70, Event::TimerArm { ticks: 1 });
    let objects = objects(&script);
    let values = [19, 20, 29, 30, 40, 55, 60].map(|time| objects.value_at(5, time));
    assert_eq!(values, [None, Some(1), Some(1), Some(0), None, None, Some(3)]);
    let kinds: Vec<_> = objects.all().iter().map(|object| (object.id, object.kind)).collect();
    assert_eq!(kinds, [(5, ObjectKind::Semaphore), (6, ObjectKind::Channel)]);
}

#[test]
fn inheritance_lasts_until_it_is_taken_back() {
    let mut script = running();
    let raise = |priority, cause, object| Event::Priority { task: LOW, priority, cause, object };
    script
        .at(20, raise(5, PriorityCause::Inherit, 7))
        .at(30, raise(9, PriorityCause::Inherit, 8))
        // Back to what mutex 7 causes, and then to its own.
        .at(40, raise(5, PriorityCause::Disinherit, 7))
        .at(50, raise(2, PriorityCause::Disinherit, 0))
        .at(60, raise(9, PriorityCause::Inherit, 7));
    lose(&mut script, 80, LOW);
    script.at(90, Event::TimerArm { ticks: 1 });
    let objects = objects(&script);
    let spans: Vec<_> = objects
        .inheritance()
        .iter()
        .map(|span| (span.from, span.to, span.mutex, span.start, span.end, span.ending))
        .collect();
    let expected = [
        (Some(2), 5, 7, 20, 30, Ending::Done),
        (Some(2), 9, 8, 30, 40, Ending::Done),
        (Some(2), 5, 7, 40, 50, Ending::Done),
        (Some(2), 9, 7, 60, 60, Ending::Lost),
    ];
    assert_eq!(spans, expected);
}

/// What happens to one mutex, or to the recording.
#[derive(Clone, Copy, Debug)]
enum Happening {
    /// The task that runs locks it, if it is free.
    Lock,
    /// Its owner runs and gives it back: to a task that waits, if there is one.
    Unlock(Option<u32>),
    Switch(u32),
    Lose,
    Reset,
}

fn happenings() -> impl Strategy<Value = Vec<(Happening, u64)>> {
    let one = prop_oneof![
        4 => Just(Happening::Lock),
        3 => Just(Happening::Unlock(None)),
        2 => (0..3_u32).prop_map(|next| Happening::Unlock(Some(next))),
        4 => (0..3_u32).prop_map(Happening::Switch),
        1 => Just(Happening::Lose),
        1 => Just(Happening::Reset),
    ];
    proptest::collection::vec((one, 2..30_u64), 0..120)
}

/// Plays `happenings` and keeps, beside the stream, the owner at each cycle as the kernel knows it, and whether the reader can.
struct Played {
    script: Script,
    /// The owner from each time on; `None` is nobody.
    truth: Vec<(u64, Option<u32>)>,
    /// Losses, from the last record before to the first behind.
    lost: Vec<(u64, u64)>,
}

fn play(happenings: &[(Happening, u64)]) -> Played {
    let mut played = Played { script: running(), truth: vec![(0, None)], lost: Vec::new() };
    let (mut running, mut owner, mut base) = (LOW, None, 0_u64);
    for (happening, delta) in happenings {
        let encoder = &mut played.script.encoder;
        let time = base + encoder.clock + delta;
        match *happening {
            Happening::Lock if owner.is_none() => {
                encoder.event(*delta, &op(ObjectOp::Lock, 7, running + 1));
                owner = Some(running);
            }
            Happening::Unlock(next) if owner == Some(running) && next != owner => {
                encoder.event(*delta, &op(ObjectOp::Unlock, 7, next.map_or(0, |next| next + 1)));
                owner = next;
            }
            Happening::Switch(task) => {
                encoder.event(*delta, &Event::SwitchIn { task });
                running = task;
            }
            Happening::Lose => {
                // Meanwhile, out of sight, the mutex goes round.
                played.lost.push((base + encoder.clock, time));
                encoder.drop_events(2);
                encoder.clock += delta;
                encoder.running = u64::from(running) + 1;
                encoder.sync(AFTER_DROPS);
                owner = if owner.is_none() { Some((running + 1) % 3) } else { None };
            }
            Happening::Reset => {
                base += encoder.clock;
                let mut again = Encoder::new();
                std::mem::swap(&mut again.bytes, &mut encoder.bytes);
                again.sync(BOOT).event(*delta, &Event::SwitchIn { task: LOW });
                *encoder = again;
                (running, owner) = (LOW, None);
                played.truth.push((base, None));
                continue;
            }
            _ => continue,
        }
        played.truth.push((time, owner));
    }
    played
}

proptest! {
    /// Who is named as the owner is the owner; and where nothing was lost since the firmware started, somebody or nobody is
    /// always named.
    #[test]
    fn owners_are_true(happenings in happenings()) {
        let played = play(&happenings);
        let trace = trace(&played.script);
        let objects = Objects::of(&trace);
        let used = trace.operations().iter().any(|operation| operation.object == 7);
        for time in 0..trace.end() {
            let at = played.truth.partition_point(|(from, _)| *from <= time) - 1;
            let owner = played.truth[at].1;
            let in_loss = played.lost.iter().any(|(from, to)| *from <= time && time < *to);
            let boot = trace.boots().iter().rev().find(|boot| **boot <= time).copied().unwrap_or(0);
            let loss_since = played.lost.iter().any(|(from, _)| boot <= *from && *from <= time);
            match objects.holder_at(7, time) {
                Holder::Task(task) => prop_assert!(owner == Some(task) && !in_loss, "{} at {}", task, time),
                Holder::Free => prop_assert!(owner.is_none() && !in_loss, "free at {}, but {:?}", time, owner),
                Holder::Unknown => prop_assert!(!used || loss_since, "unknown at {}", time),
            }
        }
        let object = objects.get(7);
        for pair in object.map_or(&[][..], |object| &object.holds).windows(2) {
            prop_assert!(pair[0].end <= pair[1].start);
        }
    }
}
