//! The core and what is made for it: target, vector table, memories the linker needs, console.

use super::finding::{File, Finding};
use super::names::no_peripheral;
use crate::model::{Board, Chip, Interrupts, MemoryKind};
use crate::nearest::{list, nearest};

/// A core, its architecture, the Rust targets that run on it (with an FPU in the second list), and what its interrupt
/// controller may have.
struct Core {
    name: &'static str,
    arch: &'static str,
    soft: &'static str,
    hard: Option<&'static str>,
    controller: Controller,
}

/// An interrupt controller's bounds.
enum Controller {
    /// Least and most priority bits, most interrupts.
    Nvic((u8, u8), u16),
    /// Any that the PLIC's specification allows.
    Plic,
}

/// Arm's technical reference manuals for the cores; priority bits and interrupts as the architecture manuals bound
/// them (ARMv6-M: 2 bits, 32 interrupts; ARMv7-M and ARMv8-M: 3 to 8 bits, 240 and 480 interrupts on these cores).
const CORES: [Core; 14] = [
    cortex("cortex-m0", "armv6-m", "thumbv6m-none-eabi", None, (2, 2), 32),
    cortex("cortex-m0+", "armv6-m", "thumbv6m-none-eabi", None, (2, 2), 32),
    cortex("cortex-m3", "armv7-m", "thumbv7m-none-eabi", None, (3, 8), 240),
    cortex("cortex-m4", "armv7e-m", "thumbv7em-none-eabi", None, (3, 8), 240),
    cortex("cortex-m4f", "armv7e-m", "thumbv7em-none-eabi", Some("thumbv7em-none-eabihf"), (3, 8), 240),
    cortex("cortex-m7", "armv7e-m", "thumbv7em-none-eabi", None, (3, 8), 240),
    cortex("cortex-m7f", "armv7e-m", "thumbv7em-none-eabi", Some("thumbv7em-none-eabihf"), (3, 8), 240),
    cortex("cortex-m23", "armv8-m.base", "thumbv8m.base-none-eabi", None, (2, 2), 240),
    cortex("cortex-m33", "armv8-m.main", "thumbv8m.main-none-eabi", None, (3, 8), 480),
    cortex("cortex-m33f", "armv8-m.main", "thumbv8m.main-none-eabi", Some("thumbv8m.main-none-eabihf"), (3, 8), 480),
    riscv("rv32imc", "riscv32", "riscv32imc-unknown-none-elf", None),
    riscv("rv32imac", "riscv32", "riscv32imac-unknown-none-elf", None),
    riscv("rv32imafc", "riscv32", "riscv32imac-unknown-none-elf", Some("riscv32imafc-unknown-none-elf")),
    riscv("rv64gc", "riscv64", "riscv64imac-unknown-none-elf", Some("riscv64gc-unknown-none-elf")),
];

const fn cortex(
    name: &'static str,
    arch: &'static str,
    soft: &'static str,
    hard: Option<&'static str>,
    prio_bits: (u8, u8),
    irqs: u16,
) -> Core {
    Core { name, arch, soft, hard, controller: Controller::Nvic(prio_bits, irqs) }
}

const fn riscv(name: &'static str, arch: &'static str, soft: &'static str, hard: Option<&'static str>) -> Core {
    Core { name, arch, soft, hard, controller: Controller::Plic }
}

/// RISC-V PLIC specification 1.0.0, "Memory Map": sources 1 to 1023.
const MOST_SOURCES: u16 = 1023;

pub(super) fn check(board: &Board, findings: &mut Vec<Finding>) {
    known_core(board, findings);
    memories(board, findings);
    console(board, findings);
    programming(board, findings);
}

fn known_core(board: &Board, findings: &mut Vec<Finding>) {
    let chip = &board.chip;
    let Some(core) = CORES.iter().find(|core| core.name == chip.core) else {
        let known = CORES.iter().map(|core| core.name);
        let help = match nearest(&chip.core, known.clone()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("known cores: {}", list(known)),
        };
        let message = format!("the core `{}` is not known", chip.core);
        findings.push(Finding::error(File::Chip, "chip.core", message, "no such core").help(help));
        return;
    };
    if chip.arch != core.arch {
        let message = format!("`arch` is `{}`, but a `{}` is `{}`", chip.arch, core.name, core.arch);
        let help = format!("write `arch = \"{}\"`", core.arch);
        findings.push(Finding::error(File::Chip, "chip.arch", message, "does not fit the core").help(help));
    }
    if chip.target != core.soft && Some(chip.target.as_str()) != core.hard {
        let message = format!("code for `{}` does not run on a `{}`", chip.target, core.name);
        let targets = list([core.soft].into_iter().chain(core.hard));
        let help = format!("targets for this core: {targets}");
        findings.push(Finding::error(File::Chip, "chip.target", message, "does not fit the core").help(help));
    }
    if (chip.fpu != "none") != core.hard.is_some() {
        let has = if core.hard.is_some() { "has one" } else { "has none" };
        let message = format!("`fpu` is `{}`, but a `{}` {has}", chip.fpu, core.name);
        findings.push(Finding::error(File::Chip, "chip.fpu", message, "does not fit the core"));
    }
    controller(core, chip, findings);
    let machine = match core.controller {
        Controller::Nvic(..) => "cortex-m",
        Controller::Plic => "riscv",
    };
    if board.sim.machine != machine {
        let message = format!("a `{}` is not in a machine of the kind `{}`", core.name, board.sim.machine);
        let help = format!("write `machine = \"{machine}\"`");
        findings.push(Finding::error(File::Board, "sim.machine", message, "does not fit the core").help(help));
    }
    cores(core, chip, findings);
}

