//! Work, periodic or not, queues and inheritance in numbers, on scripts worked out by hand. One cycle is one microsecond.

mod common;

use bluekernel_abi::{BlockReason, Event, ObjectOp, PriorityCause};
use bluekernel_tracer::model::{LaneKind, Span, State, Trace};
use bluekernel_tracer::stats::{Collector, Measure, Statistics, Summary};
use common::encoder::{AFTER_DROPS, BOOT, Encoder};
use common::scenario::{Script, block, header};
use proptest::prelude::*;

const LOW: u32 = 0;
const CTRL: u32 = 1;
const TICKS: u32 = 30;

fn booted() -> Script {
    let mut script = Script { encoder: Encoder::new() };
    script.encoder.sync(BOOT);
    script
}

fn trace(script: &Script) -> Trace {
    let mut trace = Trace::new(header());
    trace.push(&script.encoder.bytes);
    trace.finish();
    trace
}

fn statistics(script: &Script) -> Statistics {
    Statistics::of(&trace(script))
}

/// ctrl, every 100, to be done within 60: woken at the release, and 10 later it runs.
///
/// | job | released | begins | done | completion | own code | ready |
/// |---|---|---|---|---|---|---|
/// | 1 | 100 | 112 | 130 | 30 | 20 (110..130) | 10 |
/// | 2 | 200 | 232 | 270 | 70: missed by 10 | 40 (230..270) | 30 |
/// | 3 | 300 | 312 | 515 | 215: missed by 155, over the releases at 400 and 500 | 205 (310..515) | 10 |
/// | 4 | 500 | 515 | 540 | 40 | 25 (515..540), no wait before it | 0 |
fn loops() -> Script {
    let mut script = booted();
    script
        .at(10, Event::Ready { task: CTRL })
        .at(20, Event::SwitchIn { task: CTRL })
        .at(30, Event::Timing { object: TICKS, period: 100, deadline: 60 })
        .at(40, block(BlockReason::Period, TICKS))
        .at(45, Event::SwitchIn { task: LOW });
    let mut job = |ready: u64, run: u64, done: u64, late: Option<u64>| {
        script
            .at(ready, Event::Ready { task: CTRL })
            .at(run, Event::SwitchIn { task: CTRL })
            .at(run + 2, Event::JobRelease { object: TICKS, late: run + 2 - ready });
        if let Some(late) = late {
            script.at(done, Event::DeadlineMiss { object: TICKS, late });
        }
        script.at(done, Event::JobDone { object: TICKS });
        if done < 500 {
            script.at(done + 1, block(BlockReason::Period, TICKS)).at(done + 5, Event::SwitchIn { task: LOW });
        }
    };
    job(100, 110, 130, None);
    job(200, 230, 270, Some(10));
    job(300, 310, 515, Some(155));
    script
        .at(515, Event::JobRelease { object: TICKS, late: 15 })
        .at(540, Event::JobDone { object: TICKS })
        .at(541, block(BlockReason::Period, TICKS))
        .at(545, Event::SwitchIn { task: LOW });
    script
}

#[test]
fn jobs_are_in_time_or_not() {
    let stats = statistics(&loops());
    let ctrl = &stats.tasks[0];
    let periodic = ctrl.periodic.as_ref().expect("it tells of jobs");
    assert_eq!((periodic.period, periodic.deadline, periodic.jobs), (Some(100), Some(60), 4));
    assert_eq!((periodic.misses, periodic.worst_late), (2, 155));
    // Job 3 is done after the release at 400, and nobody takes that one.
    assert_eq!((periodic.overruns, periodic.skipped), (1, 1));
    // Late by 12, 32, 12 and 15; in time with 30 and 20 left.
    assert_eq!((periodic.late.min, periodic.late.mean, periodic.late.max, periodic.jitter), (12, 17, 32, 20));
    assert_eq!((periodic.margin.count, periodic.margin.min, periodic.margin.max), (2, 20, 30));
    // By nearest rank of 30, 40, 70, 215 the second is the median, and the fourth all higher percentiles.
    let completion = Summary { count: 4, min: 30, mean: 88, p50: 40, p90: 215, p99: 215, p999: 215, max: 215 };
    assert_eq!(ctrl.completion, completion);
    assert_eq!((ctrl.execution.min, ctrl.execution.mean, ctrl.execution.max), (20, 72, 205));
    assert_eq!((ctrl.ready.min, ctrl.ready.mean, ctrl.ready.max), (0, 12, 30));
    // Begins at 112, 232, 312 and 515.
    assert_eq!((ctrl.interval.count, ctrl.interval.min, ctrl.interval.max), (3, 80, 203));
    assert_eq!((ctrl.slowest[0].start, ctrl.slowest[0].end), (300, 515));
}

