//! Why a response took as long as it did, worked out by hand on small scripts; and that nothing is left over on random ones.

mod common;

use bluekernel_abi::{BlockReason, Event, ObjectOp};
use bluekernel_tracer::model::{LaneKind, Trace};
use bluekernel_tracer::objects::Objects;
use bluekernel_tracer::path::{Blocked, Cause, Path, Response, responses, walk};
use bluekernel_tracer::stats::Statistics;
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

fn booted() -> Script {
    let mut script = Script { encoder: Encoder::new() };
    script.encoder.sync(BOOT);
    script
}

fn op(op: ObjectOp, object: u32, value: u32) -> Event<'static> {
    Event::Object { op, object, value }
}

/// The segments of `task` in a window as (start, end, owners on the way, cause).
fn segments(script: &Script, task: u32, window: (u64, u64)) -> Vec<(u64, u64, Vec<u32>, Cause)> {
    let trace = trace(script);
    walk(&trace, &Objects::of(&trace), task, window.0..window.1)
        .into_iter()
        .map(|segment| {
            let owners = segment.why.blocked.iter().map(|blocked| blocked.holder).collect();
            (segment.start, segment.end, owners, segment.why.cause)
        })
        .collect()
}

#[test]
fn every_cycle_of_a_response_has_its_cause() {
    let expected = [
        // Woken at 430 in TIMER0, which ends at 440. The switch away from low takes until 450.
        (430, 440, vec![], Cause::Interrupt { exception: 24 }),
        (440, 450, vec![], Cause::Kernel),
        (450, 500, vec![], Cause::Own),
        // low has the mutex. It is switched to, runs, and gives it back.
        (500, 510, vec![LOW], Cause::Kernel),
        (510, 600, vec![LOW], Cause::Own),
        (600, 610, vec![], Cause::Kernel),
        (610, 700, vec![], Cause::Own),
    ];
    assert_eq!(segments(&script(), CTRL, (430, 700)), expected);
    // low is ready from 20 on, and a handler comes while it runs, with another one nested.
    let expected = [
        (210, 300, vec![], Cause::Preempted { by: MID }),
        (300, 310, vec![], Cause::Kernel),
        (310, 400, vec![], Cause::Own),
        (400, 410, vec![], Cause::Interrupt { exception: 24 }),
        (410, 420, vec![], Cause::Interrupt { exception: 16 }),
        (420, 440, vec![], Cause::Interrupt { exception: 24 }),
        (440, 450, vec![], Cause::Own),
        (450, 500, vec![], Cause::Preempted { by: CTRL }),
    ];
    assert_eq!(segments(&script(), LOW, (210, 500)), expected);
    // A wait for data, and time before the task was there.
    let waits = Cause::Waiting { reason: BlockReason::ChannelEmpty, object: 9 };
    assert_eq!(segments(&script(), MID, (290, 400)), [(290, 300, vec![], Cause::Own), (300, 400, vec![], waits)]);
    assert_eq!(segments(&script(), MID, (0, 10)), [(0, 10, vec![], Cause::Dormant)]);
    assert_eq!(segments(&script(), 77, (0, 10)), [(0, 10, vec![], Cause::Lost)]);
}

