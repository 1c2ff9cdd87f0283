//! A name that the firmware gives a task or an object is told at once; and once more behind a SYNC that the host asked for.
// Needs the trace.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::task::Slot;
use bluekernel::{Duration, Semaphore, sleep, trace};
use bluekernel_suite::trace::abi::Named;
use bluekernel_suite::trace::abi::wire::head;
use bluekernel_suite::trace::{Ear, Record, say};
use bluekernel_suite::{behaviour, event, event_if};

const TASK: u64 = Named::Task as u64;
const OBJECT: u64 = Named::Object as u64;

static PAIR: [Semaphore; 2] = [const { Semaphore::new(0, 1) }; 2];

#[bluekernel::slot]
static WORKER: Slot<1024>;

#[bluekernel::task(priority = 3, stack = 2048)]
fn naming() {
    let mut ear = Ear::new();
    let worker = WORKER.spawn(2, || {}).unwrap();
    trace::name_task(worker, "decoder");
    trace::name_object(&PAIR[1], "right");
    hear(&mut ear);
    event_if(say(&[0]), "asked", "no room");
    for _ in 0..4 {
        sleep(Duration::from_millis(1));
    }
    hear(&mut ear);
    // Another name takes the place of the first.
    trace::name_task(worker, "encoder");
    event_if(say(&[0]), "asked", "no room");
    for _ in 0..4 {
        sleep(Duration::from_millis(1));
    }
    hear(&mut ear);
}

fn hear(ear: &mut Ear) {
    for record in ear.filter(|record| record.head == head::NAME) {
        event(if is(&record, TASK, "decoder") {
            "a decoder"
        } else if is(&record, TASK, "encoder") {
            "an encoder"
        } else if is(&record, OBJECT, "right") {
            "the right one"
        } else {
            "another name"
        });
    }
}

/// Whether a record names something of this kind so.
fn is(record: &Record, of: u64, name: &str) -> bool {
    let fields = record.fields();
    fields.first() == Some(&of) && fields.len() > name.len() + 1 && {
        let end = &fields[fields.len() - name.len()..];
        end.iter().copied().eq(name.bytes().map(u64::from))
    }
}

behaviour![
    "a decoder",
    "the right one",
    "asked",
    "a decoder",
    "the right one",
    "asked",
    "an encoder",
    "an encoder",
    "the right one",
];
