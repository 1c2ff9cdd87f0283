//! The walk along those who wait for flags, with others coming in between.

use super::rig::{block, expire, id, started, tasks, waiting};
use crate::events::{EventWait, Step, Wanted};
use crate::{EventControl, Priority, Scheduler, TaskControl};
use proptest::prelude::*;
use std::vec;
use std::vec::Vec;

/// Flags, and tasks that wait for them.
struct Rig<'a> {
    table: &'a [TaskControl<'a>],
    scheduler: Scheduler,
    control: &'a EventControl,
    waits: Vec<EventWait>,
}

impl<'a> Rig<'a> {
    /// All tasks but the last, which is the most important, can be made to wait.
    fn new(table: &'a [TaskControl<'a>], control: &'a EventControl, priorities: &[u8]) -> Self {
        let waits = priorities.iter().map(|_| EventWait::new(Wanted::any(1))).collect();
        Self { table, scheduler: started(table, priorities), control, waits }
    }

    fn wait(&mut self, number: u8, wanted: Wanted, deadline: u64) -> bool {
        if self.control.take(&wanted).is_some() {
            return false;
        }
        self.waits[usize::from(number)] = EventWait::new(wanted);
        self.control.begin(&self.waits[usize::from(number)]);
        let _ = block(&self.scheduler, self.table, number, Some(self.control.list()), deadline);
        true
    }

    /// One step of the walk. Who was woken.
    fn step(&self) -> Option<u8> {
        match self.control.step(self.table, |id| &self.waits[usize::from(id.number())]) {
            Step::Passed => None,
            Step::Wake(id) => {
                let _ = self.scheduler.wake_any(self.table, self.control.list(), id);
                Some(id.number())
            }
        }
    }

    /// The rest of the walk. Who was woken, in order.
    fn finish(&self) -> Vec<u8> {
        let mut woken = vec![];
        while self.control.is_walking() {
            woken.extend(self.step());
        }
        woken
    }
}

#[test]
fn all_may_come_in_several_calls() {
    let (control, table) = (EventControl::new(), tasks(2));
    let mut rig = Rig::new(&table, &control, &[1, 9]);
    assert!(rig.wait(0, Wanted::all(0b11), u64::MAX));
    control.set(0b01);
    assert_eq!(rig.finish(), []);
    control.set(0b10);
    assert_eq!(rig.finish(), [0]);
    assert_eq!(rig.waits[0].found(), 0b11);
}

#[test]
fn a_waiter_that_moves_before_the_cursor_is_looked_at() {
    let (control, table) = (EventControl::new(), tasks(4));
    let mut rig = Rig::new(&table, &control, &[5, 4, 3, 9]);
    for number in 0..3 {
        assert!(rig.wait(number, Wanted::any(if number < 2 { 0b10 } else { 0b01 }), u64::MAX));
    }
    control.set(0b01);
    assert_eq!(rig.step(), None, "task 0 waits for another flag");
    rig.scheduler.set_priority(&table[..], id(2), Priority::P8);
    assert_eq!(waiting(&table, control.list()), [2, 0, 1]);
    assert_eq!(rig.finish(), [2]);
}

#[test]
fn the_cursor_survives_the_time_out_of_its_task() {
    let (control, table) = (EventControl::new(), tasks(4));
    let mut rig = Rig::new(&table, &control, &[5, 4, 3, 9]);
    assert!(rig.wait(0, Wanted::any(0b10), u64::MAX));
    assert!(rig.wait(1, Wanted::any(0b01), 7));
    assert!(rig.wait(2, Wanted::any(0b01), u64::MAX));
    control.set(0b01);
    assert_eq!(rig.step(), None);
    assert_eq!(expire(&rig.scheduler, &table, 7), Some(id(1)));
    // It waits again, now for what is not set.
    assert!(rig.wait(1, Wanted::any(0b100), u64::MAX));
    assert_eq!(rig.finish(), [2]);
    assert_eq!(waiting(&table, control.list()), [0, 1]);
}

#[test]
fn the_last_waiters_time_out_ends_the_walk() {
    let (control, table) = (EventControl::new(), tasks(2));
    let mut rig = Rig::new(&table, &control, &[5, 9]);
    assert!(rig.wait(0, Wanted::any(0b01), 7));
    control.set(0b01);
    assert_eq!(expire(&rig.scheduler, &table, 7), Some(id(0)));
    assert_eq!(rig.finish(), []);
}

#[test]
#[should_panic(expected = "waiting for no flag would never end")]
fn no_flag_is_refused() {
    let _ = Wanted::all(0);
}

/// What happens; what cannot happen just now is left out.
#[derive(Clone, Copy, Debug)]
enum Happens {
    Wait(u8, Plain),
    Set(u32),
    Clear(u32),
    Step,
    TimeOut(u8),
    Priority(u8, u8),
}