#[test]
fn an_inversion_is_seen_through_its_owners() {
    // ctrl waits for 7, which low has; low waits for 8, which a task of priority 1 has; and that one is kept from running by mid.
    let least = 5;
    let mut script = booted();
    script
        .at(10, Event::TaskNew { task: least, priority: 1, stack: 512 })
        .at(10, Event::Ready { task: least })
        .at(20, Event::SwitchIn { task: least })
        .at(30, op(ObjectOp::Lock, 8, least + 1))
        .at(40, Event::Ready { task: LOW })
        .at(50, Event::SwitchIn { task: LOW })
        .at(60, op(ObjectOp::Lock, 7, LOW + 1))
        .at(70, Event::Ready { task: CTRL })
        .at(80, Event::SwitchIn { task: CTRL })
        .at(100, block(BlockReason::Mutex, 7))
        .at(110, Event::SwitchIn { task: LOW })
        .at(150, block(BlockReason::Mutex, 8))
        .at(160, Event::SwitchIn { task: least })
        .at(170, Event::Ready { task: MID })
        .at(180, Event::SwitchIn { task: MID })
        .at(300, block(BlockReason::Delay, 0))
        .at(310, Event::SwitchIn { task: least })
        .at(330, op(ObjectOp::Unlock, 8, LOW + 1))
        .at(330, Event::Ready { task: LOW })
        .at(340, Event::SwitchIn { task: LOW })
        .at(350, op(ObjectOp::Unlock, 7, CTRL + 1))
        .at(350, Event::Ready { task: CTRL })
        .at(360, Event::SwitchIn { task: CTRL })
        .at(400, block(BlockReason::Delay, 0));
    let both = || vec![LOW, least];
    let expected = [
        (80, 100, vec![], Cause::Own),
        (100, 110, vec![LOW], Cause::Kernel),
        (110, 150, vec![LOW], Cause::Own),
        (150, 160, both(), Cause::Kernel),
        (160, 180, both(), Cause::Own),
        (180, 300, both(), Cause::Preempted { by: MID }),
        (300, 310, both(), Cause::Kernel),
        (310, 330, both(), Cause::Own),
        // low has both mutexes now, and is switched to.
        (330, 340, vec![LOW], Cause::Kernel),
        (340, 350, vec![LOW], Cause::Own),
        (350, 360, vec![], Cause::Kernel),
        (360, 400, vec![], Cause::Own),
    ];
    assert_eq!(segments(&script, CTRL, (80, 400)), expected);
    let trace = trace(&script);
    let path = Path::of(&trace, &Objects::of(&trace), CTRL, 80..400);
    let most = &path.shares[0];
    assert_eq!(
        (most.cycles, most.times, most.why.cause, most.why.by.as_deref()),
        (120, 1, "preempted", Some("中文任务名"))
    );
    let text = "blocked on app::TOTAL held by low, which waits for app::TOTAL held by task 5: pre-empted by 中文任务名";
    assert_eq!(most.why.text, text, "the dictionary has no object 8: it is taken for a part of the one before");
}

#[test]
fn who_runs_on_although_it_is_less_important_masks() {
    let mut script = booted();
    script.at(5, Event::Ready { task: LOW }).at(6, Event::Ready { task: MID }).at(10, Event::SwitchIn { task: LOW });
    // Three switches of 10 cycles, and one that low holds up.
    for at in [100, 200, 300] {
        script
            .at(at, Event::Ready { task: CTRL })
            .at(at + 10, Event::SwitchIn { task: CTRL })
            .at(at + 20, block(BlockReason::Delay, 0))
            .at(at + 30, Event::SwitchIn { task: LOW });
    }
    script
        .at(400, Event::Ready { task: CTRL })
        .at(500, Event::SwitchIn { task: CTRL })
        .at(550, block(BlockReason::Delay, 0));
    let expected = [
        (400, 410, vec![], Cause::Kernel),
        (410, 500, vec![], Cause::Masked { by: LOW }),
        (500, 550, vec![], Cause::Own),
    ];
    assert_eq!(segments(&script, CTRL, (400, 550)), expected);
}

