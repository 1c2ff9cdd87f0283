//! Calls reach everyone who waits when they begin, once, in order, whoever comes and goes meanwhile.

use super::waiter::{Count, FUTURES};
use crate::{Listeners, Waiter};
use core::task::Waker;
use proptest::prelude::*;
use std::sync::Arc;
use std::vec::Vec;

/// A list, its futures, and what wakes them. A future is interested in the bit of its number.
struct Rig<'a> {
    list: &'a Listeners<'a>,
    waiters: &'a [Waiter<'a>],
    counts: Vec<Arc<Count>>,
}

/// Everyone.
const ALL: u32 = u32::MAX;

impl<'a> Rig<'a> {
    fn new(list: &'a Listeners<'a>, waiters: &'a [Waiter<'a>]) -> Self {
        Self { list, waiters, counts: waiters.iter().map(|_| Arc::default()).collect() }
    }

    fn wait(&self, at: usize, priority: u8) {
        let _ = self.list.wait(&self.waiters[at], priority, Waker::from(Arc::clone(&self.counts[at])));
    }

    fn leave(&self, at: usize) -> bool {
        self.list.leave(&self.waiters[at])
    }

    fn tell(&self) -> Option<usize> {
        self.woken_by(self.list.tell()?)
    }

    /// Goes on with the call until somebody was told, whose bit is in `concerned`.
    fn next(&self, concerned: u32) -> Option<usize> {
        while self.list.is_calling() {
            if let Some(waker) = self.list.step(|interest| interest & concerned != 0) {
                return self.woken_by(waker);
            }
        }
        None
    }

    fn rest(&self, concerned: u32) -> Vec<usize> {
        core::iter::from_fn(|| self.next(concerned)).collect()
    }

    fn woken_by(&self, waker: Waker) -> Option<usize> {
        let before: Vec<usize> = self.counts.iter().map(|count| count.get()).collect();
        waker.wake();
        self.counts.iter().zip(before).position(|(count, before)| count.get() > before)
    }
}

fn waiters<'a>() -> [Waiter<'a>; FUTURES] {
    core::array::from_fn(|at| Waiter::interested_in(1 << at))
}

#[test]
fn a_call_tells_everyone_by_priority_then_order() {
    let (list, waiters) = (Listeners::new(), waiters());
    let rig = Rig::new(&list, &waiters);
    for (at, priority) in [3, 7, 3, 7].into_iter().enumerate() {
        rig.wait(at, priority);
    }
    list.begin();
    assert_eq!(rig.rest(ALL), [1, 3, 0, 2]);
    assert!(list.is_empty());
}

#[test]
fn a_call_passes_by_those_who_come_meanwhile() {
    let (list, waiters) = (Listeners::new(), waiters());
    let rig = Rig::new(&list, &waiters);
    rig.wait(0, 5);
    rig.wait(1, 5);
    list.begin();
    assert_eq!(rig.next(ALL), Some(0));
    // Before and behind the place where the call stands; and the one that was told waits again.
    rig.wait(2, 7);
    rig.wait(3, 3);
    rig.wait(0, 5);
    assert_eq!(rig.rest(ALL), [1]);
    list.begin();
    assert_eq!(rig.rest(ALL), [2, 0, 3]);
}

#[test]
fn a_call_passes_by_those_who_have_tried_meanwhile() {
    let (list, waiters) = (Listeners::new(), waiters());
    let rig = Rig::new(&list, &waiters);
    rig.wait(0, 5);
    rig.wait(1, 5);
    list.begin();
    rig.wait(1, 5);
    assert_eq!(rig.rest(ALL), [0]);
}

#[test]
fn a_call_goes_on_behind_one_that_leaves() {
    let (list, waiters) = (Listeners::new(), waiters());
    let rig = Rig::new(&list, &waiters);
    for at in 0..4 {
        rig.wait(at, 5);
    }
    list.begin();
    assert!(!rig.leave(0), "it was not told");
    assert_eq!(rig.next(ALL), Some(1));
    assert!(!rig.leave(2));
    assert_eq!(rig.rest(ALL), [3]);
    assert!(rig.leave(3), "it was told, and has not tried");
}

#[test]
fn a_call_that_comes_in_between_takes_over() {
    let (list, waiters) = (Listeners::new(), waiters());
    let rig = Rig::new(&list, &waiters);
    rig.wait(0, 5);
    rig.wait(1, 5);
    list.begin();
    assert_eq!(rig.next(ALL), Some(0));
    // It came since the first call began: the second one is for it, and for what the first one has left.
    rig.wait(2, 7);
    list.begin();
    assert_eq!(rig.rest(ALL), [2, 1]);
    assert!(!list.is_calling());
}

