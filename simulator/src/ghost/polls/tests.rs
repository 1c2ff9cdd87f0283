//! Polls of an executor with two memories of tasks: a header of 16 bytes is in front of each task.

use super::*;

/// A memory of one task, and behind it one of two, 64 bytes each.
const ONE: u32 = 0x2000_0100;
const TWO: u32 = 0x2000_0200;
/// The functions of the two, as the header names them: with the bit that says Thumb.
const POLL: [u32; 2] = [0x0000_1001, 0x0000_2001];

/// Of a header: a byte each that there is the task (0), and that it will be polled (1); executor (8), function (12), priority
/// (13, which is a place that nothing else is at in these tests).
fn polls() -> Polls {
    let pool = |first, bytes, name: &str| Pool { first, bytes, name: name.to_owned(), known: 0 };
    Polls {
        functions: vec![0x1000, 0x2000],
        pools: vec![pool(ONE, 64, "app::one"), pool(TWO, 128, "app::two")],
        poll: 12,
        executor: 8,
        queued: Bits { offset: 1, mask: 0xff },
        spawned: Bits { offset: 0, mask: 0xff },
        priority: None,
        headers: BTreeSet::new(),
        known: BTreeMap::new(),
        names: Vec::new(),
        polls: Vec::new(),
        idle: false,
    }
}

impl Polls {
    fn store(&mut self, address: u32, size: u8, value: u32) -> Vec<Change> {
        self.see(Observed::Store { address, size, value: value.into() })
    }

    fn call(&mut self, header: u32, stack: u32) -> Vec<Change> {
        let address = if header == ONE { 0x1000 } else { 0x2000 };
        self.see(Observed::At { address, argument: header, stack, link: 0x3000 })
    }

    fn at(&mut self, address: u32, stack: u32) -> Vec<Change> {
        self.see(Observed::At { address, argument: 0, stack, link: 0 })
    }

    fn sleep(&mut self) -> Vec<Change> {
        self.see(Observed::Sleep)
    }
}

const EXECUTOR: u32 = 0x2000_0040;

/// An executor whose three tasks were spawned.
fn spawned() -> Polls {
    let mut polls = polls();
    for (number, header) in [TWO, ONE, TWO + 64].into_iter().enumerate() {
        assert_eq!(polls.store(header, 4, 0x0101), [], "claimed");
        assert_eq!(polls.store(header + 12, 4, POLL[usize::from(header != ONE)]), []);
        assert_eq!(polls.store(header + 8, 4, EXECUTOR), [Change::State(number, TaskState::Ready)]);
    }
    assert_eq!(polls.names, ["app::two", "app::one", "app::two 2"].map(|name| name.as_bytes().to_vec()));
    polls
}

#[test]
fn a_task_begins_when_its_header_names_function_and_executor() {
    let mut polls = spawned();
    assert_eq!(polls.store(ONE + 24 + 8, 4, EXECUTOR), [], "an executor's address in a future makes no task");
    assert_eq!(polls.store(ONE + 8, 1, 1), [], "nor does part of one");
}

#[test]
fn a_task_runs_from_the_call_to_its_return() {
    let mut polls = spawned();
    let runs = |task| [Change::State(task, TaskState::Running), Change::Chosen(Some(task))];
    assert_eq!(polls.store(ONE + 1, 1, 0), [], "taken from the queue");
    assert_eq!(polls.call(ONE, 0x2001_0000), runs(1));
    assert_eq!(polls.at(0x3000, 0x2000_fff0), [], "the same place, from deeper: another call's return");
    assert_eq!(polls.sleep(), [], "a task that sleeps itself");
    assert_eq!(polls.at(0x3000, 0x2001_0000), [Change::Left(1)]);
    assert_eq!(polls.at(0x3000, 0x2001_0000), [], "once");
    assert_eq!(polls.sleep(), [Change::Chosen(None)]);
    assert_eq!(polls.sleep(), [], "still");
    assert_eq!(polls.store(ONE + 1, 1, 1), [Change::State(1, TaskState::Ready)]);
    assert_eq!(polls.call(ONE, 0x2001_0000), runs(1));
}

#[test]
fn polls_nest() {
    let mut polls = spawned();
    polls.call(ONE, 0x2001_0000);
    polls.call(TWO, 0x2000_f000);
    assert_eq!(polls.at(0x3000, 0x2000_f000), [Change::Left(0), Change::Chosen(Some(1))]);
    assert_eq!(polls.at(0x3000, 0x2001_0000), [Change::Left(1)]);
}

#[test]
fn a_task_that_ends_is_not_woken_and_begins_again_as_itself() {
    let mut polls = spawned();
    polls.call(ONE, 0x2001_0000);
    assert_eq!(polls.store(ONE, 1, 0), [Change::State(1, TaskState::Dormant)]);
    polls.at(0x3000, 0x2001_0000);
    assert_eq!(polls.store(ONE + 1, 1, 1), [], "somebody still has its waker");
    assert_eq!(polls.store(ONE + 12, 4, 0x5001), [], "what does nothing");
    assert_eq!(polls.store(ONE, 4, 0x0101), [], "claimed");
    let both = u64::from(POLL[0]) << 32 | u64::from(EXECUTOR);
    let stored = polls.see(Observed::Store { address: ONE + 8, size: 8, value: both });
    assert_eq!(stored, [Change::State(1, TaskState::Ready)]);
    assert_eq!(polls.names.len(), 3);
}

#[test]
fn a_header_with_bits_in_one_word() {
    let mut polls = Polls {
        spawned: Bits { offset: 0, mask: 1 },
        queued: Bits { offset: 0, mask: 2 },
        priority: Some(13),
        ..polls()
    };
    assert_eq!(polls.store(ONE, 4, 3), []);
    assert_eq!(polls.store(ONE + 12, 4, POLL[0]), []);
    assert_eq!(polls.store(ONE + 8, 4, EXECUTOR), [Change::State(0, TaskState::Ready)]);
    assert_eq!(polls.store(ONE, 4, 1), []);
    assert_eq!(polls.store(ONE, 4, 3), [Change::State(0, TaskState::Ready)]);
    assert_eq!(polls.store(ONE + 13, 1, 9), [Change::Priority(0, 9)]);
    assert_eq!(polls.store(ONE, 4, 2), [Change::State(0, TaskState::Dormant)], "over, and still in the queue");
}

#[test]
fn a_task_in_no_known_memory_is_met_when_it_is_polled() {
    let mut polls = polls();
    let begins = [TaskState::Ready, TaskState::Running].map(|state| Change::State(0, state));
    let [ready, running] = begins;
    assert_eq!(polls.call(0x2000_4000, 0x2001_0000), [ready, running, Change::Chosen(Some(0))]);
    assert_eq!(polls.names, [b"task at 0x20004000".to_vec()]);
    polls.boot();
    assert!(polls.names.is_empty());
    assert_eq!(polls.at(0x3000, 0x2001_0000), [], "nothing has been called since the reset");
}
