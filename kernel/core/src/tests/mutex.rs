use super::rig::{block, expire, held, id, limit, run, settle, started, tasks, unlock, waiting, would_deadlock};
use crate::mutex::{self, Attempt};
use crate::priority::Priority;
use crate::{MutexControl, Scheduler, Table, TaskControl, TaskId};
use core::cell::Cell;
use std::vec;
use std::vec::Vec;

fn mutexes<'a>(count: usize) -> Vec<MutexControl<'a>> {
    (0..count).map(|_| MutexControl::new()).collect()
}

/// `number`, made the running task, locks or waits until `deadline`.
fn lock<'a>(
    scheduler: &Scheduler,
    table: &'a [TaskControl<'a>],
    mutex: &'a MutexControl<'a>,
    number: u8,
    deadline: u64,
) {
    if mutex.try_lock(id(number)) != Attempt::Locked {
        let decision = mutex.wait(scheduler, table, id(number));
        limit(scheduler, table, number, deadline);
        run(scheduler, table, decision);
    }
}

#[test]
fn a_ready_owner_is_put_into_the_list_of_its_new_priority() {
    let mutex = &mutexes(1)[..];
    let table = &tasks(3)[..];
    // The owner, 0, is ready, and so is 1; 2 runs.
    let scheduler = started(table, &[1, 5, 9]);
    assert_eq!(mutex[0].try_lock(id(0)), Attempt::Locked);
    lock(&scheduler, table, &mutex[0], 2, u64::MAX);
    assert_eq!(scheduler.current(), Some(id(0)), "the owner, not the task of priority 5");
    assert_eq!((table[0].priority(), table[0].base_priority()), (9, 1));
    assert_eq!(unlock(&scheduler, table, &mutex[0]), Some(id(2)));
    settle(&scheduler, table);
    assert_eq!(table[0].priority(), 1);
    assert_eq!(run(&scheduler, table, scheduler.decision()), Some(2));
    assert_eq!(mutex[0].owner(), Some(id(2)));
}

#[test]
fn inheritance_runs_along_a_chain_and_back() {
    let mutex = &mutexes(3)[..];
    let table = &tasks(4)[..];
    let scheduler = started(table, &[1, 2, 3, 9]);
    // 0 owns A; 1 owns B and waits for A; 2 owns C and waits for B; 3 waits for C.
    for number in 0..3 {
        assert_eq!(mutex[usize::from(number)].try_lock(id(number)), Attempt::Locked);
    }
    lock(&scheduler, table, &mutex[2], 3, 100);
    assert_eq!(table[2].priority(), 9);
    lock(&scheduler, table, &mutex[1], 2, u64::MAX);
    assert_eq!((table[1].priority(), table[0].priority()), (9, 1));
    lock(&scheduler, table, &mutex[0], 1, u64::MAX);
    assert_eq!(scheduler.current(), Some(id(0)));
    assert_eq!(table[0].priority(), 9);
    // 3 gives up: everyone falls back to the most important one that still waits for them.
    assert_eq!(expire(&scheduler, table, 100), Some(id(3)));
    settle(&scheduler, table);
    let priorities: Vec<u8> = table.iter().map(TaskControl::priority).collect();
    assert_eq!(priorities, [3, 3, 3, 9]);
    assert_eq!(held(&table[2], mutex), []);
    // 0 unlocks A: 1 has it; and so on.
    assert_eq!(unlock(&scheduler, table, &mutex[0]), Some(id(1)));
    settle(&scheduler, table);
    let priorities: Vec<u8> = table.iter().map(TaskControl::priority).collect();
    assert_eq!(priorities, [1, 3, 3, 9]);
}

