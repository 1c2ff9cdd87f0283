//! Streams that no kernel sends: what the fuzzer found, and what must come of it.

mod common;

use bluekernel_abi::{BlockReason, Event, Named, PriorityCause};
use bluekernel_tracer::model::Trace;
use bluekernel_tracer::recording::Header;
use bluekernel_tracer::stats::Statistics;
use common::encoder::{BOOT, Encoder};
use common::scenario::HZ;

fn trace(bytes: &[u8]) -> Trace {
    let mut trace = Trace::new(Header::new("0", "board", HZ));
    trace.push(bytes);
    trace.finish();
    trace
}

#[test]
fn losses_that_no_number_holds_are_the_largest_that_one_does() {
    let mut encoder = Encoder::new();
    encoder.sync(BOOT).event(10, &Event::Idle);
    for _ in 0..3 {
        encoder.event(10, &Event::Drops { count: u64::MAX / 2 }).sync(0).event(10, &Event::Idle);
        // LOST (0xc2) of 2^63 bytes, then what is found again: LEB128 of 2^63 is nine bytes of 0x80 and 1.
        encoder.bytes.extend([0xc2, 10]);
        encoder.bytes.extend([0x80; 9]);
        encoder.bytes.extend([1, 0]);
        encoder.sync(0).event(10, &Event::Idle).event(10, &Event::Idle);
    }
    let trace = trace(&encoder.bytes);
    assert_eq!(trace.dropped(), u64::MAX);
    let losses = Statistics::of(&trace).losses;
    assert_eq!((losses.events, losses.bytes), (u64::MAX, u64::MAX));
}

/// Names, tasks and objects without end: what is known of them has a bound, and says so.
#[test]
fn names_tasks_and_objects_have_a_bound() {
    const MANY: u32 = 40_000;
    let mut header = Header::new("0", "board", HZ);
    header.names.insert(3, "from the ELF".to_owned());
    let mut encoder = Encoder::new();
    encoder.sync(BOOT);
    for id in 1..=MANY {
        for of in [Named::Task, Named::Object, Named::Mark] {
            encoder.event(1, &Event::Name { of, id, name: b"anything" });
        }
        encoder.event(1, &Event::TaskNew { task: id, priority: 1, stack: 64 });
        encoder.event(1, &Event::Stack { task: id, free: 8 });
        encoder.event(1, &Event::Priority { task: id, priority: 2, cause: PriorityCause::Call, object: 0 });
        encoder.event(1, &Event::MarkBegin { id });
        encoder.event(1, &Event::SwitchIn { task: 1 });
        encoder.event(1, &Event::Block { reason: BlockReason::Semaphore, object: id, timeout: 0 });
        encoder.event(1, &Event::Ready { task: 1 });
        encoder.event(1, &Event::Ready { task: 2 });
        if id.is_multiple_of(100) {
            encoder.sync(0);
        }
    }
    // Who was known before is told of as ever.
    encoder.event(1, &Event::Name { of: Named::Mark, id: 3, name: b"renamed" });
    let mut trace = Trace::new(header);
    trace.push(&encoder.bytes);
    trace.finish();
    let header = trace.header();
    assert_eq!((header.names.len(), header.objects.len(), header.tasks.len()), (16_384, 16_384, 1024));
    assert_eq!((header.name(3), header.name(MANY)), ("renamed".to_owned(), format!("#{MANY}")));
    let told = trace.notes().iter().filter(|note| note.to_string().contains("more names"));
    assert_eq!(told.count(), 1, "{:?}", trace.notes());
    assert!(trace.stacks().len() <= 1024 && trace.priority_changes().len() <= 1024);

    let statistics = Statistics::of(&trace);
    let waits: usize = statistics.tasks.iter().map(|task| task.blocked.len()).sum();
    assert_eq!(waits, 16_384 + 1, "one more for all that came behind");
    let waited: u64 = statistics.tasks.iter().flat_map(|task| &task.blocked).map(|row| row.duration.count).sum();
    assert_eq!(waited, u64::from(MANY), "every wait is counted");
    assert_eq!(statistics.notes.iter().filter(|note| note.contains("waited for more objects")).count(), 1);

    // Those that hold on are kept when the rest is forgotten, one a task.
    trace.forget(trace.end());
    assert!(trace.stacks().len() <= 1024 && trace.priority_changes().len() <= 1024);
}
