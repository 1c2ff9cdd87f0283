//! Walks back and forth in time: the state at a time is the same whenever and from wherever it is come to, what has been
//! sent is sent once, and none of it changes what happens later.

use std::collections::BTreeMap;

use bksim::machine::{Machine, Output, StateHash};
use bksim::timeline::{Action, SeekError, Timeline};

use crate::busy::{self, Kind};
use crate::numbers::seeds;
use crate::random::Numbers;

const MILLISECOND: u64 = 1_000_000_000;
const RTT: u8 = bksim_protocol::frame::RTT_UP;

type Sent = BTreeMap<u8, Vec<u8>>;

fn collect(machine: &mut Machine, sent: &mut Sent) {
    for output in machine.take_output() {
        if let Output::Data { stream, chunk } = output {
            sent.entry(stream).or_default().extend(chunk.bytes);
        }
    }
}

fn run(timeline: &mut Timeline, until: u64) {
    while timeline.step(Some(until)).is_none() {}
}

/// A time within the next three slices, mostly in the middle of one.
fn ahead(n: &mut Numbers, now: u64) -> u64 {
    match n.below(4) {
        0 => (now / MILLISECOND + 1 + n.below(2)) * MILLISECOND,
        1 => now + 1 + n.below(200_000),
        _ => now + n.below(3 * MILLISECOND),
    }
}

fn input(n: &mut Numbers, kind: Kind) -> Action {
    let bytes = (0..1 + n.below(5)).map(|_| n.below(256) as u8).collect();
    match n.below(if kind == Kind::Stm32 { 3 } else { 2 }) {
        0 => Action::Bytes { stream: busy::uart(kind), bytes },
        1 => Action::Bytes { stream: RTT, bytes },
        _ => {
            Action::Pin { port: 0, pin: n.below(3) as u8, level: [None, Some(false), Some(true)][n.below(3) as usize] }
        }
    }
}

/// What is known of the history that the machine is in.
#[derive(Clone, Default)]
struct Known {
    /// By the time asked for: the time of the instruction boundary there, and the state.
    states: BTreeMap<u64, (u64, StateHash)>,
    /// What came from outside, by the time that was asked for just before, and by where the machine then was: the time,
    /// and the end of its slice.
    log: Vec<(u64, (u64, u64), Action)>,
}

fn place(timeline: &Timeline) -> (u64, u64) {
    (timeline.machine().now(), timeline.machine().cut())
}

impl Known {
    fn check(&mut self, asked: u64, timeline: &mut Timeline, context: &str) {
        let now = timeline.machine().now();
        assert!(now >= asked, "{context}");
        let state = (now, timeline.machine_mut().state_hash());
        assert_eq!(*self.states.entry(asked).or_insert(state), state, "{context}: at {asked} ps");
    }

    /// Something else happens from here on. What has come from outside by now stays.
    fn begin_again(&mut self, timeline: &Timeline) {
        let (now, cut) = place(timeline);
        self.states.retain(|_, (boundary, _)| *boundary < now);
        self.log.retain(|(_, (time, slice), _)| *time <= now && *slice <= cut);
    }
}

/// A machine that has never been saved or restored, taken through the same history: its state, and all that it sends.
fn straight(kind: Kind, log: &[(u64, Action)], end: u64) -> (StateHash, Sent) {
    let mut machine = busy::machine(kind);
    let mut sent = Sent::new();
    let mut run = |machine: &mut Machine, until: u64| {
        while machine.step(Some(until)).is_none() {
            collect(machine, &mut sent);
        }
        collect(machine, &mut sent);
    };
    for (time, action) in log {
        run(&mut machine, *time);
        assert!(match action {
            Action::Bytes { stream, bytes } => machine.input(*stream, bytes),
            Action::Pin { port, pin, level } => machine.drive_pin(*port, *pin, *level),
        });
    }
    run(&mut machine, end);
    (machine.state_hash(), sent)
}

