use bluekernel_tracer::latency::{ExceptionLatency, Latencies, Masked, Wait, WaitedFor};
use bluekernel_tracer::lint::{Lint, Lints, Severity};

use super::*;

/// The core runs ten times as fast as the trace's clock: 10 cycles are a microsecond.
const CORE_HZ: u64 = 10 * HZ;

fn mask(cycles: u64) -> Masked {
    Masked { from: "read (src/adc.rs:12)".to_owned(), to: "read (src/adc.rs:19)".to_owned(), cycles }
}

fn waited(exception: u32, name: &str, waits: &[(u64, u64)]) -> ExceptionLatency {
    let wait = |(cycles, masked): &(u64, u64)| {
        let waited_for = Some(WaitedFor::Mask(mask(*masked)));
        Wait { cycles: *cycles, pended_at: 4711, waited_for }
    };
    let longest = waits.iter().map(wait).collect();
    ExceptionLatency { exception, name: name.to_owned(), longest, ..ExceptionLatency::default() }
}

fn found(latencies: Option<Latencies>) -> Vec<Finding> {
    let mut script = settled(&[FILTER]);
    Lints { latencies, ..Lints::default() }.run(&trace(&mut script, 1_000))
}

#[test]
fn a_mask_that_keeps_interrupts_waiting_for_long() {
    let finding = only(found(Some(Latencies {
        core_hz: CORE_HZ,
        longest_masked: Some(mask(972)),
        exceptions: vec![waited(16, "UART0", &[(430, 950)]), waited(TIMER, "TIMER0", &[(600, 972), (20, 905)])],
        ..Latencies::default()
    })));
    assert_eq!((finding.lint, finding.severity), (Lint::LongMask, Severity::Warning));
    assert_eq!(finding.title, "interrupts were masked for 97.20 us, from read (src/adc.rs:12) to read (src/adc.rs:19)");
    // Who waited longest comes first.
    assert_eq!(names(&finding.evidence.interrupts), ["TIMER0", "UART0"]);
    let told = "TIMER0 waited 60.00 us (pending since cycle 4711 of the core), UART0 waited 43.00 us (";
    assert!(finding.text.starts_with(told), "{}", finding.text);
    assert_eq!(finding.occurrences, 3);
    assert_eq!(finding.evidence.window, 0..1_000);
}

/// 860 cycles of the core are the 86 us of the limit, and 861 are more.
#[test]
fn not_one_as_long_as_the_limit() {
    let longest = |cycles| Latencies { core_hz: CORE_HZ, longest_masked: Some(mask(cycles)), ..Latencies::default() };
    assert_eq!(found(Some(longest(860))), []);
    let finding = only(found(Some(longest(861))));
    assert!(finding.text.starts_with("an interrupt had to wait. "), "{}", finding.text);
    assert_eq!(finding.occurrences, 1);
}

#[test]
fn nothing_without_the_simulators_answer_and_nothing_where_nobody_waited() {
    assert_eq!(found(None), []);
    assert_eq!(found(Some(Latencies { core_hz: CORE_HZ, ..Latencies::default() })), []);
}
