use bluekernel_abi::{BlockReason, Event, ObjectOp, PriorityCause};
use bluekernel_tracer::lint::{Lint, Severity};

use super::common::encoder::AFTER_DROPS;
use super::*;

/// The logger takes the semaphore, the worker interrupts it, the sensor wants the semaphore; the worker works until 900.
fn inverted() -> Script {
    let mut script = settled(&[SENSOR, WORKER, LOGGER]);
    script
        .op(110, ObjectOp::Take, STATE, 0)
        .runs(200, WORKER)
        .runs(300, SENSOR)
        .waits(320, BlockReason::Semaphore, STATE, WORKER)
        .waits(900, BlockReason::Period, 0, LOGGER);
    script
}

#[test]
fn a_semaphore_as_a_lock() {
    let mut script = inverted();
    script.op(950, ObjectOp::Give, STATE, 0).runs(950, SENSOR).op(970, ObjectOp::Give, STATE, 1).waits(
        980,
        BlockReason::Period,
        0,
        LOGGER,
    );
    let finding = only(findings(&mut script, 1_000));
    assert_eq!((finding.lint, finding.severity), (Lint::PriorityInversion, Severity::Error));
    assert_eq!(finding.title, "sensor waits for logger, which has app::STATE, and worker runs: nothing bounds that");
    // It waits from 320 to 950; the worker runs from 320 to 900.
    assert!(finding.text.contains("sensor (priority 7) waited 630.0 us"), "{}", finding.text);
    assert!(finding.text.contains("worker (priority 3) ran 580.0 us"), "{}", finding.text);
    assert!(finding.text.contains("It is a semaphore"), "{}", finding.text);
    assert_eq!(finding.evidence.window, 320..950);
    assert_eq!(names(&finding.evidence.tasks), ["sensor", "logger", "worker"]);
    assert_eq!(names(&finding.evidence.objects), ["app::STATE"]);
    assert_eq!(
        story(&finding),
        [
            (110, "logger gets app::STATE"),
            (320, "sensor waits for app::STATE"),
            (320, "worker runs, and logger does not"),
            (950, "logger gives app::STATE back"),
        ]
    );
    assert_eq!(finding.occurrences, 1);
}

/// What the sensor waits for comes from another task: that is no lock.
#[test]
fn not_a_semaphore_by_which_one_task_tells_another() {
    let mut script = settled(&[SENSOR, WORKER, LOGGER]);
    script
        .op(110, ObjectOp::Take, STATE, 0)
        .runs(200, WORKER)
        .runs(300, SENSOR)
        .waits(320, BlockReason::Semaphore, STATE, WORKER)
        .op(890, ObjectOp::Give, STATE, 0)
        .runs(890, SENSOR)
        .waits(980, BlockReason::Period, 0, LOGGER);
    assert_eq!(findings(&mut script, 1_000), []);
}

/// The same by a handler.
#[test]
fn not_a_semaphore_by_which_an_interrupt_tells_a_task() {
    let mut script = settled(&[SENSOR, WORKER, LOGGER]);
    script
        .op(110, ObjectOp::Take, STATE, 0)
        .runs(200, WORKER)
        .runs(300, SENSOR)
        .waits(320, BlockReason::Semaphore, STATE, WORKER)
        .at(900, Event::IsrEnter { exception: TIMER })
        .op(905, ObjectOp::Give, STATE, 0)
        .at(905, Event::Ready { task: SENSOR })
        .at(910, Event::IsrExit)
        .switch(915, SENSOR)
        .waits(980, BlockReason::Period, 0, LOGGER);
    assert_eq!(findings(&mut script, 1_000), []);
}

/// Two permits: two have it at once.
#[test]
fn not_a_semaphore_with_two_permits() {
    let mut script = settled(&[SENSOR, WORKER, LOGGER]);
    script
        .op(110, ObjectOp::Take, STATE, 1)
        .runs(200, WORKER)
        .op(210, ObjectOp::Take, STATE, 0)
        .runs(300, SENSOR)
        .waits(320, BlockReason::Semaphore, STATE, WORKER)
        .op(890, ObjectOp::Give, STATE, 0)
        .runs(890, SENSOR)
        .op(970, ObjectOp::Give, STATE, 1)
        .waits(980, BlockReason::Period, 0, LOGGER);
    assert_eq!(findings(&mut script, 1_000), []);
}

/// The kernel's mutex: the logger is raised, and runs before the worker.
#[test]
fn not_a_mutex_that_raises_its_owner() {
    let raised = |priority, cause| Event::Priority { task: LOGGER, priority, cause, object: STATE };
    let mut script = settled(&[SENSOR, WORKER, LOGGER]);
    script
        .op(110, ObjectOp::Lock, STATE, LOGGER + 1)
        .runs(200, WORKER)
        .runs(300, SENSOR)
        .at(320, raised(7, PriorityCause::Inherit))
        .waits(320, BlockReason::Mutex, STATE, LOGGER)
        .op(400, ObjectOp::Unlock, STATE, SENSOR + 1)
        .at(400, raised(1, PriorityCause::Disinherit))
        .runs(400, SENSOR)
        .op(420, ObjectOp::Unlock, STATE, 0)
        .waits(430, BlockReason::Period, 0, WORKER)
        .waits(900, BlockReason::Period, 0, LOGGER);
    assert_eq!(findings(&mut script, 1_000), []);
}

