//! Where our kernel keeps what the ghost trace is made of: the inspection table of the ELF file, as addresses. And what is
//! to be known of any firmware.

use bluekernel_abi::wire::{OBJECT_BYTES, ObjectNumbers};
use bluekernel_boards::model::Board;
use bluekernel_inspect::{Image, KernelTable};
use serde::{Deserialize, Serialize};

use super::GhostError;
use crate::firmware::default_ram;

/// The first version of the table whose `current` byte is a number plus 1: see `bluekernel_abi::inspect::VERSION`.
const OLDEST: u64 = 3;
/// The words of a bit an interrupt source that the kernel's RISC-V port keeps of what the program has made pending.
const PENDED: &str = "PENDED";
/// The register of a PLIC's context 0 to claim and complete (Platform-Level Interrupt Controller Specification 1.0.0,
/// memory map).
const PLIC_CLAIM: u64 = 0x20_0004;

/// A field of a control block, and which task's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    /// The byte that tells the running task.
    Current,
    /// A task's state byte.
    State(usize),
    /// A task's priority byte.
    Priority(usize),
    /// A byte of the address of the object that a task waits for.
    WaitObject(usize, usize),
    /// A byte of the bits of interrupts that the program has made pending.
    Pended(usize),
}

/// A task as the ELF file declares it.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(super) struct Declared {
    pub(super) stack_bytes: u32,
}

/// Addresses, and what is told once.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Layout {
    /// The first control block, and the bytes of one.
    tasks: u32,
    stride: u32,
    /// By number; those that are only slots among them.
    pub(super) declared: Vec<Declared>,
    state: u32,
    priority: u32,
    wait_object: u32,
    /// Bytes of an address.
    pub(super) word: u32,
    current: u32,
    /// On RISC-V: the bits (first address, bytes) of interrupts that the program has made pending.
    pended: Option<(u32, u32)>,
}

/// What is to be known of a firmware whatever its kernel is.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct About {
    /// How objects are numbered: from which address, and in steps of how many bytes.
    objects: Option<(u32, u32)>,
    /// On RISC-V: where interrupts are claimed.
    pub(super) claim: Option<u32>,
    /// Exceptions are RISC-V's: numbered by source and code, and handlers end where they put mepc back.
    pub(super) riscv: bool,
    pub(super) build_id: u64,
    pub(super) clock_hz: u64,
}

impl About {
    /// Of a firmware with a kernel of ours.
    pub(super) fn ours(image: &Image, table: &KernelTable, board: &Board) -> Result<Self, GhostError> {
        let objects = table.objects.map(|numbers| (numbers.base, numbers.step));
        Ok(Self { objects, clock_hz: clock(table, board), ..Self::foreign(image, board) })
    }

    /// Of any other firmware: objects are numbered from the start of the RAM, and the clock is the core's after reset.
    pub(super) fn foreign(image: &Image, board: &Board) -> Self {
        let riscv = board.chip.arch.starts_with("riscv");
        Self {
            objects: default_ram(board).first().map(|(base, _)| (*base, OBJECT_BYTES)),
            claim: if riscv { claim(board) } else { None },
            riscv,
            build_id: build_id(image),
            clock_hz: board.chip.reset_hz,
        }
    }

    /// The number of the object at an address in the trace; 0 for none.
    pub(super) fn object(&self, address: u64) -> u32 {
        match self.objects {
            Some((base, step)) if address != 0 => ObjectNumbers { base, step }.of(address as u32),
            _ => 0,
        }
    }
}

impl Layout {
    pub(super) fn read(image: &Image, table: &KernelTable, about: &About) -> Result<Self, GhostError> {
        if table.version < OLDEST {
            return Err(GhostError::TooOld { found: table.version, oldest: OLDEST });
        }
        let (tasks, end, stride) =
            (narrow(table.blocks.first)?, narrow(table.blocks.end)?, narrow(table.blocks.stride)?);
        let count = end.saturating_sub(tasks).checked_div(stride).unwrap_or(0);
        let mut declared = vec![Declared::default(); count as usize];
        for task in &table.tasks {
            if let Some(place) = declared.get_mut(usize::from(task.number)) {
                place.stack_bytes = u32::try_from(task.stack_bytes).unwrap_or(u32::MAX);
            }
        }
        Ok(Self {
            tasks,
            stride,
            declared,
            state: narrow(table.offsets.state)?,
            priority: narrow(table.offsets.priority)?,
            wait_object: narrow(table.offsets.wait_object)?,
            word: table.word_bytes.into(),
            current: narrow(table.current)?,
            pended: if about.riscv { pended(image) } else { None },
        })
    }

