//! The encoder against the wire's text. The decoder below is written from `bluekernel_abi::wire` alone.

use super::super::ring::Ring;
use super::*;
use core::cell::Cell;
use core::sync::atomic::{AtomicU32, Ordering};
use std::vec::Vec;

/// A clock that the test moves.
impl Clock for &Cell<u32> {
    fn cycles(&self) -> u32 {
        self.get()
    }
}

/// An event's prefix, and the fields that are numbers: the last two. `None` if it has no short way.
fn parts(head: u8, fields: &[u64]) -> Option<(Prefix, Vec<u32>)> {
    let (bytes, numbers) = fields.split_at(fields.len().saturating_sub(2));
    if head == head::TIMING || head == head::INFO || bytes.iter().any(|byte| *byte >= 0x80) {
        return None;
    }
    let numbers: Vec<u32> = numbers.iter().map(|number| u32::try_from(*number).ok()).collect::<Option<_>>()?;
    let prefix = if numbers.is_empty() { Prefix::bare(head) } else { Prefix::new(head) };
    let prefix = bytes.iter().fold(prefix, |prefix, byte| prefix.small(*byte as u8));
    Some((if numbers.len() > 1 { prefix.second() } else { prefix }, numbers))
}

/// The target and the host's side of the ring.
struct Rig<const SIZE: usize> {
    state: State,
    bytes: [u8; SIZE],
    write: AtomicU32,
    read: AtomicU32,
    clock: Cell<u32>,
}

impl<const SIZE: usize> Rig<SIZE> {
    fn new() -> Self {
        let mut state = State::new();
        state.boot();
        Self { state, bytes: [0; SIZE], write: AtomicU32::new(0), read: AtomicU32::new(0), clock: Cell::new(0) }
    }

    fn tracer(&mut self) -> Tracer<'_, &Cell<u32>, SIZE> {
        Tracer::new(&mut self.state, Ring::new(&mut self.bytes, &self.write, &self.read), &self.clock)
    }

    /// Lets so many cycles pass. The alarm tells of them in each half of the clock's turn.
    fn pass(&mut self, cycles: u32) {
        for part in [cycles / 2, cycles - cycles / 2] {
            let now = self.clock.get().wrapping_add(part);
            self.clock.set(now);
            self.state.follow(now);
        }
    }

    /// An event as the kernel's hooks write it: the short way if it has one, where that is open or can be opened.
    fn event(&mut self, head: u8, fields: &[u64]) {
        let Some((mut prefix, numbers)) = parts(head, fields) else { return self.long(head, fields) };
        let mut tracer = self.tracer();
        for _ in 0..4 {
            let done = match *numbers {
                [] => tracer.bare(prefix),
                [a] => tracer.fields(prefix, a, 0),
                // As the hooks do with all that are of an object.
                [a, b] if head >= head::OBJECT_OP => tracer.pair(prefix, || a, b),
                [a, b] => tracer.fields(prefix, a, b),
                _ => unreachable!(),
            };
            if done {
                return;
            }
            if tracer.suspects(prefix) {
                if tracer.holds_back(prefix, fields.first().copied()) {
                    return;
                }
                prefix = prefix.without_tag();
            } else if !tracer.prepare() {
                return;
            }
        }
        panic!("the short way is open, and takes no event");
    }

    fn long(&mut self, head: u8, fields: &[u64]) {
        let mut tracer = self.tracer();
        if !tracer.holds_back(Prefix::bare(head), fields.first().copied()) && (tracer.has_room() || tracer.prepare()) {
            tracer.long(Prefix::bare(head), fields);
        }
    }

    /// The first event, as the hook writes it.
    fn start(&mut self, build_id: u64, clock_hz: u64) {
        let length = leb64_length(build_id) + leb64_length(clock_hz);
        self.event(head::INFO, &[length.into(), build_id, clock_hz]);
    }

    /// Bytes the host has not read.
    fn waiting(&self) -> usize {
        (self.write.load(Ordering::Relaxed).wrapping_sub(self.read.load(Ordering::Relaxed))) as usize % SIZE
    }

    /// Reads what a host would read: up to `limit` bytes.
    fn drain(&mut self, limit: usize) -> Vec<u8> {
        let mut out = Vec::new();
        let mut read = self.read.load(Ordering::Relaxed) as usize;
        while read != self.write.load(Ordering::Relaxed) as usize && out.len() < limit {
            // SAFETY: `read` is below SIZE, and nothing else borrows the ring.
            out.push(unsafe { (&raw const self.bytes).cast::<u8>().add(read).read() });
            read = (read + 1) % SIZE;
        }
        self.read.store(read as u32, Ordering::Relaxed);
        out
    }

    fn drain_all(&mut self) -> Vec<u8> {
        self.drain(usize::MAX)
    }
}

