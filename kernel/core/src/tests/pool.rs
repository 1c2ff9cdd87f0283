use super::rig::{expire, id, limit, started, tasks, waiting, wake_first};
use crate::pool::{Alloc, Freed};
use crate::{PoolControl, Scheduler, TaskControl};
use core::cell::Cell;
use proptest::prelude::*;
use std::vec::Vec;

/// A pool whose blocks are numbers, with the links beside it.
struct Pool {
    control: PoolControl<usize>,
    links: Vec<Cell<Option<usize>>>,
}

impl Pool {
    fn new(capacity: usize) -> Self {
        // A link that is read before it was written is a number that no block has.
        Self { control: PoolControl::new(), links: (0..capacity).map(|_| Cell::new(Some(usize::MAX))).collect() }
    }

    fn alloc(&self) -> Option<usize> {
        match self.control.alloc(self.links.len(), |block| self.links[block].get()) {
            Alloc::Again(block) | Alloc::New(block) => Some(block),
            Alloc::Empty => None,
        }
    }

    fn free(&self, block: usize) -> Freed {
        self.control.free(block, |block, next| self.links[block].set(next))
    }
}

#[test]
fn every_block_comes_once_and_the_last_to_come_back_goes_first() {
    let pool = Pool::new(3);
    assert_eq!([pool.alloc(), pool.alloc(), pool.alloc(), pool.alloc()], [Some(0), Some(1), Some(2), None]);
    assert_eq!(pool.control.used(), 3);
    for block in [1, 2, 0] {
        assert_eq!(pool.free(block), Freed::Kept);
    }
    assert_eq!([pool.alloc(), pool.alloc(), pool.alloc(), pool.alloc()], [Some(0), Some(2), Some(1), None]);
}

#[test]
fn the_largest_pool_gives_every_block() {
    let capacity = if cfg!(miri) { 100 } else { usize::from(u16::MAX) };
    let pool = Pool::new(capacity);
    assert!((0..capacity).all(|block| pool.alloc() == Some(block)));
    assert_eq!((pool.alloc(), pool.control.used()), (None, capacity));
    assert_eq!(pool.free(7), Freed::Kept);
    assert_eq!((pool.alloc(), pool.alloc()), (Some(7), None));
}

#[test]
fn a_block_goes_to_a_waiter_and_past_the_free_ones() {
    let pool = Pool::new(1);
    let table = &tasks(2)[..];
    let scheduler = started(table, &[1, 2]);
    assert_eq!(pool.alloc(), Some(0));
    for number in 0..2 {
        let _ = scheduler.block(table, id(number), Some(pool.control.list()));
    }
    for number in [1, 0] {
        assert_eq!(pool.free(0), Freed::ToWaiter(id(number)));
        assert_eq!(pool.alloc(), None);
        assert_eq!(wake_first(&scheduler, table, pool.control.list()), Some(id(number)));
    }
    assert_eq!((pool.control.used(), pool.free(0)), (1, Freed::Kept));
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Alloc(u8),
    /// One of the blocks that a task owns.
    Free(u8),
    GiveUp(u8),
}

fn step(tasks: u8) -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..tasks).prop_map(Step::Alloc),
        3 => (0..tasks).prop_map(Step::Free),
        1 => (0..tasks).prop_map(Step::GiveUp),
    ]
}

/// The reference: who owns what, and who waits, in the order in which they are served.
struct Reference {
    owned: Vec<Vec<usize>>,
    waiting: Vec<u8>,
}

fn run<'a>(pool: &'a Pool, scheduler: &Scheduler, table: &'a [TaskControl<'a>], reference: &mut Reference, step: Step) {
    match step {
        Step::Alloc(task) if !reference.waiting.contains(&task) => {
            let Some(block) = pool.alloc() else {
                let _ = scheduler.block(table, id(task), Some(pool.control.list()));
                let priority = table[usize::from(task)].priority();
                let behind = |other: &u8| table[usize::from(*other)].priority() < priority;
                let place = reference.waiting.iter().position(behind).unwrap_or(reference.waiting.len());
                reference.waiting.insert(place, task);
                return;
            };
            reference.owned[usize::from(task)].push(block);
        }
        Step::Free(task) => {
            let Some(block) = reference.owned[usize::from(task)].pop() else { return };
            match pool.free(block) {
                Freed::Kept => assert!(reference.waiting.is_empty(), "a block was kept from a waiter"),
                Freed::ToWaiter(waiter) => {
                    assert_eq!(waiter.number(), reference.waiting.remove(0));
                    reference.owned[usize::from(waiter.number())].push(block);
                    let _ = wake_first(scheduler, table, pool.control.list());
                }
            }
        }
        Step::GiveUp(task) => {
            let Some(place) = reference.waiting.iter().position(|other| *other == task) else { return };
            reference.waiting.remove(place);
            limit(scheduler, table, task, 0);
            assert_eq!(expire(scheduler, table, 0), Some(id(task)));
        }
        Step::Alloc(_) => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: if cfg!(miri) { 2 } else { 500 },
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    /// Every block has one owner at most, none is lost, and nobody waits while there is one.
    #[test]
    fn blocks_are_neither_doubled_nor_lost(
        capacity in 1..5_usize,
        priorities in prop::collection::vec(0..3_u8, 4),
        steps in prop::collection::vec(step(4), 1..if cfg!(miri) { 20 } else { 100 }),
    ) {
        let pool = Pool::new(capacity);
        let table = &tasks(priorities.len())[..];
        let scheduler = started(table, &priorities);
        let mut reference = Reference { owned: std::vec![Vec::new(); priorities.len()], waiting: Vec::new() };
        for step in steps {
            run(&pool, &scheduler, table, &mut reference, step);
            let mut owned: Vec<usize> = reference.owned.concat();
            owned.sort_unstable();
            owned.dedup();
            prop_assert_eq!(owned.len(), reference.owned.concat().len(), "a block with two owners");
            prop_assert!(owned.iter().all(|block| *block < capacity));
            prop_assert_eq!(pool.control.used(), owned.len());
            prop_assert!(reference.waiting.is_empty() || owned.len() == capacity, "somebody waits for nothing");
            prop_assert_eq!(waiting(table, pool.control.list()), reference.waiting.clone());
        }
    }
}
