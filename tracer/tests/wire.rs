//! The decoder against an encoder that was written independently of it.

mod common;

use bluekernel_abi::{BlockReason, Event, Named, ObjectOp, PriorityCause};
use bluekernel_tracer::wire::{Decoder, Item, Lost, LostWhy};
use common::encoder::{BOOT, Encoder, leb};
use proptest::prelude::*;

/// An event that owns what it carries.
#[derive(Clone, Debug, PartialEq)]
enum Sent {
    Event(Event<'static>),
    Name(Named, u32, Vec<u8>),
    Unknown(u8, Vec<u8>),
}

impl Sent {
    fn event(&self) -> Event<'_> {
        match self {
            Self::Event(event) => event.clone(),
            Self::Name(of, id, name) => Event::Name { of: *of, id: *id, name },
            Self::Unknown(head, payload) => Event::Unknown { head: *head, payload },
        }
    }

    fn of(event: &Event<'_>) -> Self {
        match *event {
            Event::Name { of, id, name } => Self::Name(of, id, name.to_vec()),
            Event::Unknown { head, payload } => Self::Unknown(head, payload.to_vec()),
            Event::SwitchIn { task } => Self::Event(Event::SwitchIn { task }),
            Event::Ready { task } => Self::Event(Event::Ready { task }),
            Event::IsrEnter { exception } => Self::Event(Event::IsrEnter { exception }),
            Event::IsrExit => Self::Event(Event::IsrExit),
            Event::Idle => Self::Event(Event::Idle),
            Event::Block { reason, object, timeout } => Self::Event(Event::Block { reason, object, timeout }),
            Event::TaskNew { task, priority, stack } => Self::Event(Event::TaskNew { task, priority, stack }),
            Event::TaskExit { task } => Self::Event(Event::TaskExit { task }),
            Event::Priority { task, priority, cause, object } => {
                Self::Event(Event::Priority { task, priority, cause, object })
            }
            Event::Object { op, object, value } => Self::Event(Event::Object { op, object, value }),
            Event::TimerArm { ticks } => Self::Event(Event::TimerArm { ticks }),
            Event::TimerFire { task } => Self::Event(Event::TimerFire { task }),
            Event::MarkBegin { id } => Self::Event(Event::MarkBegin { id }),
            Event::MarkEnd { id } => Self::Event(Event::MarkEnd { id }),
            Event::MarkInstant { id, value } => Self::Event(Event::MarkInstant { id, value }),
            Event::Counter { id, value } => Self::Event(Event::Counter { id, value }),
            Event::Stack { task, free } => Self::Event(Event::Stack { task, free }),
            Event::Fault { kind, address } => Self::Event(Event::Fault { kind, address }),
            Event::Drops { count } => Self::Event(Event::Drops { count }),
            Event::Info { build_id, clock_hz } => Self::Event(Event::Info { build_id, clock_hz }),
            Event::Timing { object, period, deadline } => Self::Event(Event::Timing { object, period, deadline }),
            Event::JobRelease { object, late } => Self::Event(Event::JobRelease { object, late }),
            Event::JobDone { object } => Self::Event(Event::JobDone { object }),
            Event::DeadlineMiss { object, late } => Self::Event(Event::DeadlineMiss { object, late }),
            Event::SysEnter { op, object } => Self::Event(Event::SysEnter { op, object }),
            Event::SysExit => Self::Event(Event::SysExit),
            Event::HeapAlloc { bytes, used } => Self::Event(Event::HeapAlloc { bytes, used }),
            Event::HeapFree { bytes, used } => Self::Event(Event::HeapFree { bytes, used }),
            Event::HeapStat { used, peak, size } => Self::Event(Event::HeapStat { used, peak, size }),
            Event::SleepJump { cycles } => Self::Event(Event::SleepJump { cycles }),
            Event::PollBegin { object } => Self::Event(Event::PollBegin { object }),
            Event::PollEnd { object } => Self::Event(Event::PollEnd { object }),
            Event::PollReady { object } => Self::Event(Event::PollReady { object }),
            Event::Filter { groups, muted } => Self::Event(Event::Filter { groups, muted }),
            Event::Spent { cycles } => Self::Event(Event::Spent { cycles }),
            _ => unreachable!("an event that this test was not taught"),
        }
    }
}

