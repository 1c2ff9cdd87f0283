//! The dictionary in front of a recording: everything a reader needs besides the stream.

use std::collections::BTreeMap;

use bluekernel_abi::Named;
use serde::{Deserialize, Serialize};

/// The schema name that a header carries.
pub const HEADER_SCHEMA: &str = "bk.trace.recording/1";

/// The largest variable that is believed to hold an object, in words.
const LARGEST_OBJECT: u32 = 1 << 16;

/// No firmware makes more names of marks, or of objects, at run time: a bound for damaged bytes.
const MOST_NAMES: usize = 1 << 14;

/// No kernel has more tasks (254).
const MOST_TASKS: usize = 1 << 10;

/// The dictionary of a recording. Its JSON is the same for the same firmware: maps are sorted, and nothing of the host
/// stands in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// [`HEADER_SCHEMA`].
    pub schema: String,
    /// The version of the kit that recorded.
    pub kit: String,
    /// The board's name.
    pub board: String,
    /// Trace-clock cycles in a second.
    pub clock_hz: u64,
    /// The build id of the ELF in lower-case hex, if it has one.
    #[serde(default)]
    pub build_id: Option<String>,
    /// The tasks that the ELF declares, by number.
    #[serde(default)]
    pub tasks: Vec<TaskEntry>,
    /// Names of marks and counters by id.
    #[serde(default)]
    pub names: BTreeMap<u32, String>,
    /// Names of objects by [`bluekernel_abi::wire::ObjectNumbers`].
    #[serde(default)]
    pub objects: BTreeMap<u32, String>,
    /// Names of exceptions by number (Cortex-M: 16 + interrupt number).
    #[serde(default)]
    pub exceptions: BTreeMap<u32, String>,
    /// The simulator made it from outside (a ghost trace): its times are the core's cycles since power came on.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub from_outside: bool,
}

/// What the ELF says about one task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskEntry {
    /// Its number.
    pub number: u32,
    /// Its name.
    pub name: String,
    /// Its base priority, 31 the most important.
    pub priority: u32,
    /// Its stack in bytes.
    pub stack_bytes: u32,
}

impl Header {
    /// A header without names. Fill in what is known.
    #[must_use]
    pub fn new(kit: &str, board: &str, clock_hz: u64) -> Self {
        Self {
            schema: HEADER_SCHEMA.to_owned(),
            kit: kit.to_owned(),
            board: board.to_owned(),
            clock_hz,
            build_id: None,
            tasks: Vec::new(),
            names: BTreeMap::new(),
            objects: BTreeMap::new(),
            exceptions: BTreeMap::new(),
            from_outside: false,
        }
    }

    /// Takes in a name that the firmware made at run time. Its priority and stack, if it is a task's, are told elsewhere.
    /// Tells whether there was room for it: with more names than any firmware has, new ones are left out.
    pub fn rename(&mut self, of: Named, id: u32, name: &str) -> bool {
        let into = |names: &mut BTreeMap<u32, String>| {
            let has_room = names.len() < MOST_NAMES || names.contains_key(&id);
            if has_room {
                names.insert(id, name.to_owned());
            }
            has_room
        };
        match of {
            Named::Mark => return into(&mut self.names),
            Named::Object => return into(&mut self.objects),
            Named::Task => match self.tasks.iter().position(|task| task.number == id) {
                Some(place) => name.clone_into(&mut self.tasks[place].name),
                None if self.tasks.len() >= MOST_TASKS => return false,
                None => {
                    self.tasks.push(TaskEntry { number: id, name: name.to_owned(), priority: 0, stack_bytes: 0 });
                    self.tasks.sort_by_key(|task| task.number);
                }
            },
        }
        true
    }

    /// The name of a mark or counter, or `#id`.
    #[must_use]
    pub fn name(&self, id: u32) -> String {
        self.names.get(&id).cloned().unwrap_or_else(|| format!("#{id}"))
    }

    /// The name of the object that holds `id`, or `object N`; nothing for 0.
    ///
    /// Objects are named by where their variable starts, and the kernel may name a part of one (the wait list of a
    /// channel's receivers, say). Variables lie side by side, so the last one that starts at or before `id` holds it.
    #[must_use]
    pub fn object(&self, id: u32) -> String {
        match self.objects.range(1..=id.max(1)).next_back() {
            _ if id == 0 => String::new(),
            Some((start, name)) if id - start < LARGEST_OBJECT => name.clone(),
            _ => format!("object {id}"),
        }
    }

    /// The name of an exception, or its number in words.
    #[must_use]
    pub fn exception(&self, number: u32) -> String {
        match self.exceptions.get(&number) {
            Some(name) => name.clone(),
            None if number >= 16 => format!("irq {}", number - 16),
            None => format!("exception {number}"),
        }
    }

    /// The name of a task, or `task N`.
    #[must_use]
    pub fn task(&self, number: u32) -> String {
        self.tasks
            .iter()
            .find(|task| task.number == number)
            .map_or_else(|| format!("task {number}"), |task| task.name.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_an_object_has_its_name() {
        let mut header = Header::new("0", "b", 1);
        header.objects = BTreeMap::from([(10, "a".to_owned()), (14, "b".to_owned())]);
        let names = [0, 9, 10, 13, 14, 20, 14 + LARGEST_OBJECT].map(|id| header.object(id));
        assert_eq!(names, ["", "object 9", "a", "a", "b", "b", "object 65550"]);
    }
}