/// How often SysTick came in the history that it ends in.
fn walk(kind: Kind, seed: u64) -> u32 {
    let mut n = Numbers::new(seed);
    let mut timeline = Timeline::new(busy::machine(kind));
    let mut known = Known::default();
    let mut bookmarks = Vec::new();
    let mut at = 0;
    for step in 0..60 {
        let context = format!("{kind:?}, seed {seed}, step {step}");
        match n.below(10) {
            0..4 => {
                let from = if n.one_in(2) { at } else { timeline.end() };
                at = ahead(&mut n, from);
                run(&mut timeline, at);
            }
            4..7 => {
                let times: Vec<u64> = known.states.keys().copied().filter(|time| *time <= timeline.end()).collect();
                at = match times.get(n.below(2 * times.len() as u64 + 1) as usize) {
                    Some(time) => *time,
                    None => n.below(timeline.end() + 1),
                };
                timeline.seek(at).unwrap();
            }
            7 | 8 => {
                let action = input(&mut n, kind);
                known.begin_again(&timeline);
                assert!(timeline.act(action.clone()), "{context}");
                known.log.push((at, place(&timeline), action));
            }
            _ if n.one_in(2) => bookmarks.push((at, timeline.bookmark(), known.clone())),
            _ => {
                if let Some((time, bookmark, then)) = bookmarks.get(n.below(bookmarks.len().max(1) as u64) as usize) {
                    timeline.restore(bookmark).unwrap();
                    (at, known) = (*time, then.clone());
                    known.begin_again(&timeline);
                    assert_eq!(timeline.machine().now(), timeline.end(), "{context}: nothing has happened behind it");
                }
            }
        }
        known.check(at, &mut timeline, &context);
    }
    let end = timeline.end() + 2 * MILLISECOND;
    run(&mut timeline, end);
    let log: Vec<(u64, Action)> = known.log.into_iter().map(|(asked, _, action)| (asked, action)).collect();
    let (state, _) = straight(kind, &log, end);
    assert_eq!(timeline.machine_mut().state_hash(), state, "{kind:?}, seed {seed}: as if there had been no walk");
    busy::sum(timeline.machine())[1]
}

fn walks(kind: Kind) {
    let ticks: u32 = seeds(12).map(|seed| walk(kind, seed)).sum();
    assert!(ticks > 100, "the walks have a history: {ticks} interrupts of SysTick");
}

#[test]
fn random_walks_on_a_cortex_m3() {
    walks(Kind::Mps2);
}

#[test]
fn random_walks_on_a_cortex_m4f_with_flash_and_pins() {
    walks(Kind::Stm32);
}

/// Bytes are given out once, in order, whatever is repeated; and a stop between two cuts, or a snapshot, moves nothing.
#[test]
fn what_was_sent_is_sent_once() {
    for (kind, seed) in [(Kind::Mps2, 1), (Kind::Stm32, 2), (Kind::Mps2, 3)] {
        let mut n = Numbers::new(seed);
        let mut timeline = Timeline::new(busy::machine(kind));
        let (mut sent, mut log, mut at) = (Sent::new(), Vec::new(), 0);
        for _ in 0..40 {
            if at >= timeline.end() && n.one_in(2) {
                let action = input(&mut n, kind);
                assert!(timeline.act(action.clone()));
                log.push((at, action));
            }
            at = ahead(&mut n, at);
            run(&mut timeline, at);
            collect(timeline.machine_mut(), &mut sent);
            if n.one_in(2) {
                let back = n.below(timeline.end());
                timeline.seek(back).unwrap();
                timeline.bookmark();
                collect(timeline.machine_mut(), &mut sent);
                at = if n.one_in(2) { back } else { timeline.end() };
                run(&mut timeline, at);
            }
        }
        let end = timeline.end() + MILLISECOND;
        run(&mut timeline, end);
        collect(timeline.machine_mut(), &mut sent);
        let (state, whole) = straight(kind, &log, end);
        assert_eq!(timeline.machine_mut().state_hash(), state);
        assert!(whole[&RTT].len() > 20 && whole[&busy::uart(kind)].len() > 3, "there is something to lose");
        assert_eq!(sent, whole, "{kind:?}, seed {seed}");
    }
}

/// What is sent behind input in the past is new, as much as there may have been before.
#[test]
fn another_future_is_given_out_whole() {
    let mut timeline = Timeline::new(busy::machine(Kind::Mps2));
    run(&mut timeline, 10 * MILLISECOND);
    timeline.machine_mut().take_output();
    timeline.seek(4_300_000_000).unwrap();
    assert!(timeline.act(Action::Bytes { stream: busy::uart(Kind::Mps2), bytes: b"x".to_vec() }));
    assert_eq!(timeline.end(), timeline.machine().now());
    let mut sent = Sent::new();
    run(&mut timeline, 10 * MILLISECOND);
    collect(timeline.machine_mut(), &mut sent);
    let log = [(4_300_000_000, Action::Bytes { stream: busy::uart(Kind::Mps2), bytes: b"x".to_vec() })];
    let (_, whole) = straight(Kind::Mps2, &log, 10 * MILLISECOND);
    assert_eq!(sent[&busy::uart(Kind::Mps2)], b"x");
    // By RTT: the tail of all, without what had left before 4.3 ms.
    let (_, before) = straight(Kind::Mps2, &[], 4_300_000_000);
    assert_eq!(sent[&RTT], whole[&RTT][before[&RTT].len()..]);
}

