//! Streams that no kernel sends: what the fuzzer found, and what must come of it.

mod common;

use bluekernel_abi::Event;
use bluekernel_tracer::model::Trace;
use bluekernel_tracer::recording::Header;
use bluekernel_tracer::stats::Statistics;
use common::encoder::{BOOT, Encoder};
use common::scenario::HZ;

fn trace(bytes: &[u8]) -> Trace {
    let mut trace = Trace::new(Header::new("0", "board", HZ));
    trace.push(bytes);
    trace.finish();
    trace
}

#[test]
fn losses_that_no_number_holds_are_the_largest_that_one_does() {
    let mut encoder = Encoder::new();
    encoder.sync(BOOT).event(10, &Event::Idle);
    for _ in 0..3 {
        encoder.event(10, &Event::Drops { count: u64::MAX / 2 }).sync(0).event(10, &Event::Idle);
        // LOST (0xc2) of 2^63 bytes, then what is found again: LEB128 of 2^63 is nine bytes of 0x80 and 1.
        encoder.bytes.extend([0xc2, 10]);
        encoder.bytes.extend([0x80; 9]);
        encoder.bytes.extend([1, 0]);
        encoder.sync(0).event(10, &Event::Idle).event(10, &Event::Idle);
    }
    let trace = trace(&encoder.bytes);
    assert_eq!(trace.dropped(), u64::MAX);
    let losses = Statistics::of(&trace).losses;
    assert_eq!((losses.events, losses.bytes), (u64::MAX, u64::MAX));
}
