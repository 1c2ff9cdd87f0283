//! The kernel's description of itself in the ELF file ([`bluekernel_abi::inspect`]), read and checked.

use bluekernel_abi::inspect::{
    KERNEL_RECORD_WORDS, KERNEL_SECTION, MAGIC, NAME_SECTION, OBJECT_BASE_SYMBOL, SavedLayout, TASK_RECORD_WORDS,
    TASK_SECTION, VERSION,
};
use bluekernel_abi::wire::ObjectNumbers;
use bluekernel_abi::{NO_TASK, PRIORITIES};

use crate::image::{Image, SymbolKind};
use crate::symbols;

/// Why the kernel's sections cannot be used. Every one means that linker script, kernel and tool do not fit together.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    /// A section's length is not a whole number of records.
    #[error("section {section} holds {bytes} bytes, which is not a whole number of records of {record} bytes")]
    Length {
        /// The section.
        section: &'static str,
        /// Its bytes.
        bytes: usize,
        /// Bytes of a record.
        record: usize,
    },
    /// The record does not begin as it must.
    #[error("section {KERNEL_SECTION} starts with {found:#x}, not with {MAGIC:#x}: another program uses this name")]
    Magic {
        /// What stands there.
        found: u64,
    },
    /// The firmware's kernel is of another generation than this tool.
    #[error(
        "the firmware's inspection table has version {found}, this tool reads versions 1 to {VERSION}: \
         use the kit that the firmware was built with, or build it again"
    )]
    Version {
        /// The firmware's version.
        found: u64,
    },
    /// A value contradicts another one.
    #[error("the firmware's inspection table is damaged: {0}")]
    Damaged(String),
}

/// A task as the firmware declares it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct TaskInfo {
    /// Its number: the place of its control block.
    pub number: u8,
    /// Its name.
    pub name: String,
    /// Its base priority, 31 the most important.
    pub priority: u8,
    /// Address of its control block.
    pub control: u64,
    /// Lowest address of its stack.
    pub stack: u64,
    /// Bytes of its stack.
    pub stack_bytes: u64,
}

/// Where the fields are in a control block, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ControlOffsets {
    /// The state byte.
    pub state: u64,
    /// The effective priority byte.
    pub priority: u64,
    /// The saved stack pointer, a word.
    pub saved_sp: u64,
    /// The address of the object waited for, a word, 0 for none.
    pub wait_object: u64,
}

/// What the firmware says about its kernel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KernelTable {
    /// The version of the firmware's table.
    pub version: u64,
    /// Trace-clock cycles in a second.
    pub trace_clock_hz: u64,
    /// The tasks, by number.
    pub tasks: Vec<TaskInfo>,
    /// The control blocks, also those of slots that no task is declared for.
    pub blocks: ControlBlocks,
    /// Address of the byte that tells the running task: [`crate::live::current`].
    pub current: u64,
    /// Where the fields are in a control block.
    pub offsets: ControlOffsets,
    /// What lies at a saved stack pointer; `None` if this tool does not know the layout.
    pub saved_layout: Option<SavedLayout>,
    /// How objects are numbered; `None` if the linker script does not define from where.
    pub objects: Option<ObjectNumbers>,
    /// Bytes of a machine word.
    pub word_bytes: u8,
    /// Whether the least significant byte of a word comes first.
    pub little_endian: bool,
    names: Vec<u8>,
}

impl KernelTable {
    /// The names of the firmware: `(id, name)`, by id. Text that is not UTF-8 is shown with replacement characters.
    pub fn names(&self) -> impl Iterator<Item = (u32, std::borrow::Cow<'_, str>)> {
        let mut offset = 0;
        self.names.split(|byte| *byte == 0).filter_map(move |name| {
            let id = u32::try_from(offset).ok()?;
            offset += name.len() + 1;
            (!name.is_empty()).then(|| (id, String::from_utf8_lossy(name)))
        })
    }

