use bluekernel_abi::Event;
use bluekernel_tracer::lint::{Lint, Severity};

use super::*;

fn left(free: u32) -> Vec<Finding> {
    let mut script = settled(&[FILTER]);
    script.at(200, Event::Stack { task: FILTER, free: 300 }).at(300, Event::Stack { task: FILTER, free });
    findings(&mut script, 1_000)
}

#[test]
fn a_stack_that_is_nearly_used_up() {
    let finding = only(left(103));
    assert_eq!((finding.lint, finding.severity), (Lint::StackLow, Severity::Warning));
    assert_eq!(finding.title, "filter had 103 bytes of 512 of its stack left");
    assert_eq!(names(&finding.evidence.tasks), ["filter"]);
    assert_eq!(only(left(0)).severity, Severity::Error);
}

#[test]
fn not_one_with_room_for_an_exception_frame() {
    assert_eq!(left(104), []);
}
