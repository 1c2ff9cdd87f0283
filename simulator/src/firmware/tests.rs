//! Files that cannot run say why, in words.

use super::*;
use crate::testing::elf::{Elf, Segment};
use crate::testing::{board, named, ticker};

fn error(elf: &Elf) -> String {
    Firmware::read(&elf.bytes(), None, &board()).unwrap_err().to_string()
}

fn with_words(first: u32, second: u32) -> Elf {
    Elf::flat([first, second, 0, 0].iter().flat_map(|word| word.to_le_bytes()).collect())
}

#[test]
fn a_good_file_is_read() {
    let mut elf = Elf::flat(ticker::image());
    elf.symbols = vec![("_SEGGER_RTT", 0x2000_0000), ("other", 5)];
    elf.segments.push(Segment { vaddr: 0x2000_0000, paddr: 0x1000, data: vec![1; 8], mem_size: 0x500, write: true });
    let firmware = Firmware::read(&elf.bytes(), None, &board()).unwrap();
    assert_eq!(firmware.pieces, [(0, ticker::image()), (0x1000, vec![1; 8])]);
    assert_eq!((firmware.vector_table, firmware.entry, firmware.rtt), (0, 0x64, Some(0x2000_0000)));
    assert_eq!(firmware.variables, [(0x2000_0000, 0x500)]);
}

#[test]
fn without_variables_the_default_ram_is_searched() {
    let firmware = Firmware::read(&Elf::flat(ticker::image()).bytes(), None, &board()).unwrap();
    assert_eq!((firmware.rtt, firmware.variables), (None, vec![(0x2000_0000, 4 << 20)]));
}

#[test]
fn other_files_and_architectures() {
    let text = Firmware::read(b"#!/bin/sh\n", None, &board()).unwrap_err().to_string();
    assert!(text.contains("neither an ELF file nor an Intel HEX file"), "{text}");
    // EM_RISCV, EM_386.
    for (machine, name) in [(243, "riscv32"), (3, "ELF machine 3")] {
        let mut elf = Elf::flat(ticker::image());
        elf.machine = machine;
        let expected = format!("the firmware is for {name}; the board qemu-mps2-an385 has armv7-m (cortex-m3)");
        assert_eq!(error(&elf), expected);
    }
}

#[test]
fn segments_outside_the_map() {
    let mut elf = Elf::flat(ticker::image());
    elf.segments[0].vaddr = 0x0800_0000;
    elf.segments[0].paddr = 0x0800_0000;
    let text = error(&elf);
    assert!(text.contains("bytes at 0x08000000, where qemu-mps2-an385 has no memory"), "{text}");
    assert!(text.contains("ssram1 at 0x00000000 (4096 KiB)") && text.contains("0x20400000"), "{text}");
    // Variables count too, and so does a segment that begins inside and ends outside.
    let mut elf = Elf::flat(ticker::image());
    elf.segments.push(Segment { vaddr: 0x207F_FFF0, paddr: 0, data: vec![], mem_size: 0x20, write: true });
    assert!(error(&elf).contains("32 bytes at 0x207ffff0"), "{}", error(&elf));
}

#[test]
fn segments_over_each_other() {
    let mut elf = Elf::flat(ticker::image());
    elf.segments.push(Segment { vaddr: 0x2000_0000, paddr: 0x40, data: vec![1; 8], mem_size: 8, write: true });
    assert!(error(&elf).contains("overlap: 0x00000000 with"), "{}", error(&elf));
}

#[test]
fn no_vector_table() {
    let mut elf = Elf::flat(ticker::image());
    elf.segments[0].vaddr = 0x8000;
    elf.segments[0].paddr = 0x8000;
    let text = error(&elf);
    assert!(text.contains("nothing is loaded at 0x00000000") && text.contains("the start of ssram1"), "{text}");
    assert!(error(&Elf::flat(vec![0; 7])).contains("no vector table"));
    let none = Elf { segments: vec![], ..Elf::flat(vec![]) };
    assert!(error(&none).contains("no loadable segment"));
}

#[test]
fn words_that_are_no_vector_table() {
    for (stack, reset, words) in [
        (0x1000_0000, 0x65, "its first word, 0x10000000, is not a stack pointer"),
        (0x2000_0002, 0x65, "its first word, 0x20000002, is not a stack pointer"),
        (0, 0x65, "its first word, 0x00000000, is not a stack pointer"),
        (0x2000_1000, 0x64, "its reset vector, 0x00000064, has bit 0 clear"),
        (0x2000_1000, 0x4000_0001, "its reset vector, 0x40000001, points to no memory"),
    ] {
        assert!(error(&with_words(stack, reset)).contains(words), "{}", error(&with_words(stack, reset)));
    }
    // The end of a memory is where a full stack begins.
    assert!(Firmware::read(&with_words(0x2040_0000, 0x65).bytes(), None, &board()).is_ok());
}

#[test]
fn the_table_lies_behind_what_belongs_to_somebody_else() {
    let mut board = board();
    board.linker.flash_offset = 0x4000;
    let mut elf = Elf::flat(ticker::image());
    elf.segments[0].paddr = 0x4000;
    elf.segments[0].vaddr = 0x4000;
    assert_eq!(Firmware::read(&elf.bytes(), None, &board).unwrap().vector_table, 0x4000);
}

/// EM_RISCV.
fn riscv(address: u32) -> Elf {
    let segment = Segment { vaddr: address, paddr: address, data: vec![0x13; 16], mem_size: 16, write: true };
    Elf { machine: 243, segments: vec![segment], symbols: vec![] }
}

/// QEMU's virt jumps to the first byte of DRAM, HiFive1 behind its boot loader.
#[test]
fn a_riscv_core_begins_where_its_code_does() {
    for (name, start) in [("qemu-virt-rv32", 0x8000_0000), ("hifive1", 0x2040_0000)] {
        let board = named(name);
        let firmware = Firmware::read(&riscv(start).bytes(), None, &board).unwrap();
        assert_eq!((firmware.vector_table, firmware.entry), (start, start));
        let text = Firmware::read(&riscv(start + 4).bytes(), None, &board).unwrap_err().to_string();
        assert!(text.contains(&format!("loaded at {start:#010x}, where the core begins")), "{text}");
    }
    assert!(Firmware::read(&riscv(0x2040_0000 - 8).bytes(), None, &named("hifive1")).is_ok(), "it is within a segment");
}

#[test]
fn riscv_cores_differ_in_the_width_of_their_registers() {
    let text = Firmware::read(&riscv(0x8000_0000).bytes(), None, &named("qemu-virt-rv64")).unwrap_err().to_string();
    assert_eq!(text, "the firmware is for riscv32; the board qemu-virt-rv64 has riscv64 (rv64gc)");
    let text = Firmware::read(&Elf::flat(ticker::image()).bytes(), None, &named("hifive1")).unwrap_err().to_string();
    assert_eq!(text, "the firmware is for arm; the board hifive1 has riscv32 (rv32imac)");
}
