//! Names and numbers: what all packets together say about tasks, handlers, spans and values.

use std::collections::{BTreeMap, HashMap};

use super::packets::{Packet, Packets, Piece};
use crate::recording::{Header, TaskEntry};

/// Different texts that become names of moments. Firmware that prints numbers prints ever new ones.
const MAX_TEXTS: usize = 4096;

/// The priority that others are counted down from where the operating system's 0 is the most important.
const MOST_IMPORTANT: i64 = 255;

/// What has a name in our dictionary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Named<'a> {
    Mark(u32),
    Sample(u32),
    Timer(u32),
    Event(u32),
    Text(&'a [u8]),
    /// Text behind [`MAX_TEXTS`] others.
    MoreText,
}

/// What the stream tells once and means everywhere.
#[derive(Default)]
pub(super) struct Dictionary<'a> {
    /// Ticks in a second; 0 until a packet tells.
    pub(super) hz: u32,
    /// Whether a task was created before any ran: then the recording begins with the firmware.
    pub(super) from_start: bool,
    base: u32,
    shift: u32,
    description: String,
    /// Whether a smaller number is a more important task.
    downwards: bool,
    tasks: HashMap<u32, Task>,
    order: Vec<u32>,
    names: HashMap<Named<'a>, u32>,
    texts: usize,
    mark_names: HashMap<u32, String>,
    sample_names: HashMap<u32, (String, u32)>,
    resources: HashMap<u32, String>,
}

/// A task.
#[derive(Clone, Debug, Default)]
struct Task {
    number: u32,
    name: Option<String>,
    /// As the operating system says it, first.
    priority: u32,
    stack_bytes: u32,
}

impl<'a> Dictionary<'a> {
    /// Reads all of `packets`.
    pub(super) fn read(packets: Packets<'a>) -> Self {
        let mut dictionary = Self::default();
        let mut ran = false;
        for piece in packets {
            let Piece::Packet(packet, _) = piece else { continue };
            ran |= matches!(packet, Packet::Run(_) | Packet::Idle | Packet::StopRunning);
            dictionary.from_start |= !ran && matches!(packet, Packet::Create(_));
            dictionary.packet(packet);
        }
        dictionary.downwards = dictionary.zero_is_most_important();
        dictionary
    }

    fn packet(&mut self, packet: Packet<'a>) {
        match packet {
            Packet::Init { hz, base, shift } if self.hz == 0 => (self.hz, self.base, self.shift) = (hz, base, shift),
            Packet::Description(text) => {
                self.description.push(',');
                self.description.push_str(&words(text));
            }
            Packet::Run(id) | Packet::Ready(id) | Packet::Wait(id) | Packet::Create(id) | Packet::Terminate(id) => {
                self.task(id);
            }
            Packet::Task { id, priority, name } => {
                let task = self.task(id);
                if task.name.is_none() {
                    (task.name, task.priority) = (Some(words(name)), priority);
                }
            }
            Packet::Stack { id, size, .. } => self.task(id).stack_bytes = size,
            Packet::Resource { id, name } => drop(self.resources.insert(id, words(name))),
            Packet::MarkName { id, name } => drop(self.mark_names.insert(id, words(name))),
            Packet::SampleName { id, name, kind } => drop(self.sample_names.insert(id, (words(name), kind))),
            Packet::TimerEnter(id) => self.name(Named::Timer(id)),
            Packet::MarkBegin(id) | Packet::Mark(id) => self.name(Named::Mark(id)),
            Packet::Sample { id, .. } => self.name(Named::Sample(id)),
            Packet::Event { id, .. } => self.name(Named::Event(id)),
            Packet::Print { text, .. } if !self.names.contains_key(&Named::Text(text)) => {
                self.texts += 1;
                self.name(if self.texts > MAX_TEXTS { Named::MoreText } else { Named::Text(text) });
            }
            _ => {}
        }
    }

    fn task(&mut self, id: u32) -> &mut Task {
        let number = self.order.len() as u32;
        let order = &mut self.order;
        self.tasks.entry(id).or_insert_with(|| {
            order.push(id);
            Task { number, ..Task::default() }
        })
    }

    fn name(&mut self, named: Named<'a>) {
        let id = self.names.len() as u32 + 1;
        self.names.entry(named).or_insert(id);
    }