#[test]
fn a_fork_goes_its_own_way() {
    let kind = Kind::Stm32;
    let mut first = busy::machine(kind);
    while first.step(Some(3_141_592_653)).is_none() {}
    let snapshot = first.snapshot();
    let mut second = busy::machine(kind);
    second.restore(&snapshot).unwrap();
    assert_eq!(second.state_hash(), first.state_hash());
    assert!(second.input(busy::uart(kind), b"abc"));
    for machine in [&mut second, &mut first] {
        while machine.step(Some(9 * MILLISECOND)).is_none() {}
    }
    assert_ne!(second.state_hash(), first.state_hash());
    assert_eq!(first.state_hash(), straight(kind, &[], 9 * MILLISECOND).0, "the first has not noticed");
    let log = [(3_141_592_653, Action::Bytes { stream: busy::uart(kind), bytes: b"abc".to_vec() })];
    assert_eq!(second.state_hash(), straight(kind, &log, 9 * MILLISECOND).0);
    assert_eq!(snapshot.hash(), snapshot.clone().hash());
    assert!(busy::machine(Kind::Mps2).restore(&snapshot).is_err(), "another board's");
}

/// A snapshot as text is the same snapshot.
#[test]
fn a_snapshot_survives_saving() {
    for kind in [Kind::Mps2, Kind::Stm32] {
        let mut machine = busy::machine(kind);
        while machine.step(Some(5_600_000_001)).is_none() {}
        let snapshot = machine.snapshot();
        let text = serde_json::to_string(&snapshot).unwrap();
        let read = serde_json::from_str::<bksim::machine::Snapshot>(&text).unwrap();
        assert_eq!(read.hash(), snapshot.hash());
        let mut other = busy::machine(kind);
        other.restore(&read).unwrap();
        for machine in [&mut machine, &mut other] {
            while machine.step(Some(8 * MILLISECOND)).is_none() {}
        }
        assert_eq!(other.state_hash(), machine.state_hash());
        assert_eq!(other.statistics(), machine.statistics(), "and nothing that was measured is lost");
    }
}

#[test]
fn what_is_still_to_come_cannot_be_gone_to() {
    let mut timeline = Timeline::new(busy::machine(Kind::Mps2));
    run(&mut timeline, 2 * MILLISECOND);
    let end = timeline.end();
    assert_eq!(timeline.seek(end + 1), Err(SeekError::Ahead { time: end + 1, end }));
    timeline.seek(end).unwrap();
    timeline.wire_probe();
    assert_eq!(timeline.seek(0), Err(SeekError::Debugged));
}

/// Time does not run backwards for the chip's files: they hold what the chip held last, until something else happens.
#[test]
fn a_chip_s_files_follow_the_future_and_not_the_past() {
    let kind = Kind::Stm32;
    let folder = tempfile::tempdir().unwrap();
    let file = || std::fs::read(folder.path().join("flash.bin")).unwrap();
    let held = |machine: &Machine| machine.read(0x0800_0000, 1 << 20);
    let mut timeline = Timeline::new(busy::kept(kind, Some(folder.path())));
    run(&mut timeline, 3 * MILLISECOND);
    let early = file();
    run(&mut timeline, 30 * MILLISECOND);
    let late = file();
    assert!(early != late && late == held(timeline.machine()), "words were programmed");
    timeline.seek(3 * MILLISECOND).unwrap();
    assert!(early == held(timeline.machine()) && file() == late, "the chip has gone back, the files have not");
    run(&mut timeline, 20 * MILLISECOND);
    assert!(file() == late && held(timeline.machine()) != late);
    // Over the end, into what is new.
    run(&mut timeline, 60 * MILLISECOND);
    assert!(file() == held(timeline.machine()) && file() != late);
    // Another future.
    timeline.seek(10 * MILLISECOND).unwrap();
    assert!(timeline.act(Action::Bytes { stream: busy::uart(kind), bytes: b"x".to_vec() }));
    assert!(file() == held(timeline.machine()));
    run(&mut timeline, 30 * MILLISECOND);
    assert!(file() == held(timeline.machine()));
    assert!(timeline.machine_mut().take_chip_failure().is_none());
}
