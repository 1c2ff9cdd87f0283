//! Of a task, an object or a mark that the host mutes nothing is told but when the task runs and what it waits for. Handlers
//! are no task's.
// Needs all of the trace.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{Duration, Instant, Semaphore, mark, sleep_until};
use bluekernel_suite::trace::abi::wire::head;
use bluekernel_suite::trace::abi::{Named, ObjectOp};
use bluekernel_suite::trace::{Ear, Record, say};
use bluekernel_suite::{behaviour, event};

const GIVE: u64 = ObjectOp::Give as u64;
const MUTE: u8 = 3;
const UNMUTE: u8 = 4;

static FIRST: Semaphore = Semaphore::new(0, 100);
static SECOND: Semaphore = Semaphore::new(0, 100);

/// Gives to both, and marks.
#[bluekernel::task(priority = 4, stack = 1024)]
fn a_loud() {
    for round in 1..=7 {
        sleep_until(Instant::START + Duration::from_millis(10).times(round));
        FIRST.give().unwrap();
        SECOND.give().unwrap();
        mark!("loud");
        board::Interrupt::PORT0.pend();
    }
}

#[bluekernel::interrupt]
fn PORT0() {
    FIRST.give().unwrap();
}

#[bluekernel::task(priority = 3, stack = 2048)]
fn listening() {
    board::Interrupt::PORT0.enable();
    let mut ear = Ear::new();
    let mut moment = Instant::START + Duration::from_millis(15);
    sleep_until(moment);
    // The first give, the mark, and who is loud, all by their numbers.
    let (mut first, mut mark, mut task) = (0, 0, 0);
    for record in &mut ear {
        match (record.head, record.fields()) {
            (head::TIMER_FIRE, [of]) if first == 0 => task = *of,
            (head::OBJECT, [GIVE, of, _]) if first == 0 => first = *of,
            (head::MARK_INSTANT, [of, _]) => mark = *of,
            _ => {}
        }
    }
    let mut after = |kind: u8, of: Named, id: u64| {
        let [a, b, c, d] = (id as u32).to_le_bytes();
        let _ = say(&[0xb1, kind, 5, of as u8, a, b, c, d]);
        moment += Duration::from_millis(10);
        sleep_until(moment);
        for record in &mut ear {
            if let Some(text) = text_of(&record, first, task) {
                event(text);
            }
        }
    };
    for (of, id) in [(Named::Object, first), (Named::Mark, mark), (Named::Task, task)] {
        after(MUTE, of, id);
        after(UNMUTE, of, id);
    }
}

fn text_of(record: &Record, first: u64, task: u64) -> Option<&'static str> {
    Some(match (record.head, record.fields()) {
        (head::FILTER, [_, 1]) => "one is muted",
        (head::FILTER, [_, 0]) => "none is",
        (head::OBJECT, [GIVE, of, _]) if *of == first => "first",
        (head::OBJECT, [GIVE, ..]) => "second",
        (head::MARK_INSTANT, _) => "mark",
        (head, []) if u64::from(head) == u64::from(head::SWITCH_IN) + task => "loud runs",
        _ => return None,
    })
}

behaviour![
    // The first semaphore; its give by the handler is one of an object's, too.
    "one is muted",
    "loud runs",
    "second",
    "mark",
    "none is",
    "loud runs",
    "first",
    "second",
    "mark",
    "first",
    // The mark.
    "one is muted",
    "loud runs",
    "first",
    "second",
    "first",
    "none is",
    "loud runs",
    "first",
    "second",
    "mark",
    "first",
    // The task.
    "one is muted",
    "loud runs",
    "first",
    "none is",
    "loud runs",
    "first",
    "second",
    "mark",
    "first",
];
