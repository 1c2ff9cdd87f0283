//! An executor of asynchronous tasks, which polls them: a function of each task's type is called with the address of the
//! task's header. Embassy's is one. What the functions and the header's members are called, a small file says
//! ([`PollKernel`]); where they are, the firmware's symbols and debug information.
//!
//! | seen | told |
//! |---|---|
//! | the executor is written to a header that names such a function | the task begins, and is ready |
//! | a header's flag is set: it will be polled | it is ready, also if it runs: woken in its own poll it will be polled again |
//! | such a function is called | its task runs |
//! | the call returns | it waits to be woken, unless it is ready, or is no more |
//! | the flag is cleared that there is such a task | it is over |
//! | the core sleeps, in no poll | nothing runs |
//!
//! What the executor does between two polls is the kernel's. An executor in an interrupt polls within its handler: its tasks
//! then run below that handler, as the trace tells it.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use bksim_protocol::message::{Flag, PollKernel};
use bluekernel_abi::TaskState;
use bluekernel_inspect::types::Types;
use bluekernel_inspect::{Image, Symbol};
use serde::{Deserialize, Serialize};

use super::GhostError;
use super::foreign::{Change, MOST_TASKS, Peek, WORD};
use crate::cpu::Observed;

/// Executors in interrupts poll within polls, but not as often as this: these calls never returned.
const MOST_NESTED: usize = 256;

/// Memory that tasks are in.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Pool {
    first: u32,
    bytes: u32,
    name: String,
    /// How many of its tasks are known.
    known: usize,
}

/// A byte of the header, and which of its bits count.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Bits {
    offset: u32,
    mask: u8,
}

/// A task that is known.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Known {
    number: usize,
    /// It was spawned, and is not over.
    lives: bool,
}

/// A call that has not returned.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Poll {
    task: usize,
    link: u32,
    stack: u32,
}

/// The executor's places.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Polls {
    /// The functions, without the bit that says Thumb.
    functions: Vec<u32>,
    pools: Vec<Pool>,
    /// Offsets in a header.
    poll: u32,
    executor: u32,
    queued: Bits,
    spawned: Bits,
    priority: Option<u32>,
    /// The headers that name a function.
    headers: BTreeSet<u32>,
    /// By address of the header.
    known: BTreeMap<u32, Known>,
    /// Names of tasks, by number.
    pub(super) names: Vec<Vec<u8>>,
    /// The calls that have not returned, the innermost last.
    polls: Vec<Poll>,
    idle: bool,
}

impl Polls {
    pub(super) fn read(image: &Image, kernel: &PollKernel) -> Result<Self, GhostError> {
        let missing = |what: &str| GhostError::Missing { kernel: kernel.name.clone(), what: what.to_owned() };
        if image.word_bytes() != WORD {
            return Err(missing("pointers of 32 bits"));
        }
        let types = Types::new(image).ok_or_else(|| missing("debug information"))?;
        let structure = &kernel.header.structure;
        let offset = |member: &str| types.offset(structure, member).and_then(|offset| u32::try_from(offset).ok());
        let member = |path: &str| offset(path).ok_or_else(|| missing(&format!("{structure}.{path}")));
        let flag = |flags: &[Flag]| {
            let found = flags.iter().find_map(|flag| {
                let mask = flag.bit.map_or(u8::MAX, |bit| 1_u8.checked_shl(bit.into()).unwrap_or(0));
                Some(Bits { offset: offset(&flag.member)?, mask })
            });
            let names = || flags.iter().map(|flag| flag.member.as_str()).collect::<Vec<_>>().join(" or ");
            found.ok_or_else(|| missing(&format!("{structure}.{}", names())))
        };
        let address = |symbol: &Symbol| u32::try_from(symbol.address).ok();
        let functions = image.symbols().iter().filter(|symbol| kernel.polls_are(&symbol.name)).filter_map(address);
        let functions: Vec<u32> = functions.map(|address| address & !1).collect();
        if functions.is_empty() {
            return Err(missing(&kernel.polls.join(" or ")));
        }
        let pools = image.symbols().iter().filter_map(|symbol| {
            let name = kernel.task_name(&symbol.name)?;
            Some(Pool { first: address(symbol)?, bytes: u32::try_from(symbol.size).ok()?, name, known: 0 })
        });
        Ok(Self {
            functions,
            pools: pools.filter(|pool| pool.bytes > 0).collect(),
            poll: member(&kernel.header.poll)?,
            executor: member(&kernel.header.executor)?,
            queued: flag(&kernel.header.queued)?,
            spawned: flag(&kernel.header.spawned)?,
            priority: offset(&kernel.header.priority),
            headers: BTreeSet::new(),
            known: BTreeMap::new(),
            names: Vec::new(),
            polls: Vec::new(),
            idle: false,
        })
    }

    /// What must be observed.
    pub(super) fn ranges(&self) -> Vec<(u32, u32)> {
        self.pools.iter().map(|pool| (pool.first, pool.first.saturating_add(pool.bytes - 1))).collect()
    }

