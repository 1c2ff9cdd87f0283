//! The model on a trace whose states were worked out by hand.

mod common;

use bluekernel_abi::{BlockReason, Event, Named};
use bluekernel_tracer::model::{Class, JobStep, LaneKind, Note, State, Timing, Trace};
use common::encoder::{AFTER_DROPS, BOOT, Encoder, IN_ISR};
use common::scenario::{HZ, Script, block, header, script};
use proptest::prelude::*;

fn trace(bytes: &[u8]) -> Trace {
    let mut trace = Trace::new(header());
    trace.push(bytes);
    trace.finish();
    trace
}

/// A lane as `start state` pairs; waits with their object.
fn spans(trace: &Trace, kind: LaneKind) -> Vec<(u64, String)> {
    let lane = trace.lane(kind).expect("the lane");
    let window = trace.start()..trace.end() + 1;
    lane.spans(window, trace.end())
        .map(|span| {
            let state = match span.state {
                State::Blocked { reason, object: 0 } => reason.name().to_owned(),
                State::Blocked { reason, object } => format!("{} {object}", reason.name()),
                state => state.name().to_owned(),
            };
            (span.start, state)
        })
        .collect()
}

fn list(pairs: &[(u64, &str)]) -> Vec<(u64, String)> {
    pairs.iter().map(|(time, state)| (*time, (*state).to_owned())).collect()
}

/// A firmware that has just started, at time 0.
fn booted() -> Script {
    let mut script = Script { encoder: Encoder::new() };
    script.encoder.sync(BOOT);
    script
}

const LOW: LaneKind = LaneKind::Task { number: 0 };
const CTRL: LaneKind = LaneKind::Task { number: 1 };
const MID: LaneKind = LaneKind::Task { number: 2 };
const UART: LaneKind = LaneKind::Interrupt { exception: 16 };
const TIMER: LaneKind = LaneKind::Interrupt { exception: 24 };

#[test]
fn lanes_show_what_was_constructed() {
    let trace = trace(&script().encoder.bytes);
    assert_eq!(trace.window(), 0..1000);
    assert_eq!(trace.notes(), []);
    let expected = [
        (0, "dormant"),
        (20, "ready"),
        (310, "running"),
        (400, "interrupted"),
        (440, "running"),
        (450, "ready"),
        (510, "running"),
        (610, "ready"),
        (710, "running"),
        (750, "delay"),
    ];
    assert_eq!(spans(&trace, LOW), list(&expected));
    let expected = [
        (0, "dormant"),
        (40, "ready"),
        (100, "running"),
        (200, "delay"),
        (430, "ready"),
        (450, "running"),
        (500, "mutex 7"),
        (600, "ready"),
        (610, "running"),
        (700, "delay"),
    ];
    assert_eq!(spans(&trace, CTRL), list(&expected));
    let expected = [(0, "dormant"), (60, "ready"), (210, "running"), (300, "channel-empty 9")];
    assert_eq!(spans(&trace, MID), list(&expected));
    let expected = [(0, "dormant"), (400, "running"), (410, "interrupted"), (420, "running"), (440, "dormant")];
    assert_eq!(spans(&trace, TIMER), list(&expected));
    let expected = [(0, "dormant"), (410, "running"), (420, "dormant"), (900, "running"), (910, "dormant")];
    assert_eq!(spans(&trace, UART), list(&expected));
    let expected = [(0, "dormant"), (760, "running"), (900, "interrupted"), (910, "running")];
    assert_eq!(spans(&trace, LaneKind::Idle), list(&expected));
    assert_eq!(spans(&trace, LaneKind::Mark { id: 0 }), list(&[(0, "dormant"), (620, "running"), (680, "dormant")]));
    let values: Vec<_> = trace.counters().iter().flat_map(|track| &track.points).copied().collect();
    assert_eq!(values, [(690, -3)]);
    assert_eq!(
        trace.operations().iter().map(|op| (op.time, op.task)).collect::<Vec<_>>(),
        [(320, Some(0)), (600, Some(0))]
    );
}

#[test]
fn lanes_stand_in_the_order_people_expect() {
    let trace = trace(&script().encoder.bytes);
    let names: Vec<String> = trace.display_order().iter().map(|at| trace.lane_name(&trace.lanes()[*at])).collect();
    assert_eq!(names, ["UART0_RX", "TIMER0", "ctrl", "中文任务名", "low", "idle", "filter"]);
}

#[test]
fn occupancy_sums_exactly() {
    let trace = trace(&script().encoder.bytes);
    let lane = trace.lane(LOW).unwrap();
    let all = lane.occupancy(0..1000);
    let classes = [Class::Running, Class::Interrupted, Class::Ready, Class::Sleeping, Class::Dormant];
    assert_eq!(classes.map(|class| all.of(class)), [240, 40, 450, 250, 20]);
    // 395..505: running 5, interrupted 40, running 10, ready 55.
    let part = lane.occupancy(395..505);
    assert_eq!([Class::Running, Class::Interrupted, Class::Ready].map(|class| part.of(class)), [15, 40, 55]);
}