#[derive(Debug, PartialEq, Clone)]
enum Record {
    Event { head: u8, fields: Vec<u64>, delta: u64 },
    Sync { sequence: u64, cycles: u64, drops: u64, running: u64, flags: u64 },
}

fn number(bytes: &[u8], at: &mut usize) -> u64 {
    let mut value = 0;
    for shift in (0..).step_by(7) {
        let byte = bytes[*at];
        *at += 1;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            assert!(shift == 0 || byte != 0, "not canonical");
            return value;
        }
    }
    unreachable!()
}

fn decode(bytes: &[u8]) -> Vec<Record> {
    let mut at = 0;
    let mut records = Vec::new();
    while at < bytes.len() {
        let begin = at;
        let head = bytes[at];
        if head == 0 {
            while bytes[at] == 0 {
                at += 1;
            }
            assert!(at - begin >= 8, "{} zeros at {begin}", at - begin);
            assert_eq!((bytes[at], bytes[at + 1]), (1, 1), "mark and version");
            at += 2;
            assert_eq!(number(bytes, &mut at), 0, "core");
            let mut next = || number(bytes, &mut at);
            records.push(Record::Sync {
                sequence: next(),
                cycles: next(),
                drops: next(),
                running: next(),
                flags: next(),
            });
        } else {
            at += 1;
            let fields = if head < head::FIRST_WITH_LENGTH {
                let count = wire::field_count(head).expect("a defined head");
                (0..count).map(|_| number(bytes, &mut at)).collect()
            } else {
                let end = number(bytes, &mut at) as usize + at;
                let mut fields = Vec::new();
                while at < end {
                    fields.push(number(bytes, &mut at));
                }
                assert_eq!(at, end, "length");
                fields
            };
            let delta = number(bytes, &mut at);
            let record = &bytes[begin..at];
            assert!(!record.windows(8).any(|window| window == [0; 8]), "eight zeros in an event: {record:x?}");
            assert!(record.len() <= LONGEST_EVENT);
            records.push(Record::Event { head, fields, delta });
        }
    }
    records
}

fn events(records: &[Record]) -> Vec<&Record> {
    records.iter().filter(|record| matches!(record, Record::Event { .. })).collect()
}

/// A stream of numbers that looks random and is the same each time (xorshift32).
fn random(state: &mut u32) -> u32 {
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    *state
}

/// Event number `kind % 7`.
fn any(kind: u32, a: u32, b: u32) -> (u8, Vec<u64>) {
    let (a, b) = (u64::from(a), u64::from(b));
    match kind % 7 {
        0 => (head::IDLE, vec![]),
        1 => (head::MARK_BEGIN, vec![a]),
        2 => (head::COUNTER, vec![a, b]),
        3 => (head::OBJECT_OP + 6, vec![a, b]),
        4 => (head::PRIORITY, vec![a % 254, 31, 2, b]),
        5 => (head::TIMING, vec![a, (b << 32) | a, u64::MAX - b]),
        _ => (head::BLOCK_ON + 1, vec![b, (a << 32) | b]),
    }
}

#[test]
fn numbers_are_leb128() {
    // The examples of the DWARF 5 standard, table 7.7, and 624485 of its usual illustration.
    for (value, bytes) in [
        (2, &[0x02][..]),
        (127, &[0x7f]),
        (128, &[0x80, 0x01]),
        (129, &[0x81, 0x01]),
        (12857, &[0xb9, 0x64]),
        (624_485, &[0xe5, 0x8e, 0x26]),
        (u32::MAX, &[0xff, 0xff, 0xff, 0xff, 0x0f]),
    ] {
        let mut rig = Rig::<256>::new();
        rig.event(head::IDLE, &[]);
        rig.drain_all();
        rig.event(head::MARK_END, &[value.into()]);
        let mut expected = vec![head::MARK_END];
        expected.extend_from_slice(bytes);
        expected.push(0);
        assert_eq!(rig.drain_all(), expected, "{value}");
    }
}

