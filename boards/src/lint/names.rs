//! Names: unique, and fit to be identifiers in generated code.

use std::collections::BTreeMap;

use super::finding::{File, Finding};
use crate::model::Board;
use crate::nearest::{list, nearest};

/// What board.rs says besides peripherals and interrupts.
const FREQUENCIES: [&str; 3] = ["CORE_HZ", "HSE_HZ", "TIME_CLOCK_HZ"];

pub(super) fn check(board: &Board, findings: &mut Vec<Finding>) {
    let chip = &board.chip;
    unique(File::Chip, "memory", chip.memory.iter().map(|memory| memory.name.as_str()), findings);
    unique(File::Chip, "peripheral", chip.peripherals.iter().map(|peripheral| peripheral.name.as_str()), findings);
    unique(File::Board, "led", board.leds.iter().map(|pin| pin.name.as_str()), findings);
    unique(File::Board, "button", board.buttons.iter().map(|pin| pin.name.as_str()), findings);
    for (index, memory) in chip.memory.iter().enumerate() {
        identifier(&memory.name, true, format!("memory[{index}].name"), findings);
    }
    for (index, peripheral) in chip.peripherals.iter().enumerate() {
        identifier(&peripheral.name, false, format!("peripheral[{index}].name"), findings);
        for (place, irq) in peripheral.irqs.iter().enumerate() {
            identifier(&irq.name, false, format!("peripheral[{index}].irq[{place}].name"), findings);
        }
    }
}

fn unique<'a>(file: File, list: &str, names: impl Iterator<Item = &'a str>, findings: &mut Vec<Finding>) {
    let mut first = BTreeMap::new();
    for (index, name) in names.enumerate() {
        if let Some(earlier) = first.insert(name, index) {
            let message = format!("two `[[{list}]]` are called `{name}`");
            let label = format!("number {} has this name already", earlier + 1);
            findings.push(Finding::error(file, format!("{list}[{index}].name"), message, label));
        }
    }
}

/// Peripherals and interrupts become constants in board.rs; memories become regions in memory.x, in capitals.
fn identifier(name: &str, lower: bool, key: String, findings: &mut Vec<Finding>) {
    let letter = |c: char| c.is_ascii_uppercase() || (lower && c.is_ascii_lowercase());
    let good = name.starts_with(letter) && name.chars().all(|c| letter(c) || c.is_ascii_digit() || c == '_');
    if !good {
        let label = if lower { "expected letters, digits and `_`" } else { "expected capitals, digits and `_`" };
        let message = format!("`{name}` cannot be a name in generated code");
        findings.push(Finding::error(File::Chip, key, message, label));
    } else if FREQUENCIES.contains(&name) {
        let message = format!("`{name}` is the name of a frequency in generated code");
        findings.push(Finding::error(File::Chip, key, message, "take another name"));
    }
}

/// A key that names a peripheral which the chip does not have.
pub(super) fn no_peripheral<'a>(key: &str, name: &str, known: impl Iterator<Item = &'a str> + Clone) -> Finding {
    let help = match nearest(name, known.clone()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("the chip has {}", list(known)),
    };
    Finding::error(File::Board, key, format!("the chip has no `{name}`"), "no such peripheral").help(help)
}