/// Who runs in between is more important than who waits: it would have run anyway.
#[test]
fn not_while_something_more_important_than_both_runs() {
    let mut script = settled(&[FLOW, SENSOR, LOGGER]);
    script
        .op(110, ObjectOp::Take, STATE, 0)
        .runs(300, SENSOR)
        .waits(320, BlockReason::Semaphore, STATE, LOGGER)
        .runs(330, FLOW)
        .waits(900, BlockReason::Period, 0, LOGGER)
        .op(950, ObjectOp::Give, STATE, 0)
        .runs(950, SENSOR)
        .op(970, ObjectOp::Give, STATE, 1)
        .waits(980, BlockReason::Period, 0, LOGGER);
    assert_eq!(findings(&mut script, 1_000), []);
}

/// Who runs in between has been raised above who waits: it helps somebody more important.
#[test]
fn not_while_one_runs_that_was_raised_above_both() {
    let raised = |priority, cause| Event::Priority { task: WORKER, priority, cause, object: LOG };
    let mut script = settled(&[SENSOR, WORKER, LOGGER]);
    script
        .op(110, ObjectOp::Take, STATE, 0)
        .runs(200, WORKER)
        .runs(300, SENSOR)
        .at(310, raised(9, PriorityCause::Inherit))
        .waits(320, BlockReason::Semaphore, STATE, WORKER)
        .at(900, raised(3, PriorityCause::Disinherit))
        .waits(900, BlockReason::Period, 0, LOGGER)
        .op(950, ObjectOp::Give, STATE, 0)
        .runs(950, SENSOR)
        .op(970, ObjectOp::Give, STATE, 1)
        .waits(980, BlockReason::Period, 0, LOGGER);
    assert_eq!(findings(&mut script, 1_000), []);
}

/// The owner sleeps with the lock: it is not kept from running, and the wait is short.
#[test]
fn not_while_the_owner_could_not_run_anyway() {
    let mut script = settled(&[SENSOR, WORKER, LOGGER]);
    script
        .op(110, ObjectOp::Take, STATE, 0)
        .at(200, Event::Ready { task: WORKER })
        .waits(200, BlockReason::Delay, 0, WORKER)
        .runs(300, SENSOR)
        .waits(320, BlockReason::Semaphore, STATE, WORKER)
        .waits(900, BlockReason::Period, 0, LOGGER)
        .op(950, ObjectOp::Give, STATE, 0)
        .runs(950, SENSOR)
        .op(970, ObjectOp::Give, STATE, 1)
        .waits(980, BlockReason::Period, 0, LOGGER);
    assert_eq!(findings(&mut script, 1_000), []);
}

/// The logger reads, the sensor wants to write: it has the gate, and waits for the reader, whom nobody raises.
#[test]
fn a_reader_of_a_reader_writer_lock() {
    let mut script = settled(&[SENSOR, WORKER, LOGGER]);
    script
        .op(110, ObjectOp::Lock, STATE, 1)
        .op(115, ObjectOp::Unlock, STATE, 0)
        .runs(120, WORKER)
        .op(125, ObjectOp::Lock, STATE, 1)
        .op(126, ObjectOp::Unlock, STATE, 0)
        .waits(130, BlockReason::Period, 0, LOGGER)
        .op(150, ObjectOp::Lock, STATE, 1)
        .runs(200, WORKER)
        .runs(300, SENSOR)
        .op(310, ObjectOp::Lock, STATE, SENSOR + 1)
        .waits(320, BlockReason::WriteLock, STATE, WORKER)
        .waits(900, BlockReason::Period, 0, LOGGER)
        .op(950, ObjectOp::Unlock, STATE, 0)
        .runs(950, SENSOR)
        .op(970, ObjectOp::Unlock, STATE, 0)
        .waits(980, BlockReason::Period, 0, LOGGER);
    let finding = only(findings(&mut script, 1_000));
    assert_eq!((finding.lint, finding.severity), (Lint::PriorityInversion, Severity::Error));
    assert_eq!(names(&finding.evidence.tasks), ["sensor", "logger", "worker"]);
    assert_eq!(finding.evidence.window, 320..950);
    assert!(finding.text.contains("Readers of a reader-writer lock are not raised"), "{}", finding.text);
}