#[test]
fn moments_are_found() {
    let trace = trace(&script().encoder.bytes);
    let lane = trace.lane(CTRL).unwrap();
    assert_eq!(lane.at(430, 1000).map(|span| (span.start, span.end)), Some((430, 450)));
    assert_eq!(lane.at(429, 1000).map(|span| (span.start, span.end)), Some((200, 430)));
    assert_eq!(lane.next_change(430), Some(450));
    assert_eq!(lane.previous_change(430), Some(200));
    assert_eq!(lane.previous_change(0), None);
    assert_eq!(lane.next_change(700), None);
}

#[test]
fn dropped_events_are_a_gap_in_every_lane() {
    let mut script = script();
    let encoder = &mut script.encoder;
    encoder.drop_events(5);
    encoder.clock = 1100;
    encoder.running = 2; // ctrl
    encoder.sync(AFTER_DROPS);
    script
        .at(1150, block(BlockReason::Delay, 0))
        .at(1160, Event::SwitchIn { task: 0 })
        .at(1200, Event::TimerArm { ticks: 1 });
    let trace = trace(&script.encoder.bytes);
    let [gap] = trace.gaps() else { panic!("{:?}", trace.gaps()) };
    assert_eq!((gap.start, gap.end, gap.events, gap.uncounted), (1000, 1100, 5, false));
    assert_eq!(trace.dropped(), 5);
    // Everyone is unknown from the last record on; the SYNC says who runs; the rest is told by events.
    assert!(spans(&trace, CTRL).ends_with(&list(&[(1000, "unknown"), (1100, "running"), (1150, "delay")])));
    assert!(spans(&trace, LOW).ends_with(&list(&[(1000, "unknown"), (1160, "running")])));
    assert!(spans(&trace, MID).ends_with(&list(&[(1000, "unknown")])));
    assert!(spans(&trace, UART).ends_with(&list(&[(1000, "unknown"), (1100, "dormant")])));
    assert!(spans(&trace, LaneKind::Idle).ends_with(&list(&[(1000, "unknown"), (1100, "dormant")])));
}

#[test]
fn drops_told_twice_count_once() {
    let mut script = script();
    script.encoder.drops = 3;
    script.at(1100, Event::Drops { count: 3 });
    script.encoder.sync(AFTER_DROPS);
    script.at(1200, Event::Idle);
    let trace = trace(&script.encoder.bytes);
    let gaps: Vec<_> = trace.gaps().iter().map(|gap| (gap.start, gap.end, gap.events)).collect();
    assert_eq!(gaps, [(1000, 1100, 3)]);
}

#[test]
fn damaged_bytes_are_a_gap_up_to_the_next_sync() {
    let mut script = script();
    script.encoder.bytes.extend([0xbf, 1, 2]);
    script.encoder.clock = 1300;
    script.encoder.running = 0;
    script.encoder.sync(IN_ISR);
    script.at(1310, Event::IsrExit).at(1400, Event::TimerArm { ticks: 1 });
    let trace = trace(&script.encoder.bytes);
    let [gap] = trace.gaps() else { panic!("{:?}", trace.gaps()) };
    assert_eq!((gap.start, gap.end, gap.bytes, gap.uncounted), (1000, 1300, 3, true));
    assert_eq!(trace.notes(), [Note::Damaged { time: 1000, bytes: 3 }]);
    // Idle with a handler on top of it that nobody saw begin; when it ends, the processor is idle.
    assert!(spans(&trace, LaneKind::Idle).ends_with(&list(&[
        (1000, "unknown"),
        (1300, "interrupted"),
        (1310, "running")
    ])));
}

#[test]
fn a_cut_end_is_a_note_and_no_gap() {
    let bytes = script().encoder.bytes;
    let trace = trace(&bytes[..bytes.len() - 1]);
    assert_eq!(trace.gaps(), []);
    // TIMER_ARM has a head, a field and a delta below 128: three bytes, of which two are there.
    assert_eq!(trace.notes(), [Note::Truncated { bytes: 2 }]);
}

#[test]
fn joining_in_the_middle_takes_the_running_task_from_the_sync() {
    let mut encoder = Encoder::new();
    encoder.clock = 5000;
    encoder.running = 2;
    encoder.drops = 77;
    encoder.sync(0).event(10, &block(BlockReason::Delay, 0));
    let trace = trace(&encoder.bytes);
    assert_eq!(trace.window(), 5000..5010);
    assert_eq!(trace.gaps(), [], "losses before the first record have no place in the trace");
    assert_eq!(spans(&trace, CTRL), list(&[(5000, "running"), (5010, "delay")]));
    assert_eq!(spans(&trace, LOW), list(&[(5000, "unknown")]));
}

