//! What differs, for a person: the instructions as objdump reads them, what they started from, what each side has left.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::image::{BLOCK, RECORD, run};
use crate::sequence::{Start, WINDOW};

/// A sequence that ends differently.
#[derive(Clone, Debug)]
pub struct Difference {
    /// Its seed.
    pub seed: u64,
    /// Its shortest form, as objdump reads it.
    pub listing: String,
    /// What differs, and both values: QEMU's first.
    pub fields: Vec<(String, u32, u32)>,
    /// What it started from.
    pub start: Start,
}

impl Difference {
    /// In words.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = format!("seed {}:\n{}", self.seed, self.listing);
        let names = (0..13).map(|index| format!("r{index}")).chain(["lr".to_owned()]);
        let registers = names.zip(&self.start.registers).map(|(name, value)| format!("{name} {value:08x}"));
        let Start { flags, float_status, configuration, .. } = self.start;
        let _ = writeln!(text, "  from {}", registers.collect::<Vec<_>>().join(", "));
        let _ = writeln!(text, "  APSR {flags:08x}, FPSCR {float_status:08x}, CCR {configuration:08x}");
        for (name, qemu, ours) in &self.fields {
            let _ = writeln!(text, "  {name}: QEMU {qemu:08x}, bksim {ours:08x}");
        }
        text
    }
}

/// What differs between two blocks of an image in detail.
#[must_use]
pub fn differences(qemu: &[u8], ours: &[u8]) -> Vec<(String, u32, u32)> {
    let words = |bytes: &[u8]| -> Vec<u32> {
        bytes.as_chunks::<4>().0.iter().map(|word| u32::from_le_bytes(*word)).collect()
    };
    let pairs = words(qemu).into_iter().zip(words(ours)).enumerate();
    pairs.filter(|(_, (one, other))| one != other).map(|(index, (one, other))| (name(index), one, other)).collect()
}

/// The name of a word of a block.
fn name(index: usize) -> String {
    let window = 0x100 / 4;
    let stack = window + WINDOW as usize / 4;
    match index {
        _ if index < RECORD.len() => RECORD[index].to_owned(),
        _ if index < RECORD.len() + 32 => format!("s{}", index - RECORD.len()),
        _ if index < window => "record".to_owned(),
        _ if index < stack => format!("window {:+}", (4 * (index - window)) as i64 - i64::from(WINDOW / 2)),
        _ => format!("stack word {} of {}", index - stack, BLOCK / 4 - stack),
    }
}

/// What objdump makes of code at an address. `folder` is for its input.
///
/// # Errors
/// If objdump is missing, or fails.
pub fn disassemble(code: &[u8], address: u32, folder: &Path) -> Result<String> {
    let file = folder.join("code.bin");
    std::fs::write(&file, code)?;
    let mut objdump = Command::new("arm-none-eabi-objdump");
    objdump.args(["-D", "-b", "binary", "-m", "arm", "-M", "force-thumb"]);
    let text = run(objdump.arg(format!("--adjust-vma={address:#x}")).arg(&file))?;
    let text = String::from_utf8_lossy(&text).into_owned();
    let lines = text.lines().filter(|line| line.contains(":\t"));
    Ok(lines.map(|line| format!("  {}\n", line.trim())).collect())
}
