use bluekernel_abi::{BlockReason, Event, ObjectOp};
use bluekernel_tracer::lint::{Lint, Severity};

use super::*;

fn full(reason: BlockReason) -> Vec<Finding> {
    let mut script = settled(&[FILTER, SENSOR]);
    script
        .op(110, ObjectOp::Send, LOG, 4)
        .at(200, block(reason, LOG))
        .at(205, Event::Idle)
        .runs(700, FILTER)
        .op(710, ObjectOp::Receive, LOG, 4)
        .at(710, Event::Ready { task: SENSOR })
        .switch(715, SENSOR)
        .waits(800, BlockReason::Period, 0, FILTER);
    findings(&mut script, 1_000)
}

#[test]
fn a_sender_that_waits_for_room() {
    for reason in [BlockReason::ChannelFull, BlockReason::QueueFull, BlockReason::PipeFull] {
        let finding = only(full(reason));
        assert_eq!((finding.lint, finding.severity), (Lint::QueueOverflow, Severity::Warning));
        assert_eq!(finding.title, "sensor waited 510.0 us because app::LOG was full");
        assert_eq!(names(&finding.evidence.tasks), ["sensor", "filter"]);
        assert_eq!(names(&finding.evidence.objects), ["app::LOG"]);
        assert_eq!(finding.evidence.window, 200..710);
        assert_eq!(story(&finding), [(200, "sensor waits: app::LOG is full"), (710, "sensor goes on")]);
    }
}

#[test]
fn not_a_reader_that_waits_for_items() {
    for reason in [BlockReason::ChannelEmpty, BlockReason::QueueEmpty, BlockReason::PipeEmpty, BlockReason::Event] {
        assert_eq!(full(reason), []);
    }
}

/// Nobody ever fetches anything.
#[test]
fn a_sender_without_a_reader() {
    let mut script = settled(&[FILTER, SENSOR]);
    script.at(200, block(BlockReason::ChannelFull, LOG)).at(205, Event::Idle);
    let finding = only(findings(&mut script, 1_000));
    assert_eq!(names(&finding.evidence.tasks), ["sensor"]);
    assert!(finding.text.starts_with("nobody fetched anything meanwhile"), "{}", finding.text);
}