#[test]
fn a_job_whose_beginning_was_lost_does_not_count() {
    let mut script = loops();
    script.encoder.drop_events(9);
    script.encoder.clock = 600;
    script.encoder.running = u64::from(CTRL) + 1;
    script.encoder.sync(AFTER_DROPS);
    script
        .at(610, Event::JobDone { object: TICKS })
        .at(620, Event::JobRelease { object: TICKS, late: 20 })
        .at(630, Event::JobDone { object: TICKS })
        .at(640, block(BlockReason::Period, TICKS));
    let stats = statistics(&script);
    let ctrl = &stats.tasks[0];
    // Only the one of 600..630: from the last release before the loss to that one nothing is known.
    assert_eq!((ctrl.completion.count, ctrl.at_least), (5, true));
    assert_eq!(ctrl.periodic.as_ref().map(|periodic| periodic.skipped), Some(1));
    assert_eq!(ctrl.interval.count, 3);
}

#[test]
fn distributions_are_there_to_be_drawn() {
    let trace = trace(&loops());
    let mut collector = Collector::new();
    collector.update(&trace);
    let lane = trace.lanes().iter().position(|lane| trace.lane_name(lane) == "ctrl").unwrap();
    let buckets: Vec<_> = collector.histogram(lane, Measure::Completion).unwrap().buckets().collect();
    assert_eq!(buckets, [(30, 30, 1), (40, 40, 1), (70, 70, 1), (215, 215, 1)]);
    assert_eq!(collector.histogram(lane, Measure::Duration), None);
}

#[test]
fn the_level_of_a_queue() {
    let op = |op, value| Event::Object { op, object: 9, value };
    let mut script = booted();
    script
        .at(10, Event::Ready { task: CTRL })
        .at(10, Event::SwitchIn { task: CTRL })
        .at(100, op(ObjectOp::Send, 1))
        .at(150, op(ObjectOp::Send, 2))
        .at(160, block(BlockReason::ChannelFull, 9))
        .at(170, Event::SwitchIn { task: LOW })
        .at(190, op(ObjectOp::Receive, 2))
        .at(191, Event::Ready { task: CTRL })
        .at(230, op(ObjectOp::Receive, 1))
        .at(260, op(ObjectOp::Receive, 0))
        .at(300, Event::TimerArm { ticks: 1 });
    let stats = statistics(&script);
    let [queue] = &stats.objects[..] else { panic!("{:?}", stats.objects) };
    let level = queue.level.expect("it has a level");
    // 1 for 50, 2 for 80, 1 for 30, 0 for 40: (50 + 160 + 30) / 200. Full at 2: ctrl waited because of that.
    assert_eq!((level.min, level.max, level.known_cycles), (0, 2, 200));
    assert!((level.mean - 1.2).abs() < 1e-12);
    assert_eq!((level.empty_cycles, level.full_cycles), (40, Some(80)));
    assert_eq!((queue.waited.count, queue.waited.max, queue.waits[0].reason), (1, 31, "channel-full"));
    // From 140 to 200: 1 for 10, 2 for 50.
    let part = Statistics::of_window(&trace(&script), 140..200).objects[0].level.unwrap();
    assert_eq!((part.min, part.max, part.known_cycles, part.empty_cycles), (1, 2, 60, 0));
    // Behind a loss the level is not known before the next operation.
    script.encoder.drop_events(1);
    script.encoder.clock = 400;
    script.encoder.sync(AFTER_DROPS);
    script.at(450, op(ObjectOp::Send, 1)).at(460, Event::TimerArm { ticks: 1 });
    let level = statistics(&script).objects[0].level.unwrap();
    assert_eq!((level.known_cycles, level.empty_cycles), (210, 40));
}

#[test]
fn inheritance_in_numbers() {
    let raise = |priority, cause, object| Event::Priority { task: LOW, priority, cause, object };
    let mut script = booted();
    for at in [100, 200, 300] {
        script.at(at, raise(9, PriorityCause::Inherit, 7)).at(at + at / 10, raise(2, PriorityCause::Disinherit, 0));
    }
    let stats = statistics(&script);
    let [row] = &stats.inheritance[..] else { panic!("{:?}", stats.inheritance) };
    assert_eq!((row.name.as_str(), row.mutex.as_deref(), row.from, row.to), ("low", Some("app::TOTAL"), Some(2), 9));
    assert_eq!((row.duration.count, row.duration.min, row.duration.mean, row.duration.max), (3, 10, 20, 30));
}

#[test]
fn stacks_become_less_over_time() {
    let mut script = booted();
    for (time, free) in [(10, 900), (20, 900), (30, 640), (40, 700)] {
        script.at(time, Event::Stack { task: CTRL, free });
    }
    script.at(50, Event::TimerArm { ticks: 1 });
    let stats = statistics(&script);
    let ctrl = &stats.tasks[0];
    assert_eq!((ctrl.stack_bytes, ctrl.stack_free), (Some(1024), Some(640)));
    let history: Vec<_> = ctrl.stack_history.iter().map(|moment| (moment.time, moment.free)).collect();
    assert_eq!(history, [(10, 900), (30, 640)]);
}

