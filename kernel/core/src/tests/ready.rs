use super::rig::{circle, id, run, started, tasks};
use crate::Decision;
use crate::Priority;
use crate::ready::ReadyQueue;
use bluekernel_abi::TaskState;

#[test]
fn the_top_is_the_first_of_the_most_important() {
    let table = &tasks(4)[..];
    let queue = ReadyQueue::new();
    assert_eq!(queue.top(), None);
    for (number, priority) in [0, 31, 31, 15].into_iter().enumerate() {
        table[number].priority.set(Priority::new(priority).unwrap());
        queue.push_back(table, id(number as u8));
    }
    assert_eq!(queue.top(), Some(id(1)));
    queue.remove(table, id(1));
    assert_eq!(queue.top(), Some(id(2)));
    queue.remove(table, id(2));
    assert_eq!(queue.top(), Some(id(3)));
    queue.remove(table, id(3));
    assert_eq!(queue.top(), Some(id(0)));
    queue.remove(table, id(0));
    assert_eq!(queue.top(), None);
}

#[test]
fn front_and_back_and_the_middle_keep_their_order() {
    let table = &tasks(4)[..];
    let queue = ReadyQueue::new();
    queue.push_back(table, id(0));
    queue.push_back(table, id(1));
    queue.push_front(table, id(2));
    queue.push_back(table, id(3));
    assert_eq!(circle(table, queue.top()), [2, 0, 1, 3]);
    queue.remove(table, id(0));
    assert_eq!(circle(table, queue.top()), [2, 1, 3]);
    queue.rotate(table, id(2));
    assert_eq!(circle(table, queue.top()), [1, 3, 2]);
}

#[test]
fn a_pre_empted_task_stays_in_front_of_its_equals() {
    let table = &tasks(3)[..];
    let scheduler = started(table, &[1, 1]);
    assert_eq!(scheduler.start(table, id(2), Priority::P9), Decision::Switch);
    assert_eq!(run(&scheduler, table, Decision::Switch), Some(2));
    assert_eq!(table[0].state(), TaskState::Ready);
    let decision = scheduler.block(table, id(2), None);
    scheduler.exit(table, id(2));
    assert_eq!(run(&scheduler, table, decision), Some(0));
    assert_eq!(table[2].state(), TaskState::Dormant);
}

#[test]
fn a_task_that_is_not_more_important_does_not_interrupt() {
    let table = &tasks(3)[..];
    let scheduler = started(table, &[5]);
    assert_eq!(scheduler.start(table, id(1), Priority::P5), Decision::Stay);
    assert_eq!(scheduler.start(table, id(2), Priority::P4), Decision::Stay);
}

#[test]
fn yield_goes_round_and_alone_it_stays() {
    let table = &tasks(3)[..];
    let scheduler = started(table, &[3, 3, 2]);
    let decision = scheduler.yield_now(table, id(0));
    assert_eq!(run(&scheduler, table, decision), Some(1));
    let decision = scheduler.yield_now(table, id(1));
    assert_eq!(run(&scheduler, table, decision), Some(0));
    let decision = scheduler.block(table, id(0), None);
    scheduler.exit(table, id(0));
    assert_eq!(run(&scheduler, table, decision), Some(1));
    assert_eq!(scheduler.yield_now(table, id(1)), Decision::Stay);
}

#[test]
fn a_task_that_has_just_blocked_cannot_be_made_to_yield() {
    let table = &tasks(2)[..];
    let scheduler = started(table, &[3, 3]);
    // An interrupt between the wait and the switch may ask the "current" task to yield.
    let _ = scheduler.block(table, id(0), None);
    let _ = scheduler.yield_now(table, id(0));
    assert_eq!(run(&scheduler, table, Decision::Switch), Some(1));
}

/// A handler comes when the task has asked to yield, and before it does.
#[test]
fn a_task_that_was_suspended_on_its_way_to_yield_takes_nobodys_place() {
    // It was alone, and an equal becomes ready.
    let table = &tasks(3)[..];
    let scheduler = started(table, &[3]);
    scheduler.suspend(table, id(0));
    let _ = scheduler.start(table, id(1), Priority::P3);
    let _ = scheduler.yield_and_select(table, id(0));
    assert_eq!(run(&scheduler, table, Decision::Switch), Some(1));
    // The next of its equals is suspended, too: the one behind that runs.
    let table = &tasks(3)[..];
    let scheduler = started(table, &[3, 3, 3]);
    scheduler.suspend(table, id(0));
    scheduler.suspend(table, id(1));
    let _ = scheduler.yield_and_select(table, id(0));
    assert_eq!(run(&scheduler, table, Decision::Switch), Some(2));
    // Nobody is left.
    scheduler.suspend(table, id(2));
    let _ = scheduler.yield_and_select(table, id(2));
    assert_eq!(run(&scheduler, table, Decision::Switch), None);
}

#[test]
fn a_more_important_task_that_comes_on_the_way_to_yield_runs_first() {
    let table = &tasks(3)[..];
    let scheduler = started(table, &[3, 3]);
    assert_eq!(scheduler.start(table, id(2), Priority::P4), Decision::Switch);
    let _ = scheduler.yield_and_select(table, id(0));
    assert_eq!(run(&scheduler, table, Decision::Switch), Some(2));
    scheduler.suspend(table, id(2));
    assert_eq!(run(&scheduler, table, scheduler.decision()), Some(1));
}

#[test]
fn with_no_task_left_the_processor_idles() {
    let table = &tasks(1)[..];
    let scheduler = started(table, &[0]);
    let decision = scheduler.block(table, id(0), None);
    scheduler.exit(table, id(0));
    assert_eq!(run(&scheduler, table, decision), None);
    assert_eq!(scheduler.decision(), Decision::Stay);
    assert_eq!(scheduler.start(table, id(0), Priority::P0), Decision::Switch);
}