/// The sensor waits for the filter, the filter for the logger, and the worker runs.
#[test]
fn along_a_chain_of_owners() {
    let mut script = settled(&[SENSOR, FILTER, WORKER, LOGGER]);
    script
        .op(110, ObjectOp::Lock, LOG, LOGGER + 1)
        .runs(150, WORKER)
        .runs(200, FILTER)
        .op(210, ObjectOp::Lock, STATE, FILTER + 1)
        .waits(220, BlockReason::Mutex, LOG, WORKER)
        .runs(300, SENSOR)
        .waits(320, BlockReason::Mutex, STATE, WORKER)
        .waits(900, BlockReason::Period, 0, LOGGER)
        .op(950, ObjectOp::Unlock, LOG, FILTER + 1)
        .runs(950, FILTER)
        .op(960, ObjectOp::Unlock, LOG, 0)
        .op(970, ObjectOp::Unlock, STATE, SENSOR + 1)
        .runs(970, SENSOR)
        .op(980, ObjectOp::Unlock, STATE, 0)
        .waits(990, BlockReason::Period, 0, LOGGER);
    let found = findings(&mut script, 1_000);
    let all: Vec<_> = found
        .iter()
        .map(|finding| {
            (names(&finding.evidence.tasks), names(&finding.evidence.objects), finding.evidence.window.clone())
        })
        .collect();
    assert_eq!(
        all,
        [
            (vec!["filter", "logger", "worker"], vec!["app::LOG"], 220..950),
            (vec!["sensor", "filter", "logger", "worker"], vec!["app::STATE", "app::LOG"], 320..970),
        ]
    );
    assert!(found[1].text.contains("filter (priority 5) had, which itself waited for logger (priority 1)"));
}

/// Nobody runs in between: it is one critical section, but a long one. The bound is 5 ms.
#[test]
fn a_long_critical_section_from_its_bound_on() {
    let section = |end| {
        let mut script = settled(&[SENSOR, LOGGER]);
        script
            .op(110, ObjectOp::Lock, STATE, LOGGER + 1)
            .runs(300, SENSOR)
            .waits(1_000, BlockReason::Mutex, STATE, LOGGER)
            .op(end, ObjectOp::Unlock, STATE, SENSOR + 1)
            .runs(end, SENSOR)
            .op(end + 10, ObjectOp::Unlock, STATE, 0)
            .waits(end + 20, BlockReason::Period, 0, LOGGER);
        findings(&mut script, end + 100)
    };
    assert_eq!(section(6_000), []);
    let finding = only(section(6_001));
    assert_eq!((finding.lint, finding.severity), (Lint::PriorityInversion, Severity::Warning));
    assert_eq!(finding.title, "sensor waited 5.001 ms for app::STATE, which the less important logger had");
    assert_eq!(finding.evidence.window, 1_000..6_001);
    assert_eq!(names(&finding.evidence.tasks), ["sensor", "logger"]);
}

/// A more important task may have a lock for as long as it likes: that is no inversion.
#[test]
fn not_while_a_more_important_task_has_it() {
    let mut script = settled(&[LOGGER, SENSOR]);
    script
        .op(110, ObjectOp::Lock, STATE, SENSOR + 1)
        .waits(200, BlockReason::Delay, 0, SENSOR)
        .at(300, block(BlockReason::Delay, 0))
        .runs(400, LOGGER)
        .at(500, block(BlockReason::Mutex, STATE))
        .at(510, Event::Idle)
        .runs(50_000, SENSOR)
        .op(50_100, ObjectOp::Unlock, STATE, LOGGER + 1)
        .at(50_100, Event::Ready { task: LOGGER })
        .waits(50_200, BlockReason::Period, 0, LOGGER)
        .op(50_300, ObjectOp::Unlock, STATE, 0);
    assert_eq!(findings(&mut script, 51_000), []);
}

/// Twice between the same is one finding, with the evidence of the longer time.
#[test]
fn the_worst_of_several_is_the_evidence() {
    let mut script = inverted();
    script
        .op(950, ObjectOp::Give, STATE, 0)
        .runs(950, SENSOR)
        .op(970, ObjectOp::Give, STATE, 1)
        .waits(980, BlockReason::Period, 0, LOGGER)
        .op(1_110, ObjectOp::Take, STATE, 0)
        .runs(1_200, WORKER)
        .runs(1_300, SENSOR)
        .waits(1_320, BlockReason::Semaphore, STATE, WORKER)
        .waits(2_900, BlockReason::Period, 0, LOGGER)
        .op(2_950, ObjectOp::Give, STATE, 0)
        .runs(2_950, SENSOR)
        .op(2_970, ObjectOp::Give, STATE, 1)
        .waits(2_980, BlockReason::Period, 0, LOGGER);
    let finding = only(findings(&mut script, 3_000));
    assert_eq!((finding.occurrences, finding.evidence.window), (2, 1_320..2_950));
}

/// Who had the permit is not known behind a loss of events.
#[test]
fn nothing_is_concluded_across_a_loss() {
    let mut script = settled(&[SENSOR, WORKER, LOGGER]);
    script.op(110, ObjectOp::Take, STATE, 0).runs(200, WORKER);
    script.encoder.drop_events(3);
    script.encoder.clock = 250;
    script.encoder.sync(AFTER_DROPS);
    script.runs(300, SENSOR).waits(320, BlockReason::Semaphore, STATE, WORKER).waits(
        900,
        BlockReason::Period,
        0,
        FILTER,
    );
    assert_eq!(findings(&mut script, 1_000), []);
}
