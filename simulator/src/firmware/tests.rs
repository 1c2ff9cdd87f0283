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
        (elf.machine, elf.flags) = (machine, 0);
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
    Elf { segments: vec![segment], ..Elf::empty(243) }
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

/// `.ARM.attributes` with `Tag_CPU_arch`, `Tag_CPU_arch_profile` and `Tag_FP_arch` (Arm IHI 0045, "Build Attributes").
fn built_for_arm(cpu_arch: u8, profile: u8, fp_arch: u8) -> Elf {
    let mut section = vec![b'A', 21, 0, 0, 0];
    section.extend(b"aeabi\0");
    section.extend([1, 11, 0, 0, 0, 6, cpu_arch, 7, profile, 10, fp_arch]);
    Elf { attributes: Some((".ARM.attributes", section)), ..Elf::flat(ticker::image()) }
}

#[test]
fn code_for_a_bigger_core_is_refused_with_what_to_do() {
    let on =
        |elf: &Elf, board: &Board| Firmware::read(&elf.bytes(), None, board).map(|_| ()).map_err(|it| it.to_string());
    let with = |arch: &str, core: &str, fpu: &str, target: &str| {
        let mut board = board();
        [board.chip.arch, board.chip.core, board.chip.fpu, board.chip.target] =
            [arch, core, fpu, target].map(str::to_owned);
        board
    };
    let m0 = with("armv6-m", "cortex-m0", "none", "thumbv6m-none-eabi");
    let m3 = with("armv7-m", "cortex-m3", "none", "thumbv7m-none-eabi");
    let m4 = with("armv7e-m", "cortex-m4", "none", "thumbv7em-none-eabi");
    let m4f = with("armv7e-m", "cortex-m4f", "sp", "thumbv7em-none-eabihf");
    let m33 = with("armv8-m.main", "cortex-m33", "none", "thumbv8m.main-none-eabi");
    let [v4t, v7, v6m, v7em, v8m, v81m] = [2, 10, 11, 13, 17, 21].map(|arch| built_for_arm(arch, b'M', 0));
    let v7a = built_for_arm(10, b'A', 0);
    let float = built_for_arm(13, b'M', 6);
    for (elf, boards) in [
        (&Elf::flat(ticker::image()), vec![&m0, &m3, &m4, &m4f, &m33]), // says nothing
        (&v4t, vec![&m0, &m3, &m4, &m4f, &m33]),
        (&v6m, vec![&m0, &m3, &m4, &m4f, &m33]),
        (&v7, vec![&m3, &m4, &m4f, &m33]),
        (&v7em, vec![&m4, &m4f, &m33]),
        (&float, vec![&m4f]),
        (&v8m, vec![&m33]),
        (&v81m, vec![]),
        (&v7a, vec![]),
    ] {
        for board in [&m0, &m3, &m4, &m4f, &m33] {
            let fits = boards.iter().any(|it| it.chip.core == board.chip.core);
            assert_eq!(on(elf, board).is_ok(), fits, "{:?} on {}", elf.attributes, board.chip.core);
        }
    }
    let words = "the firmware was built for armv7e-m with floating point; the board qemu-mps2-an385 has armv6-m (cortex-m0), \
                 which cannot run that. Build it for thumbv6m-none-eabi";
    assert_eq!(on(&float, &m0).unwrap_err(), words);
    assert!(on(&v7a, &m3).unwrap_err().starts_with("the firmware was built for armv7-a; "));
}

#[test]
fn riscv_code_that_a_core_has_no_instructions_for() {
    // EF_RISCV_RVC, EF_RISCV_FLOAT_ABI_DOUBLE.
    let elf = Elf { flags: 5, ..riscv(0x2040_0000) };
    let text = Firmware::read(&elf.bytes(), None, &named("hifive1")).unwrap_err().to_string();
    assert!(
        text.starts_with("the firmware was built for riscv cd with the double-precision ABI; the board hifive1"),
        "{text}"
    );
    assert!(text.ends_with("Build it for riscv32imac-unknown-none-elf"), "{text}");
    let mut arch = vec![b'A', 30, 0, 0, 0];
    arch.extend(b"riscv\0\x01\x14\0\0\0\x05rv64i2p1_m2p0\0");
    let elf = Elf { attributes: Some((".riscv.attributes", arch)), ..riscv(0x2040_0000) };
    let text = Firmware::read(&elf.bytes(), None, &named("hifive1")).unwrap_err().to_string();
    assert!(text.starts_with("the firmware was built for rv64im; the board hifive1 has riscv32 (rv32imac)"), "{text}");
    assert!(Firmware::read(&Elf { flags: 1, ..riscv(0x2040_0000) }.bytes(), None, &named("hifive1")).is_ok());
}