/// So many Cortex-M cores bksim runs in one machine.
const MOST_CORES: u8 = 8;

fn cores(core: &Core, chip: &Chip, findings: &mut Vec<Finding>) {
    let most = match core.controller {
        Controller::Nvic(..) => MOST_CORES,
        Controller::Plic => 1,
    };
    if chip.cores == 0 {
        findings.push(Finding::error(File::Chip, "chip.cores", "a chip has at least one core", "must not be 0"));
    } else if chip.cores > most {
        let message = format!("a simulation with {} times `{}` is refused", chip.cores, core.name);
        findings.push(Finding::warning(File::Chip, "chip.cores", message, format!("bksim runs up to {most}")));
    }
    let is_for_two = |model: &str| model == "rp2040-sio";
    for (index, peripheral) in chip.peripherals.iter().enumerate() {
        if chip.cores != 2 && peripheral.model.as_deref().is_some_and(is_for_two) {
            let message = format!("`{}` is between two cores, but the chip has {}", peripheral.name, chip.cores);
            let help = "write `cores = 2` in `[chip]`";
            let key = format!("peripheral[{index}].model");
            findings.push(Finding::error(File::Chip, key, message, "a model for two cores").help(help));
        }
    }
}

fn controller(core: &Core, chip: &Chip, findings: &mut Vec<Finding>) {
    match (&core.controller, &chip.interrupts) {
        (Controller::Nvic((least, most), irqs), Interrupts::Nvic(nvic)) => {
            if !(least..=most).contains(&&nvic.prio_bits) {
                let message = format!("a `{}` cannot have {} priority bits", core.name, nvic.prio_bits);
                let label = format!("from {least} to {most}");
                findings.push(Finding::error(File::Chip, "chip.nvic.prio_bits", message, label));
            }
            if !(1..=*irqs).contains(&nvic.irqs) {
                let message = format!("a `{}` cannot have {} interrupts", core.name, nvic.irqs);
                let label = format!("from 1 to {irqs}");
                findings.push(Finding::error(File::Chip, "chip.nvic.irqs", message, label));
            }
        }
        (Controller::Plic, Interrupts::Plic(plic)) => {
            if !(1..=MOST_SOURCES).contains(&plic.sources) {
                let message = format!("a PLIC cannot have {} sources", plic.sources);
                let label = format!("from 1 to {MOST_SOURCES}");
                findings.push(Finding::error(File::Chip, "chip.plic.sources", message, label));
            }
            if plic.priorities == 0 || plic.priorities & plic.priorities.wrapping_add(1) != 0 {
                let message = format!("no register of a PLIC has priorities up to {}", plic.priorities);
                let label = "one less than a power of two: 1, 3, 7, ...";
                findings.push(Finding::error(File::Chip, "chip.plic.priorities", message, label));
            }
        }
        (Controller::Nvic(..), Interrupts::Plic(_)) => {
            let message = format!("a `{}` has an NVIC, and no PLIC", core.name);
            let help = "write `nvic = { irqs = ..., prio_bits = ... }` in its place";
            findings.push(Finding::error(File::Chip, "chip.plic", message, "does not fit the core").help(help));
        }
        (Controller::Plic, Interrupts::Nvic(_)) => {
            let message = format!("a `{}` has a PLIC, and no NVIC", core.name);
            let help = "write `plic = { sources = ..., priorities = ..., contexts = \"M\" }` in its place";
            findings.push(Finding::error(File::Chip, "chip.nvic", message, "does not fit the core").help(help));
        }
    }
}

