use bluekernel_abi::Event;
use bluekernel_tracer::lint::{Lint, Severity};

use super::*;

/// The timer's handler runs for `busy` us of every 100 us, from 1,000 on for 20 ms.
fn interrupted(busy: u64) -> Vec<Finding> {
    let mut script = settled(&[FILTER]);
    for time in (1_000..21_000).step_by(100) {
        script.at(time, Event::IsrEnter { exception: TIMER }).at(time + busy, Event::IsrExit);
    }
    findings(&mut script, 40_000)
}

#[test]
fn a_handler_with_more_than_half_of_the_processor() {
    let finding = only(interrupted(60));
    assert_eq!((finding.lint, finding.severity), (Lint::InterruptStorm, Severity::Error));
    assert_eq!(names(&finding.evidence.interrupts), ["TIMER0"]);
    // The windows of 10 ms that begin with an entry and hold more than 5,000 us of it: 84 entries and more, so those from
    // 1,000 to 12,600, and the last ends at 22,600. 200 entries of 60 us are 12,000 of 21,600.
    assert_eq!(finding.evidence.window, 1_000..22_600);
    assert_eq!(finding.title, "TIMER0 takes 55 % of the processor for 21.60 ms");
    assert_eq!(story(&finding), [(1_000, "TIMER0 is entered"), (22_600, "entered 200 times by now")]);
    assert_eq!(finding.occurrences, 1);
}

#[test]
fn not_one_with_half_of_it() {
    assert_eq!(interrupted(50), []);
}

/// A handler that takes long, once, is no storm.
#[test]
fn not_a_long_handler() {
    let mut script = settled(&[FILTER]);
    script.at(1_000, Event::IsrEnter { exception: TIMER }).at(6_000, Event::IsrExit);
    assert_eq!(findings(&mut script, 40_000), []);
}