#[test]
fn raising_a_waiter_moves_it_forward_among_the_waiters() {
    let mutex = &mutexes(2)[..];
    let table = &tasks(4)[..];
    let scheduler = started(table, &[1, 2, 3, 9]);
    // 0 owns A. 2 and 1 wait for A, and 1 owns B: when 3 waits for B, 1 comes before 2.
    assert_eq!(mutex[0].try_lock(id(0)), Attempt::Locked);
    assert_eq!(mutex[1].try_lock(id(1)), Attempt::Locked);
    let _ = block(&scheduler, table, 3, None, 10);
    run(&scheduler, table, crate::Decision::Switch);
    lock(&scheduler, table, &mutex[0], 2, u64::MAX);
    assert_eq!(scheduler.current(), Some(id(0)));
    let _ = block(&scheduler, table, 0, None, 5);
    run(&scheduler, table, crate::Decision::Switch);
    lock(&scheduler, table, &mutex[0], 1, u64::MAX);
    assert_eq!(waiting(table, mutex[0].list()), [2, 1]);
    assert_eq!(expire(&scheduler, table, 10), Some(id(0)));
    assert_eq!(expire(&scheduler, table, 10), Some(id(3)));
    assert_eq!(run(&scheduler, table, scheduler.decision()), Some(3));
    lock(&scheduler, table, &mutex[1], 3, u64::MAX);
    assert_eq!(waiting(table, mutex[0].list()), [1, 2]);
    assert_eq!(table[0].priority(), 9);
}

#[test]
fn of_two_mutexes_each_contributes_its_own_waiters() {
    let mutex = &mutexes(2)[..];
    let table = &tasks(3)[..];
    let scheduler = started(table, &[1, 4, 6]);
    assert_eq!(mutex[0].try_lock(id(0)), Attempt::Locked);
    assert_eq!(mutex[1].try_lock(id(0)), Attempt::Locked);
    lock(&scheduler, table, &mutex[0], 2, u64::MAX);
    let _ = block(&scheduler, table, 0, None, 5);
    run(&scheduler, table, crate::Decision::Switch);
    lock(&scheduler, table, &mutex[1], 1, u64::MAX);
    assert_eq!(held(&table[0], mutex), [1, 0]);
    assert_eq!(expire(&scheduler, table, 5), Some(id(0)));
    run(&scheduler, table, scheduler.decision());
    assert_eq!(table[0].priority(), 6);
    assert_eq!(unlock(&scheduler, table, &mutex[0]), Some(id(2)));
    settle(&scheduler, table);
    assert_eq!(table[0].priority(), 4, "the other mutex' waiter still counts");
    assert_eq!(unlock(&scheduler, table, &mutex[1]), Some(id(1)));
    settle(&scheduler, table);
    assert_eq!(table[0].priority(), 1);
}

#[test]
fn a_ring_is_seen_before_it_closes() {
    let mutex = &mutexes(2)[..];
    let table = &tasks(2)[..];
    let scheduler = started(table, &[1, 2]);
    assert_eq!(mutex[0].try_lock(id(0)), Attempt::Locked);
    assert!(would_deadlock(&mutex[0], table, 0));
    assert!(!would_deadlock(&mutex[0], table, 1));
    assert_eq!(mutex[1].try_lock(id(1)), Attempt::Locked);
    lock(&scheduler, table, &mutex[0], 1, u64::MAX);
    assert!(would_deadlock(&mutex[1], table, 0));
}

#[test]
fn a_ring_with_a_time_out_opens_again() {
    let mutex = &mutexes(2)[..];
    let table = &tasks(2)[..];
    let scheduler = started(table, &[1, 2]);
    assert_eq!(mutex[0].try_lock(id(0)), Attempt::Locked);
    assert_eq!(mutex[1].try_lock(id(1)), Attempt::Locked);
    lock(&scheduler, table, &mutex[0], 1, u64::MAX);
    lock(&scheduler, table, &mutex[1], 0, 10);
    assert_eq!(scheduler.current(), None);
    assert_eq!(expire(&scheduler, table, 10), Some(id(0)));
    assert_eq!(run(&scheduler, table, scheduler.decision()), Some(0));
    assert_eq!(unlock(&scheduler, table, &mutex[0]), Some(id(1)));
}