/// Numbers, small and extreme ones often.
fn n32() -> impl Strategy<Value = u32> {
    prop_oneof![Just(0), 0..40_u32, Just(u32::MAX), any::<u32>()]
}

fn n64() -> impl Strategy<Value = u64> {
    prop_oneof![Just(0), 0..300_u64, Just(u64::MAX), any::<u64>()]
}

/// Payloads without eight zeros in a row, which the wire forbids.
fn payload() -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(prop_oneof![Just(0), any::<u8>()], 0..40)
        .prop_filter("the rule of zeros", |bytes| !bytes.windows(7).any(|run| run.iter().all(|byte| *byte == 0)))
}

fn sent() -> impl Strategy<Value = Sent> {
    let reason = proptest::sample::select(BlockReason::ALL.to_vec());
    let cause = proptest::sample::select(vec![PriorityCause::Call, PriorityCause::Inherit, PriorityCause::Disinherit]);
    let op = proptest::sample::select(vec![
        ObjectOp::Give,
        ObjectOp::Take,
        ObjectOp::Lock,
        ObjectOp::Unlock,
        ObjectOp::Send,
        ObjectOp::Receive,
    ]);
    let call = op.clone();
    let event = prop_oneof![
        n32().prop_map(|task| Event::SwitchIn { task }),
        n32().prop_map(|task| Event::Ready { task }),
        n32().prop_map(|exception| Event::IsrEnter { exception }),
        Just(Event::IsrExit),
        Just(Event::Idle),
        (reason, n32(), n64()).prop_map(|(reason, object, timeout)| Event::Block { reason, object, timeout }),
        (n32(), n32(), n32()).prop_map(|(task, priority, stack)| Event::TaskNew { task, priority, stack }),
        n32().prop_map(|task| Event::TaskExit { task }),
        (n32(), n32(), cause, n32()).prop_map(|(task, priority, cause, object)| Event::Priority {
            task,
            priority,
            cause,
            object
        }),
        (op, n32(), n32()).prop_map(|(op, object, value)| Event::Object { op, object, value }),
        n64().prop_map(|ticks| Event::TimerArm { ticks }),
        n32().prop_map(|task| Event::TimerFire { task }),
        n32().prop_map(|id| Event::MarkBegin { id }),
        n32().prop_map(|id| Event::MarkEnd { id }),
        (n32(), n32()).prop_map(|(id, value)| Event::MarkInstant { id, value }),
        (n32(), any::<i64>()).prop_map(|(id, value)| Event::Counter { id, value }),
        (n32(), n32()).prop_map(|(task, free)| Event::Stack { task, free }),
        (n32(), n32()).prop_map(|(kind, address)| Event::Fault { kind, address }),
        n64().prop_map(|count| Event::Drops { count }),
        (n64(), n64()).prop_map(|(build_id, clock_hz)| Event::Info { build_id, clock_hz }),
        (n32(), n64(), n64()).prop_map(|(object, period, deadline)| Event::Timing { object, period, deadline }),
        (n32(), n64()).prop_map(|(object, late)| Event::JobRelease { object, late }),
        n32().prop_map(|object| Event::JobDone { object }),
        (n32(), n64()).prop_map(|(object, late)| Event::DeadlineMiss { object, late }),
        (call, n32()).prop_map(|(op, object)| Event::SysEnter { op, object }),
        Just(Event::SysExit),
        (n32(), n32()).prop_map(|(bytes, used)| Event::HeapAlloc { bytes, used }),
        (n32(), n32()).prop_map(|(bytes, used)| Event::HeapFree { bytes, used }),
        (n32(), n32(), n32()).prop_map(|(used, peak, size)| Event::HeapStat { used, peak, size }),
        (0..1_u64 << 40).prop_map(|cycles| Event::SleepJump { cycles }),
        n32().prop_map(|object| Event::PollBegin { object }),
        n32().prop_map(|object| Event::PollEnd { object }),
        n32().prop_map(|object| Event::PollReady { object }),
        (n32(), n32()).prop_map(|(groups, muted)| Event::Filter { groups, muted }),
        n64().prop_map(|cycles| Event::Spent { cycles }),
    ];
    let named = proptest::sample::select(vec![Named::Task, Named::Object, Named::Mark]);
    prop_oneof![
        20 => event.prop_map(Sent::Event),
        1 => (named, n32(), "[a-zé中]{0,12}").prop_map(|(of, id, name)| Sent::Name(of, id, name.into_bytes())),
        1 => (0xc4..=0xff_u8, payload()).prop_map(|(head, payload)| Sent::Unknown(head, payload)),
    ]
}