#[test]
fn the_first_record_is_a_sync_and_info_follows() {
    let mut rig = Rig::<256>::new();
    rig.clock.set(41);
    rig.start(0x1122_3344_5566_7788, 25_000_000);
    assert_eq!(
        decode(&rig.drain_all()),
        [
            Record::Sync { sequence: 1, cycles: 42, drops: 0, running: 0, flags: wire::FLAG_BOOT },
            Record::Event { head: head::INFO, fields: vec![0x1122_3344_5566_7788, 25_000_000], delta: 0 },
        ]
    );
}

#[test]
fn no_event_holds_eight_zeros() {
    // All fields and all deltas zero; `decode` looks at each record. Across records a head, never zero, is in between.
    let mut rig = Rig::<4096>::new();
    rig.start(0, 0);
    for kind in 0..70 {
        let (head, fields) = any(kind, 0, 0);
        rig.event(head, &fields);
        rig.long(head, &fields);
    }
    rig.event(head::BLOCK, &[0; 3]);
    rig.event(head::PRIORITY, &[0; 4]);
    rig.long(head::BLOCK, &[0; 3]);
    rig.event(head::TIMING, &[0; 3]);
    let bytes = rig.drain_all();
    let records = decode(&bytes);
    assert_eq!(events(&records).len(), 145);
    let announced = bytes.windows(8).filter(|window| *window == [0; 8]).count();
    assert_eq!(announced, records.len() - 145, "eight zeros only where a SYNC is");
}

#[test]
fn what_is_written_is_read() {
    let mut rig = Rig::<1024>::new();
    let (mut seed, mut expected, mut read) = (1, Vec::new(), Vec::new());
    for _ in 0..20_000 {
        let step = random(&mut seed) >> (random(&mut seed) % 32);
        rig.pass(step);
        let kind = random(&mut seed);
        let (a, b) = (random(&mut seed) >> (kind % 31), random(&mut seed) >> (kind % 29));
        let (head, fields) = any(kind, a, b);
        rig.event(head, &fields);
        expected.push((head, fields, u64::from(step)));
        // Odd amounts, so that records end at each place of the ring.
        if rig.waiting() > 600 {
            read.extend(rig.drain(300 + (seed % 300) as usize));
        }
    }
    read.extend(rig.drain_all());
    let records = decode(&read);
    assert_eq!(rig.state.drops, 0);
    let (mut absolute, mut at) = (0_u64, expected.iter());
    let mut clock = 0_u64;
    for record in &records {
        match record {
            Record::Sync { cycles, .. } => absolute = cycles - 1,
            Record::Event { head, fields, delta } => {
                let (expected_head, expected_fields, step) = at.next().expect("no event too many");
                clock += step;
                absolute += delta;
                assert_eq!((head, fields, absolute), (expected_head, expected_fields, clock));
            }
        }
    }
    assert!(at.next().is_none(), "no event is missing");
    assert!(clock > 1 << 33, "the clock turned more than once");
}

#[test]
fn a_sync_comes_with_each_interval() {
    let mut rig = Rig::<4096>::new();
    let mut stream = Vec::new();
    for step in 0..5_000 {
        rig.clock.set(step * 1000);
        rig.event(head::MARK_INSTANT, &[step.into(), step.into()]);
        stream.extend(rig.drain_all());
    }
    let begins: Vec<usize> = (0..stream.len() - 8).filter(|at| stream[*at..at + 8] == [0; 8]).collect();
    assert!(begins.len() > 20);
    for pair in begins.windows(2) {
        let distance = pair[1] - pair[0];
        assert!(distance <= 1024 + wire::SYNC_MAX_BYTES + LONGEST_EVENT, "{distance}");
        // Or close to where the ring ends.
        assert!(distance >= 1024 || pair[1] % 4096 > 4096 - LONGEST_SHORT, "{distance}");
    }
    let sequences: Vec<u64> = decode(&stream)
        .into_iter()
        .filter_map(|record| if let Record::Sync { sequence, .. } = record { Some(sequence) } else { None })
        .collect();
    assert!(sequences.iter().copied().eq(1..=sequences.len() as u64));
}

