//! The image that runs many sequences: the harness (`harness/arm.S`), and behind it what it runs.
//!
//! | from `code` on | |
//! |---|---|
//! | 0 | the harness, which begins with the vector table |
//! | 0x1000 | count of sequences, detail, ticking, address of the headers |
//! | 0x1010 | a pool of words, a pool of floating-point numbers |
//! | then | a header for each sequence: what it starts with, in the order of [`header`] |
//! | then | the sequences |
//!
//! | from `ram` on | |
//! |---|---|
//! | 0 | what a sequence has left behind: the record of [`RECORD`], 0x100 its window, 0x200 its stack |
//! | 0x1000 | the results: a number for each sequence |

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::numbers::Numbers;
use crate::profile::Profile;
use crate::sequence::{POOL, Sequence};

/// Where an image and its data begin.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Code.
    pub code: u32,
    /// Data.
    pub ram: u32,
}

impl Target {
    /// The window's first byte.
    #[must_use]
    pub fn window(self) -> u32 {
        self.ram + 0x100
    }
}

/// The harness's room.
const HARNESS: usize = 0x1000;
/// Bytes of a record with window and stack.
pub const BLOCK: usize = 0x400;
/// What the record's words are, from the first on; the rest is s0 to s31.
pub const RECORD: [&str; 20] = [
    "exception", "CFSR", "sp", "pc", "xPSR", "r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r9", "r10", "r11",
    "r12", "lr", "FPSCR",
];

/// What makes images for a profile.
#[derive(Debug)]
pub struct Builder {
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
        let Target { code, ram } = profile.target;
        let (elf, binary) = (folder.join("harness.elf"), folder.join("harness.bin"));
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("harness/arm.S");
        let mut compiler = Command::new("arm-none-eabi-gcc");
        compiler.args(profile.compiler()).args(["-nostdlib", "-x", "assembler-with-cpp"]);
        compiler.args([format!("-DCODE={code:#x}"), format!("-DRAM={ram:#x}")]);
        compiler.args([format!("-Wl,--section-start=.vectors={code:#x}"), format!("-Wl,-Ttext={:#x}", code + 0x40)]);
        run(compiler.args(["-Wl,-e,reset"]).arg(&source).arg("-o").arg(&elf))?;
        run(Command::new("arm-none-eabi-objcopy").args(["-O", "binary"]).arg(&elf).arg(&binary))?;
        let mut harness = std::fs::read(&binary)?;
        ensure!(harness.len() <= HARNESS, "the harness has {} bytes", harness.len());
        harness.resize(HARNESS, 0);
        Ok(Self { target: profile.target, harness, pools: pools(profile) })
    }

    /// An image of these sequences.
    #[must_use]
    pub fn image(&self, sequences: &[Sequence], mode: Mode) -> Image {
        let config = self.target.code + HARNESS as u32;
        let pools = config + 16;
        let headers = pools + 4 * self.pools.len() as u32;
        let header_len = sequences.first().map_or(0, |sequence| header(sequence, 0, 0).len());
        let mut address = headers + 4 * (header_len * sequences.len()) as u32;
        let mut words = vec![sequences.len() as u32, mode.detail.into(), mode.ticking.into(), headers];
        words.extend(&self.pools);
        let mut image = Image { elf: Vec::new(), addresses: Vec::new(), code: Vec::new() };
        for sequence in sequences {
            // svc 0; and behind it nothing that would look like a part of it.
            let mut code = sequence.assemble(&[0x00, 0xBF], &[0x00, 0xDF, 0x00, 0xDE]);
            code.resize(code.len().next_multiple_of(4), 0);
            words.extend(header(sequence, address, pools));
            image.addresses.push(address);
            address += code.len() as u32;
            image.code.push(code);
        }
        let mut bytes = self.harness.clone();
        bytes.extend(words.iter().flat_map(|word| word.to_le_bytes()));
        bytes.extend(image.code.iter().flatten());
        image.elf = elf(self.target.code, &bytes);
        image
    }
}

/// Code and pools' places, what the sequence starts with, the registers.
fn header(sequence: &Sequence, code: u32, pools: u32) -> Vec<u32> {
    let start = &sequence.start;
    let [window, stack, floats] = start.pools;
    let mut words = vec![code | 1, pools + 4 * window, pools + 4 * stack, pools + 4 * (POOL + floats)];
    words.extend([start.tick, start.control, start.configuration, start.flags, start.float_status]);
    words.extend(start.registers.iter().map(|register| *register as u32));
    words
}

/// Words for memory, of which some are floating-point numbers; and floating-point numbers.
fn pools(profile: &Profile) -> Vec<u32> {
    let mut n = Numbers::new(0x0050_4F4F);
    let float = |n: &mut Numbers| {
        if profile.isa.double && n.one_in(2) {
            let double = n.float(64);
            [double as u32, (double >> 32) as u32]
        } else {
            [n.float(32) as u32, n.float(32) as u32]
        }
    };
    let integers = (0..POOL / 2).flat_map(|_| {
        if profile.isa.float && n.one_in(3) { float(&mut n) } else { [n.integer(32) as u32, n.integer(32) as u32] }
    });
    let mut words: Vec<u32> = integers.collect();
    words.extend((0..POOL / 2).flat_map(|_| float(&mut n)));
    words
}

/// A file of one segment (System V ABI, "Object Files").
fn elf(address: u32, bytes: &[u8]) -> Vec<u8> {
    const ARM: u16 = 40;
    let size = bytes.len() as u32;
    let mut file = vec![0x7F, b'E', b'L', b'F', 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0];
    file.extend(ARM.to_le_bytes());
    // Version, entry, program headers, section headers, flags; sizes and counts.
    let entry = u32::from_le_bytes(bytes[4..8].try_into().expect("the vector table"));
    file.extend([1, entry, 52, 0, 0x0500_0000].iter().flat_map(|word: &u32| word.to_le_bytes()));
    file.extend([52_u16, 32, 1, 0, 0, 0].iter().flat_map(|half| half.to_le_bytes()));
    file.extend([1, 84, address, address, size, size, 7, 4].iter().flat_map(|word: &u32| word.to_le_bytes()));
    file.extend_from_slice(bytes);
    file
}

/// Runs a program that must not fail; gives what it printed.
pub(crate) fn run(command: &mut Command) -> Result<Vec<u8>> {
    let name = command.get_program().to_string_lossy().into_owned();
    let done = command.output().with_context(|| format!("{name} cannot be started: tests/run setup installs it"))?;
    ensure!(done.status.success(), "{name}: {}\n{}", done.status, String::from_utf8_lossy(&done.stderr));
    Ok(done.stdout)
}
