//! The memory map: what overlaps, what is not aligned, interrupts, models.

use std::collections::BTreeMap;

use super::finding::{File, Finding};
use crate::model::{Board, MemoryKind};
use crate::nearest::{list, nearest};

/// The device models that bksim has, by name: a board that asks for another one is refused before it is started.
pub const MODELS: [&str; 35] = [
    "cmsdk-dualtimer",
    "cmsdk-timer",
    "cmsdk-uart",
    "mps2-fpgaio",
    "mps2-scc",
    "nrf51-clock",
    "nrf51-gpio",
    "nrf51-information",
    "nrf51-nvmc",
    "nrf51-rng",
    "nrf51-rtc",
    "nrf51-timer",
    "nrf51-uart",
    "ns16550",
    "pl011",
    "riscv-clint",
    "riscv-plic",
    "rp2040-sio",
    "sifive-gpio",
    "sifive-prci",
    "sifive-test",
    "sifive-uart",
    "stellaris-gptm",
    "stellaris-sysctl",
    "stm32-dbgmcu",
    "stm32-exti",
    "stm32-gpio",
    "stm32-iwdg",
    "stm32-signature",
    "stm32-timer",
    "stm32-usart",
    "stm32f4-flash",
    "stm32f4-pwr",
    "stm32f4-rcc",
    "stm32f4-syscfg",
];

pub(super) fn check(board: &Board, findings: &mut Vec<Finding>) {
    ranges(board, findings);
    memories(board, findings);
    interrupts(board, findings);
    models(board, findings);
}

/// Something that takes addresses.
struct Taken {
    what: String,
    key: String,
    base: u64,
    end: u64,
}

fn ranges(board: &Board, findings: &mut Vec<Finding>) {
    // Every core of this schema's version has 32 address bits.
    const END: u64 = 1 << 32;
    let chip = &board.chip;
    let mut taken: Vec<Taken> = Vec::new();
    let mut add = |what: String, key: String, base: u64, size: u64, findings: &mut Vec<Finding>| {
        if !base.is_multiple_of(4) {
            let message = "a first address must be a multiple of 4";
            findings.push(Finding::error(File::Chip, format!("{key}.base"), message, format!("{base:#x} is not")));
        }
        if size == 0 {
            let message = format!("{what} has no bytes");
            findings.push(Finding::error(File::Chip, format!("{key}.size"), message, "must not be 0"));
        } else if base >= END || size > END - base {
            let message = format!("{what} reaches beyond the 32 bits of an address");
            let label = format!("{base:#x} and {size:#x} bytes");
            findings.push(Finding::error(File::Chip, format!("{key}.base"), message, label));
        } else {
            taken.push(Taken { what, key, base, end: base + size });
        }
    };
    for (index, memory) in chip.memory.iter().enumerate() {
        let key = format!("memory[{index}]");
        add(format!("memory `{}`", memory.name), key.clone(), memory.base, memory.size, findings);
        for (place, alias) in memory.aliases.iter().enumerate() {
            let what = format!("alias {} of memory `{}`", place + 1, memory.name);
            add(what, format!("{key}.aliases"), *alias, memory.size, findings);
        }
    }
    for (index, peripheral) in chip.peripherals.iter().enumerate() {
        let what = format!("peripheral `{}`", peripheral.name);
        add(what, format!("peripheral[{index}]"), peripheral.base, peripheral.size, findings);
    }
    // Sorted by first address, a range can only overlap the one that reaches furthest so far.
    taken.sort_by_key(|range| (range.base, range.end));
    let mut furthest: Option<Taken> = None;
    for range in taken {
        if let Some(before) = furthest.as_ref().filter(|before| before.end > range.base) {
            let message = format!("{} and {} overlap", before.what, range.what);
            let label = format!(
                "{:#x} to {:#x} lies in {:#x} to {:#x}",
                range.base,
                range.end - 1,
                before.base,
                before.end - 1
            );
            let key = format!("{}.base", range.key);
            findings.push(Finding::error(File::Chip, key, message, label));
        }
        if furthest.as_ref().is_none_or(|before| range.end > before.end) {
            furthest = Some(range);
        }
    }
}

