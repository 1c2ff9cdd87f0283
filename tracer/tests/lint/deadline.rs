use bluekernel_abi::{BlockReason, Event};
use bluekernel_tracer::lint::{Lint, Severity};

use super::common::encoder::AFTER_DROPS;
use super::*;

const SENSING: u32 = 50;

/// A job of the sensor, released at 1,000 and begun at 1,010: every 5 ms, to be done in 2 ms.
fn released() -> Script {
    let mut script = started(&[SENSOR]);
    script
        .at(20, Event::Timing { object: SENSING, period: 5_000, deadline: 2_000 })
        .at(30, block(BlockReason::Period, SENSING))
        .at(40, Event::Idle)
        .runs(1_005, SENSOR)
        .at(1_010, Event::JobRelease { object: SENSING, late: 10 });
    script
}

#[test]
fn work_that_is_late() {
    let mut script = released();
    script
        .at(1_500, block(BlockReason::Delay, 0))
        .at(1_500, Event::Idle)
        .runs(3_000, SENSOR)
        .at(3_250, Event::JobDone { object: SENSING })
        .at(3_250, Event::DeadlineMiss { object: SENSING, late: 250 })
        .at(3_260, block(BlockReason::Period, SENSING));
    let finding = only(findings(&mut script, 4_000));
    assert_eq!((finding.lint, finding.severity), (Lint::DeadlineMiss, Severity::Error));
    assert_eq!(finding.title, "sensor was done 250.0 us after its deadline");
    // Released at 1,000, runs from 1,005 to 1,500 and from 3,000 to 3,250. In front of 1,005 it waited for its period.
    let text = "2.250 ms since its release: ran 745.0 us, was ready 0 s, waited for objects 0 s, slept 1.505 ms, was \
                interrupted 0 s";
    assert_eq!(finding.text, text);
    assert_eq!(finding.evidence.window, 1_000..3_250);
    assert_eq!(names(&finding.evidence.tasks), ["sensor"]);
    assert_eq!(
        story(&finding),
        [
            (1_000, "sensor is released"),
            (1_010, "sensor begins"),
            (3_000, "sensor's deadline"),
            (3_250, "sensor is done"),
        ]
    );
}

/// 250 us late is not too late where 250 are allowed.
#[test]
fn not_work_that_is_as_late_as_the_limit() {
    let mut script = released();
    script
        .at(3_250, Event::JobDone { object: SENSING })
        .at(3_250, Event::DeadlineMiss { object: SENSING, late: 250 })
        .at(3_260, block(BlockReason::Period, SENSING));
    let trace = trace(&mut script, 4_000);
    let late = |limit| {
        let mut lints = Lints::default();
        lints.limits.set("deadline-late", limit).unwrap();
        lints.run(&trace).iter().filter(|finding| finding.lint == Lint::DeadlineMiss).count()
    };
    assert_eq!((late("250us"), late("249us"), late("0us")), (0, 1, 1));
}

#[test]
fn not_work_that_is_done_in_time() {
    let mut script = released();
    script.at(2_990, Event::JobDone { object: SENSING }).at(2_995, block(BlockReason::Period, SENSING));
    assert_eq!(findings(&mut script, 6_500), []);
}

/// The deadline is at 3,000: a trace that ends there does not tell, and one that ends behind it does.
#[test]
fn work_that_is_not_done_yet() {
    assert_eq!(findings(&mut released(), 3_000), []);
    let finding = only(findings(&mut released(), 3_400));
    assert_eq!(finding.title, "sensor is not done 400.0 us after its deadline");
    assert_eq!(finding.evidence.window, 1_000..3_400);
}

/// It may have been done where events were lost.
#[test]
fn not_work_whose_end_may_be_lost() {
    let mut script = released();
    script.encoder.drop_events(3);
    script.encoder.clock = 2_000;
    script.encoder.sync(AFTER_DROPS);
    assert_eq!(findings(&mut script, 9_000), []);
}