fn history() -> impl Strategy<Value = Vec<(u32, Sent)>> {
    proptest::collection::vec((n32(), sent()), 0..60)
}

/// A stream of `history` with a SYNC in front and after every tenth event; also where each record starts.
fn stream(history: &[(u32, Sent)]) -> (Vec<u8>, Vec<usize>) {
    let mut encoder = Encoder::new();
    let mut starts = vec![0];
    encoder.sync(BOOT);
    for (at, (delta, sent)) in history.iter().enumerate() {
        if at % 10 == 9 {
            starts.push(encoder.bytes.len());
            encoder.sync(0);
        }
        starts.push(encoder.bytes.len());
        encoder.event(u64::from(*delta), &sent.event());
    }
    (encoder.bytes, starts)
}

/// Everything that `bytes` decodes to, pushed in pieces of `piece`.
fn decode(bytes: &[u8], piece: usize) -> (Vec<(u64, Sent)>, Vec<Lost>, usize) {
    let mut decoder = Decoder::new();
    let (mut events, mut losses, mut syncs) = (Vec::new(), Vec::new(), 0);
    let mut take = |item: Item<'_>, time| match item {
        Item::Event(event) => events.push((time, Sent::of(&event))),
        Item::Lost(lost) => losses.push(lost),
        Item::Sync(_) => syncs += 1,
    };
    for bytes in bytes.chunks(piece.max(1)) {
        decoder.push(bytes);
        while let Some(record) = decoder.next() {
            take(record.item, record.time);
        }
    }
    if let Some(record) = decoder.finish() {
        take(record.item, record.time);
    }
    (events, losses, syncs)
}

fn expected(history: &[(u32, Sent)]) -> Vec<(u64, Sent)> {
    let mut time = 0;
    history
        .iter()
        .map(|(delta, sent)| {
            time += u64::from(*delta);
            if let Sent::Event(Event::SleepJump { cycles }) = sent {
                time += cycles;
            }
            (time, sent.clone())
        })
        .collect()
}

