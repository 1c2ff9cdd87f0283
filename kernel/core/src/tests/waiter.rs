//! Lists of futures do what a sorted vector does.

use crate::{Waiter, Waiters};
use core::task::Waker;
use proptest::prelude::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Wake;
use std::vec::Vec;

/// Futures of a case.
pub(super) const FUTURES: usize = 8;

/// Counts how often it is woken.
#[derive(Default)]
pub(super) struct Count(AtomicUsize);

impl Count {
    /// How often.
    pub(super) fn get(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// A list, its futures, and what wakes them.
struct Rig<'a> {
    list: &'a Waiters<'a>,
    waiters: &'a [Waiter<'a>],
    counts: Vec<Arc<Count>>,
}

impl<'a> Rig<'a> {
    fn new(list: &'a Waiters<'a>, waiters: &'a [Waiter<'a>]) -> Self {
        Self { list, waiters, counts: waiters.iter().map(|_| Arc::default()).collect() }
    }

    fn wait(&self, at: usize, priority: u8) {
        let _ = self.list.wait(&self.waiters[at], priority, Waker::from(Arc::clone(&self.counts[at])));
    }

    fn leave(&self, at: usize) -> bool {
        self.list.leave(&self.waiters[at])
    }

    /// Tells the first one, and returns which it was.
    fn tell(&self) -> Option<usize> {
        let before: Vec<usize> = self.woken();
        self.list.tell()?.wake();
        self.woken().iter().zip(before).position(|(now, before)| *now > before)
    }

    fn woken(&self) -> Vec<usize> {
        self.counts.iter().map(|count| count.get()).collect()
    }
}

fn waiters<'a>() -> [Waiter<'a>; FUTURES] {
    [const { Waiter::new() }; FUTURES]
}

#[test]
fn the_most_important_is_told_first_and_equals_in_their_order() {
    let (list, waiters) = (Waiters::new(), waiters());
    let rig = Rig::new(&list, &waiters);
    for (at, priority) in [3, 7, 3, 5, 7].into_iter().enumerate() {
        rig.wait(at, priority);
    }
    let order: Vec<usize> = core::iter::from_fn(|| rig.tell()).collect();
    assert_eq!(order, [1, 4, 3, 0, 2]);
    assert!(list.is_empty());
}

#[test]
fn one_that_waits_again_keeps_its_place_and_its_new_waker() {
    let (list, waiters) = (Waiters::new(), waiters());
    let mut rig = Rig::new(&list, &waiters);
    rig.wait(0, 4);
    rig.wait(1, 4);
    let old = core::mem::take(&mut rig.counts[0]);
    rig.wait(0, 4);
    assert_eq!(rig.tell(), Some(0));
    assert_eq!(old.get(), 0);
}

#[test]
fn one_that_was_told_too_late_is_before_its_equals() {
    let (list, waiters) = (Waiters::new(), waiters());
    let rig = Rig::new(&list, &waiters);
    rig.wait(0, 4);
    rig.wait(1, 4);
    rig.wait(2, 6);
    assert_eq!((rig.tell(), rig.tell()), (Some(2), Some(0)));
    rig.wait(0, 4);
    assert_eq!((rig.tell(), rig.tell(), rig.tell()), (Some(0), Some(1), None));
}

#[test]
fn only_one_that_was_told_leaves_a_turn_behind() {
    let (list, waiters) = (Waiters::new(), waiters());
    let rig = Rig::new(&list, &waiters);
    assert!(!rig.leave(0));
    rig.wait(0, 4);
    assert!(!rig.leave(0));
    rig.wait(0, 4);
    assert_eq!(rig.tell(), Some(0));
    assert!(rig.leave(0));
    assert!(!rig.leave(0));
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Wait(usize, u8),
    Leave(usize),
    Tell,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..FUTURES, 0..4_u8).prop_map(|(at, priority)| Step::Wait(at, priority)),
        2 => (0..FUTURES).prop_map(Step::Leave),
        2 => Just(Step::Tell),
    ]
}

/// The reference: who waits, sorted, with the priorities; and who was told.
#[derive(Default)]
struct Model {
    waiting: Vec<(usize, u8)>,
    told: Vec<usize>,
}

impl Model {
    fn wait(&mut self, at: usize, priority: u8) {
        if self.waiting.iter().any(|(other, _)| *other == at) {
            return;
        }
        let late = self.take_told(at);
        let more = |other: &(usize, u8)| if late { other.1 > priority } else { other.1 >= priority };
        let place = self.waiting.iter().take_while(|other| more(other)).count();
        self.waiting.insert(place, (at, priority));
    }

    fn leave(&mut self, at: usize) -> bool {
        self.waiting.retain(|(other, _)| *other != at);
        self.take_told(at)
    }

    fn tell(&mut self) -> Option<usize> {
        let (first, _) = *self.waiting.first()?;
        self.waiting.remove(0);
        self.told.push(first);
        Some(first)
    }

    fn take_told(&mut self, at: usize) -> bool {
        let before = self.told.len();
        self.told.retain(|other| *other != at);
        self.told.len() < before
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: if cfg!(miri) { 4 } else { 512 },
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_list_does_what_a_sorted_vector_does(steps in prop::collection::vec(step(), 1..60)) {
        let (list, waiters) = (Waiters::new(), waiters());
        let (rig, mut model) = (Rig::new(&list, &waiters), Model::default());
        for step in steps {
            match step {
                Step::Wait(at, priority) => {
                    rig.wait(at, priority);
                    model.wait(at, priority);
                }
                Step::Leave(at) => prop_assert_eq!(rig.leave(at), model.leave(at)),
                Step::Tell => prop_assert_eq!(rig.tell(), model.tell()),
            }
            prop_assert_eq!(list.is_empty(), model.waiting.is_empty());
        }
        let order: Vec<Option<usize>> = core::iter::from_fn(|| Some(rig.tell())).take(FUTURES + 1).collect();
        let expected: Vec<Option<usize>> = core::iter::from_fn(|| Some(model.tell())).take(FUTURES + 1).collect();
        prop_assert_eq!(order, expected);
    }
}
