//! A kernel that is not ours and does not describe itself: one that keeps a pointer to the running task's control block,
//! and each task in a list that says what state it is in. FreeRTOS is one. Which symbols and members these are, a small
//! file says ([`ListKernel`]); where they are, the firmware's symbols and debug information.
//!
//! A control block may be anywhere, so all of the RAM is watched. One is known from its first entry into a list of ready
//! tasks on, or from when it runs: what looks like it must name itself as the owner of its list item.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use bksim_protocol::message::ListKernel;
use bluekernel_abi::TaskState;
use bluekernel_boards::model::Board;
use bluekernel_inspect::types::Types;
use bluekernel_inspect::{Image, Symbol};
use serde::{Deserialize, Serialize};

use super::GhostError;
use super::foreign::{Change, MOST_TASKS, Peek, WORD};
use crate::firmware::default_ram;

/// The longest name that is believed.
const LONGEST_NAME: usize = 32;

/// A task that is known.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Known {
    /// `None`: the idle task, which the trace has no number for.
    number: Option<usize>,
}

/// The kernel's places.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Lists {
    /// What is watched: addresses (first, last).
    ram: Vec<(u32, u32)>,
    current: u32,
    /// The word that becomes 1 when the first task runs; before, `current` is only a guess of the kernel's.
    started: Option<u32>,
    runs: bool,
    /// The control block that `current` named last.
    chosen: u32,
    /// Lists as (first address, bytes), with the state of the tasks in them as a byte.
    lists: Vec<(u32, u32, u8)>,
    /// Offsets in a control block.
    state: u32,
    owner: u32,
    event: u32,
    priority: u32,
    name: u32,
    idle: String,
    /// By address of the control block.
    known: BTreeMap<u32, Known>,
    /// Names of tasks, by number.
    pub(super) names: Vec<Vec<u8>>,
}

impl Lists {
    pub(super) fn read(image: &Image, kernel: &ListKernel, board: &Board) -> Result<Self, GhostError> {
        let missing = |what: &str| GhostError::Missing { kernel: kernel.name.clone(), what: what.to_owned() };
        let symbol = |name: &str| image.symbols().iter().find(|symbol| symbol.name == name);
        let address = |symbol: &Symbol| u32::try_from(symbol.address).ok();
        let place = |name: &str| symbol(name).and_then(address).ok_or_else(|| missing(name));
        if image.word_bytes() != WORD {
            return Err(missing("pointers of 32 bits"));
        }
        let types = Types::new(image).ok_or_else(|| missing("debug information"))?;
        let member = |paths: &[String]| {
            let structure = &kernel.task.structure;
            let offset = paths.iter().find_map(|path| types.offset(structure, path));
            let offset = offset.and_then(|offset| u32::try_from(offset).ok());
            offset.ok_or_else(|| missing(&format!("{structure}.{}", paths.join(" or "))))
        };
        let one = std::slice::from_ref::<String>;
        let states = [
            (&kernel.lists.ready, TaskState::Ready),
            (&kernel.lists.waiting, TaskState::Blocked),
            (&kernel.lists.suspended, TaskState::Suspended),
            (&kernel.lists.ended, TaskState::Dormant),
        ];
        let mut lists = Vec::new();
        for (names, state) in states {
            // A kernel that was configured without suspension has no list for it.
            for found in names.iter().filter_map(|name| symbol(name)) {
                let first = address(found).ok_or_else(|| missing(&found.name))?;
                lists.push((first, u32::try_from(found.size).unwrap_or(u32::MAX), state as u8));
            }
        }
        let ram = default_ram(board);
        Ok(Self {
            ram: ram.iter().map(|(base, bytes)| (*base, base + (bytes - 1))).collect(),
            current: place(&kernel.current)?,
            started: kernel.started.as_deref().map(place).transpose()?,
            runs: kernel.started.is_none(),
            chosen: 0,
            lists,
            state: member(&kernel.task.state)?,
            owner: member(&kernel.task.owner)?,
            event: member(&kernel.task.event)?,
            priority: member(one(&kernel.task.priority))?,
            name: member(one(&kernel.task.name))?,
            idle: kernel.idle.clone(),
            known: BTreeMap::new(),
            names: Vec::new(),
        })
    }

