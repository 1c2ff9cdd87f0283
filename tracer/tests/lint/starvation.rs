use bluekernel_abi::{BlockReason, Event};
use bluekernel_tracer::lint::{Lint, Severity};

use super::*;

/// The logger is ready from 200 on, and the worker runs.
fn starving() -> Script {
    let mut script = settled(&[LOGGER, WORKER]);
    script.at(200, Event::Ready { task: LOGGER });
    script
}

#[test]
fn ready_for_longer_than_the_bound_and_never_again() {
    // 100 ms is the bound.
    assert_eq!(findings(&mut starving(), 100_200), []);
    let finding = only(findings(&mut starving(), 100_201));
    assert_eq!((finding.lint, finding.severity), (Lint::Starvation, Severity::Error));
    assert_eq!(finding.title, "logger starves: ready for 100.0 ms, and does not run any more");
    assert_eq!(finding.evidence.window, 200..100_201);
    assert_eq!(names(&finding.evidence.tasks), ["logger", "worker"]);
    assert!(finding.text.starts_with("meanwhile worker ran 100.0 ms"), "{}", finding.text);
    assert_eq!(story(&finding), [(200, "logger is ready")]);
}

#[test]
fn ready_for_longer_than_the_bound_and_then_it_runs() {
    let mut script = starving();
    script.waits(150_200, BlockReason::Period, 0, LOGGER);
    let finding = only(findings(&mut script, 151_000));
    assert_eq!((finding.severity, finding.evidence.window.clone()), (Severity::Warning, 200..150_200));
    assert_eq!(finding.title, "logger was ready for 150.0 ms before it ran");
}

/// A moment of running in between begins the time anew.
#[test]
fn not_if_it_runs_now_and_then() {
    let mut script = starving();
    script.switch(100_000, LOGGER).switch(100_001, WORKER);
    assert_eq!(findings(&mut script, 200_000), []);
}

/// To wait for something is not to starve.
#[test]
fn not_who_waits() {
    assert_eq!(findings(&mut settled(&[LOGGER, WORKER]), 900_000), []);
}
