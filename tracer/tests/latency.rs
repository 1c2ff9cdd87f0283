//! Where in the trace of `common::scenario` the waits are that a simulator told. Its core runs ten times as fast as the
//! trace's clock, and had run for 5,000 cycles when that began.

mod common;

use bluekernel_tracer::latency::{Latencies, Masked, Moments, Wait, WaitedFor};
use bluekernel_tracer::model::Trace;
use common::encoder::AFTER_DROPS;
use common::scenario::{HZ, header, script};

const UART: u32 = 16;
const TIMER: u32 = 24;
const PEND_SV: u32 = 14;

fn trace() -> Trace {
    let mut script = script();
    script.encoder.drop_events(1);
    script.encoder.clock = 1_100;
    script.encoder.sync(AFTER_DROPS);
    let mut trace = Trace::new(header());
    trace.push(&script.encoder.bytes);
    trace.finish();
    trace
}

fn seen(began_at: Option<u64>) -> Latencies {
    Latencies { core_hz: 10 * HZ, began_at, ..Latencies::default() }
}

/// A wait of `cycles` that ended at `entered`, both in cycles of the core.
fn wait(cycles: u64, entered: u64) -> Wait {
    Wait { cycles, pended_at: entered - cycles, waited_for: None }
}

#[test]
fn a_wait_ends_where_its_handler_begins() {
    let (trace, seen) = (trace(), seen(Some(5_000)));
    let moments = Moments::of(&trace, &seen).unwrap();
    // UART0_RX begins at 410 and at 900, TIMER0 at 400: the simulator sees that some 60 cycles before the kernel writes it.
    assert_eq!(moments.window(UART, &wait(410, 5_000 + 9_000 - 60)), Some(859..900));
    assert_eq!(moments.window(UART, &wait(120, 5_000 + 4_100 - 60)), Some(398..410));
    assert_eq!(moments.window(TIMER, &wait(120, 5_000 + 4_000 - 60)), Some(388..400));
    // TIMER0 goes on at 420, which is no beginning.
    assert_eq!(moments.window(TIMER, &wait(120, 5_000 + 4_200)), Some(388..400));
    // Of this handler no trace tells.
    assert_eq!(moments.window(PEND_SV, &wait(120, 5_000 + 4_500)), Some(438..450));
}

#[test]
fn nothing_is_claimed_where_the_recording_has_no_such_entry() {
    let (trace, with) = (trace(), seen(Some(5_000)));
    let moments = Moments::of(&trace, &with).unwrap();
    assert_eq!(moments.window(UART, &wait(410, 5_000 + 7_000)), None);
    // Before the clock was started.
    assert_eq!(moments.window(PEND_SV, &wait(10, 4_000)), None);
    assert_eq!(moments.window(PEND_SV, &wait(10, u64::MAX)).map(|window| window.end > 1_000_000), Some(true));
    assert!(Moments::of(&trace, &seen(None)).is_none());
}

#[test]
fn a_trace_of_the_simulators_counts_as_the_simulator_does() {
    let mut header = header();
    header.from_outside = true;
    let mut trace = Trace::new(header);
    trace.push(&script().encoder.bytes);
    trace.finish();
    let seen = Latencies { core_hz: HZ, ..Latencies::default() };
    let moments = Moments::of(&trace, &seen).unwrap();
    assert_eq!(moments.window(UART, &wait(41, 900)), Some(859..900));
}

#[test]
fn what_it_waited_for_in_words() {
    let (from, to) = ("read (src/adc.rs:12)".to_owned(), "read (src/adc.rs:19)".to_owned());
    let mask = |to: &str| Some(WaitedFor::Mask(Masked { from: from.clone(), to: to.to_owned(), cycles: 950 }));
    let handler =
        WaitedFor::Handler { name: "TIMER0".to_owned(), entry: "TIMER0 (src/main.rs:7)".to_owned(), cycles: 400 };
    for (waited_for, words) in [
        (None, "nothing but its entry"),
        (mask(&to), "masked for 95.00 us from read (src/adc.rs:12) to read (src/adc.rs:19)"),
        (mask(&from), "masked for 95.00 us at read (src/adc.rs:12)"),
        (Some(handler), "the handler of TIMER0 ran for 40.00 us, TIMER0 (src/main.rs:7)"),
    ] {
        assert_eq!(Wait { waited_for, ..wait(410, 9_000) }.cause(10 * HZ), words);
    }
}