proptest! {
    #[test]
    fn decoding_gives_back_what_was_encoded(history in history(), piece in 1..50_usize) {
        let (bytes, _) = stream(&history);
        let (events, losses, _) = decode(&bytes, piece);
        prop_assert_eq!(losses, vec![]);
        prop_assert_eq!(events, expected(&history));
    }

    #[test]
    fn no_event_holds_eight_zeros(history in history()) {
        let mut encoder = Encoder::new();
        for (delta, sent) in &history {
            encoder.bytes.clear();
            encoder.event(u64::from(*delta), &sent.event());
            prop_assert!(!encoder.bytes.windows(8).any(|run| run == [0; 8]), "{:?}", sent);
        }
    }

    #[test]
    fn a_cut_at_the_front_loses_only_what_stands_before_the_next_sync(history in history(), cut in any::<prop::sample::Index>()) {
        let (bytes, _) = stream(&history);
        let cut = cut.index(bytes.len());
        let (events, losses, _) = decode(&bytes[cut..], 7);
        // What is left is a tail of what was sent, with its true times.
        let all = expected(&history);
        prop_assert!(all.ends_with(&events));
        // And it is all that follows the first SYNC behind the cut.
        let sync = bytes[cut..].windows(9).position(|run| run == [0, 0, 0, 0, 0, 0, 0, 0, 1]);
        let tail = sync.map_or(0, |at| decode(&bytes[cut + at..], 7).0.len());
        prop_assert_eq!(events.len(), tail);
        prop_assert!(losses.iter().map(|lost| lost.bytes).sum::<u64>() <= (bytes.len() - cut) as u64);
    }

    #[test]
    fn a_cut_at_the_end_loses_only_the_last_record(history in history(), cut in any::<prop::sample::Index>()) {
        let (bytes, starts) = stream(&history);
        let cut = cut.index(bytes.len() + 1);
        let (events, losses, syncs) = decode(&bytes[..cut], 7);
        let whole = starts.iter().skip(1).chain([&bytes.len()]).filter(|end| **end <= cut).count();
        prop_assert_eq!(events.len() + syncs, whole);
        prop_assert!(expected(&history).starts_with(&events));
        let last = starts.iter().chain([&bytes.len()]).filter(|start| **start <= cut).max().copied().unwrap_or(0);
        prop_assert_eq!(losses.iter().map(|lost| lost.bytes).sum::<u64>(), (cut - last) as u64);
    }

    #[test]
    fn a_hole_is_told_and_what_follows_is_right(
        history in history(),
        from in any::<prop::sample::Index>(),
        length in 1..40_usize,
    ) {
        // A hole never gives an event with a wrong time behind the SYNC that follows it.
        let (bytes, _) = stream(&history);
        let from = from.index(bytes.len());
        let to = (from + length).min(bytes.len());
        let mut holed = bytes[..from].to_vec();
        holed.extend(&bytes[to..]);
        let (events, _, _) = decode(&holed, 5);
        let all = expected(&history);
        if let Some(sync) = bytes[to..].windows(9).position(|run| run == [0, 0, 0, 0, 0, 0, 0, 0, 1]) {
            let behind = decode(&bytes[to + sync..], 5).0;
            prop_assert!(all.ends_with(&behind));
            let kinds = |list: &[(u64, Sent)]| list.iter().map(|(_, sent)| sent.clone()).collect::<Vec<_>>();
            prop_assert!(kinds(&events).ends_with(&kinds(&behind)));
        }
    }

    #[test]
    fn any_bytes_are_taken_without_panic(bytes in proptest::collection::vec(prop_oneof![Just(0), Just(1), any::<u8>()], 0..400), piece in 1..20_usize) {
        let (events, losses, _) = decode(&bytes, piece);
        prop_assert!(events.len() <= bytes.len());
        prop_assert!(losses.iter().map(|lost| lost.bytes).sum::<u64>() <= bytes.len() as u64);
        // The pieces in which bytes arrive change nothing.
        prop_assert_eq!(decode(&bytes, 1_000), (events, losses, decode(&bytes, piece).2));
    }

    #[test]
    fn damaged_bytes_are_taken_without_panic(history in history(), at in any::<prop::sample::Index>(), value in any::<u8>()) {
        let (mut bytes, _) = stream(&history);
        let at = at.index(bytes.len());
        bytes[at] = value;
        let (_, losses, _) = decode(&bytes, 11);
        prop_assert!(losses.iter().map(|lost| lost.bytes).sum::<u64>() <= bytes.len() as u64);
    }
}

#[test]
fn events_of_nothing_but_zeros_keep_the_rule() {
    // The longest run that all-zero fields can give: PRIO with four fields and a delta, in front of a SYNC.
    let mut bytes = Encoder::new();
    bytes.sync(BOOT);
    bytes.event(0, &Event::Block { reason: BlockReason::Delay, object: 0, timeout: 0 });
    bytes.event(0, &Event::TaskNew { task: 0, priority: 0, stack: 0 });
    bytes.sync(0).sync(0);
    bytes.event(0, &Event::TaskNew { task: 0, priority: 0, stack: 0 });
    let (events, losses, syncs) = decode(&bytes.bytes, 1);
    assert_eq!((events.len(), losses.len(), syncs), (3, 0, 3));
}

#[test]
fn more_zeros_than_eight_still_announce_a_sync() {
    let mut encoder = Encoder::new();
    encoder.bytes.extend([0; 100]);
    encoder.sync(BOOT).event(5, &Event::Idle);
    encoder.bytes.extend([0; 1000]);
    encoder.sync(0).event(5, &Event::Idle);
    for piece in [1, 7, 8, 9, 5000] {
        let (events, losses, syncs) = decode(&encoder.bytes, piece);
        assert_eq!((events.len(), losses, syncs), (2, vec![], 2), "pieces of {piece}");
    }
}

