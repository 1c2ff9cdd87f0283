//! Stacks made by hand, as the words of [`SavedLayout`] have them: each word says which register it is.

use super::*;

const AT: u64 = 0x2000_1000;

/// Words from `AT` on.
struct Stack(Vec<u64>, usize);

impl Memory for Stack {
    fn read(&mut self, address: u64, buffer: &mut [u8]) -> bool {
        let bytes: Vec<u8> = self.0.iter().flat_map(|word| word.to_le_bytes()[..self.1].to_vec()).collect();
        let start = (address - AT) as usize;
        let found = bytes.get(start..start + buffer.len());
        found.map(|found| buffer.copy_from_slice(found)).is_some()
    }
}

fn saved(layout: SavedLayout, words: &[&[u64]]) -> Saved {
    let width = if matches!(layout, SavedLayout::RiscV64 | SavedLayout::RiscV64Float) { 8 } else { 4 };
    at(layout, AT, Some(RESUME_AT), &mut Stack(words.concat(), width)).unwrap()
}

const RESUME_AT: u64 = 0x8000_0100;
/// r4 to r11; r0 to r3, r12, lr, pc; the places of floating-point registers.
const R4: [u64; 8] = [104, 105, 106, 107, 108, 109, 110, 111];
const R0: [u64; 7] = [100, 101, 102, 103, 112, 0x0800_0201, 0x0800_0300];
const S16: [u64; 16] = [9; 16];
const S0: [u64; 18] = [9; 18];
const ALIGNED: u64 = 0x0100_0200;
const NOT_ALIGNED: u64 = 0x0100_0000;

/// Checks r0 to r12, lr and pc, and returns sp as bytes from `AT`.
fn check_arm(saved: &Saved) -> u64 {
    for number in 0..13 {
        assert_eq!(saved.registers[number], Some(100 + number as u64), "r{number}");
    }
    assert_eq!((saved.registers[14], saved.pc, saved.is_return), (Some(0x0800_0201), 0x0800_0300, false));
    saved.registers[13].unwrap() - AT
}

#[test]
fn cortex_m_is_eight_words_and_the_basic_frame() {
    assert_eq!(check_arm(&saved(SavedLayout::CortexM, &[&R4, &R0, &[NOT_ALIGNED]])), 16 * 4);
    assert_eq!(check_arm(&saved(SavedLayout::CortexM, &[&R4, &R0, &[ALIGNED]])), 17 * 4);
}

#[test]
fn exc_return_says_whether_floating_point_registers_are_there() {
    // Armv7-M ARM, table B1-8: thread mode, process stack, a basic frame and an extended one.
    let (basic, extended) = (0xffff_fffd, 0xffff_ffed);
    let words: &[&[u64]] = &[&R4, &[basic], &R0, &[NOT_ALIGNED]];
    assert_eq!(check_arm(&saved(SavedLayout::CortexMFloat, words)), 17 * 4);
    let words: &[&[u64]] = &[&R4, &[extended], &S16, &R0, &[ALIGNED], &S0];
    assert_eq!(check_arm(&saved(SavedLayout::CortexMFloat, words)), (8 + 1 + 16 + 8 + 18 + 1) * 4);
    // Armv8-M, Non-secure; in front of all the limit.
    let (basic, extended) = (0xffff_ffbc, 0xffff_ffac);
    let words: &[&[u64]] = &[&[0x2000_0f00], &R4, &[basic], &R0, &[NOT_ALIGNED]];
    assert_eq!(check_arm(&saved(SavedLayout::CortexMLimit, words)), 18 * 4);
    let words: &[&[u64]] = &[&[0x2000_0f00], &R4, &[extended], &S16, &R0, &[NOT_ALIGNED], &S0];
    assert_eq!(check_arm(&saved(SavedLayout::CortexMLimit, words)), (1 + 8 + 1 + 16 + 8 + 18) * 4);
}

