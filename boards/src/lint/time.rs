//! The kernel's clock: a timer that a driver knows, and frequencies that it can have.

use super::finding::{File, Finding};
use super::names::no_peripheral;
use crate::model::{Board, KernelConfig, Peripheral};
use crate::nearest::list;

/// What the simulator calls the core's clock, and a peripheral's that names no other.
const CORE_CLOCK: &str = "hclk";

/// How the kernel drives a timer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Driver {
    /// Two timers of this kind: the alarm, and the one that counts on meanwhile.
    Cmsdk,
    /// One timer, which counts its clock through a prescaler.
    Stm32,
    /// One timer, which counts 16 MHz through a prescaler.
    Nrf51,
    /// Two timers of this kind, as with [`Driver::Cmsdk`], which count the core's clock.
    Stellaris,
    /// mtime and mtimecmp of the RISC-V architecture, whose interrupt goes to the hart and not to the controller.
    Mtime,
}

/// The kernel's time driver for a timer. The other timers of an STM32 and of an nRF51 have 16 bits.
pub(crate) fn driver_of(peripheral: &Peripheral) -> Option<Driver> {
    match peripheral.model.as_deref() {
        Some("cmsdk-timer") => Some(Driver::Cmsdk),
        Some("riscv-clint") => Some(Driver::Mtime),
        Some("stm32-timer") if matches!(peripheral.name.as_str(), "TIM2" | "TIM5") => Some(Driver::Stm32),
        Some("nrf51-timer") if peripheral.name == "TIMER0" => Some(Driver::Nrf51),
        Some("stellaris-gptm") => Some(Driver::Stellaris),
        _ => None,
    }
}

/// The first address of the STM32's clock controller and the bit that lets `timer`'s clock through, as the kernel's
/// driver knows them: a bit of APB1ENR in the layout of the STM32F4.
pub(crate) fn stm32_enable(board: &Board, timer: &Peripheral) -> Option<(u64, u8)> {
    enable(board, timer, "stm32f4-rcc", "APB1ENR.")
}

/// The same of a Stellaris: a bit of System Control's RCGC1.
pub(crate) fn stellaris_enable(board: &Board, timer: &Peripheral) -> Option<(u64, u8)> {
    enable(board, timer, "stellaris-sysctl", "RCGC1.")
}

fn enable(board: &Board, timer: &Peripheral, model: &str, register: &str) -> Option<(u64, u8)> {
    let controller = board.chip.peripherals.iter().find(|one| one.model.as_deref() == Some(model))?;
    let bit = timer.enable.as_deref()?.strip_prefix(register)?.parse().ok()?;
    (bit < 32).then_some((controller.base, bit))
}

pub(super) fn check(board: &Board, findings: &mut Vec<Finding>) {
    let clocks = [(File::Chip, "clock.sysclk_boot", board.chip.reset_hz), (File::Board, "clock.sysclk", board.core_hz)];
    let kernel = board.kernel.iter().map(|kernel| (File::Board, "kernel.time_hz", kernel.time_hz));
    for (file, key, hz) in clocks.into_iter().chain(kernel) {
        if hz == 0 || u32::try_from(hz).is_err() {
            let label = "hertz, from 1 to 4294967295";
            findings.push(Finding::error(file, key, format!("a clock cannot run at {hz} Hz"), label));
        }
    }
    for (name, hz) in &board.chip.fixed_clocks {
        let key = format!("clock.fixed.{name}");
        if name == CORE_CLOCK {
            let message = format!("`{name}` is the core's clock");
            let help = "its frequency after reset is `sysclk_boot`";
            findings.push(Finding::error(File::Chip, key, message, "take another name").help(help));
        } else if *hz == 0 || u32::try_from(*hz).is_err() {
            let label = "hertz, from 1 to 4294967295";
            findings.push(Finding::error(File::Chip, key, format!("a clock cannot run at {hz} Hz"), label));
        }
    }
    if let Some(kernel) = &board.kernel {
        driver(board, kernel, findings);
    }
}

