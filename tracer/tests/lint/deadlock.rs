use bluekernel_abi::{BlockReason, Event, ObjectOp};
use bluekernel_tracer::lint::{Finding, Lint, Severity};

use super::common::encoder::BOOT;
use super::*;

/// The filter has LOG and wants STATE, the sensor has STATE and wants LOG.
fn embraced() -> Script {
    let mut script = settled(&[SENSOR, FILTER]);
    script
        .op(110, ObjectOp::Lock, LOG, FILTER + 1)
        .runs(200, SENSOR)
        .op(210, ObjectOp::Lock, STATE, SENSOR + 1)
        .waits(220, BlockReason::Mutex, LOG, FILTER)
        .at(300, block(BlockReason::Mutex, STATE))
        .at(305, Event::Idle);
    script
}

fn deadlocks(findings: Vec<Finding>) -> Vec<Finding> {
    findings.into_iter().filter(|finding| finding.lint == Lint::Deadlock).collect()
}

#[test]
fn two_that_wait_for_each_other_until_the_end() {
    let finding = only(deadlocks(findings(&mut embraced(), 1_000)));
    assert_eq!(finding.severity, Severity::Error);
    assert_eq!(finding.title, "filter, sensor wait for each other");
    assert_eq!(
        story(&finding),
        [(220, "sensor waits for app::LOG, which filter has"), (300, "filter waits for app::STATE, which sensor has")]
    );
    assert_eq!(finding.evidence.window, 220..1_000);
    assert_eq!(names(&finding.evidence.objects), ["app::STATE", "app::LOG"]);
}

/// A watchdog resets the firmware: it lasted until then.
#[test]
fn two_that_wait_for_each_other_until_a_reset() {
    let mut script = embraced();
    script.encoder.clock = 0;
    script.encoder.sync(BOOT);
    let found = deadlocks(findings(&mut script, 50));
    assert_eq!(names(&only(found).evidence.tasks), ["filter", "sensor"]);
}

/// Each waits for the next: a third one waits for the ring, and is none of it.
#[test]
fn only_who_is_in_the_ring_is_named() {
    let mut script = embraced();
    script.runs(400, WORKER).at(420, block(BlockReason::Mutex, LOG)).at(430, Event::Idle);
    assert_eq!(names(&only(deadlocks(findings(&mut script, 1_000))).evidence.tasks), ["filter", "sensor"]);
}

/// One of them gives up.
#[test]
fn not_if_a_time_out_ends_it() {
    let mut script = embraced();
    script
        .at(500, Event::TimerFire { task: SENSOR })
        .runs(500, SENSOR)
        .op(510, ObjectOp::Unlock, STATE, FILTER + 1)
        .at(510, Event::Ready { task: FILTER })
        .waits(520, BlockReason::Period, 0, FILTER);
    assert_eq!(deadlocks(findings(&mut script, 1_000)), []);
}

/// A chain that ends with one who could run is none.
#[test]
fn not_a_chain() {
    let mut script = settled(&[SENSOR, FILTER]);
    script
        .op(110, ObjectOp::Lock, LOG, FILTER + 1)
        .runs(200, SENSOR)
        .waits(220, BlockReason::Mutex, LOG, FILTER)
        .at(300, block(BlockReason::Delay, 0))
        .at(305, Event::Idle);
    assert_eq!(deadlocks(findings(&mut script, 1_000)), []);
}
