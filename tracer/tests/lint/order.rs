use bluekernel_abi::{BlockReason, ObjectOp};
use bluekernel_tracer::lint::{Lint, Severity};

use super::*;

/// `task` runs, takes the locks in this order, gives them back in the other, and waits for its period.
fn nested(script: &mut Script, time: u64, task: u32, locks: &[u32]) {
    script.runs(time, task);
    for (place, lock) in (1..).zip(locks) {
        script.op(time + place, ObjectOp::Lock, *lock, task + 1);
    }
    for (place, lock) in (10..).zip(locks.iter().rev()) {
        script.op(time + place, ObjectOp::Unlock, *lock, 0);
    }
    script.waits(time + 30, BlockReason::Period, 0, LOGGER);
}

fn all(sections: &[(u64, u32, &[u32])]) -> Vec<Finding> {
    let mut script = settled(&[SENSOR, FILTER, LOGGER]);
    sections.iter().for_each(|(time, task, locks)| nested(&mut script, *time, *task, locks));
    findings(&mut script, 1_000)
}

/// They never met, and could.
#[test]
fn one_order_here_and_another_there() {
    let finding = only(all(&[(200, SENSOR, &[STATE, LOG]), (300, FILTER, &[LOG, STATE])]));
    assert_eq!((finding.lint, finding.severity), (Lint::LockOrder, Severity::Error));
    assert_eq!(finding.title, "app::STATE, app::LOG are not always taken in the same order");
    assert_eq!(names(&finding.evidence.tasks), ["sensor", "filter"]);
    assert_eq!(
        story(&finding),
        [
            (201, "sensor gets app::STATE"),
            (202, "sensor has app::STATE and takes app::LOG"),
            (301, "filter gets app::LOG"),
            (302, "filter has app::LOG and takes app::STATE"),
        ]
    );
    assert_eq!(finding.evidence.window, 201..303);
}

#[test]
fn not_the_same_order_everywhere() {
    assert_eq!(all(&[(200, SENSOR, &[STATE, LOG]), (300, FILTER, &[STATE, LOG])]), []);
}

/// One after the other is no order.
#[test]
fn not_one_after_the_other() {
    assert_eq!(
        all(&[(200, SENSOR, &[STATE]), (300, SENSOR, &[LOG]), (400, FILTER, &[LOG]), (500, FILTER, &[STATE])]),
        []
    );
}

/// A task cannot wait for itself.
#[test]
fn not_both_orders_of_one_task() {
    assert_eq!(all(&[(200, SENSOR, &[STATE, LOG]), (300, SENSOR, &[LOG, STATE])]), []);
}

/// Whoever takes the two has a third one first, which keeps them apart.
#[test]
fn not_under_a_common_lock() {
    assert_eq!(all(&[(200, SENSOR, &[GATE, STATE, LOG]), (300, FILTER, &[GATE, LOG, STATE])]), []);
    // Once without it is enough.
    let found =
        all(&[(200, SENSOR, &[GATE, STATE, LOG]), (300, FILTER, &[GATE, LOG, STATE]), (400, FILTER, &[LOG, STATE])]);
    assert_eq!(names(&only(found).evidence.objects), ["app::STATE", "app::LOG"]);
}

#[test]
fn a_ring_of_three() {
    let found = all(&[(200, SENSOR, &[STATE, LOG]), (300, FILTER, &[LOG, GATE]), (400, FLOW, &[GATE, STATE])]);
    let finding = only(found);
    assert_eq!(names(&finding.evidence.objects), ["app::STATE", "app::LOG", "app::GATE"]);
    assert_eq!(names(&finding.evidence.tasks), ["sensor", "filter", "flow"]);
    // With two tasks, one of which draws two of the arrows, it cannot close.
    assert_eq!(all(&[(200, SENSOR, &[STATE, LOG]), (300, FILTER, &[LOG, GATE]), (400, FILTER, &[GATE, STATE])]), []);
}

/// Semaphores that are used as locks are locks.
#[test]
fn semaphores_too() {
    let mut script = settled(&[SENSOR, FILTER, LOGGER]);
    for (time, task, first, second) in [(200, SENSOR, STATE, LOG), (300, FILTER, LOG, STATE)] {
        script
            .runs(time, task)
            .op(time + 1, ObjectOp::Take, first, 0)
            .op(time + 2, ObjectOp::Take, second, 0)
            .op(time + 3, ObjectOp::Give, second, 1)
            .op(time + 4, ObjectOp::Give, first, 1)
            .waits(time + 30, BlockReason::Period, 0, LOGGER);
    }
    assert_eq!(only(findings(&mut script, 1_000)).lint, Lint::LockOrder);
}
