//! The flight recorder's ring against a writer that was made independently of the reader.

mod common;

use bluekernel_abi::{BlockReason, Event, ObjectOp, PriorityCause};
use bluekernel_tracer::model::{Lane, LaneKind, Note, State, Trace};
use bluekernel_tracer::recording::Header;
use bluekernel_tracer::wire::flight::{Flight, FlightError};
use bluekernel_tracer::wire::{Decoder, Item};
use common::ring::Ring;
use common::scenario::{self, HZ};
use proptest::prelude::*;

/// Times and events of a ring, these as Rust writes them. Nothing of the stream between may be damaged.
fn told(ring: &Ring) -> Vec<(u64, String)> {
    let mut decoder = Decoder::new();
    decoder.push(&Flight::parse(&ring.image()).expect("a ring").stream());
    let mut events = Vec::new();
    while let Some(record) = decoder.next() {
        match record.item {
            Item::Event(Event::Info { .. }) | Item::Sync(_) => {}
            Item::Event(event) => events.push((record.time, format!("{event:?}"))),
            Item::Lost(lost) => panic!("{lost:?}"),
        }
    }
    assert_eq!(decoder.finish(), None);
    events
}

fn trace(ring: &Ring, header: Header) -> Trace {
    let mut trace = Trace::new(header);
    trace.push(&Flight::parse(&ring.image()).expect("a ring").stream());
    trace.finish();
    trace
}

/// Numbers, small and extreme ones often.
fn number() -> impl Strategy<Value = u32> {
    prop_oneof![0..300_u32, 65_530..65_540_u32, Just(u32::MAX), any::<u32>()]
}

/// Objects, near the ring and far from it.
fn object() -> impl Strategy<Value = u32> {
    prop_oneof![0..300_u32, 0x4000..0x8000_u32, 0..=0x1fff_ffff_u32]
}

fn operation() -> impl Strategy<Value = ObjectOp> {
    (1..=11_u64).prop_map(|op| ObjectOp::from_wire(op).expect("an operation"))
}

fn event() -> impl Strategy<Value = Event<'static>> {
    let task = || 0..254_u32;
    prop_oneof![
        task().prop_map(|task| Event::SwitchIn { task }),
        task().prop_map(|task| Event::Ready { task }),
        (0..496_u32).prop_map(|exception| Event::IsrEnter { exception }),
        Just(Event::IsrExit),
        Just(Event::Idle),
        Just(Event::SysExit),
        task().prop_map(|task| Event::TaskExit { task }),
        task().prop_map(|task| Event::TimerFire { task }),
        number().prop_map(|id| Event::MarkBegin { id }),
        number().prop_map(|id| Event::MarkEnd { id }),
        (number(), number()).prop_map(|(id, value)| Event::MarkInstant { id, value }),
        (number(), any::<i32>()).prop_map(|(id, value)| Event::Counter { id, value: value.into() }),
        (task(), number()).prop_map(|(task, free)| Event::Stack { task, free }),
        (number(), number()).prop_map(|(kind, address)| Event::Fault { kind, address }),
        (object(), number()).prop_map(|(object, late)| Event::JobRelease { object, late: late.into() }),
        object().prop_map(|object| Event::JobDone { object }),
        (object(), number()).prop_map(|(object, late)| Event::DeadlineMiss { object, late: late.into() }),
        object().prop_map(|object| Event::PollBegin { object }),
        object().prop_map(|object| Event::PollEnd { object }),
        object().prop_map(|object| Event::PollReady { object }),
        (number(), number()).prop_map(|(bytes, used)| Event::HeapAlloc { bytes, used }),
        (number(), number()).prop_map(|(bytes, used)| Event::HeapFree { bytes, used }),
        (number(), number()).prop_map(|(groups, muted)| Event::Filter { groups, muted }),
        (operation(), object(), number()).prop_map(|(op, object, value)| Event::Object { op, object, value }),
        (operation(), object()).prop_map(|(op, object)| Event::SysEnter { op, object }),
        (0..22_usize, object(), any::<bool>()).prop_map(|(reason, object, ends)| Event::Block {
            reason: BlockReason::ALL[reason],
            object,
            timeout: if ends { u64::MAX } else { 0 },
        }),
        (task(), 0..32_u32, 1..=3_u64, object()).prop_map(|(task, priority, cause, object)| Event::Priority {
            task,
            priority,
            cause: PriorityCause::from_wire(cause).expect("a cause"),
            object,
        }),
        (task(), 0..32_u32, number()).prop_map(|(task, priority, stack)| Event::TaskNew { task, priority, stack }),
    ]
}