fn driver(board: &Board, kernel: &KernelConfig, findings: &mut Vec<Finding>) {
    // Part of a Cortex-M.
    let systick = board.chip.nvic().is_some() && board.chip.systick;
    if kernel.time_driver == "SysTick" && board.chip.nvic().is_some() {
        if !systick {
            let message = format!("the core of the {} has no SysTick", board.chip.name);
            findings.push(Finding::error(File::Board, "kernel.time_driver", message, "choose another timer"));
        }
        no_counter(kernel, findings);
        no_prescaler(kernel, findings);
        if kernel.time_hz != board.core_hz {
            let message = format!("SysTick counts the core's clock: {} Hz", board.core_hz);
            findings.push(Finding::error(File::Board, "kernel.time_hz", message, "another frequency"));
        }
        return;
    }
    let timers = board.chip.peripherals.iter().filter(|peripheral| driver_of(peripheral).is_some());
    let names = timers.map(|peripheral| peripheral.name.as_str()).chain(systick.then_some("SysTick"));
    match board.peripheral(&kernel.time_driver) {
        None => findings.push(no_peripheral("kernel.time_driver", &kernel.time_driver, names)),
        Some(peripheral) if driver_of(peripheral).is_none() => {
            let message = format!("the kernel has no time driver for `{}`", peripheral.name);
            let help = format!("choose one of {}", list(names));
            findings
                .push(Finding::error(File::Board, "kernel.time_driver", message, "not a timer it knows").help(help));
        }
        Some(peripheral) if peripheral.irqs.is_empty() && driver_of(peripheral) != Some(Driver::Mtime) => {
            let message = format!("`{}` cannot wake the kernel: it has no interrupt", peripheral.name);
            findings.push(Finding::error(File::Board, "kernel.time_driver", message, "no `irq` in the chip's file"));
        }
        Some(timer) => match driver_of(timer) {
            Some(Driver::Stm32) => {
                no_counter(kernel, findings);
                prescaler(board, kernel, timer, findings);
            }
            Some(Driver::Nrf51) => {
                no_counter(kernel, findings);
                no_prescaler(kernel, findings);
                nrf51_prescaler(kernel, findings);
            }
            Some(Driver::Stellaris) => {
                no_prescaler(kernel, findings);
                counter(board, kernel, timer, findings);
                stellaris(board, kernel, timer, findings);
            }
            Some(Driver::Mtime) => {
                no_counter(kernel, findings);
                no_prescaler(kernel, findings);
                fixed(board, kernel, timer, findings);
            }
            _ => {
                no_prescaler(kernel, findings);
                counter(board, kernel, timer, findings);
            }
        },
    }
}

fn no_counter(kernel: &KernelConfig, findings: &mut Vec<Finding>) {
    if kernel.time_counter.is_some() {
        let message = format!("{} needs no other timer", kernel.time_driver);
        findings.push(Finding::error(File::Board, "kernel.time_counter", message, "nothing reads this"));
    }
}

fn no_prescaler(kernel: &KernelConfig, findings: &mut Vec<Finding>) {
    if kernel.time_clock_hz.is_some() {
        let message = format!("{} counts its clock as it comes: `time_hz` is all there is", kernel.time_driver);
        findings.push(Finding::error(File::Board, "kernel.time_clock_hz", message, "nothing reads this"));
    }
}

/// A timer that counts its clock through a prescaler of 16 bits.
fn prescaler(board: &Board, kernel: &KernelConfig, timer: &Peripheral, findings: &mut Vec<Finding>) {
    if stm32_enable(board, timer).is_none() {
        let message = format!("the kernel cannot let the clock of `{}` through", timer.name);
        let help = "the chip needs a peripheral with the model `stm32f4-rcc`, and the timer `enable = \"APB1ENR.n\"`";
        let label = "its driver knows the STM32F4's clock controller only";
        findings.push(Finding::error(File::Board, "kernel.time_driver", message, label).help(help));
    }
    let hz = kernel.time_hz;
    let Some(clock_hz) = kernel.time_clock_hz else {
        let message = format!("`{}` counts its clock through a prescaler, but nothing says how fast it is", timer.name);
        let help = "add `time_clock_hz = ...`: the timer's input clock once the firmware runs, in hertz";
        findings.push(Finding::error(File::Board, "kernel", message, "`time_clock_hz` is missing").help(help));
        return;
    };
    let divider = clock_hz.checked_div(hz).filter(|divider| divider * hz == clock_hz);
    if u32::try_from(clock_hz).is_err() || !divider.is_some_and(|divider| (1..=1 << 16).contains(&divider)) {
        let message = format!("no prescaler makes {hz} Hz of {clock_hz} Hz");
        let help = "it divides by 1 to 65536, and both are at most 4294967295 Hz";
        findings.push(Finding::error(File::Board, "kernel.time_hz", message, "not a whole part of it").help(help));
    }
}

