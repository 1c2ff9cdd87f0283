//! Files that hold no firmware, or not quite: sound ELF, Intel HEX and raw files whose bytes and fields are changed, on
//! the way that every file goes. What comes of it is a message or a machine.

use bksim::machine::{CreateError, Machine, Options};
use bluekernel_boards::registry::{Registry, SearchPath};

use crate::chance;
use crate::elf::{Elf, Segment};
use crate::numbers::{Numbers, seeds};

/// How long what can run does: a millisecond.
const LIMIT: u64 = 1_000_000_000;

/// What can be in a field of a header: the edges, and addresses of the board.
fn field(n: &mut Numbers) -> u32 {
    let edges =
        [0, 1, 4, 0x7fff_ffff, 0x8000_0000, u32::MAX, u32::MAX - 3, 0x2000_0000, 0x2040_0000, 0x10_0000, 40, 243];
    if n.one_in(4) { n.below(1 << 32) as u32 } else { edges[n.below(12) as usize] }
}

/// An ELF file with variables, symbols and build attributes.
fn elf(machine: u16, address: u32, data: Vec<u8>, wide: bool) -> Vec<u8> {
    let mem_size = data.len() as u32;
    let code = Segment { vaddr: address, paddr: address, data, mem_size, write: false };
    let attributes = Some((".ARM.attributes", b"A\x15\0\0\0aeabi\0\x01\x0b\0\0\0\x06\x0a\x07M\x0a\0".to_vec()));
    let symbols = vec![("_SEGGER_RTT", 0x2000_0000), ("main", address)];
    let file = Elf { machine, segments: vec![code], symbols, attributes, ..Elf::flat(Vec::new()) }.bytes();
    if wide { widened(&file, address) } else { file }
}

/// A file of 64 bits with the one segment of that file of 32: a header and a program header.
fn widened(file: &[u8], address: u32) -> Vec<u8> {
    let data = &file[52 + 32..];
    let mut wide = vec![0x7f, b'E', b'L', b'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 243, 0, 1, 0, 0, 0];
    let size = data.len() as u64;
    let header = [u64::from(address), 64, 0, 0x0038_0040_0000_0000, 0x0000_0000_0040_0001];
    let segment = [0x5_0000_0001, 120, u64::from(address), u64::from(address), size, size, 4];
    wide.extend(header.iter().chain(&segment).flat_map(|word| word.to_le_bytes()));
    wide.extend(data);
    wide
}

/// Intel HEX of some bytes at address 0.
fn hex(data: &[u8]) -> Vec<u8> {
    let mut text = String::new();
    for (number, line) in data.chunks(16).enumerate() {
        let mut record = vec![line.len() as u8, (number >> 4) as u8, (number << 4) as u8, 0];
        record.extend(line);
        let sum = record.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
        record.push(sum.wrapping_neg());
        text += ":";
        record.iter().for_each(|byte| text += &format!("{byte:02X}"));
        text += "\n";
    }
    (text + ":00000001FF\n").into_bytes()
}

fn mutate(n: &mut Numbers, file: &mut Vec<u8>) {
    for _ in 0..n.below(4) {
        match n.below(5) {
            0 => file.truncate(n.below(file.len() as u64 + 1) as usize),
            // A word of the headers, in front or behind.
            1 | 2 if file.len() > 160 => {
                let at = if n.one_in(3) { file.len() - 4 - 4 * n.below(40) as usize } else { 4 * n.below(39) as usize };
                file[at..at + 4].copy_from_slice(&field(n).to_le_bytes());
            }
            3 => {
                let at = n.below(file.len() as u64 + 1) as usize;
                let piece = file[at..(at + n.below(64) as usize).min(file.len())].to_vec();
                file.splice(at..at, piece);
            }
            _ if !file.is_empty() => {
                let at = n.below(file.len() as u64) as usize;
                file[at] ^= 1 << n.below(8);
            }
            _ => file.push(n.below(256) as u8),
        }
    }
}

fn campaign(name: &str, make: fn() -> Vec<u8>, address: Option<u64>) {
    let board = Registry::new(SearchPath::built_in()).board(name).expect("built in");
    let (mut ran, mut refused) = (0, 0);
    for seed in seeds(60) {
        let mut n = Numbers::new(seed.wrapping_add(1 << 43));
        let mut file = make();
        mutate(&mut n, &mut file);
        println!("{name}, seed {seed}: {} bytes", file.len());
        let address = if n.one_in(16) { Some(field(&mut n).into()) } else { address };
        match Machine::create(&board, Some(&file), None, Options { address, ..Options::default() }) {
            Ok((mut machine, _)) => {
                ran += 1;
                while machine.step(Some(LIMIT)).is_none() {}
            }
            Err(CreateError::Firmware(error)) => {
                refused += 1;
                assert!(error.to_string().contains(' '), "seed {seed}: {error}");
            }
            Err(error) => panic!("seed {seed}: it is the file that is wrong: {error}"),
        }
    }
    println!("{name}: {ran} ran, {refused} were refused");
    assert!(seeds(60) != (0..60) || ran > 0 && refused > 0, "one of the two is not tried");
}

#[test]
fn elf_files_for_arm() {
    campaign("qemu-mps2-an385", || elf(crate::elf::ARM, 0, chance::image(), false), None);
}

#[test]
fn elf_files_for_riscv_of_32_bits() {
    campaign("qemu-virt-rv32", || elf(243, 0x8000_0000, vec![0x13; 0x400], false), None);
}

#[test]
fn elf_files_for_riscv_of_64_bits() {
    campaign("qemu-virt-rv64", || elf(243, 0x8000_0000, vec![0x13; 0x400], true), None);
}

#[test]
fn intel_hex_files() {
    campaign("qemu-mps2-an385", || hex(&chance::image()), None);
}

#[test]
fn raw_files() {
    campaign("qemu-mps2-an385", chance::image, Some(0));
}