proptest! {
    /// What is in the ring is told as it was, at its time; what is not is counted.
    #[test]
    fn events_told_and_events_lost_are_all_events(
        power in 1..8_u32,
        start in any::<u32>(),
        sent in prop::collection::vec((any::<u32>(), event()), 0..200),
    ) {
        let mut ring = Ring::new(1 << power);
        ring.boot(start.into());
        let mut expected = Vec::new();
        for (delta, event) in &sent {
            ring.event(*delta, event);
            expected.push((ring.clock, format!("{event:?}")));
        }
        let mut found = told(&ring);
        let lost = Flight::parse(&ring.image()).expect("a ring").overwritten.expect("counted") as usize;
        prop_assert_eq!(found.len() + lost, expected.len() + usize::from(lost > 0));
        if lost > 0 {
            prop_assert_eq!(&found[0].1, &format!("{:?}", Event::Drops { count: lost as u64 }));
            found.remove(0);
        }
        let expected = &expected[lost..];
        // Where the start is overwritten, nobody knows the clock's turns before: times count from the first event here.
        let first = |times: &[(u64, String)]| times.first().map_or(0, |(time, _)| *time);
        let (from, to) = (first(&found), first(expected));
        for ((time, event), (at, sent)) in found.iter().zip(expected) {
            prop_assert_eq!((time - from, event), (at - to, sent));
        }
        // And the model counts the same.
        let trace = trace(&ring, Header::new("0", "b", HZ));
        prop_assert_eq!(trace.dropped(), lost as u64);
        prop_assert!(trace.gaps().iter().all(|gap| !gap.uncounted));
    }

    /// No bytes make the reader panic, and what it makes of them is not much more than they are.
    #[test]
    fn any_bytes_are_read_or_refused(
        header in prop::collection::vec(prop_oneof![0..64_u32, any::<u32>()], 10),
        power in 0..6_u32,
        rest in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        let mut bytes = b"BKFLIGHT".to_vec();
        for word in [1, 1 << power].into_iter().chain(header) {
            bytes.extend(word.to_le_bytes());
        }
        bytes.extend(&rest);
        if let Ok(flight) = Flight::parse(&bytes) {
            let stream = flight.stream();
            prop_assert!(stream.len() <= 100 + 8 * rest.len());
            let mut trace = Trace::new(Header::new("0", "b", HZ));
            trace.push(&stream);
            trace.finish();
        }
    }
}

#[test]
fn the_example_of_the_documentation_by_hand() {
    // 4 slots at 0x2000_0100: BOOT at cycle 5; READY of task 3 at cycle 6; OBJ give of the semaphore at 0x2000_0008, number
    // 8 / 8 + 1 = 2, which then counts 2, at cycle 0x109. The fourth slot is the one that is written next. In version 1 of the
    // layout the semaphore had number 8 / 4 + 1 = 3.
    #[rustfmt::skip]
    let image = |version| [
        b'B', b'K', b'F', b'L', b'I', b'G', b'H', b'T',  version, 0, 0, 0,  4, 0, 0, 0,
        0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11,  0x40, 0x78, 0x7d, 0x01,  3, 0, 0, 0,
        0, 0, 0, 0,  0, 0, 0, 0,  1, 0, 0, 0,  0, 0, 0, 0x20,  0, 1, 0, 0x20,  0, 0, 0, 0,
        5, 0, 0, 0, 0x01, 0, 0, 0,
        6, 0, 0, 0, 0x05, 0, 3, 0,
        9, 1, 0, 0, 0x21, 2, 8, 0,
        0, 0, 0, 0, 0, 0, 0, 0,
    ];
    let flight = Flight::parse(&image(2)).expect("a ring");
    assert_eq!((flight.build_id, flight.clock_hz, flight.overwritten), (0x1122_3344_5566_7788, 25_000_000, Some(0)));
    #[rustfmt::skip]
    let stream = |object| [
        // SYNC, first after a reset, at cycle 5; INFO.
        vec![0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 1, 6, 0, 0, 1],
        // 0x1122334455667788 and 25,000,000 in groups of seven bits, from the lowest up; no time has passed.
        vec![0xc0, 13, 0x88, 0xef, 0x99, 0xab, 0xc5, 0xe8, 0x8c, 0x91, 0x11, 0xc0, 0xf0, 0xf5, 0x0b, 0],
        vec![0x24, 1],
        vec![0x57, 1, object, 2, 0x83, 0x02],
    ]
    .concat();
    assert_eq!(flight.stream(), stream(2));
    assert_eq!(Flight::parse(&image(1)).expect("a ring").stream(), stream(3));
}