#[test]
fn a_reset_starts_everything_again() {
    let mut bytes = script().encoder.bytes;
    let mut again = Encoder::new();
    again.sync(BOOT).event(30, &Event::SwitchIn { task: 0 });
    bytes.extend(again.bytes);
    let trace = trace(&bytes);
    assert_eq!(trace.boots(), [0, 1000]);
    assert_eq!(trace.window(), 0..1030);
    assert_eq!(trace.notes(), [Note::Reset { time: 1000 }]);
    assert!(spans(&trace, MID).ends_with(&list(&[(1000, "dormant")])));
}

#[test]
fn another_build_is_noticed() {
    let mut header = header();
    header.build_id = Some("0102030405060708090a".to_owned());
    let mut encoder = Encoder::new();
    encoder.sync(BOOT).event(0, &Event::Info { build_id: 0x0807_0605_0403_0201, clock_hz: HZ });
    let mut same = Trace::new(header.clone());
    same.push(&encoder.bytes);
    assert_eq!(same.notes(), []);
    encoder.event(0, &Event::Info { build_id: 1, clock_hz: HZ });
    let mut other = Trace::new(header);
    other.push(&encoder.bytes);
    assert_eq!(other.notes(), [Note::OtherBuild { found: 1, expected: 0x0807_0605_0403_0201 }]);
}

#[test]
fn events_that_contradict_are_counted_and_harmless() {
    let mut encoder = Encoder::new();
    encoder.sync(BOOT);
    encoder.event(1, &Event::IsrExit).event(1, &Event::MarkEnd { id: 0 }).event(1, &block(BlockReason::Delay, 0));
    let trace = trace(&encoder.bytes);
    assert_eq!(trace.notes(), [Note::Contradiction { count: 3, time: 1 }]);
}

#[test]
fn a_task_that_is_woken_before_the_switch_away_goes_on() {
    let mut encoder = Encoder::new();
    encoder.sync(BOOT);
    encoder
        .event(10, &Event::Ready { task: 1 })
        .event(10, &Event::SwitchIn { task: 1 })
        .event(10, &block(BlockReason::Semaphore, 7))
        // Here the switch is pending, but an interrupt comes first and gives the semaphore.
        .event(5, &Event::IsrEnter { exception: 16 })
        .event(5, &Event::Ready { task: 1 })
        .event(5, &Event::IsrExit)
        .event(50, &Event::MarkInstant { id: 0, value: 1 })
        .event(10, &block(BlockReason::Delay, 0));
    let trace = trace(&encoder.bytes);
    let expected = [
        (0, "dormant"),
        (10, "ready"),
        (20, "running"),
        (30, "semaphore 7"),
        (40, "ready"),
        (45, "running"),
        (105, "delay"),
    ];
    assert_eq!(spans(&trace, CTRL), list(&expected));
    assert_eq!(trace.instants().first().map(|instant| instant.task), Some(Some(1)));
    assert_eq!(trace.notes(), []);
}

/// Random kernels: switches, wake-ups, waits and handlers in any order.
fn chaos() -> impl Strategy<Value = Vec<(u8, u8, u8)>> {
    proptest::collection::vec((0..12_u8, 0..4_u8, 0..50_u8), 0..300)
}

fn play(chaos: &[(u8, u8, u8)]) -> Vec<u8> {
    let mut encoder = Encoder::new();
    encoder.sync(BOOT);
    for (kind, which, delta) in chaos {
        let (task, delta) = (u32::from(*which), u64::from(*delta));
        let event = match kind {
            0..=2 => Event::SwitchIn { task },
            3..=4 => Event::Ready { task },
            5..=6 => block(BlockReason::ALL[usize::from(*which) * 2], task),
            7 => Event::IsrEnter { exception: 16 + task },
            8 => Event::IsrExit,
            9 => Event::Idle,
            10 => Event::TaskExit { task },
            _ => {
                encoder.clock += delta;
                encoder.drop_events(u64::from(*which)).sync(AFTER_DROPS);
                continue;
            }
        };
        encoder.event(delta, &event);
    }
    encoder.bytes
}

