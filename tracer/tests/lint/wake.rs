use bluekernel_abi::{BlockReason, Event, ObjectOp};
use bluekernel_tracer::lint::{Lint, Severity};

use super::*;

/// The filter waits for a condition, and is woken every 1,000 us from 1,000 on, `times` times; each time it runs for `run` us,
/// and does `deed` in the middle.
fn woken(times: u64, reason: BlockReason, run: u64, deed: Option<ObjectOp>) -> Vec<Finding> {
    let mut script = settled(&[FILTER]);
    script.at(200, block(reason, STATE)).at(205, Event::Idle);
    for time in (1..=times).map(|time| time * 1_000) {
        script.runs(time, FILTER);
        if let Some(op) = deed {
            script.op(time + run / 2, op, LOG, 0);
        }
        script.at(time + run, block(reason, STATE)).at(time + run, Event::Idle);
    }
    findings(&mut script, (times + 1) * 1_000)
}

#[test]
fn a_condition_that_does_not_hold_time_after_time() {
    // Ten in a row are too many, if each is no longer than 50 us.
    let finding = only(woken(10, BlockReason::Condition, 50, None));
    assert_eq!((finding.lint, finding.severity), (Lint::WakeWithoutRun, Severity::Warning));
    assert_eq!(finding.title, "filter was woken 10 times in a row for nothing by app::STATE");
    assert_eq!(finding.occurrences, 10);
    assert_eq!(finding.evidence.window, 1_000..10_050);
    assert_eq!(names(&finding.evidence.tasks), ["filter"]);
    assert_eq!(names(&finding.evidence.objects), ["app::STATE"]);
}

#[test]
fn not_fewer_times_nor_longer_ones() {
    assert_eq!(woken(9, BlockReason::Condition, 50, None), []);
    assert_eq!(woken(10, BlockReason::Condition, 51, None), []);
}

/// To look at the condition it takes the lock; to do something is more.
#[test]
fn not_if_it_does_something() {
    assert_eq!(woken(10, BlockReason::Condition, 40, Some(ObjectOp::Send)), []);
    assert_eq!(woken(10, BlockReason::Condition, 40, Some(ObjectOp::Unlock)).len(), 1);
}

/// Whoever is woken by a semaphore or a channel has what it waited for.
#[test]
fn not_by_what_hands_something_over() {
    for reason in [BlockReason::Semaphore, BlockReason::ChannelEmpty, BlockReason::Event, BlockReason::Notify] {
        assert_eq!(woken(20, reason, 10, None), []);
    }
}

#[test]
fn woken_and_stopped_before_it_ran() {
    let mut script = settled(&[LOGGER, WORKER]);
    script.at(200, Event::Ready { task: LOGGER }).at(300, Event::TaskExit { task: LOGGER });
    let finding = only(findings(&mut script, 1_000));
    assert_eq!((finding.lint, finding.severity), (Lint::WakeWithoutRun, Severity::Warning));
    assert_eq!(finding.title, "logger was woken, and did not run");
    assert_eq!(finding.evidence.window, 200..300);
}

/// A reset stops everybody.
#[test]
fn not_stopped_by_a_reset() {
    let mut script = settled(&[LOGGER, WORKER]);
    script.at(200, Event::Ready { task: LOGGER });
    script.encoder.clock = 0;
    script.encoder.sync(common::encoder::BOOT);
    assert_eq!(findings(&mut script, 50), []);
}
