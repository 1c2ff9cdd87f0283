//! Every interleaving of small programs: tasks, interrupt handlers, the alarm and the passing of time, at every place
//! where the kernel opens its lock.
//!
//! A [`Case`] is a few tasks and handlers. The [`Machine`] runs it one lock section at a time, as `kernel/src` does, around
//! the real algorithms, and says what may come next: the one that runs goes on, a handler comes in, a tick goes by.
//! [`explore`] tries all of it, depth first. A state that was seen before, by another way, is not gone into again; two
//! states are the same if everything is equal that the rest of a run can depend on. In each new state everything is
//! checked that must always hold.
//!
//! States cannot be copied, since lists are made of references. To come back to one, its schedule is run again.

mod cases;
mod check;
mod machine;
mod program;

use machine::{Choice, Machine, Parts};
use program::Case;
use std::collections::HashMap;
use std::vec::Vec;

/// What was explored.
#[derive(Clone, Copy, Debug)]
struct Explored {
    /// Different runs from the start to the end.
    schedules: u128,
    states: usize,
}

/// A state on the way, and which of the choices there is being tried.
struct Node {
    key: Vec<u8>,
    choices: Vec<Choice>,
    at: usize,
    /// Runs to the end from here, as far as they are known.
    schedules: u128,
}

/// The way to the state that is looked at, told if the check there fails.
struct Way(Vec<Node>);

impl Drop for Way {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let steps: Vec<Choice> = self.0.iter().map(|node| node.choices[node.at]).collect();
            std::println!("the schedule: {steps:?}");
        }
    }
}

impl Way {
    /// So many runs more from the last state on the way.
    fn add(&mut self, schedules: u128) {
        if let Some(node) = self.0.last_mut() {
            node.schedules += schedules;
        }
    }
}

/// Runs a case in every way there is.
///
/// # Panics
/// If anything does not hold that must.
fn explore(case: &Case) -> Explored {
    // Runs to the end from each state; 0 while it is on the way.
    let mut seen: HashMap<Vec<u8>, u128> = HashMap::new();
    let mut way = Way(Vec::new());
    let mut schedules = 0;
    loop {
        let parts = Parts::new(case);
        let mut machine = Machine::new(case, &parts);
        for node in &way.0 {
            machine.step(node.choices[node.at]);
        }
        loop {
            let key = machine.key();
            if let Some(schedules) = seen.get(&key) {
                assert_ne!(*schedules, 0, "a run that goes round in a circle");
                way.add(*schedules);
                break;
            }
            check::state(&machine);
            let choices = machine.choices();
            if choices.is_empty() {
                check::end(&machine);
                seen.insert(key, 1);
                way.add(1);
                break;
            }
            seen.insert(key.clone(), 0);
            let first = choices[0];
            way.0.push(Node { key, choices, at: 0, schedules: 0 });
            machine.step(first);
        }
        loop {
            let Some(node) = way.0.last_mut() else { return Explored { schedules, states: seen.len() } };
            if node.at + 1 < node.choices.len() {
                node.at += 1;
                break;
            }
            let Some(node) = way.0.pop() else { continue };
            way.add(node.schedules);
            schedules = node.schedules;
            seen.insert(node.key, node.schedules);
        }
    }
}
