//! What differs, for a person: the instructions as objdump reads them, what they started from, what each side has left.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::image::run;
use crate::profile::Set;
use crate::sequence::{Start, WINDOW};

/// What an Arm record's words are, from the first on.
const ARM: [&str; 20] = [
    "exception",
    "CFSR",
    "sp",
    "pc",
    "xPSR",
    "r0",
    "r1",
    "r2",
    "r3",
    "r4",
    "r5",
    "r6",
    "r7",
    "r8",
    "r9",
    "r10",
    "r11",
    "r12",
    "lr",
    "FPSCR",
];
/// The same for RISC-V; x1 to x31 follow, and from [`RISCV_FLOATS`] on f0 to f31.
const RISCV: [&str; 8] = ["mcause", "mtval", "mepc", "mstatus", "fcsr", "-", "-", "-"];
const RISCV_FLOATS: usize = 0x180;

/// A sequence that ends differently.
#[derive(Clone, Debug)]
pub struct Difference {
    /// Its seed.
    pub seed: u64,
    /// Its shortest form, as objdump reads it.
    pub listing: String,
    /// What differs, and both values: QEMU's first.
    pub fields: Vec<Field>,
    /// What it started from.
    pub start: Start,
}

/// Something that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// What it is.
    pub name: String,
    /// What it is on QEMU.
    pub qemu: u64,
    /// What it is on bksim.
    pub bksim: u64,
}

impl Difference {
    /// In words.
    #[must_use]
    pub fn text(&self, set: Set) -> String {
        let mut text = format!("seed {}:\n{}", self.seed, self.listing);
        let register = |index| match set {
            Set::Thumb(_) if index == 13 => "lr".to_owned(),
            Set::Thumb(_) => format!("r{index}"),
            Set::Riscv(_) => format!("x{}", index + 1),
        };
        let registers = self.start.registers.iter().enumerate();
        let registers: Vec<String> = registers.map(|(index, value)| format!("{} {value:x}", register(index))).collect();
        let Start { flags, float_status, configuration, .. } = self.start;
        let _ = writeln!(text, "  from {}", registers.join(", "));
        let _ =
            writeln!(text, "  flags {flags:08x}, floating-point status {float_status:08x}, CCR {configuration:08x}");
        if self.fields.is_empty() {
            text.push_str("  alone it does not differ, but behind the others it does\n");
        }
        for Field { name, qemu, bksim } in &self.fields {
            let _ = writeln!(text, "  {name}: QEMU {qemu:08x}, bksim {bksim:08x}");
        }
        text
    }
}

/// What differs between two blocks that an image wrote in detail.
#[must_use]
pub fn differences(set: Set, qemu: &[u8], bksim: &[u8]) -> Vec<Field> {
    let mut fields = Vec::new();
    let mut at = 0;
    while at < qemu.len().min(bksim.len()) {
        let (name, size) = name(set, at);
        let value = |bytes: &[u8]| {
            let mut field = [0; 8];
            let end = (at + size).min(bytes.len());
            field[..end - at].copy_from_slice(&bytes[at..end]);
            u64::from_le_bytes(field)
        };
        let (qemu, bksim) = (value(qemu), value(bksim));
        if qemu != bksim {
            fields.push(Field { name, qemu, bksim });
        }
        at += size;
    }
    fields
}

/// The name and size of what lies at an offset of a block.
fn name(set: Set, at: usize) -> (String, usize) {
    let window = set.window() as usize;
    if let Some(inside) = at.checked_sub(window) {
        return match i64::try_from(inside) {
            Ok(offset) if offset < i64::from(WINDOW) => (format!("window {:+}", offset - i64::from(WINDOW / 2)), 4),
            _ => (format!("stack {:#x}", inside - WINDOW as usize), 4),
        };
    }
    let (size, index) = (set.register(), at / set.register());
    match set {
        Set::Thumb(_) => (ARM.get(index).map_or_else(|| format!("s{}", index - ARM.len()), ToString::to_string), size),
        Set::Riscv(_) if at >= RISCV_FLOATS => (format!("f{}", (at - RISCV_FLOATS) / 8), 8),
        Set::Riscv(_) => {
            (RISCV.get(index).map_or_else(|| format!("x{}", index - RISCV.len() + 1), ToString::to_string), size)
        }
    }
}

/// What objdump makes of code at an address. `folder` is for its input.
///
/// # Errors
/// If objdump is missing, or fails.
pub fn disassemble(set: Set, code: &[u8], address: u32, folder: &Path) -> Result<String> {
    let file = folder.join("code.bin");
    std::fs::write(&file, code)?;
    let mut objdump = Command::new(format!("{}-objdump", set.toolchain()));
    objdump.args(["-D", "-b", "binary"]);
    objdump.args(match set {
        Set::Thumb(_) => ["-m", "arm", "-M", "force-thumb"],
        Set::Riscv(isa) if isa.wide => ["-m", "riscv:rv64", "-M", "numeric,no-aliases"],
        Set::Riscv(_) => ["-m", "riscv:rv32", "-M", "numeric,no-aliases"],
    });
    let text = run(objdump.arg(format!("--adjust-vma={address:#x}")).arg(&file))?;
    let text = String::from_utf8_lossy(&text).into_owned();
    let lines = text.lines().filter(|line| line.contains(":\t"));
    Ok(lines.map(|line| format!("  {}\n", line.trim())).collect())
}