    /// What must be observed.
    pub(super) fn ranges(&self) -> Vec<(u32, u32)> {
        self.ram.clone()
    }

    /// The chip comes out of reset.
    pub(super) fn boot(&mut self) {
        self.known.clear();
        self.names.clear();
        (self.runs, self.chosen) = (self.started.is_none(), 0);
    }

    /// What the store of a word means; other stores mean nothing.
    pub(super) fn stored(&mut self, address: u32, size: u8, value: u64, peek: Peek<'_>) -> Option<Change> {
        let word = u32::try_from(value).ok().filter(|_| size == 4);
        if self.started == Some(address) && !self.runs && value != 0 {
            self.runs = true;
            return self.choose(peek);
        }
        if address == self.current {
            self.chosen = word?;
            return if self.runs { self.choose(peek) } else { None };
        }
        let list = word.and_then(|word| self.list(word));
        if let Some(state) = list {
            let block = address.wrapping_sub(self.state);
            let ready = state == TaskState::Ready;
            if let Some(known) = self.known.get(&block) {
                return Some(Change::State(known.number?, state));
            }
            return ready.then(|| self.meet(block, peek)).flatten().map(|number| Change::State(number, state));
        }
        self.of_known(address, size, value)
    }

    /// A store to a control block that is known.
    fn of_known(&self, address: u32, size: u8, value: u64) -> Option<Change> {
        let number = |offset: u32| self.known.get(&address.wrapping_sub(offset)).and_then(|known| known.number);
        if let Some(task) = number(self.name) {
            // The memory is a new task's.
            return Some(Change::State(task, TaskState::Dormant));
        }
        if size != 4 {
            return None;
        }
        if let Some(task) = number(self.event) {
            return Some(Change::Object(task, value));
        }
        number(self.priority).map(|task| Change::Priority(task, u8::try_from(value).unwrap_or(u8::MAX)))
    }

    /// The task that the kernel has chosen.
    fn choose(&mut self, peek: Peek<'_>) -> Option<Change> {
        let block = self.chosen;
        if !self.known.contains_key(&block) {
            self.meet(block, peek);
        }
        self.known.get(&block).map(|known| Change::Chosen(known.number))
    }

    /// The state of the tasks in the list at this address.
    fn list(&self, address: u32) -> Option<TaskState> {
        let list = self.lists.iter().find(|list| address.wrapping_sub(list.0) < list.1)?;
        TaskState::from_byte(list.2)
    }

    /// Learns of a control block, if it is one. Its number, if it is not the idle task's.
    fn meet(&mut self, block: u32, peek: Peek<'_>) -> Option<usize> {
        let mut owner = [0; 4];
        if !peek(block.wrapping_add(self.owner), &mut owner) || u32::from_le_bytes(owner) != block {
            return None;
        }
        let name = self.name_of(block, peek);
        let idle = !self.idle.is_empty() && name.starts_with(self.idle.as_bytes());
        let number = (!idle && self.names.len() < MOST_TASKS).then_some(self.names.len());
        self.known.insert(block, Known { number });
        if number.is_some() {
            self.names.push(name);
        }
        number
    }

    /// A task begins, perhaps in another one's memory: its name is noted. Its priority.
    pub(super) fn begins(&mut self, task: usize, peek: Peek<'_>) -> u8 {
        let Some(block) = self.known.iter().find(|(_, known)| known.number == Some(task)).map(|(block, _)| *block)
        else {
            return 0;
        };
        let name = self.name_of(block, peek);
        if let Some(place) = self.names.get_mut(task) {
            *place = name;
        }
        let mut priority = [0];
        peek(block.wrapping_add(self.priority), &mut priority);
        priority[0]
    }

    /// The name in a control block, up to its NUL.
    fn name_of(&self, block: u32, peek: Peek<'_>) -> Vec<u8> {
        let mut byte = [0];
        let at = |offset: usize| block.wrapping_add(self.name).wrapping_add(offset as u32);
        (0..LONGEST_NAME).map_while(|offset| (peek(at(offset), &mut byte) && byte[0] != 0).then(|| byte[0])).collect()
    }
}