proptest! {
    #[test]
    fn pieces_make_no_difference(chaos in chaos(), piece in 1..40_usize) {
        let bytes = play(&chaos);
        let whole = trace(&bytes);
        let mut pieces = Trace::new(header());
        bytes.chunks(piece).for_each(|piece| pieces.push(piece));
        pieces.finish();
        prop_assert_eq!(whole.window(), pieces.window());
        prop_assert_eq!(whole.gaps(), pieces.gaps());
        for (left, right) in whole.lanes().iter().zip(pieces.lanes()) {
            let all = |lane: &bluekernel_tracer::model::Lane| lane.spans(0..u64::MAX, whole.end()).collect::<Vec<_>>();
            prop_assert_eq!(all(left), all(right));
        }
    }

    #[test]
    fn occupancy_is_what_brute_force_counts(chaos in chaos(), from in 0..3000_u64, length in 0..3000_u64) {
        let trace = trace(&play(&chaos));
        let to = (from + length).min(trace.end());
        let from = from.min(to);
        for lane in trace.lanes() {
            let mut sums = [0_u64; Class::COUNT];
            for time in from..to {
                if let Some(span) = lane.at(time, trace.end()) {
                    sums[span.state.class() as usize] += 1;
                }
            }
            prop_assert_eq!(lane.occupancy(from..to).0, sums);
        }
    }

    #[test]
    fn at_most_one_lane_runs_at_a_time(chaos in chaos()) {
        let trace = trace(&play(&chaos));
        for time in trace.start()..trace.end() {
            let running = trace
                .lanes()
                .iter()
                .filter(|lane| !matches!(lane.kind(), LaneKind::Mark { .. }))
                .filter(|lane| lane.at(time, trace.end()).is_some_and(|span| span.state == State::Running))
                .count();
            prop_assert!(running <= 1, "{} run at {}", running, time);
        }
    }
}

/// `mark_begin!("load")` and `mark_end!("load")` each put their name into the firmware: two ids, one span.
#[test]
fn a_name_that_stands_twice_is_one_span() {
    let mut header = header();
    header.names = [(100, "load".to_owned()), (105, "load".to_owned())].into();
    let mut encoder = Encoder::new();
    encoder.sync(BOOT).event(10, &Event::MarkBegin { id: 100 }).event(20, &Event::MarkEnd { id: 105 });
    let mut trace = Trace::new(header);
    trace.push(&encoder.bytes);
    trace.finish();
    assert_eq!(trace.notes(), []);
    let spans = spans(&trace, LaneKind::Mark { id: 100 });
    assert_eq!(spans, list(&[(0, "dormant"), (10, "running"), (30, "dormant")]));
    assert!(trace.lane(LaneKind::Mark { id: 105 }).is_none());
}

#[test]
fn periodic_work_is_told_in_cycles() {
    let mut script = booted();
    script.at(10, Event::TaskNew { task: 0, priority: 5, stack: 256 });
    script.at(20, Event::SwitchIn { task: 0 });
    // 1 MHz: a microsecond is a cycle.
    script.at(30, Event::Timing { object: 7, period: 1000, deadline: 400 });
    script.at(40, Event::JobRelease { object: 7, late: 5 });
    script.at(500, Event::DeadlineMiss { object: 7, late: 65 });
    script.at(501, Event::JobDone { object: 7 });
    let trace = trace(&script.encoder.bytes);
    assert_eq!(trace.task(0).timing, Some(Timing { object: 7, period: 1000, deadline: 400 }));
    let steps: Vec<_> = trace.jobs().iter().map(|job| (job.time, job.task, job.object, job.step)).collect();
    let (task, object) = (Some(0), 7);
    let expected = [(40, JobStep::Release(35)), (500, JobStep::Miss(435)), (501, JobStep::Done)]
        .map(|(time, step)| (time, task, object, step));
    assert_eq!(steps, expected);
}

#[test]
fn an_asynchronous_task_has_a_lane() {
    let mut script = booted();
    script.at(10, Event::SwitchIn { task: 0 });
    script.at(20, Event::PollReady { object: 9 });
    script.at(30, Event::PollBegin { object: 9 });
    // Woken while it is polled: it is polled again, and not ready meanwhile.
    script.at(35, Event::PollReady { object: 9 });
    script.at(40, Event::PollEnd { object: 9 });
    let trace = trace(&script.encoder.bytes);
    let expected = list(&[(0, "dormant"), (20, "ready"), (30, "running"), (40, "dormant")]);
    assert_eq!(spans(&trace, LaneKind::Future { object: 9 }), expected);
}

#[test]
fn a_name_made_at_run_time_is_used() {
    let mut script = booted();
    script.at(10, Event::Name { of: Named::Task, id: 3, name: "任务".as_bytes() });
    script.at(11, Event::SwitchIn { task: 3 });
    let trace = trace(&script.encoder.bytes);
    assert_eq!(trace.header().task(3), "任务");
}

#[test]
fn a_clock_that_stood_still_is_made_up_for() {
    let mut script = booted();
    script.at(10, Event::Idle);
    script.at(13, Event::SleepJump { cycles: 5000 });
    let trace = trace(&script.encoder.bytes);
    assert_eq!(trace.end(), 5013);
}