/// As `unlock`, of a mutex with a ceiling.
fn lower<'a>(scheduler: &Scheduler, table: &'a [TaskControl<'a>], mutex: &'a MutexControl<'a>) -> Option<TaskId> {
    let next = mutex.unlock_and_lower(scheduler, table);
    if let Some(next) = next {
        let _ = scheduler.resume(table, next);
    }
    next
}

#[test]
fn a_ceiling_counts_from_the_lock_to_the_unlock_in_any_order() {
    let mutex = &[MutexControl::with_ceiling(4), MutexControl::with_ceiling(6)];
    let table = &tasks(1)[..];
    let scheduler = started(table, &[1]);
    for (place, ceiling) in [(0, 4), (1, 6)] {
        assert_eq!(mutex[place].try_lock(id(0)), Attempt::Locked);
        mutex[place].raise(&scheduler, table);
        assert_eq!((table[0].priority(), table[0].base_priority()), (ceiling, 1));
    }
    assert_eq!(lower(&scheduler, table, &mutex[0]), None);
    settle(&scheduler, table);
    assert_eq!(table[0].priority(), 6, "the other one counts");
    assert_eq!(lower(&scheduler, table, &mutex[1]), None);
    settle(&scheduler, table);
    assert_eq!(table[0].priority(), 1);
    assert_eq!(held(&table[0], mutex), []);
}

#[test]
fn a_ceiling_mutex_is_handed_over_and_raises_its_new_owner() {
    let mutex = &[MutexControl::with_ceiling(6)];
    let table = &tasks(3)[..];
    let scheduler = started(table, &[1, 2, 3]);
    assert_eq!(mutex[0].try_lock(id(0)), Attempt::Locked);
    mutex[0].raise(&scheduler, table);
    for number in [1, 2] {
        let decision = mutex[0].wait(&scheduler, table, id(number));
        run(&scheduler, table, decision);
    }
    assert_eq!(held(&table[0], mutex), [0]);
    assert_eq!(lower(&scheduler, table, &mutex[0]), Some(id(2)));
    settle(&scheduler, table);
    assert_eq!((table[0].priority(), table[2].priority()), (1, 3), "it has not run");
    mutex[0].raise(&scheduler, table);
    assert_eq!(table[2].priority(), 6);
    assert_eq!(held(&table[2], mutex), [0], "not twice");
    assert_eq!(lower(&scheduler, table, &mutex[0]), Some(id(1)));
    settle(&scheduler, table);
    assert_eq!((table[2].priority(), table[1].priority()), (3, 2));
    mutex[0].raise(&scheduler, table);
    assert_eq!(table[1].priority(), 6);
}

#[test]
fn a_waiter_of_a_ceiling_mutex_that_gives_up_leaves_the_ceiling() {
    let mutex = &[MutexControl::with_ceiling(6)];
    let table = &tasks(2)[..];
    let scheduler = started(table, &[1, 3]);
    assert_eq!(mutex[0].try_lock(id(0)), Attempt::Locked);
    mutex[0].raise(&scheduler, table);
    let decision = mutex[0].wait(&scheduler, table, id(1));
    limit(&scheduler, table, 1, 10);
    run(&scheduler, table, decision);
    assert_eq!(expire(&scheduler, table, 10), Some(id(1)));
    settle(&scheduler, table);
    assert_eq!(table[0].priority(), 6);
    assert_eq!(held(&table[0], mutex), [0]);
}

#[test]
#[should_panic(expected = "a ceiling is 1 to 31")]
fn a_ceiling_above_all_priorities_is_refused() {
    let _ = MutexControl::with_ceiling(32);
}

/// A table whose owner does something where handlers are let in.
#[derive(Clone, Copy)]
struct Interrupted<'t, 'a> {
    table: &'a [TaskControl<'a>],
    pauses: &'t Cell<usize>,
    handler: &'t dyn Fn(usize),
}

impl<'a> Table<'a> for Interrupted<'_, 'a> {
    fn task(self, id: TaskId) -> &'a TaskControl<'a> {
        self.table.task(id)
    }

    fn let_handlers_in(self) {
        let pause = self.pauses.get();
        self.pauses.set(pause + 1);
        (self.handler)(pause);
    }
}

