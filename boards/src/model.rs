//! A board as the tools see it: parsed, checked, the chip's file joined in.
//!
//! These types say what *is*, in plain numbers; what may stand in a TOML file is the parser's business. They serialise,
//! so that a resolved board can be handed to the simulator, which then needs no file.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A board with its chip.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Board {
    /// Its name, as typed: `qemu-mps2-an385`.
    pub name: String,
    /// Its name in full.
    pub title: String,
    /// How well it is supported: 1 is tested with every change.
    pub tier: u8,
    /// Where its documentation is.
    pub url: Option<String>,
    /// The core's frequency in hertz once the firmware runs.
    pub core_hz: u64,
    /// The crystal or clock input on the board, in hertz, if there is one.
    #[serde(default)]
    pub hse_hz: Option<u64>,
    /// Where text comes out.
    pub console: Console,
    /// Light-emitting diodes.
    pub leds: Vec<Pin>,
    /// Buttons.
    pub buttons: Vec<Pin>,
    /// What the linker script needs.
    pub linker: Linker,
    /// How the board is programmed.
    pub flash: Flash,
    /// How it is simulated.
    pub sim: Sim,
    /// The same board in QEMU, if it has it.
    pub qemu: Option<Qemu>,
    /// What the kernel is told; `None` for a board that it has no port for, which is there to be simulated.
    pub kernel: Option<KernelConfig>,
    /// The chip.
    pub chip: Chip,
    /// Where the board's numbers come from.
    pub source: Vec<String>,
    /// What [`Board::hash`] returns; empty for a board that came from no file.
    #[serde(default)]
    pub files_sha256: String,
}

impl Board {
    /// The SHA-256 in hexadecimal of the board's and the chip's file: what generated files are stamped with. Line ends
    /// do not count.
    #[must_use]
    pub fn hash(&self) -> &str {
        &self.files_sha256
    }

    /// The memory that the program is linked into: the one that holds the vector table.
    #[must_use]
    pub fn code_memory(&self) -> Option<&Memory> {
        self.chip.memory.iter().find(|memory| memory.name == self.chip.vector_table)
    }

    /// The memory that variables and stacks are in.
    #[must_use]
    pub fn data_memory(&self) -> Option<&Memory> {
        self.chip.memory.iter().find(|memory| memory.default)
    }

    /// The peripheral called `name`.
    #[must_use]
    pub fn peripheral(&self, name: &str) -> Option<&Peripheral> {
        self.chip.peripherals.iter().find(|peripheral| peripheral.name == name)
    }

    /// The interrupts, by number, each once: a line that several peripherals share has one name.
    #[must_use]
    pub fn interrupts(&self) -> Vec<&Irq> {
        let mut irqs: Vec<&Irq> = self.chip.peripherals.iter().flat_map(|peripheral| &peripheral.irqs).collect();
        irqs.sort_by_key(|irq| irq.number);
        irqs.dedup_by_key(|irq| irq.number);
        irqs
    }

    /// The regions of the linker script, and the budgets of a size report: name, first address, bytes. `FLASH` and
    /// `RAM` come first, as cortex-m-rt wants them, or `RAM` alone where code and variables share it; other memories
    /// follow under their own names in capitals.
    #[must_use]
    pub fn regions(&self) -> Vec<(String, u64, u64)> {
        let offset = self.linker.flash_offset;
        let (code, data) = (self.code_memory(), self.data_memory());
        let is = |memory: &Memory, other: Option<&Memory>| other.is_some_and(|other| other.name == memory.name);
        let flash = code
            .filter(|memory| !is(memory, data))
            .map(|memory| ("FLASH".to_owned(), memory.base.saturating_add(offset), memory.size.saturating_sub(offset)));
        let ram = data.map(|memory| ("RAM".to_owned(), memory.base, memory.size));
        let others = self.chip.memory.iter().filter(|memory| !is(memory, code) && !is(memory, data));
        let others = others.map(|memory| (memory.name.to_ascii_uppercase(), memory.base, memory.size));
        flash.into_iter().chain(ram).chain(others).collect()
    }
}