const WAITERS: u8 = 5;

/// The reference's view of what a task waits for.
#[derive(Clone, Copy, Debug)]
struct Plain {
    flags: u32,
    all: bool,
    clears: bool,
}

impl Plain {
    fn build(self) -> Wanted {
        let wanted = if self.all { Wanted::all(self.flags) } else { Wanted::any(self.flags) };
        if self.clears { wanted.clear() } else { wanted }
    }

    fn satisfied(self, flags: u32) -> bool {
        if self.all { flags & self.flags == self.flags } else { flags & self.flags > 0 }
    }

    /// A mask of the flags that the end of the wait leaves.
    fn leaves(self) -> u32 {
        if self.clears { !self.flags } else { u32::MAX }
    }
}

fn plain() -> impl Strategy<Value = Plain> {
    (1..8_u32, any::<bool>(), any::<bool>()).prop_map(|(flags, all, clears)| Plain { flags, all, clears })
}

/// A task was woken that is owed that; the first of those, if nobody changed places.
fn check_woken(number: u8, owed: &mut Vec<u8>, in_order: bool) -> Result<(), TestCaseError> {
    let place = owed.iter().position(|other| *other == number);
    prop_assert!(place.is_some(), "{} was woken for nothing", number);
    prop_assert!(place == Some(0) || !in_order, "{} was woken before {:?}", number, owed);
    owed.retain(|other| *other != number);
    Ok(())
}

fn happens() -> impl Strategy<Value = Happens> {
    prop_oneof![
        5 => (0..WAITERS, plain()).prop_map(|(number, wanted)| Happens::Wait(number, wanted)),
        3 => (0..8_u32).prop_map(Happens::Set),
        1 => (0..8_u32).prop_map(Happens::Clear),
        6 => Just(Happens::Step),
        1 => (0..WAITERS).prop_map(Happens::TimeOut),
        1 => (0..WAITERS, 0..30_u8).prop_map(|(number, priority)| Happens::Priority(number, priority)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: if cfg!(miri) { 4 } else { 3_000 },
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    /// Whatever comes in between: a call wakes exactly those whom the flags satisfied when it set them, unless their time
    /// was over before. Where no priority changes, by priority.
    #[test]
    fn a_call_wakes_whom_it_satisfied(
        priorities in prop::collection::vec(0..3_u8, usize::from(WAITERS)),
        steps in prop::collection::vec(happens(), 1..if cfg!(miri) { 30 } else { 120 }),
    ) {
        let (control, table) = (EventControl::new(), tasks(usize::from(WAITERS) + 1));
        let mut all = priorities;
        all.push(31);
        let mut rig = Rig::new(&table, &control, &all);
        // The reference: the flags, who waits for what, and whom the call under way must still wake, in order.
        let mut flags = 0_u32;
        let mut waits: Vec<Option<Plain>> = vec![None; usize::from(WAITERS)];
        let mut owed: Vec<u8> = vec![];
        let mut in_order = true;
        for step in steps {
            match step {
                Happens::Wait(number, wanted) => {
                    if waits[usize::from(number)].is_none() {
                        let enough = wanted.satisfied(flags);
                        prop_assert_eq!(rig.wait(number, wanted.build(), u64::MAX), !enough);
                        if enough {
                            flags &= wanted.leaves();
                        } else {
                            waits[usize::from(number)] = Some(wanted);
                        }
                    }
                }
                Happens::Set(more) => {
                    for number in rig.finish() {
                        check_woken(number, &mut owed, in_order)?;
                        flags &= waits[usize::from(number)].take().unwrap().leaves();
                    }
                    prop_assert!(owed.is_empty(), "left behind: {:?}", owed);
                    flags |= more;
                    owed = waiting(&table, control.list());
                    owed.retain(|number| waits[usize::from(*number)].unwrap().satisfied(flags));
                    in_order = true;
                    control.set(more);
                }
                Happens::Clear(gone) => {
                    flags &= !gone;
                    control.clear(gone);
                }
                Happens::Step => {
                    if control.is_walking()
                        && let Some(number) = rig.step()
                    {
                        check_woken(number, &mut owed, in_order)?;
                        flags &= waits[usize::from(number)].take().unwrap().leaves();
                    }
                }
                Happens::TimeOut(number) => {
                    if waits[usize::from(number)].take().is_some() {
                        owed.retain(|other| *other != number);
                        rig.scheduler.leave(&table[..], id(number));
                        let _ = rig.scheduler.resume(&table[..], id(number));
                    }
                }
                Happens::Priority(number, priority) => {
                    in_order = false;
                    rig.scheduler.set_priority(&table[..], id(number), Priority::new(priority).unwrap());
                }
            }
            prop_assert_eq!(control.flags(), flags);
            prop_assert!(control.is_walking() || owed.is_empty(), "left behind: {:?}", owed);
        }
    }
}