/// What drives an nRF51's timers (nRF51 Series Reference Manual 3.0, 18.1.1), and by what they divide it at most.
const NRF51_HZ: u64 = 16_000_000;
const NRF51_MOST: u64 = 512;

/// An nRF51's timer divides its clock by a power of two.
fn nrf51_prescaler(kernel: &KernelConfig, findings: &mut Vec<Finding>) {
    let hz = kernel.time_hz;
    let divider = NRF51_HZ.checked_div(hz).filter(|divider| divider * hz == NRF51_HZ);
    if !divider.is_some_and(|divider| divider.is_power_of_two() && divider <= NRF51_MOST) {
        let message = format!("no prescaler makes {hz} Hz of {NRF51_HZ} Hz");
        let help = "it divides by 1, 2, 4, and so on up to 512";
        findings.push(Finding::error(File::Board, "kernel.time_hz", message, "not a part of that kind").help(help));
    }
}

/// A Stellaris' timers count the core's clock, once System Control lets it through.
fn stellaris(board: &Board, kernel: &KernelConfig, timer: &Peripheral, findings: &mut Vec<Finding>) {
    let counter = kernel.time_counter.as_ref().and_then(|name| board.peripheral(name));
    if let Some(dark) = [Some(timer), counter].into_iter().flatten().find(|one| stellaris_enable(board, one).is_none())
    {
        let message = format!("the kernel cannot let the clock of `{}` through", dark.name);
        let help =
            "the chip needs a peripheral with the model `stellaris-sysctl`, and the timer `enable = \"RCGC1.n\"`";
        let label = "its driver knows System Control's RCGC1 only";
        findings.push(Finding::error(File::Board, "kernel.time_driver", message, label).help(help));
    }
    if kernel.time_hz != board.core_hz {
        let message = format!("`{}` counts the core's clock: {} Hz", timer.name, board.core_hz);
        findings.push(Finding::error(File::Board, "kernel.time_hz", message, "another frequency"));
    }
}

/// A timer that counts a clock which nothing changes.
fn fixed(board: &Board, kernel: &KernelConfig, timer: &Peripheral, findings: &mut Vec<Finding>) {
    let clock = timer.clock.as_ref().and_then(|name| Some((name, board.chip.fixed_clocks.get(name)?)));
    // One that stands is told as such.
    if let Some((name, hz)) = clock.filter(|(_, hz)| **hz != 0 && **hz != kernel.time_hz) {
        let message = format!("{} counts the chip's clock `{name}`: {hz} Hz", timer.name);
        findings.push(Finding::error(File::Board, "kernel.time_hz", message, "another frequency"));
    }
}

/// Timers of this kind stop or reload when they are programmed: a second one must count on.
fn counter(board: &Board, kernel: &KernelConfig, alarm: &Peripheral, findings: &mut Vec<Finding>) {
    let same = |peripheral: &&Peripheral| peripheral.model == alarm.model && peripheral.name != alarm.name;
    let others = board.chip.peripherals.iter().filter(same);
    let names = others.map(|peripheral| peripheral.name.as_str());
    let Some(name) = &kernel.time_counter else {
        let message = format!("`{}` wakes the kernel, but nothing counts the time meanwhile", alarm.name);
        let help = format!("add `time_counter = ...`: one of {}", list(names));
        let finding = Finding::error(File::Board, "kernel", message, "`time_counter` is missing");
        findings.push(finding.help(help));
        return;
    };
    match board.peripheral(name) {
        None => findings.push(no_peripheral("kernel.time_counter", name, names)),
        Some(peripheral) if !same(&peripheral) => {
            let message = format!("`{name}` cannot count beside `{}`", alarm.name);
            let help = format!("choose one of {}", list(names));
            let label = "not another timer of the same model";
            findings.push(Finding::error(File::Board, "kernel.time_counter", message, label).help(help));
        }
        Some(_) => {}
    }
}