fn memories(board: &Board, findings: &mut Vec<Finding>) {
    let chip = &board.chip;
    let names = chip.memory.iter().map(|memory| memory.name.as_str());
    match board.code_memory() {
        None => {
            let message = format!("there is no memory `{}` for the vector table", chip.vector_table);
            let help = match nearest(&chip.vector_table, names.clone()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("memories of this chip: {}", list(names)),
            };
            findings.push(Finding::error(File::Chip, "chip.vector_table", message, "no such memory").help(help));
        }
        Some(memory) => {
            if !memory.attrs.execute {
                let message = format!("the vector table is in `{}`, from which code cannot run", memory.name);
                findings.push(Finding::error(File::Chip, "chip.vector_table", message, "its `attrs` have no `x`"));
            }
            if board.linker.flash_offset >= memory.size {
                let message = format!("`flash_offset` leaves nothing of `{}`", memory.name);
                let label = format!("the memory has {} bytes", memory.size);
                findings.push(Finding::error(File::Board, "linker.flash_offset", message, label));
            }
            // ARMv7-M B3.2.5: VTOR is aligned to the table's size, rounded up to a power of two, at least 128 bytes.
            let table = chip.nvic().map_or(1, |nvic| (4 * (16 + u64::from(nvic.irqs))).next_power_of_two().max(128));
            let start = memory.base.saturating_add(board.linker.flash_offset);
            if !start.is_multiple_of(table) {
                let message = format!("a vector table cannot be at {start:#x}");
                let label = format!("must be a multiple of {table}: 16 + {} vectors", chip.irqs());
                let place = if board.linker.flash_offset == 0 { File::Chip } else { File::Board };
                let key = if place == File::Chip { "chip.vector_table" } else { "linker.flash_offset" };
                findings.push(Finding::error(place, key, message, label));
            }
        }
    }
    let defaults: Vec<usize> = (0..chip.memory.len()).filter(|index| chip.memory[*index].default).collect();
    match defaults[..] {
        [] => {
            let message = "no memory is the default for variables";
            let help = "write `default = true` in the `[[memory]]` that variables and stacks go to";
            findings.push(Finding::error(File::Chip, "memory", message, "none of these").help(help));
        }
        [index] => {
            let memory = &chip.memory[index];
            let ram = matches!(memory.kind, MemoryKind::Ram | MemoryKind::Tcm) && memory.attrs.write;
            if !ram {
                let message = format!("variables cannot be in `{}`", memory.name);
                let label = "the default memory is RAM that can be written";
                findings.push(Finding::error(File::Chip, format!("memory[{index}].default"), message, label));
            }
            // cortex-m-rt's linker script has two regions; riscv-rt's may have one.
            if memory.name == chip.vector_table && is_arm(board) {
                let message = format!("`{}` is the memory for code and for variables", memory.name);
                let label = "the linker needs two";
                findings.push(Finding::error(File::Chip, format!("memory[{index}].default"), message, label));
            }
            stack(board, memory.size, findings);
        }
        [.., last] => {
            let message = "more than one memory is the default for variables";
            findings.push(Finding::error(File::Chip, format!("memory[{last}].default"), message, "and this one too"));
        }
    }
}

fn is_arm(board: &Board) -> bool {
    board.chip.arch.starts_with("armv")
}

fn stack(board: &Board, ram: u64, findings: &mut Vec<Finding>) {
    let stack = board.linker.stack;
    // AAPCS and RISC-V's psABI: what the stack pointer is a multiple of at every public interface.
    let align = if is_arm(board) { 8 } else { 16 };
    if stack == 0 || !stack.is_multiple_of(align) {
        let message = format!("the main stack must be a multiple of {align} bytes, and not empty");
        findings.push(Finding::error(File::Board, "linker.stack", message, format!("{stack} bytes")));
    }
    if stack >= ram {
        let message = "the main stack takes all of RAM";
        findings.push(Finding::error(File::Board, "linker.stack", message, format!("RAM has {ram} bytes")));
    }
}

fn console(board: &Board, findings: &mut Vec<Finding>) {
    let Some(uart) = &board.console.uart else { return };
    if board.console.baud == 0 {
        findings.push(Finding::error(
            File::Board,
            "console.baud",
            "a baud rate of 0 sends nothing",
            "bits in a second",
        ));
    }
    let names = board.chip.peripherals.iter().map(|peripheral| peripheral.name.as_str());
    match board.peripheral(uart) {
        None => findings.push(no_peripheral("console.uart", uart, names)),
        Some(peripheral)
            if !peripheral
                .model
                .as_deref()
                .is_some_and(|model| ["uart", "usart", "16550", "pl011"].iter().any(|kind| model.contains(kind))) =>
        {
            let message = format!("`{uart}` is the console, but it has no UART model: a simulation prints nothing");
            findings.push(Finding::warning(File::Board, "console.uart", message, "not modelled as a UART"));
        }
        Some(_) => {}
    }
}

fn programming(board: &Board, findings: &mut Vec<Finding>) {
    if board.flash.method == "probe-rs" && board.chip.probe_rs.is_none() {
        let message = "the board is programmed by probe-rs, but the chip does not say its name there";
        let help = "add `probe_rs = \"STM32F407VGTx\"` (as `probe-rs chip list` prints it) to `[chip]`";
        findings.push(Finding::error(File::Board, "flash.method", message, "needs `chip.probe_rs`").help(help));
    }
    if !(1..=3).contains(&board.tier) {
        let message = format!("tier {} is not defined", board.tier);
        findings.push(Finding::warning(File::Board, "board.tier", message, "1 (tested always) to 3"));
    }
}