    /// The number of an object in the trace, from its address; `None` if the firmware has no object base.
    #[must_use]
    pub fn object_id(&self, address: u64) -> Option<u32> {
        self.objects.map(|numbers| numbers.of(low_half(address)))
    }
}

impl Image {
    /// The kernel's description of itself; `None` if this firmware has no such kernel.
    ///
    /// # Errors
    /// [`TableError`] if the sections are there but not to be understood.
    pub fn kernel(&self) -> Result<Option<KernelTable>, TableError> {
        let Some(section) = self.section(KERNEL_SECTION).filter(|section| section.size > 0) else { return Ok(None) };
        let word = usize::from(self.word_bytes());
        let data = self.section_data(section);
        let words = self.words(data);
        let found = words.first().copied().unwrap_or_default();
        if found != MAGIC as u64 {
            return Err(TableError::Magic { found });
        }
        let version = version(&words);
        if !(1..=VERSION as u64).contains(&version) {
            return Err(TableError::Version { found: version });
        }
        // Version 1 had no layout, since there was only one.
        let (record_words, unwritten) = if version == 1 {
            (KERNEL_RECORD_WORDS - 1, &[SavedLayout::CortexM as u64][..])
        } else {
            (KERNEL_RECORD_WORDS, &[][..])
        };
        let words = [&words, unwritten].concat();
        let &[_, _, first, end, stride, state, priority, saved_sp, wait_object, current, trace_clock_hz, saved_layout] =
            &*words
        else {
            let record = record_words * word;
            return Err(TableError::Length { section: KERNEL_SECTION, bytes: data.len(), record });
        };
        let offsets = ControlOffsets { state, priority, saved_sp, wait_object };
        check_offsets(offsets, stride, self.word_bytes())?;
        let names = self.section(NAME_SECTION);
        let (names, names_start) = names.map_or((&[][..], 0), |section| (self.section_data(section), section.address));
        let blocks = ControlBlocks { first, end, stride };
        let tasks = self.tasks(blocks, names, names_start)?;
        Ok(Some(KernelTable {
            version,
            trace_clock_hz,
            tasks,
            blocks,
            current,
            offsets,
            saved_layout: SavedLayout::from_word(saved_layout),
            objects: self.object_numbers(),
            word_bytes: self.word_bytes(),
            little_endian: self.little_endian(),
            names: names.to_vec(),
        }))
    }

    /// The variables in RAM as trace objects: `(object id, name)`, by id. Empty without the kernel's object base.
    #[must_use]
    pub fn objects(&self) -> Vec<(u32, String)> {
        let Some(numbers) = self.object_numbers() else { return Vec::new() };
        let mut objects: Vec<_> = self
            .symbols()
            .iter()
            .filter(|symbol| symbol.kind == SymbolKind::Data && symbol.address >= numbers.base.into())
            // A smaller one shares its number with what stands before or behind it.
            .filter(|symbol| symbol.size >= numbers.step.into())
            .filter(|symbol| symbol.section.is_some_and(|index| self.sections()[index].write))
            .filter(|symbol| !symbols::is_label(&symbol.raw))
            .map(|symbol| (numbers.of(low_half(symbol.address)), symbol.name.clone()))
            .collect();
        objects.sort();
        objects.dedup_by_key(|(id, _)| *id);
        objects
    }

    /// How the kernel numbers its objects, or `None` if the linker script does not define from where.
    fn object_numbers(&self) -> Option<ObjectNumbers> {
        let base = low_half(self.address_of(OBJECT_BASE_SYMBOL)?);
        let record = self.section(KERNEL_SECTION).map_or(&[][..], |section| self.section_data(section));
        let is_old = version(&self.words(record)) < 4;
        Some(if is_old { ObjectNumbers::in_words(base) } else { ObjectNumbers::from(base) })
    }

    fn words(&self, data: &[u8]) -> Vec<u64> {
        let chunks = data.chunks_exact(usize::from(self.word_bytes()));
        chunks.map(|bytes| word(bytes, self.little_endian())).collect()
    }