#[test]
fn the_events_before_a_reset_stay_and_time_goes_on() {
    let mut ring = Ring::new(16);
    ring.boot(7).event(3, &Event::Ready { task: 1 }).event(10, &Event::Fault { kind: 3, address: 0x1234_5678 });
    ring.boot(5).event(2, &Event::Idle);
    // The first run ends at cycle 20; the second begins 5 cycles after its reset.
    let expected = [(10, "Ready { task: 1 }"), (20, "Fault { kind: 3, address: 305419896 }"), (27, "Idle")];
    assert_eq!(told(&ring), expected.map(|(time, event)| (time, event.to_owned())));
    let trace = trace(&ring, scenario::header());
    assert_eq!(trace.boots(), [7, 25]);
    assert_eq!(trace.faults().len(), 1);
}

#[test]
fn who_ran_before_the_oldest_event_is_not_guessed() {
    let mut ring = Ring::new(8);
    ring.boot(0);
    for _ in 0..10 {
        ring.event(10, &Event::Ready { task: 2 });
    }
    ring.event(10, &Event::Object { op: ObjectOp::Give, object: 9, value: 0 });
    ring.event(10, &Event::SwitchIn { task: 1 }).event(10, &Event::Idle);
    // 13 events, 7 are held: READY at 70 to 100, OBJ at 110, SWITCH_IN at 120 and IDLE at 130.
    let trace = trace(&ring, scenario::header());
    assert_eq!((trace.dropped(), trace.end() - trace.start()), (6, 60));
    let idle = trace.lane(LaneKind::Idle).expect("idle");
    let ctrl = trace.lane(LaneKind::Task { number: 1 }).expect("ctrl");
    let state = |lane: &Lane, time| lane.at(time, trace.end()).expect("inside").state;
    let states = |time| (state(ctrl, time), state(idle, time));
    assert_eq!(states(119), (State::Unknown, State::Unknown));
    assert_eq!(states(125), (State::Running, State::Dormant));
    assert_eq!(trace.operations().first().map(|operation| operation.task), Some(None));
}

#[test]
fn another_builds_ring_is_told() {
    let mut ring = Ring::new(8);
    ring.boot(0).event(1, &Event::Idle);
    ring.build_id = 0x8877_6655_4433_2211;
    let mut header = scenario::header();
    header.build_id = Some("ff22334455667788aa".to_owned());
    let notes = trace(&ring, header).notes().to_vec();
    assert_eq!(notes, [Note::OtherBuild { found: 0x8877_6655_4433_2211, expected: 0x8877_6655_4433_22ff }]);
}

#[test]
fn a_counter_that_cannot_be_true_leaves_the_loss_uncounted() {
    let mut ring = Ring::new(4);
    ring.boot(0);
    for _ in 0..9 {
        ring.event(1, &Event::Idle);
    }
    for others in [100, u32::MAX] {
        ring.others = others;
        let trace = trace(&ring, scenario::header());
        assert_eq!(trace.gaps().iter().map(|gap| (gap.events, gap.uncounted)).collect::<Vec<_>>(), [(0, true)]);
    }
}

#[test]
fn turns_of_the_counter_count() {
    let mut ring = Ring::new(4);
    ring.boot(0).event(1, &Event::Idle).event(1, &Event::Idle).event(1, &Event::Idle);
    // 2^32 + 4 slots, one of them a start: all but the last three are lost.
    ring.written += 1 << 32;
    assert_eq!(Flight::parse(&ring.image()).expect("a ring").overwritten, Some(1 << 32));
    // The kernel has not seen the last turn yet: 4 slots, and 5 when it looked last.
    let mut image = ring.image();
    image[32..40].copy_from_slice(&[0, 0, 0, 0, 5, 0, 0, 0]);
    assert_eq!(Flight::parse(&image).expect("a ring").overwritten, Some(1 << 32));
}

#[test]
fn what_is_no_ring_is_refused_by_its_name() {
    let ring = Ring::new(4);
    let image = ring.image();
    assert_eq!(Flight::parse(b"BKFLIGHX"), Err(FlightError::Foreign));
    assert_eq!(Flight::parse(&image[..20]), Err(FlightError::Truncated { found: 20, needed: 56 }));
    // 56 bytes and four slots of 8.
    assert_eq!(Flight::parse(&image[..80]), Err(FlightError::Truncated { found: 80, needed: 88 }));
    let with = |at: usize, value: u8| {
        let mut image = image.clone();
        image[at] = value;
        Flight::parse(&image)
    };
    assert_eq!(with(8, 3), Err(FlightError::Version(3)));
    assert_eq!(with(12, 3), Err(FlightError::Damaged(3)));
    assert_eq!(with(12, 0), Err(FlightError::Damaged(0)));
    assert_eq!(with(12, 1), Err(FlightError::Damaged(1)));
    assert!(Flight::parse(&image).expect("a ring").is_empty());
    let inside = [vec![1; 33], image].concat();
    assert_eq!(Flight::find(&inside), Some(33));
    assert_eq!(Flight::find(b"BKFLIGH"), None);
}
