//! The image that runs many sequences: the harness (`harness/*.S`), and behind it what it runs.
//!
//! | from `code` on | |
//! |---|---|
//! | 0 | the harness |
//! | 0x1000 | count of sequences, detail, ticking, address of the headers |
//! | 0x1010 | a pool of words, a pool of floating-point numbers |
//! | then | a header for each sequence: its address and what it starts with, in the order of `header` |
//! | then | the sequences |
//!
//! | from `ram` on | |
//! |---|---|
//! | 0 | what a sequence has left behind, [`BLOCK`] bytes: the record, which [`crate::report`] knows, and memory |
//! | 0x1000 | the results: a number for each sequence, and how many ended with a fault |

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::elf;
use crate::numbers::Numbers;
use crate::profile::{Profile, Set, Target};
use crate::sequence::{POOL, Sequence};

/// The harness's room.
const HARNESS: usize = 0x1000;
/// Bytes of a record with window and stack.
pub const BLOCK: usize = 0x400;

/// What makes images for a profile.
#[derive(Debug)]
pub struct Builder {
    set: Set,
    target: Target,
    harness: Vec<u8>,
    pools: Vec<u32>,
}

/// What is built into an image beside its sequences.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mode {
    /// It tells all that a sequence leaves behind, in place of a number.
    pub detail: bool,
    /// Its sequences are interrupted.
    pub ticking: bool,
}

/// An image.
#[derive(Clone, Debug)]
pub struct Image {
    /// The ELF file.
    pub elf: Vec<u8>,
    /// Where each sequence begins.
    pub addresses: Vec<u32>,
    /// The code of each.
    pub code: Vec<Vec<u8>>,
}

impl Builder {
    /// Assembles the harness. `folder` is for what the compiler writes.
    ///
    /// # Errors
    /// If the compiler is missing, or fails.
    pub fn new(profile: &Profile, folder: &Path) -> Result<Self> {
        let Profile { set, target, .. } = *profile;
        let (elf, binary) = (folder.join("harness.elf"), folder.join("harness.bin"));
        let source = match set {
            Set::Thumb(_) => "harness/arm.S",
            Set::Riscv(_) => "harness/riscv.S",
        };
        let mut compiler = Command::new(format!("{}-gcc", set.toolchain()));
        compiler.args(options(set)).args(["-nostdlib", "-x", "assembler-with-cpp"]);
        compiler.args([format!("-DCODE={:#x}", target.code), format!("-DRAM={:#x}", target.ram)]);
        compiler.arg(format!("-Wl,-e,reset,-Ttext={:#x}", target.code));
        run(compiler.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join(source)).arg("-o").arg(&elf))?;
        let mut objcopy = Command::new(format!("{}-objcopy", set.toolchain()));
        run(objcopy.args(["-O", "binary", "-j", ".text"]).arg(&elf).arg(&binary))?;
        let mut harness = std::fs::read(&binary)?;
        ensure!(harness.len() <= HARNESS, "the harness has {} bytes", harness.len());
        harness.resize(HARNESS, 0);
        Ok(Self { set, target, harness, pools: pools(set) })
    }

    /// An image of these sequences.
    #[must_use]
    pub fn image(&self, sequences: &[Sequence], mode: Mode) -> Image {
        // What stands where alignment needs it, and at the end; behind that nothing that would look like a part of it.
        let (pad, end): (&[u8], &[u8]) = match self.set {
            Set::Thumb(_) => (&[0x00, 0xBF], &[0x00, 0xDF, 0x00, 0xDE]), // nop; svc 0, udf 0
            Set::Riscv(_) => (&[0x01, 0x00], &[0x73, 0, 0, 0, 0, 0]),    // c.nop; ecall, c.unimp
        };
        let config = self.target.code + HARNESS as u32;
        let pools = config + 16;
        let headers = pools + 4 * self.pools.len() as u32;
        let header_len = sequences.first().map_or(0, |sequence| self.header(sequence, 0, 0).len());
        let mut address = headers + (header_len * sequences.len()) as u32;
        let mut image = Image { elf: Vec::new(), addresses: Vec::new(), code: Vec::new() };
        let mut bytes = self.harness.clone();
        let words = [sequences.len() as u32, mode.detail.into(), mode.ticking.into(), headers];
        bytes.extend(words.iter().chain(&self.pools).flat_map(|word| word.to_le_bytes()));
        for sequence in sequences {
            let mut code = sequence.assemble(pad, end);
            code.resize(code.len().next_multiple_of(4), 0);
            bytes.extend(self.header(sequence, address, pools));
            image.addresses.push(address);
            address += code.len() as u32;
            image.code.push(code);
        }
        bytes.extend(image.code.iter().flatten());
        image.elf = match self.set {
            Set::Thumb(_) => elf::arm(self.target.code, &bytes),
            Set::Riscv(isa) => elf::riscv(self.target.code, &bytes, isa.wide),
        };
        image
    }

    /// Code and pools' places, what the sequence starts with, the registers.
    fn header(&self, sequence: &Sequence, code: u32, pools: u32) -> Vec<u8> {
        let start = &sequence.start;
        let [window, stack, floats] = start.pools;
        let (window, stack, floats) = (pools + 4 * window, pools + 4 * stack, pools + 4 * (POOL + floats));
        let first = match self.set {
            Set::Thumb(_) => {
                let state = [start.tick, start.control, start.configuration, start.flags, start.float_status];
                [&[code | 1, window, stack, floats][..], &state].concat()
            }
            Set::Riscv(_) => vec![code, window, floats, start.tick, start.float_status],
        };
        let fields = first.into_iter().map(u64::from).chain(start.registers.iter().copied());
        fields.flat_map(|field| field.to_le_bytes().into_iter().take(self.set.register())).collect()
    }
}

