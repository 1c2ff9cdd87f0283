//! The timeline around a scripted core; on real cores: tests/cpu/timeline.rs.

use std::collections::BTreeMap;

use bksim_protocol::message::Unmodelled;
use proptest::prelude::*;

use super::*;
use crate::clock::{MILLISECOND, SECOND};
use crate::machine::StateHash;
use crate::rtt::Rtt;
use crate::system;
use crate::testing::{FakeCore, RAM, Step, board};

const TIMER0: u32 = 0x4000_0000;
const UART0: u32 = 0x4000_4000;

fn machine(steps: impl IntoIterator<Item = Step>) -> Machine {
    let (core, _) = FakeCore::new(steps);
    let system = system::build(&board(), Unmodelled::Warn).unwrap();
    Machine::of(Box::new(core), system, Rtt::new(Some(RAM), vec![]))
}

/// A timer of 777 cycles, a receiver, and work between accesses; it sleeps now and then.
fn script() -> impl Iterator<Item = Step> {
    let start = [
        Step::Store(TIMER0 + 8, 776),
        Step::Store(TIMER0, 9),
        Step::Store(UART0 + 16, 217),
        Step::Store(UART0 + 8, 0b1011),
    ];
    let round = |round: u32| {
        let work = u64::from(round % 7) * 1000 + 3;
        let note = Step::Memory(RAM + 0x1000 + 64 * (round % 500), round.to_le_bytes().to_vec());
        [Step::Work(work), Step::Load(TIMER0 + 4), note, Step::Load(UART0), Step::Store(TIMER0 + 12, 1), Step::Sleep]
    };
    start.into_iter().chain((0..400).flat_map(round))
}

fn run(timeline: &mut Timeline, until: Picoseconds) {
    while timeline.step(Some(until)).is_none() {}
}

#[derive(Clone, Debug)]
enum Move {
    On(Picoseconds),
    /// A share of what has been.
    Back(f64),
    Input(u8),
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let one = prop_oneof![
        3 => (1..2 * MILLISECOND).prop_map(Move::On),
        3 => (0.0..1.0).prop_map(Move::Back),
        1 => any::<u8>().prop_map(Move::Input),
    ];
    proptest::collection::vec(one, 1..25)
}

proptest! {
    #[test]
    fn a_time_has_one_state(moves in moves()) {
        let mut timeline = Timeline::new(machine(script()));
        let mut known: BTreeMap<Picoseconds, (Picoseconds, StateHash)> = BTreeMap::new();
        let mut at = 0;
        for step in moves {
            match step {
                Move::On(span) => {
                    at += span;
                    run(&mut timeline, at);
                }
                Move::Back(share) => {
                    at = (timeline.end() as f64 * share) as u64;
                    timeline.seek(at).unwrap();
                }
                Move::Input(byte) => {
                    let now = timeline.machine().now();
                    known.retain(|_, (boundary, _)| *boundary < now);
                    let taken = timeline.act(Action::Bytes { stream: 0x10, bytes: vec![byte] });
                    prop_assert!(taken);
                }
            }
            let here = (timeline.machine().now(), timeline.machine_mut().state_hash());
            prop_assert_eq!(*known.entry(at).or_insert(here), here);
        }
    }
}

#[test]
fn keyframes_are_dense_near_the_present_and_bounded() {
    // 25 million instructions a second: a keyframe every 40 ms, 1,500 in a minute.
    let mut timeline = Timeline::new(machine([]));
    run(&mut timeline, MILLISECOND);
    assert_eq!(timeline.keyframes.times(), [0], "none before the first seek");
    timeline.seek(0).unwrap();
    let end = 60 * SECOND;
    run(&mut timeline, end);
    let times = timeline.keyframes.times();
    assert!(times.len() > 100 && times.len() <= 256, "{} keyframes", times.len());
    assert_eq!(times[0], 0);
    for pair in times.windows(2) {
        let (gap, distance) = (pair[1] - pair[0], end - pair[1]);
        assert!(gap <= 40 * MILLISECOND + distance / 8, "a gap of {gap} ps, {distance} ps ago");
    }
    // A step back is never far from one.
    timeline.seek(end - 3 * MILLISECOND).unwrap();
    assert!(timeline.keyframes.before(end).snapshot.time() >= end - 41 * MILLISECOND);
}

#[test]
fn a_core_that_sleeps_leaves_a_keyframe_every_second() {
    let wake = [Step::Store(TIMER0 + 8, 25_000_000), Step::Store(TIMER0, 9), Step::Sleep];
    let mut timeline = Timeline::new(machine(wake.into_iter().chain([Step::Store(TIMER0 + 12, 1), Step::Sleep])));
    timeline.seek(0).unwrap();
    run(&mut timeline, 3 * SECOND / 2);
    let first = timeline.keyframes.times()[1];
    assert!((SECOND..SECOND + 2 * MILLISECOND).contains(&first), "{first}");
}

#[test]
fn a_bookmark_outlives_the_history_that_it_is_from() {
    let bytes = |text: &[u8]| Action::Bytes { stream: 0x10, bytes: text.to_vec() };
    let mut timeline = Timeline::new(machine(script()));
    run(&mut timeline, 2 * MILLISECOND);
    assert!(timeline.act(bytes(b"a")));
    run(&mut timeline, 4_500_000_000);
    let (bookmark, there) = (timeline.bookmark(), timeline.machine_mut().state_hash());
    let before = timeline.machine().now();
    timeline.seek(3 * MILLISECOND).unwrap();
    let between = timeline.machine_mut().state_hash();
    // Another history, from before the bookmark's input on.
    timeline.seek(MILLISECOND).unwrap();
    assert!(timeline.act(bytes(b"other")));
    run(&mut timeline, 9 * MILLISECOND);
    timeline.seek(3 * MILLISECOND).unwrap();
    assert_ne!(timeline.machine_mut().state_hash(), between);
    // Back: with its own past.
    timeline.restore(&bookmark).unwrap();
    assert_eq!((timeline.machine_mut().state_hash(), timeline.end()), (there, before));
    timeline.seek(3 * MILLISECOND).unwrap();
    assert_eq!(timeline.machine_mut().state_hash(), between);
}

/// The end of a run is the same moment again, and comes again.
#[test]
fn an_ended_machine_goes_back_and_ends_again() {
    let mut timeline = Timeline::new(machine(script().take(50).chain([Step::Stop(crate::cpu::CoreStop::Lockup)])));
    let end = loop {
        if let Some(stop) = timeline.step(None) {
            break (stop, timeline.machine().now(), timeline.machine_mut().state_hash());
        }
    };
    timeline.seek(end.1 / 2).unwrap();
    assert_ne!(timeline.machine_mut().state_hash(), end.2);
    timeline.seek(end.1).unwrap();
    assert_eq!(timeline.machine_mut().state_hash(), end.2);
    assert_eq!((timeline.step(None), timeline.machine().now()), (Some(end.0), end.1));
}