/// A chip.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Chip {
    /// Its part number.
    pub name: String,
    /// Who makes it.
    pub vendor: String,
    /// The architecture: `armv7-m`, `armv7e-m`, `riscv32`, ...
    pub arch: String,
    /// The core: `cortex-m3`, `cortex-m4f`, `rv32imac`, ...
    pub core: String,
    /// The Rust target.
    pub target: String,
    /// Its name in probe-rs, if that knows it.
    pub probe_rs: Option<String>,
    /// The interrupt controller.
    #[serde(flatten)]
    pub interrupts: Interrupts,
    /// The floating-point unit: `none`, `sp`, `dp`.
    pub fpu: String,
    /// Regions of the memory protection unit, or entries of RISC-V's PMP; 0 for none.
    pub mpu_regions: u8,
    /// Cores.
    pub cores: u8,
    /// Whether a RISC-V core has the `time` register, which shows mtime; without it a read is an illegal instruction.
    #[serde(default)]
    pub time_csr: bool,
    /// Name of the memory that the core starts from: a Cortex-M's vector table is there.
    pub vector_table: String,
    /// Memories.
    pub memory: Vec<Memory>,
    /// The core's frequency after reset, in hertz.
    pub reset_hz: u64,
    /// The oscillators inside the chip.
    #[serde(default)]
    pub oscillators: Oscillators,
    /// Whether the core has a SysTick: it is an option of Armv6-M.
    #[serde(default = "yes")]
    pub systick: bool,
    /// Core cycles in one tick of SysTick's reference clock, if it has one.
    #[serde(default)]
    pub systick_divider: Option<u32>,
    /// Clocks that nothing changes, by name, in hertz.
    #[serde(default)]
    pub fixed_clocks: BTreeMap<String, u64>,
    /// Peripherals.
    pub peripherals: Vec<Peripheral>,
    /// Where the chip's numbers come from.
    pub source: Vec<String>,
}

impl Chip {
    /// How many numbers an interrupt of a peripheral can have, from 0 on; a PLIC's 0 is no interrupt.
    #[must_use]
    pub fn irqs(&self) -> u16 {
        match &self.interrupts {
            Interrupts::Nvic(nvic) => nvic.irqs,
            Interrupts::Plic(plic) => plic.sources.saturating_add(1),
        }
    }

    /// The interrupt controller of a Cortex-M.
    #[must_use]
    pub fn nvic(&self) -> Option<&Nvic> {
        match &self.interrupts {
            Interrupts::Nvic(nvic) => Some(nvic),
            Interrupts::Plic(_) => None,
        }
    }

    /// The interrupt controller of RISC-V harts.
    #[must_use]
    pub fn plic(&self) -> Option<&Plic> {
        match &self.interrupts {
            Interrupts::Plic(plic) => Some(plic),
            Interrupts::Nvic(_) => None,
        }
    }
}

fn yes() -> bool {
    true
}

/// The oscillators inside a chip, in hertz.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Oscillators {
    /// The fast one.
    pub hsi: Option<u64>,
    /// The slow one, which watchdogs run from.
    pub lsi: Option<u64>,
}

/// What the peripherals' interrupts go to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Interrupts {
    /// Part of a Cortex-M.
    Nvic(Nvic),
    /// A peripheral beside RISC-V harts.
    Plic(Plic),
}

/// A nested vectored interrupt controller.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Nvic {
    /// External interrupts.
    pub irqs: u16,
    /// Implemented priority bits.
    pub prio_bits: u8,
}

/// A platform-level interrupt controller.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plic {
    /// Interrupt sources, numbered from 1 on.
    pub sources: u16,
    /// The highest priority; 0 is "never".
    pub priorities: u32,
    /// Which contexts a hart has.
    pub contexts: Contexts,
}