    /// The functions whose calls must be.
    pub(super) fn functions(&self) -> &[u32] {
        &self.functions
    }

    /// The chip comes out of reset.
    pub(super) fn boot(&mut self) {
        self.headers.clear();
        self.known.clear();
        self.names.clear();
        self.polls.clear();
        self.pools.iter_mut().for_each(|pool| pool.known = 0);
        self.idle = false;
    }

    /// What was observed means.
    pub(super) fn see(&mut self, what: Observed) -> Vec<Change> {
        match what {
            Observed::Store { address, size, value } => self.stored(address, size, value),
            Observed::At { address, argument, stack, link } if self.functions.contains(&address) => {
                self.called(argument, Poll { task: 0, link, stack })
            }
            Observed::At { address, stack, .. } => self.returned(address, stack),
            Observed::Sleep if self.polls.is_empty() && !std::mem::replace(&mut self.idle, true) => {
                vec![Change::Chosen(None)]
            }
            _ => Vec::new(),
        }
    }

    /// A store in the memory of tasks.
    fn stored(&mut self, address: u32, size: u8, value: u64) -> Vec<Change> {
        for (at, word) in (address..).step_by(4).zip([value as u32, (value >> 32) as u32]).take((size / WORD).into()) {
            if self.functions.contains(&(word & !1)) {
                self.headers.insert(at.wrapping_sub(self.poll));
            }
            let header = at.wrapping_sub(self.executor);
            if word != 0 && self.headers.contains(&header) {
                let Some(known) = self.meet(header) else { return Vec::new() };
                known.lives = true;
                return vec![Change::State(known.number, TaskState::Ready)];
            }
        }
        let (queued, spawned, priority) = (self.queued, self.spawned, self.priority);
        let Some((header, known)) = self.known.range_mut(..=address).next_back() else { return Vec::new() };
        let stored = |offset: u32| {
            let place = (header + offset).wrapping_sub(address);
            (place < size.into()).then(|| value.to_le_bytes()[place as usize])
        };
        let is_set = |bits: Bits| stored(bits.offset).map(|byte| byte & bits.mask != 0);
        let mut changes = Vec::new();
        if let Some(byte) = priority.and_then(stored) {
            changes.push(Change::Priority(known.number, byte));
        }
        if known.lives && is_set(spawned) == Some(false) {
            known.lives = false;
            changes.push(Change::State(known.number, TaskState::Dormant));
        }
        if known.lives && is_set(queued) == Some(true) {
            changes.push(Change::State(known.number, TaskState::Ready));
        }
        changes
    }

    /// A poll begins.
    fn called(&mut self, header: u32, poll: Poll) -> Vec<Change> {
        let Some(known) = self.meet(header) else { return Vec::new() };
        let task = known.number;
        let mut changes = Vec::new();
        if !std::mem::replace(&mut known.lives, true) {
            // It is in no memory that is known as that of tasks.
            changes.push(Change::State(task, TaskState::Ready));
        }
        if self.polls.len() >= MOST_NESTED {
            self.polls.remove(0);
        }
        self.polls.push(Poll { task, ..poll });
        self.idle = false;
        changes.extend([Change::State(task, TaskState::Running), Change::Chosen(Some(task))]);
        changes
    }

    /// A poll has returned, if it is one.
    fn returned(&mut self, address: u32, stack: u32) -> Vec<Change> {
        let Some(poll) = self.polls.pop_if(|poll| poll.link == address && poll.stack == stack) else {
            return Vec::new();
        };
        let outer = self.polls.last().map(|outer| Change::Chosen(Some(outer.task)));
        std::iter::once(Change::Left(poll.task)).chain(outer).collect()
    }

    /// The task with this header; there are not too many.
    fn meet(&mut self, header: u32) -> Option<&mut Known> {
        let number = self.names.len();
        if !self.known.contains_key(&header) {
            if number >= MOST_TASKS {
                return None;
            }
            let name = self.name_of(header);
            self.names.push(name.into_bytes());
        }
        Some(self.known.entry(header).or_insert(Known { number, lives: false }))
    }

    /// The name of a task that was not known: its memory's, and from the second one there on, which it is.
    fn name_of(&mut self, header: u32) -> String {
        let mut pools = self.pools.iter_mut();
        let Some(pool) = pools.find(|pool| header.wrapping_sub(pool.first) < pool.bytes) else {
            return format!("task at {header:#010x}");
        };
        pool.known += 1;
        if pool.known == 1 { pool.name.clone() } else { format!("{} {}", pool.name, pool.known) }
    }

    /// A task's priority, 0 if there are none.
    pub(super) fn priority(&self, task: usize, peek: Peek<'_>) -> u8 {
        let mut priority = [0];
        let header = self.known.iter().find(|(_, known)| known.number == task).map(|(header, _)| *header);
        if let Some((header, offset)) = header.zip(self.priority) {
            peek(header.wrapping_add(offset), &mut priority);
        }
        priority[0]
    }
}