#[test]
fn only_those_whom_it_concerns_are_told() {
    let (list, waiters) = (Listeners::new(), waiters());
    let rig = Rig::new(&list, &waiters);
    for at in 0..4 {
        rig.wait(at, 5);
    }
    list.begin();
    assert_eq!(rig.rest(0b1010), [1, 3]);
    list.begin();
    assert_eq!(rig.rest(ALL), [0, 2]);
}

#[test]
fn one_that_is_told_alone_is_not_told_again() {
    let (list, waiters) = (Listeners::new(), waiters());
    let rig = Rig::new(&list, &waiters);
    rig.wait(0, 5);
    rig.wait(1, 5);
    list.begin();
    assert_eq!(rig.tell(), Some(0));
    assert_eq!(rig.rest(ALL), [1]);
    assert_eq!(rig.tell(), None);
}

#[test]
fn calls_are_told_apart_where_their_numbers_wrap() {
    let (list, waiters) = (Listeners::new(), waiters());
    let rig = Rig::new(&list, &waiters);
    list.set_call(u16::MAX);
    rig.wait(0, 5);
    list.begin();
    rig.wait(1, 5);
    assert_eq!(rig.rest(ALL), [0]);
    list.begin();
    assert_eq!(rig.rest(ALL), [1]);
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Wait(usize, u8),
    Leave(usize),
    Tell,
    Begin,
    Next(u32),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        5 => (0..FUTURES, 0..3_u8).prop_map(|(at, priority)| Step::Wait(at, priority)),
        2 => (0..FUTURES).prop_map(Step::Leave),
        1 => Just(Step::Tell),
        2 => Just(Step::Begin),
        3 => (0..1_u32 << FUTURES).prop_map(Step::Next),
    ]
}

/// A future that waits in the reference.
#[derive(Clone, Copy)]
struct Waits {
    at: usize,
    priority: u8,
    /// The call under way is still to come to it.
    awaited: bool,
}

/// The reference: who waits, sorted; and who was told.
#[derive(Default)]
struct Model {
    waiting: Vec<Waits>,
    told: Vec<usize>,
}

impl Model {
    fn wait(&mut self, at: usize, priority: u8) {
        if let Some(waits) = self.waiting.iter_mut().find(|waits| waits.at == at) {
            waits.awaited = false;
            return;
        }
        let late = self.take_told(at);
        let more = |other: &&Waits| if late { other.priority > priority } else { other.priority >= priority };
        let place = self.waiting.iter().take_while(more).count();
        self.waiting.insert(place, Waits { at, priority, awaited: false });
    }

    fn leave(&mut self, at: usize) -> bool {
        self.waiting.retain(|waits| waits.at != at);
        self.take_told(at)
    }

    fn tell(&mut self) -> Option<usize> {
        if self.waiting.is_empty() { None } else { Some(self.tell_at(0)) }
    }

    fn begin(&mut self) {
        self.waiting.iter_mut().for_each(|waits| waits.awaited = true);
    }

    fn next(&mut self, concerned: u32) -> Option<usize> {
        loop {
            let place = self.waiting.iter().position(|waits| waits.awaited)?;
            self.waiting[place].awaited = false;
            if concerned & 1 << self.waiting[place].at != 0 {
                return Some(self.tell_at(place));
            }
        }
    }

    fn tell_at(&mut self, place: usize) -> usize {
        let at = self.waiting.remove(place).at;
        self.told.push(at);
        at
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
    fn calls_do_what_a_sorted_vector_does(steps in prop::collection::vec(step(), 1..60)) {
        let (list, waiters) = (Listeners::new(), waiters());
        let (rig, mut model) = (Rig::new(&list, &waiters), Model::default());
        for step in steps {
            match step {
                Step::Wait(at, priority) => {
                    rig.wait(at, priority);
                    model.wait(at, priority);
                }
                Step::Leave(at) => prop_assert_eq!(rig.leave(at), model.leave(at)),
                Step::Tell => prop_assert_eq!(rig.tell(), model.tell()),
                Step::Begin => {
                    list.begin();
                    model.begin();
                }
                Step::Next(concerned) => prop_assert_eq!(rig.next(concerned), model.next(concerned)),
            }
            prop_assert_eq!(list.is_empty(), model.waiting.is_empty());
        }
        prop_assert_eq!(rig.rest(ALL), core::iter::from_fn(|| model.next(ALL)).collect::<Vec<_>>());
        let order: Vec<usize> = core::iter::from_fn(|| rig.tell()).collect();
        prop_assert_eq!(order, core::iter::from_fn(|| model.tell()).collect::<Vec<_>>());
    }
}