/// The options of the compiler that the harness is assembled with.
fn options(set: Set) -> Vec<String> {
    let mut options: Vec<&str> = Vec::new();
    match set {
        Set::Thumb(isa) => {
            options.push(match (isa.v8m, isa.v7m) {
                (true, _) => "-mcpu=cortex-m33",
                (false, true) => "-mcpu=cortex-m4",
                (false, false) => "-mcpu=cortex-m0",
            });
            let defines = [(isa.v7m, "-DV7M"), (isa.v8m, "-DV8M"), (isa.dsp, "-DDSP"), (isa.float, "-DFLOAT")];
            options.extend(defines.iter().filter(|(has, _)| *has).map(|(_, define)| *define));
            options.push("-mthumb");
            if isa.float {
                options.extend(["-mfloat-abi=hard", "-mfpu=fpv4-sp-d16"]);
            }
            options.into_iter().map(str::to_owned).collect()
        }
        Set::Riscv(isa) => {
            let bits = if isa.wide { 64 } else { 32 };
            let letters = match isa.float {
                0 => "",
                32 => "f",
                _ => "fd",
            };
            let abi = if isa.wide { "lp64" } else { "ilp32" };
            options.push(if isa.atomic { "-DATOMIC" } else { "-DNOT_ATOMIC" });
            let mut options: Vec<String> = options.into_iter().map(str::to_owned).collect();
            options.extend([format!("-march=rv{bits}ima{letters}_zicsr"), format!("-mabi={abi}")]);
            options.extend([format!("-DXLEN={bits}"), format!("-DFLEN={}", isa.float)]);
            options
        }
    }
}

/// Words for memory, of which some are floating-point numbers; and floating-point numbers, which for RISC-V have eight
/// bytes each: with D a single one among them has ones above it, or is no number.
fn pools(set: Set) -> Vec<u32> {
    let mut n = Numbers::new(0x0050_4F4F);
    let float = |n: &mut Numbers| {
        let double = n.float(64);
        match set {
            _ if set.float() == 64 && n.one_in(2) => [double as u32, (double >> 32) as u32],
            Set::Riscv(_) => [n.float(32) as u32, if n.one_in(16) { n.word() } else { u32::MAX }],
            Set::Thumb(_) => [n.float(32) as u32, n.float(32) as u32],
        }
    };
    let integers = (0..POOL / 2).flat_map(|_| {
        if set.float() > 0 && n.one_in(3) { float(&mut n) } else { [n.integer(32) as u32, n.integer(32) as u32] }
    });
    let mut words: Vec<u32> = integers.collect();
    words.extend((0..POOL / 2).flat_map(|_| float(&mut n)));
    words
}

/// Runs a program that must not fail; gives what it printed.
pub(crate) fn run(command: &mut Command) -> Result<Vec<u8>> {
    let name = command.get_program().to_string_lossy().into_owned();
    let done = command.output().with_context(|| format!("{name} cannot be started: tests/run setup installs it"))?;
    ensure!(done.status.success(), "{name}: {}\n{}", done.status, String::from_utf8_lossy(&done.stderr));
    Ok(done.stdout)
}
