use super::rig::{self, block, id, run, started, tasks, wake_first};
use crate::task::Outcome;
use crate::timer::{TimeOut, TimerQueue};
use crate::{Decision, Scheduler, TaskControl, WaitList};
use bluekernel_abi::TaskState;
use std::vec::Vec;

/// Who expires at `now`, in order.
fn expire<'a>(scheduler: &Scheduler, table: &'a [TaskControl<'a>], now: u64) -> Vec<u8> {
    core::iter::from_fn(|| rig::expire(scheduler, table, now).map(|id| id.number())).collect()
}

/// Task 0 of each test runs; this blocks the tasks in turn.
fn sleep<'a>(scheduler: &Scheduler, table: &'a [TaskControl<'a>], number: u8, deadline: u64) {
    assert_eq!(scheduler.current(), Some(id(number)));
    let decision = block(scheduler, table, number, None, deadline);
    run(scheduler, table, decision);
}

#[test]
fn deadlines_come_in_order_and_equals_as_they_were_set() {
    let table = &tasks(5)[..];
    let scheduler = started(table, &[9, 8, 7, 6, 5]);
    for (number, deadline) in [30, 10, 20, 10, 40].into_iter().enumerate() {
        sleep(&scheduler, table, number as u8, deadline);
    }
    assert_eq!(scheduler.next_deadline(table), 10);
    assert_eq!(expire(&scheduler, table, 9), []);
    assert_eq!(expire(&scheduler, table, 20), [1, 3, 2]);
    assert_eq!(scheduler.next_deadline(table), 30);
    assert_eq!(expire(&scheduler, table, u64::MAX - 1), [0, 4]);
    assert_eq!(scheduler.next_deadline(table), u64::MAX);
}

#[test]
fn times_beyond_32_and_63_bits_compare_rightly() {
    let table = &tasks(3)[..];
    let scheduler = started(table, &[3, 2, 1]);
    sleep(&scheduler, table, 0, (1 << 63) + 1);
    sleep(&scheduler, table, 1, (1 << 32) + 1);
    sleep(&scheduler, table, 2, 5);
    assert_eq!(expire(&scheduler, table, 1 << 32), [2]);
    assert_eq!(expire(&scheduler, table, 1 << 63), [1]);
    assert_eq!(expire(&scheduler, table, u64::MAX - 1), [0]);
}

#[test]
fn who_was_woken_takes_its_time_out_back_wherever_it_stands() {
    for early in 0..3 {
        let list = WaitList::new();
        let table = &tasks(3)[..];
        let scheduler = started(table, &[3, 2, 1]);
        for number in 0..3 {
            let list = (number == early).then_some(&list);
            let decision = block(&scheduler, table, number, list, 10 + u64::from(number));
            run(&scheduler, table, decision);
        }
        assert_eq!(wake_first(&scheduler, table, &list), Some(id(early)));
        assert_eq!(scheduler.end_limit(table, id(early)), Outcome::Woken);
        let rest: Vec<u8> = (0..3).filter(|number| *number != early).collect();
        assert_eq!(expire(&scheduler, table, 100), rest);
    }
}

#[test]
fn a_time_out_takes_the_task_out_of_its_list() {
    let list = WaitList::new();
    let table = &tasks(2)[..];
    let scheduler = started(table, &[3, 2]);
    let _ = block(&scheduler, table, 0, Some(&list), 10);
    let _ = scheduler.select(table);
    let _ = scheduler.block(table, id(1), Some(&list));
    let _ = scheduler.select(table);
    assert_eq!(expire(&scheduler, table, 10), [0]);
    assert_eq!(scheduler.end_limit(table, id(0)), Outcome::TimedOut);
    assert_eq!(scheduler.decision(), Decision::Switch);
    assert_eq!(wake_first(&scheduler, table, &list), Some(id(1)));
    assert_eq!(wake_first(&scheduler, table, &list), None);
}

/// Many, in no order, and others are taken out from everywhere while the place of one is searched.
#[test]
fn a_long_queue_keeps_its_order_whatever_leaves_it() {
    const TASKS: usize = if cfg!(miri) { 24 } else { 254 };
    let table = &tasks(TASKS)[..];
    let queue = TimerQueue::new();
    let mut expected: Vec<(u64, u8)> = Vec::new();
    let mut chance = 1_u32;
    let mut below = |limit: usize| {
        chance = chance.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (chance >> 16) as usize % limit
    };
    for _ in 0..8 * TASKS {
        let number = below(TASKS) as u8;
        if expected.iter().any(|(_, other)| *other == number) {
            continue;
        }
        let task = &table[usize::from(number)];
        task.time_out.set(TimeOut::Soon);
        task.state.set(TaskState::Blocked);
        let deadline = below(20) as u64;
        queue.begin(task, deadline);
        while queue.step(table, id(number)) {
            for _ in 0..below(4).min(expected.len()) {
                let (_, gone) = expected.remove(below(expected.len()));
                queue.remove(table, id(gone));
            }
        }
        let at = expected.partition_point(|(other, _)| *other <= deadline);
        expected.insert(at, (deadline, number));
        assert_eq!(queue.numbers(table), expected.iter().map(|(_, number)| *number).collect::<Vec<_>>());
        if expected.len() > TASKS / 2 {
            for _ in 0..TASKS / 4 {
                let (_, gone) = expected.remove(below(expected.len()));
                queue.remove(table, id(gone));
            }
        }
        assert_eq!(queue.next_deadline(table), expected.first().map_or(u64::MAX, |(deadline, _)| *deadline));
    }
}

/// A wait that ends while the place of its time-out is searched.
#[test]
fn a_search_ends_with_the_wait() {
    let table = &tasks(9)[..];
    let queue = TimerQueue::new();
    for number in 0..8 {
        table[number].time_out.set(TimeOut::Soon);
        table[number].state.set(TaskState::Blocked);
        queue.begin(&table[number], 1);
        while queue.step(table, id(number as u8)) {}
    }
    table[8].time_out.set(TimeOut::Soon);
    table[8].state.set(TaskState::Blocked);
    queue.begin(&table[8], 2);
    assert!(queue.step(table, id(8)), "there are more than one piece looks at");
    table[8].state.set(TaskState::Ready);
    assert!(!queue.step(table, id(8)));
    assert_eq!(queue.numbers(table), [0, 1, 2, 3, 4, 5, 6, 7]);
    queue.remove(table, id(8));
    assert_eq!(queue.numbers(table), [0, 1, 2, 3, 4, 5, 6, 7]);
}

/// The time-out of a task that was woken and has not gone on yet runs off for nothing.
#[test]
fn a_time_out_behind_the_end_of_the_wait_is_for_nothing() {
    let list = WaitList::new();
    let table = &tasks(2)[..];
    let scheduler = started(table, &[3, 2]);
    let _ = block(&scheduler, table, 0, Some(&list), 10);
    let _ = scheduler.select(table);
    assert_eq!(wake_first(&scheduler, table, &list), Some(id(0)));
    assert_eq!(expire(&scheduler, table, 10), [0]);
    assert_eq!(table[0].state(), TaskState::Ready);
    assert_eq!(expire(&scheduler, table, 10), []);
    assert_eq!(scheduler.end_limit(table, id(0)), Outcome::Woken);
}