/// s0 to s11.
const S: [u64; 12] = [108, 109, 118, 119, 120, 121, 122, 123, 124, 125, 126, 127];
/// ra, t0 to t2, s0, a0 to a7, t3 to t6.
const TRAP: [u64; 17] = [101, 105, 106, 107, 208, 110, 111, 112, 113, 114, 115, 116, 117, 128, 129, 130, 131];
const DIRTY: u64 = 3 << 13;
const INITIAL: u64 = 1 << 13;

fn check_call(saved: &Saved) -> u64 {
    assert_eq!((saved.pc, saved.is_return), (0x8000_0200, true));
    assert_eq!((saved.registers[8], saved.registers[27], saved.registers[10]), (Some(108), Some(127), None));
    saved.registers[2].unwrap() - AT
}

fn check_trap(saved: &Saved) -> u64 {
    assert_eq!((saved.pc, saved.is_return), (0x8000_0300, false));
    for number in (5..8).chain(9..32) {
        assert_eq!(saved.registers[number], Some(100 + number as u64), "x{number}");
    }
    // s0 is the interrupted one's, not what the trap's own code kept there.
    assert_eq!((saved.registers[0], saved.registers[1], saved.registers[8]), (Some(0), Some(101), Some(208)));
    saved.registers[2].unwrap() - AT
}

#[test]
fn riscv_is_a_call_and_behind_it_a_trap() {
    let called: &[&[u64]] = &[&[0x8000_0200], &S, &[0; 3]];
    assert_eq!(check_call(&saved(SavedLayout::RiscV32, called)), 64);
    assert_eq!(check_call(&saved(SavedLayout::RiscV64, called)), 112);
    let pc: &[u64] = &[0x8000_0300, 0];
    let words: &[&[u64]] = &[&[RESUME_AT], &S, &[0; 3], pc, &TRAP, &[0]];
    assert_eq!(check_trap(&saved(SavedLayout::RiscV32, words)), 64 + 80);
    let words: &[&[u64]] = &[&[RESUME_AT], &S, &[0; 1], pc, &TRAP, &[0]];
    assert_eq!(check_trap(&saved(SavedLayout::RiscV64, words)), 112 + 160);
}

#[test]
fn riscv_has_floating_point_registers_where_the_status_says_so() {
    let called: &[&[u64]] = &[&[0x8000_0200], &S, &[INITIAL, 0, 0]];
    assert_eq!(check_call(&saved(SavedLayout::RiscV32Float, called)), 64);
    let called: &[&[u64]] = &[&[0x8000_0200], &S, &[DIRTY, 0, 0], &[9; 16]];
    assert_eq!(check_call(&saved(SavedLayout::RiscV32Float, called)), 64 + 64);
    // Where the stack is guarded, the upper bits of that word are the guard's.
    let called: &[&[u64]] = &[&[0x8000_0200], &S, &[0x2000_0c54 << 16 | DIRTY], &[9; 14]];
    assert_eq!(check_call(&saved(SavedLayout::RiscV64Float, called)), 112 + 112);

    let words: &[&[u64]] = &[&[RESUME_AT], &S, &[INITIAL, 0, 0], &[0x8000_0300, INITIAL], &TRAP, &[0]];
    assert_eq!(check_trap(&saved(SavedLayout::RiscV32Float, words)), 64 + 80);
    let floats: &[u64] = &[9; 22];
    let words: &[&[u64]] =
        &[&[RESUME_AT], &S, &[DIRTY, 0, 0], &[9; 16], &[0x8000_0300, DIRTY], floats, &[1, DIRTY], &TRAP, &[0]];
    assert_eq!(check_trap(&saved(SavedLayout::RiscV32Float, words)), 64 + 64 + 96 + 80);
    let words: &[&[u64]] =
        &[&[RESUME_AT], &S, &[INITIAL], &[0x8000_0300, DIRTY], &floats[..20], &[1, DIRTY], &TRAP, &[0]];
    assert_eq!(check_trap(&saved(SavedLayout::RiscV64Float, words)), 112 + 176 + 160);
}

#[test]
fn a_host_has_nothing_to_read() {
    assert_eq!(at(SavedLayout::Host, AT, None, &mut Stack(vec![0; 64], 8)), None);
}