    /// The number of task `id`.
    pub(super) fn task_number(&self, id: u32) -> u32 {
        self.tasks.get(&id).map_or(0, |task| task.number)
    }

    /// The priority of task `id` at first, 31 or above the most important, and its stack in bytes.
    pub(super) fn task_facts(&self, id: u32) -> (u32, u32) {
        self.tasks.get(&id).map_or((0, 0), |task| (self.priority(task.priority), task.stack_bytes))
    }

    /// An operating system's priority as one of ours, where more is more important.
    pub(super) fn priority(&self, theirs: u32) -> u32 {
        if self.downwards {
            let ours = MOST_IMPORTANT - i64::from(theirs.cast_signed());
            u32::try_from(ours).unwrap_or(0)
        } else {
            theirs
        }
    }

    /// Of these systems it is known that a smaller number is more important.
    fn zero_is_most_important(&self) -> bool {
        let system = self.described("O").unwrap_or_default().to_lowercase();
        ["zephyr", "uc/os", "threadx"].iter().any(|known| system.starts_with(known))
    }

    /// The id of a name.
    pub(super) fn name_id(&self, named: Named<'a>) -> u32 {
        let id = self.names.get(&named).or_else(|| self.names.get(&Named::MoreText));
        id.copied().unwrap_or(0)
    }

    /// A value from its bits, as its type says (0: unsigned, 1: signed, 2: floating-point, of which whole numbers are kept).
    pub(super) fn value(&self, id: u32, bits: u32) -> i64 {
        match self.sample_names.get(&id) {
            Some((_, 1)) => bits.cast_signed().into(),
            Some((_, 2)) => f32::from_bits(bits) as i64,
            _ => bits.into(),
        }
    }

    /// What the description says for `key`.
    fn described(&self, key: &str) -> Option<&str> {
        let mut pairs = self.description.split(',').filter_map(|pair| pair.split_once('='));
        pairs.find(|(found, _)| found.trim() == key).map(|(_, value)| value.trim())
    }

    /// The dictionary as a recording has it.
    pub(super) fn header(&self) -> Header {
        let system = self.described("O").unwrap_or("an unnamed system");
        let board = self.described("D").unwrap_or("unknown device");
        let mut header = Header::new(&format!("SystemView: {system}"), board, self.hz.into());
        let entry = |(id, task): (&u32, &Task)| TaskEntry {
            number: task.number,
            name: task.name.clone().unwrap_or_else(|| format!("task {:#010x}", self.address(*id))),
            priority: self.priority(task.priority),
            stack_bytes: task.stack_bytes,
        };
        header.tasks = self.tasks.iter().map(entry).collect();
        header.tasks.sort_by_key(|task| task.number);
        header.names = self.names.iter().map(|(named, id)| (*id, self.spelled(*named))).collect();
        header.exceptions = self.exceptions();
        header
    }

    /// The address that was shortened to `id`.
    fn address(&self, id: u32) -> u32 {
        id.checked_shl(self.shift).unwrap_or(0).wrapping_add(self.base)
    }

    fn spelled(&self, named: Named<'_>) -> String {
        match named {
            Named::Mark(id) => self.mark_names.get(&id).cloned().unwrap_or_else(|| format!("marker {id}")),
            Named::Sample(id) => match self.sample_names.get(&id) {
                Some((name, _)) => name.clone(),
                None => format!("data {id}"),
            },
            Named::Timer(id) => match self.resources.get(&id) {
                Some(name) => format!("timer {name}"),
                None => format!("timer {:#010x}", self.address(id)),
            },
            Named::Event(id) => format!("event {id}"),
            Named::Text(text) => words(text),
            Named::MoreText => "more text".to_owned(),
        }
    }

    /// Names of handlers: `I#15=SysTick`.
    fn exceptions(&self) -> BTreeMap<u32, String> {
        let pairs = self.description.split(',').filter_map(|pair| pair.trim().strip_prefix("I#")?.split_once('='));
        pairs.filter_map(|(number, name)| Some((number.parse().ok()?, name.trim().to_owned()))).collect()
    }
}

/// Text of the firmware's in one line.
fn words(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    text.trim().chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