fn memories(board: &Board, findings: &mut Vec<Finding>) {
    let chip = &board.chip;
    for (index, memory) in chip.memory.iter().enumerate() {
        let key = |field: &str| format!("memory[{index}].{field}");
        if !memory.write_align.is_power_of_two() {
            let label = format!("{} is no power of two", memory.write_align);
            findings.push(Finding::error(File::Chip, key("write_align"), "flash is written in powers of two", label));
        }
        let erased = memory.erase.iter().try_fold(0_u64, |sum, run| {
            run.size.checked_mul(u64::from(run.count)).and_then(|bytes| sum.checked_add(bytes))
        });
        if !memory.erase.is_empty() && erased != Some(memory.size) {
            let message = format!("the erase blocks of `{}` do not add up to its size", memory.name);
            let label = match erased {
                Some(bytes) => format!("{bytes} bytes, not {}", memory.size),
                None => format!("far more than {} bytes", memory.size),
            };
            findings.push(Finding::error(File::Chip, key("erase"), message, label));
        }
        let programmable = matches!(memory.kind, MemoryKind::Flash | MemoryKind::Xip);
        if !memory.erase.is_empty() && !programmable {
            let label = "erase blocks belong to flash";
            findings.push(Finding::error(File::Chip, key("erase"), "only flash is erased in blocks", label));
        }
    }
}

fn interrupts(board: &Board, findings: &mut Vec<Finding>) {
    let chip = &board.chip;
    let mut by_number: BTreeMap<u16, &str> = BTreeMap::new();
    let mut by_name: BTreeMap<&str, u16> = BTreeMap::new();
    for (index, peripheral) in chip.peripherals.iter().enumerate() {
        for (place, irq) in peripheral.irqs.iter().enumerate() {
            let key = format!("peripheral[{index}].irq[{place}].n");
            let none = chip.plic().is_some() && irq.number == 0;
            if irq.number >= chip.irqs() || none {
                let message = format!("interrupt {} of `{}` does not exist", irq.number, peripheral.name);
                let label = match chip.plic() {
                    Some(plic) => format!("the chip has {} interrupts, from 1 on", plic.sources),
                    None => format!("the chip has {} interrupts, from 0 on", chip.irqs()),
                };
                findings.push(Finding::error(File::Chip, key.clone(), message, label));
            }
            let same_number = *by_number.entry(irq.number).or_insert(&irq.name);
            if same_number != irq.name {
                let message = format!("interrupt {} has two names", irq.number);
                let label = format!("`{}` here, `{same_number}` before", irq.name);
                let help = "if both peripherals share the line, give it one name; otherwise one number is wrong";
                findings.push(Finding::error(File::Chip, key.clone(), message, label).help(help));
            }
            let same_name = *by_name.entry(&irq.name).or_insert(irq.number);
            if same_name != irq.number {
                let message = format!("two interrupts are called `{}`", irq.name);
                let label = format!("{} here, {same_name} before", irq.number);
                findings.push(Finding::error(File::Chip, key, message, label));
            }
        }
    }
}

fn models(board: &Board, findings: &mut Vec<Finding>) {
    for (index, peripheral) in board.chip.peripherals.iter().enumerate() {
        let Some(model) = peripheral.model.as_deref().filter(|model| !MODELS.contains(model)) else { continue };
        let help = match nearest(model, MODELS) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("known models: {}; leave `model` out for a device that is not simulated", list(MODELS)),
        };
        let message = format!("the simulator has no model `{model}`");
        let label = format!("for `{}`", peripheral.name);
        findings.push(Finding::error(File::Chip, format!("peripheral[{index}].model"), message, label).help(help));
    }
}