#[test]
fn joining_in_the_middle_is_told_with_its_size() {
    let mut encoder = Encoder::new();
    encoder.event(5, &Event::Idle).event(5, &Event::Idle);
    let before = encoder.bytes.len() as u64;
    encoder.sync(0).event(7, &Event::IsrExit);
    let (events, losses, _) = decode(&encoder.bytes, 3);
    assert_eq!(losses, [Lost { bytes: before, why: LostWhy::Attached }]);
    assert_eq!(events, [(17, Sent::Event(Event::IsrExit))]);
}

#[test]
fn malformed_bytes_are_skipped_to_the_next_sync() {
    let mut encoder = Encoder::new();
    encoder.sync(BOOT).event(5, &Event::Idle);
    encoder.bytes.extend([0xbf, 1, 2, 3]); // no such head
    encoder.sync(0).event(1, &Event::Idle);
    let (events, losses, _) = decode(&encoder.bytes, 2);
    assert_eq!(losses, [Lost { bytes: 4, why: LostWhy::Malformed }]);
    assert_eq!(events.iter().map(|(time, _)| *time).collect::<Vec<_>>(), [5, 6]);
}

#[test]
fn a_sync_of_another_version_is_told() {
    let mut encoder = Encoder::new();
    encoder.sync(BOOT).event(5, &Event::Idle);
    let before = encoder.bytes.len();
    encoder.bytes.extend([0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 9, 9, 9, 9]);
    let skipped = (encoder.bytes.len() - before) as u64;
    encoder.sync(0);
    let (_, losses, syncs) = decode(&encoder.bytes, 4);
    assert_eq!(losses, [Lost { bytes: skipped, why: LostWhy::Version(2) }]);
    assert_eq!(syncs, 2);
}

#[test]
fn a_missing_sync_is_told_by_its_number() {
    let mut encoder = Encoder::new();
    encoder.sync(BOOT).event(5, &Event::Idle);
    encoder.sequence += 1;
    encoder.sync(0);
    let (_, losses, _) = decode(&encoder.bytes, 4);
    assert_eq!(losses, [Lost { bytes: 0, why: LostWhy::Sequence }]);
}

#[test]
fn the_sequence_goes_on_with_1_where_it_ends() {
    let mut encoder = Encoder::new();
    encoder.sequence = u64::from(u32::MAX) - 1;
    encoder.sync(BOOT).event(5, &Event::Idle);
    encoder.sequence = 0;
    encoder.sync(0);
    let (_, losses, _) = decode(&encoder.bytes, 4);
    assert_eq!(losses, []);
}

#[test]
fn time_continues_over_a_reset() {
    let mut encoder = Encoder::new();
    encoder.sync(BOOT).event(500, &Event::Idle);
    let mut again = Encoder::new();
    again.clock = 20;
    again.sync(BOOT).event(3, &Event::Idle);
    let bytes = [encoder.bytes, again.bytes].concat();
    let (events, losses, _) = decode(&bytes, 4);
    assert_eq!(events.iter().map(|(time, _)| *time).collect::<Vec<_>>(), [500, 523]);
    assert_eq!(losses, []);
}

#[test]
fn superfluous_bytes_in_a_number_are_malformed() {
    let mut encoder = Encoder::new();
    encoder.sync(BOOT);
    encoder.bytes.extend([0x52, 0x85, 0x00]); // IDLE with 5 in two bytes
    let (events, losses, _) = decode(&encoder.bytes, 4);
    assert_eq!(events, []);
    assert_eq!(losses, [Lost { bytes: 3, why: LostWhy::Malformed }]);
}

#[test]
fn a_length_that_swallows_a_sync_is_not_believed() {
    let mut encoder = Encoder::new();
    encoder.sync(BOOT);
    encoder.bytes.push(0xd0);
    leb(&mut encoder.bytes, 4000);
    encoder.sync(0).event(2, &Event::Idle);
    let (events, losses, syncs) = decode(&encoder.bytes, 4);
    assert_eq!((events.len(), losses.len(), syncs), (1, 1, 2));
}
