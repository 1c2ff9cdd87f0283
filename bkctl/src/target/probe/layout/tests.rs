//! Firmware that fits the STM32F407VG (flash from 0x0800_0000, 1 MiB; RAM from 0x2000_0000, 128 KiB), and such that does
//! not.

use super::*;
use crate::error::Exit;
use crate::target::boards;

const FLASH: u32 = 0x0800_0000;
const RAM: u32 = 0x2000_0000;

/// A piece to load: virtual and physical address, bytes, bytes in memory.
struct Piece(u32, u32, Vec<u8>, u32);

impl Piece {
    fn at(address: u32, bytes: Vec<u8>) -> Self {
        let size = bytes.len() as u32;
        Self(address, address, bytes, size)
    }
}

/// The start of a vector table with the stack pointer `stack`.
fn vectors(stack: u32) -> Vec<u8> {
    [stack.to_le_bytes(), (FLASH + 9).to_le_bytes()].concat()
}

/// A 32-bit Arm ELF file (System V ABI, chapters 4 and 5) that loads `pieces`.
fn image(pieces: &[Piece]) -> Image {
    const HEADER: usize = 52;
    const PROGRAM_HEADER: usize = 32;
    let mut file = vec![0x7f, b'E', b'L', b'F', 1, 1, 1];
    file.resize(16, 0);
    let half = |file: &mut Vec<u8>, value: u16| file.extend(value.to_le_bytes());
    let word = |file: &mut Vec<u8>, value: u32| file.extend(value.to_le_bytes());
    half(&mut file, 2); // ET_EXEC
    half(&mut file, 40); // EM_ARM
    for value in [1, FLASH + 9, HEADER as u32, 0, 0x0500_0000] {
        word(&mut file, value); // version, entry, program headers, no section headers, flags
    }
    for value in [HEADER as u16, PROGRAM_HEADER as u16, pieces.len() as u16, 40, 0, 0] {
        half(&mut file, value);
    }
    let mut place = HEADER + PROGRAM_HEADER * pieces.len();
    for Piece(vaddr, paddr, data, mem_size) in pieces {
        for value in [1, place as u32, *vaddr, *paddr, data.len() as u32, *mem_size, 5, 4] {
            word(&mut file, value);
        }
        place += data.len();
    }
    pieces.iter().for_each(|piece| file.extend(&piece.2));
    Image::parse(&file).expect("an ELF file")
}

fn check(pieces: &[Piece]) -> Result<Vec<Block>> {
    let board = boards::find("stm32f4-discovery", None).expect("built in");
    blocks(&image(pieces), Path::new("app.elf"), &board)
}

#[track_caller]
fn refused(pieces: &[Piece], words: &[&str]) {
    let error = check(pieces).expect_err("refused");
    assert_eq!(error.exit(), Exit::Usage);
    for word in words {
        assert!(error.message().contains(word), "'{word}' is not in: {}", error.message());
    }
}

#[test]
fn code_and_the_initial_values_of_variables_go_to_flash() {
    let data = Piece(RAM, FLASH + 0x100, vec![7; 16], 64);
    let found = check(&[data, Piece::at(FLASH, vectors(RAM + 0x2_0000))]).expect("fits");
    assert_eq!(found[0], Block { address: 0x0800_0000, data: vectors(RAM + 0x2_0000) });
    assert_eq!(found[1], Block { address: 0x0800_0100, data: vec![7; 16] });
}

#[test]
fn a_stack_may_begin_behind_the_last_byte_of_ram_and_in_ccm() {
    for top in [RAM + 0x2_0000, RAM + 4, 0x1001_0000] {
        check(&[Piece::at(FLASH, vectors(top))]).expect("fits");
    }
}

#[test]
fn outside_of_flash() {
    // The Cortex-M3 of the MPS2 has its code at 0, where this chip only mirrors its flash memory.
    refused(
        &[Piece::at(0, vectors(RAM + 0x400))],
        &["app.elf", "segment 0", "8 bytes", "0x00000000", "outside the flash"],
    );
    // One byte beyond the end.
    refused(
        &[Piece::at(FLASH, vectors(RAM + 0x400)), Piece::at(FLASH + 0x10_0000 - 4, vec![1; 5])],
        &["segment 1", "0x080ffffc"],
    );
    // A program for RAM.
    refused(&[Piece::at(RAM, vec![1; 8])], &["segment 0", "0x20000000"]);
}

#[test]
fn the_last_byte_of_flash_is_inside() {
    check(&[Piece::at(FLASH, vectors(RAM + 0x400)), Piece::at(FLASH + 0x10_0000 - 4, vec![1; 4])]).expect("fits");
}

#[test]
fn variables_beyond_the_chips_memory() {
    let bss = Piece(RAM, RAM, Vec::new(), 0x2_0001);
    refused(&[Piece::at(FLASH, vectors(RAM + 0x400)), bss], &["segment 1", "131073 bytes", "0x20000000", "no memory"]);
}

#[test]
fn a_stack_pointer_of_another_chip() {
    refused(&[Piece::at(FLASH, vectors(0x2002_0004))], &["stack pointer 0x20020004", "0x08000000"]);
    refused(&[Piece::at(FLASH, vectors(0))], &["stack pointer 0x00000000"]);
}

#[test]
fn parts_that_overlap_and_nothing_at_all() {
    refused(&[Piece::at(FLASH, vectors(RAM + 0x400)), Piece::at(FLASH + 4, vec![1; 8])], &["overlap", "0x08000004"]);
    refused(&[Piece(RAM, RAM, Vec::new(), 16)], &["loads nothing"]);
}

#[test]
fn the_map_is_told_with_the_refusal() {
    let error = check(&[Piece::at(0, vec![1])]).expect_err("refused");
    let board = boards::find("stm32f4-discovery", None).expect("built in");
    assert!(map(&board).contains("flash 0x08000000..0x08100000, sram 0x20000000..0x20020000"), "{}", map(&board));
    assert!(!error.message().is_empty());
}