/// Handlers change priorities and end waits while priorities are worked out: whatever comes where, in the end each is what
/// the rule says.
#[test]
fn priorities_settle_whatever_handlers_do_meanwhile() {
    for does in 0..5 {
        let mut pause = 0;
        loop {
            let mutex = [MutexControl::new(), MutexControl::new()];
            let table = &tasks(5)[..];
            let scheduler = started(table, &[9, 7, 5, 3, 1]);
            // 4 owns the first, 3 waits for that and owns the second, for which 2, 1 and 0 wait.
            for (number, owned, wanted) in
                [(4, Some(0), None), (3, Some(1), Some(0)), (2, None, Some(1)), (1, None, Some(1))]
            {
                if let Some(at) = owned {
                    assert_eq!(mutex[at].try_lock(id(number)), Attempt::Locked);
                }
                if let Some(at) = wanted {
                    let _ = mutex[at].wait(&scheduler, table, id(number));
                    while mutex::settle(&scheduler, table) {}
                }
            }
            let _ = mutex[1].wait(&scheduler, table, id(0));
            let handler = |at: usize| {
                if at != pause {
                    return;
                }
                match does {
                    0 => {
                        let _ = scheduler.set_base_priority(table, id(4), Priority::P8);
                    }
                    1 => {
                        let _ = scheduler.set_base_priority(table, id(0), Priority::P2);
                    }
                    2 => {
                        scheduler.leave(table, id(0));
                        let _ = scheduler.resume(table, id(0));
                    }
                    3 => {
                        scheduler.leave(table, id(3));
                        let _ = scheduler.resume(table, id(3));
                    }
                    _ => {
                        for number in [0, 1, 2] {
                            scheduler.leave(table, id(number));
                            let _ = scheduler.resume(table, id(number));
                        }
                    }
                }
            };
            let pauses = Cell::new(0);
            while mutex::settle(&scheduler, Interrupted { table, pauses: &pauses, handler: &handler }) {}
            if pauses.get() <= pause {
                assert!(pause > 3, "handlers are let in");
                break;
            }
            let priorities: Vec<u8> = table.iter().map(TaskControl::priority).collect();
            let expected = match does {
                0 => [9, 7, 5, 9, 9],
                1 => [2, 7, 5, 7, 7],
                2 => [9, 7, 5, 7, 7],
                3 => [9, 7, 5, 9, 1],
                _ => [9, 7, 5, 3, 3],
            };
            assert_eq!(priorities, expected, "handler {does} at pause {pause}");
            let held: Vec<Vec<usize>> = table.iter().map(|task| held(task, &mutex)).collect();
            let kept: [Vec<usize>; 2] =
                [if does == 3 { vec![] } else { vec![0] }, if does == 4 { vec![] } else { vec![1] }];
            assert_eq!((&held[4], &held[3]), (&kept[0], &kept[1]), "handler {does} at pause {pause}");
            pause += 1;
        }
    }
}

/// Handed over and wanted again before another task was chosen: it changes hands in the lists, too.
#[test]
fn a_mutex_may_be_wanted_back_at_once() {
    let mutex = [MutexControl::new(), MutexControl::new()];
    let table = &tasks(3)[..];
    let scheduler = started(table, &[1, 5, 9]);
    assert_eq!(mutex[0].try_lock(id(0)), Attempt::Locked);
    assert_eq!(mutex[1].try_lock(id(0)), Attempt::Locked);
    for number in [1, 2] {
        let _ = mutex[usize::from(number - 1)].wait(&scheduler, table, id(number));
    }
    while mutex::settle(&scheduler, table) {}
    assert_eq!(unlock(&scheduler, table, &mutex[0]), Some(id(1)));
    let _ = mutex[0].wait(&scheduler, table, id(0));
    while mutex::settle(&scheduler, table) {}
    assert_eq!((held(&table[0], &mutex), held(&table[1], &mutex)), (vec![1], vec![0]));
    assert_eq!((table[0].priority(), table[1].priority()), (9, 9));
}