#[test]
fn a_full_ring_drops_whole_events_and_counts_them() {
    let mut rig = Rig::<256>::new();
    let mut written = 0;
    for step in 0..1_000 {
        rig.clock.set(step * 1_000_000);
        rig.event(head::MARK_BEGIN, &[step.into()]);
        if rig.state.drops == 0 {
            written += 1;
        }
    }
    let lost = 1_000 - written;
    assert_eq!(rig.state.drops, lost);
    let before = decode(&rig.drain_all());
    assert_eq!(events(&before).len() as u32, written, "what is in the ring is whole");

    rig.clock.set(1_000_000_000);
    rig.event(head::MARK_BEGIN, &[77]);
    assert_eq!(
        decode(&rig.drain_all()),
        [
            Record::Sync {
                sequence: 2,
                cycles: 1_000_000_001,
                drops: u64::from(lost),
                running: 0,
                flags: wire::FLAG_AFTER_DROPS
            },
            Record::Event { head: head::MARK_BEGIN, fields: vec![77], delta: 0 },
        ]
    );
}

#[test]
fn time_goes_on_while_events_are_lost() {
    let mut rig = Rig::<256>::new();
    // 2^31 cycles between events, 100 of them: the clock turns 50 times while the ring is full.
    for _ in 0..100 {
        rig.event(head::OBJECT, &[1, u32::MAX.into(), u32::MAX.into()]);
        rig.pass(1 << 31);
    }
    assert!(rig.state.drops > 50);
    rig.drain_all();
    rig.event(head::IDLE, &[]);
    let records = decode(&rig.drain_all());
    assert!(matches!(records[0], Record::Sync { cycles, .. } if cycles == 100 * (1 << 31) + 1), "{records:?}");
}

#[test]
fn the_host_may_ask_for_a_sync() {
    let mut rig = Rig::<256>::new();
    rig.event(head::IDLE, &[]);
    rig.drain_all();
    rig.state.set_running(4);
    rig.state.enter_handler();
    rig.state.request_sync();
    rig.clock.set(9);
    rig.event(head::ISR_EXIT, &[]);
    rig.state.leave_handler();
    rig.state.request_sync();
    rig.event(head::IDLE, &[]);
    assert_eq!(
        decode(&rig.drain_all()),
        [
            Record::Sync { sequence: 2, cycles: 10, drops: 0, running: 4, flags: wire::FLAG_IN_ISR },
            Record::Event { head: head::ISR_EXIT, fields: vec![], delta: 0 },
            Record::Sync { sequence: 3, cycles: 10, drops: 0, running: 4, flags: 0 },
            Record::Event { head: head::IDLE, fields: vec![], delta: 0 },
        ]
    );
}

#[test]
fn counts_go_on_where_they_wrap() {
    let mut rig = Rig::<256>::new();
    rig.event(head::IDLE, &[]);
    rig.drain_all();
    rig.state.sequence = u32::MAX - 1;
    rig.state.drops = u32::MAX;
    rig.state.turns = u32::MAX;
    rig.clock.set(u32::MAX);
    for _ in 0..2 {
        rig.state.request_sync();
        rig.event(head::IDLE, &[]);
        rig.clock.set(0);
    }
    let sync = |sequence, cycles, drops| Record::Sync { sequence, cycles, drops, running: 0, flags: 0 };
    let records = decode(&rig.drain_all());
    let syncs: Vec<&Record> = records.iter().filter(|record| matches!(record, Record::Sync { .. })).collect();
    // Behind the last sequence comes 1: 0 is none. The clock is at its last cycle, counted from 1, and then at its first.
    let drops = u64::from(u32::MAX);
    assert_eq!(syncs, [&sync(drops, 0, drops), &sync(1, 1, drops)]);
}