    fn tasks(&self, blocks: ControlBlocks, names: &[u8], names_start: u64) -> Result<Vec<TaskInfo>, TableError> {
        let data = self.section(TASK_SECTION).map_or(&[][..], |section| self.section_data(section));
        let record = TASK_RECORD_WORDS * usize::from(self.word_bytes());
        if !data.len().is_multiple_of(record) {
            return Err(TableError::Length { section: TASK_SECTION, bytes: data.len(), record });
        }
        let mut tasks = Vec::new();
        for words in self.words(data).chunks_exact(TASK_RECORD_WORDS) {
            let &[control, stack, stack_bytes, priority, name, name_bytes] = words else { continue };
            let damaged = |what: &str| TableError::Damaged(format!("the task with control block {control:#x} {what}"));
            let number = blocks.number(control).ok_or_else(|| damaged("is not in the task array"))?;
            let priority = u8::try_from(priority).ok().filter(|priority| usize::from(*priority) < PRIORITIES);
            let name = name_at(names, name.wrapping_sub(names_start), name_bytes);
            if stack.checked_add(stack_bytes).is_none() {
                return Err(damaged("has a stack that reaches beyond the end of memory"));
            }
            tasks.push(TaskInfo {
                number,
                name: name.ok_or_else(|| damaged("has its name outside the section of names"))?,
                priority: priority.ok_or_else(|| damaged("has a priority above 31"))?,
                control,
                stack,
                stack_bytes,
            });
        }
        tasks.sort_by_key(|task| task.number);
        if let Some(pair) = tasks.windows(2).find(|pair| pair[0].number == pair[1].number) {
            let (number, first, second) = (pair[0].number, &pair[0].name, &pair[1].name);
            return Err(TableError::Damaged(format!("task {number} is both {first:?} and {second:?}")));
        }
        Ok(tasks)
    }
}

/// The array of control blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ControlBlocks {
    /// Address of the first one.
    pub first: u64,
    /// Address behind the last one.
    pub end: u64,
    /// Bytes of one.
    pub stride: u64,
}

impl ControlBlocks {
    fn number(self, control: u64) -> Option<u8> {
        let inside = (self.first..self.end).contains(&control);
        let offset = control.checked_sub(self.first).filter(|_| inside)?;
        let number = offset.checked_div(self.stride).filter(|number| number * self.stride == offset)?;
        u8::try_from(number).ok().filter(|number| *number != NO_TASK)
    }
}

/// The record's second word, 0 where there is no record.
fn version(words: &[u64]) -> u64 {
    words.get(1).copied().unwrap_or_default()
}

/// Objects are numbered by the low halves of their addresses: the wire's contract.
#[expect(clippy::cast_possible_truncation, reason = "the low half is meant")]
const fn low_half(address: u64) -> u32 {
    address as u32
}

fn check_offsets(offsets: ControlOffsets, stride: u64, word_bytes: u8) -> Result<(), TableError> {
    let word = u64::from(word_bytes);
    let fields = [(offsets.state, 1), (offsets.priority, 1), (offsets.saved_sp, word), (offsets.wait_object, word)];
    match fields.iter().find(|(offset, bytes)| offset.checked_add(*bytes).is_none_or(|end| end > stride)) {
        None => Ok(()),
        Some((offset, _)) => Err(TableError::Damaged(format!(
            "a field at offset {offset} does not fit a control block of {stride} bytes"
        ))),
    }
}

fn name_at(names: &[u8], offset: u64, bytes: u64) -> Option<String> {
    let start = usize::try_from(offset).ok()?;
    let end = start.checked_add(usize::try_from(bytes).ok()?)?;
    names.get(start..end).map(|name| String::from_utf8_lossy(name).into_owned())
}

/// A machine word of up to eight bytes.
pub(crate) fn word(bytes: &[u8], little_endian: bool) -> u64 {
    let add = |value, byte: &u8| value << 8 | u64::from(*byte);
    if little_endian { bytes.iter().rev().fold(0, add) } else { bytes.iter().fold(0, add) }
}