#[test]
fn a_deadlock_ends_the_search() {
    let mut script = booted();
    script
        .at(10, Event::SwitchIn { task: LOW })
        .at(20, op(ObjectOp::Lock, 7, LOW + 1))
        .at(30, Event::SwitchIn { task: CTRL })
        .at(40, op(ObjectOp::Lock, 9, CTRL + 1))
        .at(50, block(BlockReason::Mutex, 7))
        .at(60, Event::SwitchIn { task: LOW })
        .at(80, block(BlockReason::Mutex, 9))
        .at(90, Event::Idle)
        .at(200, Event::TimerArm { ticks: 1 });
    let expected =
        [(50, 60, vec![LOW], Cause::Kernel), (60, 80, vec![LOW], Cause::Own), (80, 200, vec![LOW], Cause::Deadlock)];
    assert_eq!(segments(&script, CTRL, (50, 200)), expected);
    let trace = trace(&script);
    let last = walk(&trace, &Objects::of(&trace), CTRL, 100..200);
    assert_eq!(last[0].why.blocked, [Blocked { object: 7, holder: LOW }]);
}

#[test]
fn what_was_lost_is_said_to_be() {
    let mut script = booted();
    script.at(10, Event::SwitchIn { task: LOW }).at(20, block(BlockReason::Mutex, 7)).at(30, Event::Idle);
    script.encoder.drop_events(4);
    script.encoder.clock = 90;
    script.encoder.running = u64::from(LOW) + 1;
    script.encoder.sync(AFTER_DROPS);
    script.at(100, Event::TimerArm { ticks: 1 });
    // The mutex is free, as far as anybody knows: nothing was ever done to it.
    let waits = Cause::Waiting { reason: BlockReason::Mutex, object: 7 };
    let expected = [
        (10, 20, vec![], Cause::Own),
        (20, 30, vec![], waits),
        (30, 90, vec![], Cause::Lost),
        (90, 100, vec![], Cause::Own),
    ];
    assert_eq!(segments(&script, LOW, (10, 100)), expected);
}

#[test]
fn responses_are_jobs_or_runs() {
    let found = responses(&trace(&script()), CTRL);
    assert_eq!(found, [Response { start: 40, end: 200 }, Response { start: 430, end: 700 }]);
    let mut script = script();
    script
        .at(1010, Event::SwitchIn { task: CTRL })
        .at(1020, Event::JobRelease { object: 30, late: 15 })
        .at(1050, Event::JobDone { object: 30 })
        .at(1060, Event::JobRelease { object: 30, late: 2 });
    // As soon as there are jobs, they are what counts. The last one is not done.
    assert_eq!(responses(&trace(&script), CTRL), [Response { start: 1005, end: 1050 }]);
}

#[test]
fn the_path_as_text_and_json() {
    let trace = trace(&script());
    let path = Path::of(&trace, &Objects::of(&trace), CTRL, 430..700);
    let expected = "\
ctrl  430 us .. 700 us  270.0 us  --window 430cy..700cy

      TIME        %   TIMES  CAUSE
  140.0 us    51.85       2  own code
  90.00 us    33.33       1  blocked on app::TOTAL held by low: its code
  20.00 us     7.41       2  kernel
  10.00 us     3.70       1  interrupt TIMER0
  10.00 us     3.70       1  blocked on app::TOTAL held by low: kernel
  270.0 us   100.00          all of it

      FROM        LONG  CAUSE
      +0 s    10.00 us  interrupt TIMER0
 +10.00 us    10.00 us  kernel
 +20.00 us    50.00 us  own code
 +70.00 us    10.00 us  blocked on app::TOTAL held by low: kernel
 +80.00 us    90.00 us  blocked on app::TOTAL held by low: its code
 +170.0 us    10.00 us  kernel
 +180.0 us    90.00 us  own code
";
    assert_eq!(path.to_text(), expected);
    let json = serde_json::to_value(&path).unwrap();
    assert_eq!((&json["schema"], &json["name"]), (&"bk.trace.path/1".into(), &"ctrl".into()));
    let second = &json["shares"][1];
    assert_eq!((&second["cause"], &second["cycles"]), (&"own".into(), &90.into()));
    assert_eq!(second["blocked"], serde_json::json!([{ "object": "app::TOTAL", "holder": "low" }]));
}