/// The privilege modes of a hart that have a context at the PLIC, in the order of their numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Contexts {
    /// Machine mode.
    #[serde(rename = "M")]
    Machine,
    /// Machine mode, then supervisor mode.
    #[serde(rename = "MS")]
    MachineSupervisor,
}

/// A memory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Memory {
    /// Its name, like `flash`.
    pub name: String,
    /// What it is.
    pub kind: MemoryKind,
    /// First address.
    pub base: u64,
    /// Bytes.
    pub size: u64,
    /// What the core may do with it.
    pub attrs: Attrs,
    /// Where variables go.
    pub default: bool,
    /// Other first addresses at which the same bytes appear.
    pub aliases: Vec<u64>,
    /// Erase blocks from the first address on; empty if it is not flash.
    pub erase: Vec<EraseBlocks>,
    /// Bytes that must be written together.
    pub write_align: u32,
}

/// What a memory is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MemoryKind {
    /// Programmable, erased in blocks; keeps its content.
    Flash,
    /// Read and write.
    Ram,
    /// RAM next to the core.
    Tcm,
    /// Masked.
    Rom,
    /// Flash on a serial bus that code runs from.
    Xip,
    /// Written once.
    Otp,
}

/// What the core may do with a memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attrs {
    /// Read.
    pub read: bool,
    /// Write.
    pub write: bool,
    /// Run code.
    pub execute: bool,
}

/// A run of equal erase blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EraseBlocks {
    /// Bytes of one block.
    pub size: u64,
    /// How many follow each other.
    pub count: u32,
}

/// A peripheral.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Peripheral {
    /// Its name, like `UART0`.
    pub name: String,
    /// First address.
    pub base: u64,
    /// Bytes.
    pub size: u64,
    /// Its interrupts.
    pub irqs: Vec<Irq>,
    /// The clock that drives it, by the name that the chip's clock controller gives it, like `apb1`, or one of the fixed
    /// ones; the core's if absent.
    #[serde(default)]
    pub clock: Option<String>,
    /// The bit of the clock controller that lets its clock through, like `APB1ENR.17`; without one it always runs.
    #[serde(default)]
    pub enable: Option<String>,
    /// The simulator's model, like `cmsdk-uart`; none means that it is not modelled.
    pub model: Option<String>,
}

/// An interrupt of a peripheral.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Irq {
    /// Its name, like `UART0_RX`.
    pub name: String,
    /// Its number: external interrupt of a Cortex-M (0 is exception 16), or source of a PLIC, from 1 on.
    pub number: u16,
}

/// Where text comes out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Console {
    /// The UART's peripheral name, if one is wired.
    pub uart: Option<String>,
    /// Bits in a second.
    pub baud: u32,
}

/// A pin with something on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pin {
    /// What it is called on the board.
    pub name: String,
    /// The chip's pin, or a register bit like `FPGAIO.LED0.0`.
    pub pin: String,
    /// Whether a high level means on.
    pub active_high: bool,
}

/// What the linker script needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Linker {
    /// Bytes at the start of the flash that belong to somebody else.
    pub flash_offset: u64,
    /// Bytes of the main stack: start-up code, interrupts.
    pub stack: u64,
}

/// How a board is programmed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flash {
    /// `probe-rs`, or `none` for a board that exists only in simulators or that nothing here programs.
    pub method: String,
}

/// How a board is simulated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sim {
    /// The machine's family: `cortex-m` or `riscv`.
    pub machine: String,
}

/// A board in QEMU.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Qemu {
    /// The `-M` argument.
    pub machine: String,
}

/// What the kernel is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KernelConfig {
    /// The peripheral that wakes the kernel in time, or `SysTick`.
    pub time_driver: String,
    /// A second peripheral of the same model that counts freely, for drivers that need one beside the alarm.
    #[serde(default)]
    pub time_counter: Option<String>,
    /// The time driver's clock in hertz.
    pub time_hz: u64,
    /// What drives a time driver with a prescaler, in hertz, once the firmware runs.
    #[serde(default)]
    pub time_clock_hz: Option<u64>,
}