#[test]
fn everything_about_one_task() {
    let expected = "\
ctrl  task 1, priority 9, blocked at the end
cpu 57.43 %: ran 313.0 us in 4 switches, interrupted 0 s, ready 60.00 us, waited 0 s, slept 162.0 us
period 100.0 us, deadline 60.00 us: 4 jobs, 2 missed, 1 overruns, 1 releases skipped, jitter 20.00 us

            COUNT       min      mean       p50       p90       p99     p99.9       max
response        4  10.00 us  15.00 us  10.00 us  30.00 us  30.00 us  30.00 us  30.00 us
completion      4  30.00 us  88.00 us  40.00 us  215.0 us  215.0 us  215.0 us  215.0 us
execution       4  20.00 us  72.00 us  25.00 us  205.0 us  205.0 us  205.0 us  205.0 us
ready           4       0 s  12.00 us  10.00 us  30.00 us  30.00 us  30.00 us  30.00 us
interval        3  80.00 us  134.0 us  120.0 us  203.0 us  203.0 us  203.0 us  203.0 us
late            4  12.00 us  17.00 us  12.00 us  32.00 us  32.00 us  32.00 us  32.00 us
margin          2  20.00 us  25.00 us  20.00 us  30.00 us  30.00 us  30.00 us  30.00 us

BLOCKED  FOR         COUNT       min      mean       p50       p90       p99       max
period   app::QUEUE      3  29.00 us  52.00 us  60.00 us  69.00 us  69.00 us  69.00 us

SLOWEST
  215.0 us  --window 300cy..515cy
  70.00 us  --window 200cy..270cy
  40.00 us  --window 500cy..540cy
  30.00 us  --window 100cy..130cy
";
    assert_eq!(statistics(&loops()).task_text(0), expected);
}

/// Random kernels: switches, wake-ups, waits for time and for locks, losses, in any order.
fn chaos() -> impl Strategy<Value = Vec<(u8, u32, u64)>> {
    proptest::collection::vec((0..13_u8, 0..3_u32, 1..50_u64), 0..300)
}

fn play(chaos: &[(u8, u32, u64)]) -> Trace {
    let mut script = booted();
    for (kind, task, delta) in chaos {
        let event = match kind {
            0..=3 => Event::SwitchIn { task: *task },
            4..=6 => Event::Ready { task: *task },
            7..=8 => block([BlockReason::Delay, BlockReason::Semaphore, BlockReason::Period][*task as usize], 5),
            9 => block(BlockReason::Mutex, 7),
            10 => Event::IsrEnter { exception: 16 + task },
            11 => Event::IsrExit,
            _ => {
                script.encoder.clock += delta;
                script.encoder.drop_events(u64::from(*task)).sync(AFTER_DROPS);
                continue;
            }
        };
        script.encoder.event(*delta, &event);
    }
    trace(&script)
}

/// The runs of a lane by their definition: from the first span behind a wait that was ready, to the next wait for anything but a
/// lock. Gives for each its time, its own code, and how long it was ready.
fn runs(spans: &[Span]) -> Vec<[u64; 3]> {
    let is_end = |state| match state {
        State::Blocked { reason, .. } => reason != BlockReason::Mutex,
        state => matches!(state, State::Dormant | State::Unknown),
    };
    let mut found = Vec::new();
    let mut from = 1;
    while from < spans.len() {
        let begins = spans[from].state == State::Ready
            && matches!(spans[from - 1].state, State::Blocked { .. } | State::Dormant);
        if !begins {
            from += 1;
            continue;
        }
        let Some(length) = spans[from..].iter().position(|span| is_end(span.state)) else { break };
        let run = &spans[from..from + length];
        let sum = |state| run.iter().filter(|span| span.state == state).map(|span| span.end - span.start).sum();
        if spans[from + length].state != State::Unknown {
            found.push([spans[from + length].start - spans[from].start, sum(State::Running), sum(State::Ready)]);
        }
        from += length;
    }
    found
}

proptest! {
    #[test]
    fn runs_are_those_of_their_definition(chaos in chaos()) {
        let trace = play(&chaos);
        let stats = Statistics::of(&trace);
        for task in &stats.tasks {
            let lane = trace.lane(LaneKind::Task { number: task.number }).unwrap();
            let spans: Vec<Span> = lane.spans(0..u64::MAX, trace.end()).collect();
            let runs = runs(&spans);
            for (at, summary) in [task.completion, task.execution, task.ready].into_iter().enumerate() {
                let mut values: Vec<u64> = runs.iter().map(|run| run[at]).collect();
                values.sort_unstable();
                let count = values.len();
                prop_assert_eq!(summary.count, count as u64);
                if count == 0 {
                    continue;
                }
                let mean = values.iter().sum::<u64>() / count as u64;
                prop_assert_eq!((summary.min, summary.mean, summary.max), (values[0], mean, values[count - 1]));
                for (per_mille, found) in [(500, summary.p50), (900, summary.p90), (999, summary.p999)] {
                    let exact = values[(count * per_mille).div_ceil(1000) - 1];
                    prop_assert!(exact <= found && found - exact <= exact / 128, "{} for {}", found, exact);
                }
            }
        }
    }
}