    /// What is to be watched: addresses (first, last).
    pub(super) fn ranges(&self) -> Vec<(u32, u32)> {
        let blocks = self.stride * self.declared.len() as u32;
        let mut ranges = vec![(self.current, self.current)];
        if blocks > 0 {
            ranges.push((self.tasks, self.tasks + (blocks - 1)));
        }
        ranges.extend(self.pended.map(|(first, bytes)| (first, first + (bytes - 1))));
        ranges
    }

    /// What a byte in memory is.
    pub(super) fn field(&self, address: u32) -> Option<Field> {
        if address == self.current {
            return Some(Field::Current);
        }
        if let Some((first, bytes)) = self.pended
            && address.wrapping_sub(first) < bytes
        {
            return Some(Field::Pended(address.wrapping_sub(first) as usize));
        }
        let inside = address.checked_sub(self.tasks)?;
        let task = inside.checked_div(self.stride)? as usize;
        let offset = inside % self.stride;
        let in_word = offset.wrapping_sub(self.wait_object);
        match offset {
            _ if task >= self.declared.len() => None,
            offset if offset == self.state => Some(Field::State(task)),
            offset if offset == self.priority => Some(Field::Priority(task)),
            _ if in_word < self.word => Some(Field::WaitObject(task, in_word as usize)),
            _ => None,
        }
    }
}

#[cfg(test)]
impl Layout {
    /// Two tasks in blocks of 64 bytes, with stacks of 256 and 512 bytes; state, priority and object are at `offsets`. On
    /// RISC-V also the word of pended interrupts.
    pub(super) fn for_tests(tasks: u32, current: u32, offsets: [u32; 3], pended: Option<u32>) -> Self {
        let [state, priority, wait_object] = offsets;
        Self {
            tasks,
            stride: 64,
            declared: [256, 512].map(|stack_bytes| Declared { stack_bytes }).to_vec(),
            state,
            priority,
            wait_object,
            word: 4,
            current,
            pended: pended.map(|pended| (pended, 4)),
        }
    }
}

#[cfg(test)]
impl About {
    /// Objects begin at 0x20000000; on RISC-V interrupts are claimed at an address.
    pub(super) fn for_tests(claim: Option<u32>) -> Self {
        let objects = Some((0x2000_0000, 8));
        Self { objects, claim, riscv: claim.is_some(), build_id: 0x1234, clock_hz: 1000 }
    }
}

/// An address that the simulated cores have: they have 32 bits of them.
fn narrow(address: u64) -> Result<u32, GhostError> {
    u32::try_from(address).map_err(|_| GhostError::Outside { address })
}

/// Where the board's interrupts are claimed.
fn claim(board: &Board) -> Option<u32> {
    let plic = board.chip.peripherals.iter().find(|it| it.model.as_deref() == Some("riscv-plic"))?;
    u32::try_from(plic.base.checked_add(PLIC_CLAIM)?).ok()
}

/// Where the kernel's port keeps the interrupts that the program pends.
fn pended(image: &Image) -> Option<(u32, u32)> {
    let symbol = image.symbols().iter().find(|symbol| symbol.name.rsplit("::").next() == Some(PENDED))?;
    let bytes = u32::try_from(symbol.size).ok().filter(|bytes| *bytes > 0)?;
    Some((u32::try_from(symbol.address).ok()?, bytes))
}

/// The first eight bytes of the build id; 0 if there is none.
fn build_id(image: &Image) -> u64 {
    let bytes = image.build_id().and_then(|id| id.get(..8)).and_then(|bytes| bytes.try_into().ok());
    bytes.map_or(0, u64::from_le_bytes)
}

/// Cycles in a second, as the firmware says; the chip's after reset if it does not.
fn clock(table: &KernelTable, board: &Board) -> u64 {
    if table.trace_clock_hz == 0 { board.chip.reset_hz } else { table.trace_clock_hz }
}
