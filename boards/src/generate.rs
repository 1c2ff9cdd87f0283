//! What the linker and the compiler get of a board: memory.x, device.x and board.rs.
//!
//! The texts depend on the board alone: the same files give the same bytes, so that a project's copies can be compared.

use std::fmt::Write;

use crate::lint::{Driver, driver_of, stellaris_enable, stm32_enable};
use crate::model::{Board, KernelConfig, Peripheral};

/// The linker's memory regions.
#[must_use]
pub fn memory_x(board: &Board) -> String {
    let mut text = format!("/* {} */\nMEMORY\n{{\n", stamp(board));
    for (name, base, size) in board.regions() {
        line(&mut text, format_args!("  {name} : ORIGIN = {base:#010x}, LENGTH = {size:#x}"));
    }
    text.push_str("}\n");
    if !board.regions().iter().any(|(name, ..)| name == "FLASH") {
        text.push_str("/* Code and variables share one memory. */\nREGION_ALIAS(\"FLASH\", RAM);\n");
    }
    text.push_str("\n/* Bytes kept free for the main stack: start-up code, then interrupts. */\n");
    line(&mut text, format_args!("__bk_main_stack_size = {:#x};", board.linker.stack));
    text
}

/// The interrupts' default handlers, as cortex-m-rt's feature `device` and the kernel's own link.x want them.
#[must_use]
pub fn device_x(board: &Board) -> String {
    let mut text = format!("/* {} */\n", stamp(board));
    for irq in board.interrupts() {
        line(&mut text, format_args!("PROVIDE({} = DefaultHandler);", irq.name));
    }
    text
}

/// The board's constants, and its interrupts and time driver if the kernel runs on it.
#[must_use]
pub fn board_rs(board: &Board) -> String {
    let mut text = format!("// {}\n", stamp(board));
    line(&mut text, format_args!("//! {}.", board.title.trim_end_matches('.')));
    text.push_str("#![allow(dead_code, reason = \"a program uses what it needs\")]\n\n");
    text.push_str("/// The core's frequency in hertz.\n");
    line(&mut text, format_args!("pub const CORE_HZ: u32 = {};", decimal(board.core_hz)));
    if let Some(hz) = board.hse_hz {
        text.push_str("/// The frequency of the board's crystal in hertz.\n");
        line(&mut text, format_args!("pub const HSE_HZ: u32 = {};", decimal(hz)));
    }
    if let Some((kernel, hz)) = board.kernel.as_ref().and_then(|kernel| Some((kernel, kernel.time_clock_hz?))) {
        line(&mut text, format_args!("/// What drives {} in hertz, once `main` has returned.", kernel.time_driver));
        line(&mut text, format_args!("pub const TIME_CLOCK_HZ: u32 = {};", decimal(hz)));
    }
    for peripheral in &board.chip.peripherals {
        line(&mut text, format_args!("/// First address of {}.", peripheral.name));
        line(&mut text, format_args!("pub const {}: usize = {};", peripheral.name, hex(peripheral.base)));
    }
    let Some(kernel) = &board.kernel else { return text };
    text.push('\n');
    line(&mut text, format_args!("bluekernel::interrupts! {{"));
    line(&mut text, format_args!("    {};", board.chip.irqs()));
    for irq in board.interrupts() {
        line(&mut text, format_args!("    {} = {},", irq.name, irq.number));
    }
    text.push_str("}\n\n");
    if let Some((plic, clint)) = riscv_controllers(board) {
        let (plic, clint) = (hex(plic.base), hex(clint.base));
        line(&mut text, format_args!("bluekernel::interrupt_controller!(Plic, base = {plic}, clint = {clint});"));
    }
    time_driver(&mut text, board, kernel);
    text
}

/// The PLIC, and what has the hart's software interrupt, if the chip is a RISC-V one.
fn riscv_controllers(board: &Board) -> Option<(&Peripheral, &Peripheral)> {
    let model = |model: &str| board.chip.peripherals.iter().find(|one| one.model.as_deref() == Some(model));
    Some((model("riscv-plic")?, model("riscv-clint")?))
}

fn time_driver(text: &mut String, board: &Board, kernel: &KernelConfig) {
    let timer = board.peripheral(&kernel.time_driver);
    let mut arguments =
        timer.and_then(|timer| timer_arguments(board, kernel, timer)).unwrap_or_else(|| vec!["SysTick".to_owned()]);
    arguments.push(format!("hz = {}", decimal(kernel.time_hz)));
    // As rustfmt does it.
    let short = format!("bluekernel::time_driver!({});", arguments.join(", "));
    if short.len() <= 120 {
        line(text, format_args!("{short}"));
    } else {
        line(text, format_args!("bluekernel::time_driver!(\n    {}\n);", arguments.join(",\n    ")));
    }
}

/// The driver of a timer and its arguments but for the last; `None` for one that the kernel does not know.
fn timer_arguments(board: &Board, kernel: &KernelConfig, timer: &Peripheral) -> Option<Vec<String>> {
    let base = format!("base = {}", hex(timer.base));
    let irq = || Some(format!("irq = {}", timer.irqs.first()?.name));
    Some(match driver_of(timer)? {
        Driver::Mtime => vec!["Mtime".to_owned(), base],
        Driver::Cmsdk => {
            let counter = kernel.time_counter.as_ref().and_then(|name| board.peripheral(name));
            let clock = counter.map(|counter| format!("clock = {}", hex(counter.base)));
            ["CmsdkTimer".to_owned(), base, irq()?].into_iter().chain(clock).collect()
        }
        Driver::Stm32 => {
            let (rcc, bit) = stm32_enable(board, timer)?;
            let (rcc, enable) = (format!("rcc = {}", hex(rcc)), format!("enable = {bit}"));
            vec!["Stm32Timer".to_owned(), base, irq()?, rcc, enable, "clock_hz = TIME_CLOCK_HZ".to_owned()]
        }
        Driver::Nrf51 => vec!["Nrf51Timer".to_owned(), base, irq()?],
        Driver::Stellaris => {
            let counter = kernel.time_counter.as_ref().and_then(|name| board.peripheral(name))?;
            let (control, bit) = stellaris_enable(board, timer)?;
            let (_, clock_bit) = stellaris_enable(board, counter)?;
            let (enable, clock) = (format!("enable = {bit}"), format!("clock = {}", hex(counter.base)));
            let (clock_enable, control) =
                (format!("clock_enable = {clock_bit}"), format!("control = {}", hex(control)));
            vec!["StellarisTimer".to_owned(), base, irq()?, enable, clock, clock_enable, control]
        }
    })
}

/// The first line: where the file comes from.
fn stamp(board: &Board) -> String {
    format!(
        "Generated by bkctl for board {} (board files {}): change the board's files instead.",
        board.name,
        board.hash()
    )
}

fn line(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{arguments}");
}

/// `25_000_000`
fn decimal(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push('_');
        }
        text.push(digit);
    }
    text
}

/// `0x4000_4000`
fn hex(number: u64) -> String {
    format!("{:#06x}_{:04x}", number >> 16, number & 0xffff)
}