#[test]
fn a_host_that_writes_nonsense_does_no_harm() {
    // Miri, or the neighbours in `Rig`, would tell of a byte outside the ring.
    let mut rig = Rig::<256>::new();
    let neighbour = rig.clock.get();
    let mut seed = 7;
    for _ in 0..2_000 {
        let (kind, a, b) = (random(&mut seed), random(&mut seed), random(&mut seed));
        let (head, fields) = any(kind, a, b);
        rig.event(head, &fields);
        rig.read.store(random(&mut seed), Ordering::Relaxed);
        if kind % 50 == 0 {
            rig.write.store(random(&mut seed), Ordering::Relaxed);
        }
    }
    assert_eq!(rig.clock.get(), neighbour);
}

#[test]
fn what_is_held_back_is_neither_told_nor_lost() {
    let mut rig = Rig::<256>::new();
    rig.event(head::IDLE, &[]);
    rig.drain_all();
    rig.state.filter.set_groups(wire::group::ALL & !wire::group::USER);
    rig.clock.set(100);
    rig.event(head::MARK_BEGIN, &[1]);
    rig.long(head::MARK_END, &[1]);
    rig.clock.set(130);
    rig.event(head::OBJECT, &[1, 2, 3]);
    rig.state.filter.reset();
    rig.clock.set(140);
    rig.event(head::MARK_BEGIN, &[4]);
    let event = |head, fields, delta| Record::Event { head, fields, delta };
    // The time since the last event that was told.
    let expected = [event(head::OBJECT, vec![1, 2, 3], 130), event(head::MARK_BEGIN, vec![4], 10)];
    assert_eq!(decode(&rig.drain_all()), expected);
    assert_eq!(rig.state.drops, 0);
}

#[test]
fn a_muted_tasks_handlers_are_heard() {
    let mut rig = Rig::<256>::new();
    rig.event(head::IDLE, &[]);
    rig.drain_all();
    rig.state.set_running(4);
    rig.state.filter.set_muted(crate::trace::filter::Muted { of: bluekernel_abi::Named::Task, id: 3 }, true);
    rig.event(head::OBJECT, &[1, 2, 3]);
    rig.state.enter_handler();
    rig.event(head::OBJECT, &[4, 5, 6]);
    rig.state.leave_handler();
    rig.state.set_running(3);
    rig.event(head::OBJECT, &[7, 8, 9]);
    let told = |fields| Record::Event { head: head::OBJECT, fields, delta: 0 };
    assert_eq!(decode(&rig.drain_all()), [told(vec![4, 5, 6]), told(vec![7, 8, 9])]);
}

#[test]
fn time_goes_on_while_nothing_is_told() {
    let mut rig = Rig::<256>::new();
    rig.event(head::IDLE, &[]);
    rig.drain_all();
    // Five turns of the clock, asked for in each third of a turn.
    for third in 1..=15_u64 {
        rig.clock.set((third * (1 << 32) / 3) as u32);
        let now = rig.clock.get();
        rig.state.follow(now);
    }
    rig.clock.set(7);
    rig.event(head::IDLE, &[]);
    let records = decode(&rig.drain_all());
    assert!(matches!(records[0], Record::Sync { cycles, .. } if cycles == 5 * (1 << 32) + 7 + 1), "{records:?}");
}

#[test]
fn names_are_whole_characters() {
    let mut rig = Rig::<256>::new();
    rig.event(head::IDLE, &[]);
    rig.drain_all();
    let name = |id, text| Name::new(Named::Task, id, text);
    // 24 bytes would end inside of the last character, of three bytes.
    for name in
        [name(3, "ab"), name(200, "a\0b"), name(0, "\u{540d}\u{540d}\u{540d}\u{540d}\u{540d}\u{540d}\u{540d}a\u{540d}")]
    {
        rig.tracer().name(&name);
    }
    let mut expected = vec![0xc1, 4, 1, 3, b'a', b'b', 0];
    expected.extend([0xc1, 4, 1, 200, 1, b'a', 0]);
    expected.extend([0xc1, 24, 1, 0]);
    expected.extend("\u{540d}".repeat(7).into_bytes());
    expected.extend([b'a', 0]);
    assert_eq!(rig.drain_all(), expected);
}
