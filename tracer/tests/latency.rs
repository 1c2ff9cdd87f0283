//! Where in the trace of `common::scenario` the waits are that a simulator told. Its core runs ten times as fast as the
//! trace's clock, and had run for 5,000 cycles when that began.

mod common;

use bluekernel_abi::Event;
use bluekernel_tracer::latency::{ExceptionLatency, Latencies, Masked, Moments, Wait, WaitedFor};
use bluekernel_tracer::model::Trace;
use bluekernel_tracer::recording::Header;
use common::encoder::{AFTER_DROPS, BOOT, Encoder};
use common::scenario::{HZ, Script, header};

const UART: u32 = 16;
const TIMER: u32 = 24;
const PEND_SV: u32 = 14;

/// The scenario's entries, `later` than it has them: UART0_RX begins at 410 and at 900, TIMER0 at 400.
fn trace(header: Header, later: u64) -> Trace {
    let mut script = Script { encoder: Encoder::new() };
    script.encoder.clock = later;
    script.encoder.sync(BOOT);
    for (time, exception) in [(400, TIMER), (900, UART)] {
        script.at(later + time, Event::IsrEnter { exception });
        if exception == TIMER {
            script.at(later + 410, Event::IsrEnter { exception: UART }).at(later + 420, Event::IsrExit);
        }
        script.at(later + time + 40, Event::IsrExit);
    }
    script.encoder.drop_events(1);
    script.encoder.clock = later + 1_100;
    script.encoder.sync(AFTER_DROPS);
    let mut trace = Trace::new(header);
    trace.push(&script.encoder.bytes);
    trace.finish();
    trace
}

/// The simulator sees entries some 60 cycles before the kernel writes them.
fn seen(began_at: Option<u64>, waits: &[(u32, Wait)]) -> Latencies {
    let row = |(exception, wait): &(u32, Wait)| ExceptionLatency {
        exception: *exception,
        longest: vec![wait.clone()],
        ..ExceptionLatency::default()
    };
    Latencies { core_hz: 10 * HZ, began_at, exceptions: waits.iter().map(row).collect(), ..Latencies::default() }
}

/// A wait of `cycles` that ended at `entered`, both in cycles of the core.
fn wait(cycles: u64, entered: u64) -> Wait {
    Wait { cycles, pended_at: entered - cycles, waited_for: None }
}

#[test]
fn a_wait_ends_where_its_handler_begins() {
    let waits = [
        (UART, wait(410, 5_000 + 9_000 - 60)),
        (UART, wait(120, 5_000 + 4_100 - 60)),
        (TIMER, wait(120, 5_000 + 4_000 - 60)),
        // TIMER0 goes on at 420, which is no beginning.
        (TIMER, wait(120, 5_000 + 4_200)),
        // Of this handler no trace tells.
        (PEND_SV, wait(120, 5_000 + 4_500 - 60)),
        // There is no such entry.
        (UART, wait(410, 5_000 + 7_000)),
        // Before the clock was started.
        (PEND_SV, wait(10, 3_000)),
    ];
    let seen = seen(Some(5_000), &waits);
    let windows = [Some(859..900), Some(398..410), Some(388..400), Some(388..400), Some(438..450), None, None];
    // The first record was written 10 later than the clock was read for it; the clock began with 0, or had run for a while.
    for later in [10, 0] {
        let trace = trace(header(), later);
        let moments = Moments::of(&trace, &seen).unwrap();
        let found = waits.each_ref().map(|(exception, wait)| moments.window(*exception, wait));
        let expected = windows.clone().map(|window| window.map(|window| window.start + later..window.end + later));
        assert_eq!(found, expected, "{later}");
    }
}

/// Where the first record was written before the clock ran, a millisecond before, the entries alone tell.
#[test]
fn a_clock_that_starts_late_is_found_by_the_entries() {
    let waits =
        [(UART, wait(410, 15_000 + 9_000)), (UART, wait(12, 15_000 + 4_100)), (TIMER, wait(20, 15_000 + 4_000))];
    let trace = trace(header(), 0);
    let late = seen(Some(5_000), &waits);
    let moments = Moments::of(&trace, &late).unwrap();
    let found = waits.each_ref().map(|(exception, wait)| moments.window(*exception, wait));
    assert_eq!(found, [Some(859..900), Some(409..410), Some(398..400)]);
    // One entry of UART0_RX alone may be either: nothing is claimed.
    assert!(Moments::of(&trace, &seen(Some(5_000), &waits[..1])).is_none());
}

#[test]
fn nothing_is_claimed_where_nothing_is_known() {
    let trace = trace(header(), 10);
    let waits = [(UART, wait(410, 5_000 + 9_000)), (TIMER, wait(120, 5_000 + 4_000))];
    assert!(Moments::of(&trace, &seen(Some(5_000), &waits)).is_some());
    assert!(Moments::of(&trace, &seen(None, &waits)).is_none());
    assert!(Moments::of(&trace, &seen(Some(5_000), &[])).is_none());
    // Numbers that no run has.
    let absurd = [(UART, wait(u64::MAX, u64::MAX)), (PEND_SV, wait(10, u64::MAX))];
    assert!(Moments::of(&trace, &seen(Some(u64::MAX), &absurd)).is_none());
    let moments = seen(Some(5_000), &waits);
    let moments = Moments::of(&trace, &moments).unwrap();
    assert_eq!(moments.window(UART, &absurd[0].1), None);
}

#[test]
fn a_trace_of_the_simulators_counts_as_the_simulator_does() {
    let mut header = header();
    header.from_outside = true;
    let trace = trace(header, 0);
    let waits = [(UART, wait(41, 900)), (TIMER, wait(5, 400))];
    let seen = Latencies { core_hz: HZ, ..seen(None, &waits) };
    let moments = Moments::of(&trace, &seen).unwrap();
    assert_eq!(moments.window(UART, &waits[0].1), Some(859..900));
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
