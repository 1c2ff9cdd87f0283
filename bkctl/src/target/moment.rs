//! What a kernel is doing at one moment, from memory and registers alone: the same for a simulator, a chip and a dump.

use std::collections::BTreeMap;
use std::path::Path;

use bksim_protocol::message::Registers;
use bluekernel_inspect::live::{self, LiveTask};
use bluekernel_inspect::unwind::Call;
use bluekernel_inspect::{Architecture, Image, KernelTable, Memory, TaskInfo, saved, source, unwind, unwind_riscv};
use serde::Serialize;

/// Functions and variables whose names begin so are the kernel's or the language's own: a task is where it called them.
const NOT_THE_USERS: [&str; 7] =
    ["bluekernel::", "bluekernel_", "__bk_", "_SEGGER_", "core::", "alloc::", "compiler_builtins::"];

/// A task at that moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TaskMoment {
    /// Its number.
    pub number: u8,
    /// Its name.
    pub name: String,
    /// Its base priority, 31 the most important.
    pub priority: u8,
    /// Its priority with what it inherits.
    pub effective_priority: Option<u8>,
    /// What it does, in one word.
    pub state: &'static str,
    /// The object it waits for.
    pub waits_for: Option<String>,
    /// Its stack in bytes.
    pub stack_bytes: u64,
    /// The most of it that was ever in use, in bytes.
    pub stack_used: Option<u64>,
    /// The calls that it is in, the innermost first: function, and file and line where the ELF knows them.
    pub calls: Vec<Place>,
}

/// A place in the firmware's code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The address.
    pub address: u64,
    /// The function.
    pub function: Option<String>,
    /// File and line.
    pub line: Option<String>,
}

impl Place {
    /// Whether it is code of the user's, not the kernel's or the language's.
    #[must_use]
    pub fn is_users(&self) -> bool {
        let name = self.function.as_deref().unwrap_or_default().trim_start_matches('<');
        !NOT_THE_USERS.iter().any(|prefix| name.starts_with(prefix))
    }

    /// In words: `app::work (src/main.rs:42)`.
    #[must_use]
    pub fn to_text(&self) -> String {
        let function = self.function.clone().unwrap_or_else(|| format!("{:#010x}", self.address));
        match &self.line {
            Some(line) => format!("{function} ({line})"),
            None => function,
        }
    }
}

impl TaskMoment {
    /// The innermost call that is the user's.
    #[must_use]
    pub fn place(&self) -> Option<&Place> {
        self.calls.iter().find(|call| call.is_users()).or(self.calls.first())
    }
}

/// Reads moments of one firmware.
pub struct Reader<'a> {
    image: &'a Image,
    /// Of a kernel that describes itself.
    table: Option<KernelTable>,
    lines: Option<source::Lines>,
    root: Option<&'a Path>,
}

impl<'a> Reader<'a> {
    /// A reader for `image`. Files below `root` are named by their place in it.
    #[must_use]
    pub fn new(image: &'a Image, root: Option<&'a Path>) -> Self {
        let table = image.kernel().ok().flatten();
        Self { image, table, lines: source::Lines::new(image), root }
    }

    /// Whether the image describes its kernel. Of another one there are no tasks and objects, only where the processor is.
    #[must_use]
    pub fn knows_kernel(&self) -> bool {
        self.table.is_some()
    }

    /// All tasks by number. `registers` are the core's, for the task that runs.
    pub fn tasks(&self, registers: Option<&Registers>, memory: &mut dyn Memory) -> Vec<TaskMoment> {
        let Some(table) = &self.table else { return Vec::new() };
        let tasks = live::tasks(table, memory);
        tasks.into_iter().map(|task| self.task(table, task, registers, memory)).collect()
    }

    /// The places of an address, the innermost first: more than one where functions were inlined.
    #[must_use]
    pub fn places(&self, address: u64) -> Vec<Place> {
        let symbol = || self.image.symbol_at(address).map(|(symbol, _)| symbol.name.clone());
        let frames = self.lines.as_ref().map(|lines| lines.frames(address)).unwrap_or_default();
        if frames.is_empty() {
            return vec![Place { address, function: symbol(), line: None }];
        }
        let place = |frame: source::Frame| {
            let line = frame.location.map(|location| {
                let inside = self.root.and_then(|root| Path::new(&location.file).strip_prefix(root).ok());
                let file = inside.map_or(location.file.clone(), |inside| inside.display().to_string());
                format!("{file}:{}", location.line)
            });
            Place { address, function: frame.function.or_else(symbol), line }
        };
        frames.into_iter().map(place).collect()
    }

