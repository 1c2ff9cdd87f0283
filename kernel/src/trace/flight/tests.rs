//! The ring against the text of `bluekernel_abi::flight`. It is one static: so there is one test.

use super::*;
use std::vec::Vec;

/// Slot number `number`, without its time: kind, a, b.
fn at(number: u32) -> (u32, u32, u32) {
    // SAFETY: no other test touches the ring, and this one is between two hooks.
    let slots = unsafe { &*FLIGHT.slots.get() };
    let [_, word] = slots[number as usize % SLOTS];
    (word & 0xff, word >> 8 & 0xff, word >> 16)
}

fn since(first: u32) -> Vec<(u32, u32, u32)> {
    (first..FLIGHT.written.load(Relaxed)).map(at).collect()
}

#[test]
fn events_lie_as_the_layout_says() {
    lock::with(|locked| init(locked, 25_000_000));
    let words = |words: [&AtomicU32; 4]| words.map(|word| word.load(Relaxed));
    let [first, second] = &FLIGHT.magic;
    assert_eq!(words([first, second, &FLIGHT.version, &FLIGHT.capacity]), [0x4c46_4b42, 0x5448_4749, 2, 512]);
    assert_eq!(words([&FLIGHT.clock_hz, &FLIGHT.written, &FLIGHT.turns, &FLIGHT.others]), [25_000_000, 1, 0, 1]);
    assert_eq!(at(0), (0x01, 0, 0));

    // Near the ring: what differs from its address in the low 16 bits.
    let near = address() ^ 0x40;
    let low = near as u32 & 0xffff;
    lock::with(|locked| {
        ready(locked, 7);
        select(locked, 7);
        select(locked, 7); // it runs already
        object(locked, ObjectOp::Give, near, 255);
        object(locked, ObjectOp::Set, near, 0x1234_5678);
        block(locked, BlockReason::Mutex, near, Duration::MAX);
        block(locked, BlockReason::Delay, 0, Duration::from_micros(1));
        select(locked, 7); // it waited: it is told again
        priority(locked, 7, 31, PriorityCause::Inherit, 0);
        task_new(locked, 200, 3, 0x1_2000);
        task_exit(locked, 200);
        timer_fire(locked, 253);
        idle(locked);
    });
    isr_enter(0x1f5);
    isr_exit();
    mark(0x12_3456, 1);
    counter(9, -3);
    counter(9, i64::MIN);
    // 3 microseconds behind the end of what it may take, and then at its very end.
    job_done(near, 13, Duration::from_micros(10));
    job_done(near, 10, Duration::from_micros(10));
    let none = address() as u32 & 0xffff;
    let high = near as u32 >> 16;
    #[rustfmt::skip]
    let expected = [
        (0x05, 0, 7),
        (0x04, 0, 7),
        (0x21, 255, low),
        // 0x78; then 0x56 and 0x1234. The object is told again, since one comparison stands for both.
        (0x27, 0x78, low), (0x02, 0x56, 0x1234), (0x03, 0, high),
        (0x62, 0, low),
        (0x61, 1, none),
        (0x04, 0, 7),
        // 0x80 + 32 × (inherit 2 - 1) + 31.
        (0xbf, 7, none),
        (0xe3, 200, 0x2000), (0x03, 0, 1),
        (0x09, 0, 200),
        (0x0a, 0, 253),
        (0x08, 0, 0),
        (0x06, 0, 0x1f5),
        (0x07, 0, 0),
        (0x0d, 1, 0x3456), (0x03, 0, 0x12),
        // Zigzag of -3 is 5; the least that has room is -2^31, whose zigzag is 2^32 - 1.
        (0x0e, 5, 9),
        (0x0e, 0xff, 9), (0x02, 0xff, 0xffff),
        (0x12, 0, low), (0x13, 3, low),
        (0x12, 0, low),
    ];
    assert_eq!(since(1), expected);
    // The start, and the five that go on.
    assert_eq!(FLIGHT.others.load(Relaxed), 6);

    // Released 700 microseconds ago, or when the host's clock began.
    let first = FLIGHT.written.load(Relaxed);
    let begin = crate::Instant::now().as_micros();
    job_release(near, begin.saturating_sub(700));
    let end = crate::Instant::now().as_micros();
    let (_, high, wide) = if FLIGHT.written.load(Relaxed) > first + 1 { at(first + 1) } else { (0, 0, 0) };
    let late = u64::from(at(first).1 | high << 8 | wide << 16);
    assert_eq!(at(first).0, 0x11);
    assert!((begin.min(700)..=end - begin + 700).contains(&late), "{late}");

    // A reset keeps what is there; the oldest is overwritten.
    lock::with(|locked| init(locked, 25_000_000));
    assert_eq!(at(FLIGHT.written.load(Relaxed) - 1), (0x01, 0, 0));
    let before = FLIGHT.written.load(Relaxed);
    lock::with(|locked| (0..SLOTS).for_each(|_| ready(locked, 1)));
    assert_eq!(FLIGHT.written.load(Relaxed), before + 512);
    assert_eq!(at(before), (0x05, 0, 1));

    // The counter turns, and that is counted once.
    FLIGHT.written.store(u32::MAX, Relaxed);
    lock::with(|locked| {
        follow(locked);
        ready(locked, 2);
        follow(locked);
        follow(locked);
    });
    assert_eq!(words([&FLIGHT.written, &FLIGHT.turns, &FLIGHT.seen, &FLIGHT.others]), [0, 1, 0, 7]);
    assert_eq!(at(u32::MAX), (0x05, 0, 2));

    // Of another image, nothing is kept.
    FLIGHT.build_id[0].store(1, Relaxed);
    lock::with(|locked| init(locked, 25_000_000));
    assert_eq!(words([&FLIGHT.written, &FLIGHT.turns, &FLIGHT.others, &FLIGHT.build_id[0]]), [1, 0, 1, 0]);
    assert_eq!((at(0), at(1)), ((0x01, 0, 0), (0, 0, 0)));
}