/// Random kernels: switches, wake-ups, waits, locks, handlers, losses and resets in any order, sensible or not.
fn chaos() -> impl Strategy<Value = Vec<(u8, u32, u64)>> {
    proptest::collection::vec((0..19_u8, 0..4_u32, 0..40_u64), 0..300)
}

fn play(chaos: &[(u8, u32, u64)]) -> Trace {
    let mut encoder = Encoder::new();
    encoder.sync(BOOT);
    for (kind, task, delta) in chaos {
        let task = *task;
        let event = match kind {
            0..=3 => Event::SwitchIn { task },
            4..=6 => Event::Ready { task },
            7 => block([BlockReason::Delay, BlockReason::WriteLock][task as usize % 2], 5),
            8..=9 => block(BlockReason::Mutex, 7 + task % 3),
            10 => Event::IsrEnter { exception: 16 + task },
            11 => Event::IsrExit,
            12..=13 => op(ObjectOp::Lock, 7 + task % 3, *delta as u32 % 5),
            14 => op(ObjectOp::Unlock, 7 + task % 3, task),
            15 => Event::TaskExit { task },
            16 => [Event::Idle, Event::JobRelease { object: 30, late: *delta }][task as usize % 2].clone(),
            17 => Event::JobDone { object: 30 },
            _ if *delta == 7 => {
                let mut again = Encoder::new();
                std::mem::swap(&mut again.bytes, &mut encoder.bytes);
                again.sync(BOOT);
                encoder = again;
                continue;
            }
            _ => {
                encoder.clock += delta;
                encoder.drop_events(u64::from(task)).sync(AFTER_DROPS);
                continue;
            }
        };
        encoder.event(*delta, &event);
    }
    trace(&Script { encoder })
}

proptest! {
    /// Segments follow each other without a hole, and the causes sum to the window, to the cycle.
    #[test]
    fn nothing_is_left_over(chaos in chaos(), from in 0..4000_u64, length in 0..4000_u64, task in 0..5_u32) {
        let trace = play(&chaos);
        let window = from.min(trace.end())..(from + length).min(trace.end());
        let objects = Objects::of(&trace);
        let mut until = window.start;
        for segment in walk(&trace, &objects, task, window.clone()) {
            prop_assert_eq!(segment.start, until);
            prop_assert!(segment.end > segment.start);
            until = segment.end;
        }
        prop_assert_eq!(until, window.end);
        let path = Path::of(&trace, &objects, task, window.clone());
        prop_assert_eq!(path.shares.iter().map(|share| share.cycles).sum::<u64>(), window.end - window.start);
    }

    /// A task's own code is what its lane shows it run.
    #[test]
    fn own_code_is_what_the_lane_shows(chaos in chaos(), task in 0..4_u32) {
        let trace = play(&chaos);
        let Some(lane) = trace.lane(LaneKind::Task { number: task }) else { return Ok(()) };
        let own: u64 = walk(&trace, &Objects::of(&trace), task, trace.window())
            .into_iter()
            .filter(|segment| segment.why.cause == Cause::Own && segment.why.blocked.is_empty())
            .map(|segment| segment.end - segment.start)
            .sum();
        prop_assert_eq!(own, lane.occupancy(trace.window()).of(bluekernel_tracer::model::Class::Running));
    }

    /// The statistics, which count as the trace grows, know the same responses.
    #[test]
    fn the_slowest_response_is_the_statistics(chaos in chaos()) {
        let trace = play(&chaos);
        for row in Statistics::of(&trace).tasks {
            let found = responses(&trace, row.number);
            prop_assert_eq!(found.len() as u64, row.completion.count);
            let mut longest: Vec<_> = found.iter().map(|one| (std::cmp::Reverse(one.end - one.start), one.start)).collect();
            longest.sort_unstable();
            let slowest = row.slowest.iter().map(|window| (std::cmp::Reverse(window.end - window.start), window.start));
            prop_assert!(slowest.eq(longest.into_iter().take(10)));
        }
    }
}