    /// Where the processor is: the places of its calls, the innermost first.
    pub fn running_places(&self, registers: &Registers, memory: &mut dyn Memory) -> Vec<Place> {
        let calls = self.running(registers, memory);
        calls.iter().flat_map(|call| self.places(call.lookup())).collect()
    }

    /// The program's variables in RAM by name, with the first `most` bytes of each in hex, a word at a time. Stacks and
    /// control blocks are not among them, nor what is the kernel's own.
    pub fn objects(&self, most: u64, memory: &mut dyn Memory) -> Vec<(String, String)> {
        let Some(table) = &self.table else { return Vec::new() };
        let named: BTreeMap<u32, String> = self.image.objects().into_iter().collect();
        let word = usize::from(self.image.word_bytes());
        let mut shown = Vec::new();
        for symbol in self.image.symbols().iter().filter(|symbol| symbol.size > 0) {
            let name = table.object_id(symbol.address).and_then(|id| named.get(&id));
            let Some(name) = name.filter(|name| **name == symbol.name) else { continue };
            if NOT_THE_USERS.iter().any(|prefix| name.starts_with(prefix)) || is_tasks(table, symbol.address) {
                continue;
            }
            let mut bytes = vec![0; usize::try_from(symbol.size.min(most)).unwrap_or(0)];
            if memory.read(symbol.address, &mut bytes) {
                let words = bytes.chunks(word).map(|word| {
                    let little = self.image.little_endian();
                    let digits = |byte: &u8| format!("{byte:02x}");
                    if little {
                        word.iter().rev().map(digits).collect()
                    } else {
                        word.iter().map(digits).collect::<String>()
                    }
                });
                let more = if symbol.size > most { " .." } else { "" };
                shown.push((name.clone(), words.collect::<Vec<String>>().join(" ") + more));
            }
        }
        shown
    }

    fn task(
        &self,
        table: &KernelTable,
        task: LiveTask,
        registers: Option<&Registers>,
        memory: &mut dyn Memory,
    ) -> TaskMoment {
        let runs = task.state == Some(bluekernel_abi::TaskState::Running);
        let calls = match (registers, saved::of_task(self.image, table, &task, memory)) {
            (Some(registers), _) if runs => self.running(registers, memory),
            (_, Some(saved)) => saved::calls(self.image, &saved, memory).0,
            _ => Vec::new(),
        };
        TaskMoment {
            number: task.info.number,
            name: task.info.name.clone(),
            priority: task.info.priority,
            effective_priority: task.effective_priority,
            state: task.state.map_or("unknown", bluekernel_abi::TaskState::name),
            waits_for: task.waits_for.map(|address| self.object(table, address)),
            stack_bytes: task.info.stack_bytes,
            stack_used: task.stack_used,
            calls: calls.iter().flat_map(|call| self.places(call.lookup())).collect(),
        }
    }

    /// The calls of whoever runs: of a handler, if one does.
    fn running(&self, registers: &Registers, memory: &mut dyn Memory) -> Vec<Call> {
        let general = |at: usize| registers.general.get(at).copied().unwrap_or(0);
        if self.image.architecture() == Architecture::Arm {
            let r = std::array::from_fn(|at| general(at) as u32);
            let psp = registers.interrupted.map(|psp| psp as u32);
            let Some(unwinder) = unwind::Unwinder::new(self.image) else { return Vec::new() };
            let registers = unwind::Registers { r, psp: psp.unwrap_or(r[13]) };
            let mut calls = unwinder.calls(registers, memory);
            if psp.is_some() && !calls.iter().any(|call| call.is_interrupted) {
                calls.extend(unwinder.interrupted_calls(registers, memory));
            }
            return calls;
        }
        let registers = unwind_riscv::Registers { pc: registers.pc, x: std::array::from_fn(|at| Some(general(at))) };
        let unwinder = unwind_riscv::Unwinder::new(self.image);
        unwinder.map_or_else(Vec::new, |unwinder| unwinder.calls(registers, false, memory))
    }

    /// The name of the object at an address.
    fn object(&self, table: &KernelTable, address: u64) -> String {
        // Objects are named by where their variable starts; the kernel may name a part of one.
        let Some(id) = table.object_id(address) else { return format!("{address:#010x}") };
        let objects = self.image.objects();
        let held = objects.into_iter().filter(|(start, _)| *start <= id).max_by_key(|(start, _)| *start);
        held.map_or_else(|| format!("{address:#010x}"), |(_, name)| name)
    }
}

/// Whether an address is in a task's stack or is its control block.
fn is_tasks(table: &KernelTable, address: u64) -> bool {
    let of = |task: &TaskInfo| {
        address == task.control || (task.stack..task.stack.saturating_add(task.stack_bytes)).contains(&address)
    };
    table.tasks.iter().any(of)
}
