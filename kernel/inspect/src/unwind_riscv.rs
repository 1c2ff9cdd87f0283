//! The call stack on RISC-V: from frame to frame by `.debug_frame`, or guessed from what lies on the stack.
//!
//! Registers are those of the standard calling convention (RISC-V ELF psABI 1.0): x1 is the return address, x2 the stack
//! pointer. As in [`unwind`](crate::unwind), memory is only read, and every step is checked.

use gimli::{CfaRule, RegisterRule};

use crate::image::{Architecture, Image};
use crate::memory::Memory;
use crate::table::word;
use crate::tables::Tables;
use crate::unwind::{Call, MOST_CALLS, MOST_GUESSES, MOST_WORDS, code};

const RA: usize = 1;
const SP: usize = 2;
/// What a called function may change: t0 to t2, a0 to a7, t3 to t6.
const CHANGED_BY_CALLS: [usize; 15] = [5, 6, 7, 10, 11, 12, 13, 14, 15, 16, 17, 28, 29, 30, 31];

/// A hart's registers as far as they are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Registers {
    /// Where it is.
    pub pc: u64,
    /// x0 to x31.
    pub x: [Option<u64>; 32],
}

/// The unwind tables of an image.
pub struct Unwinder<'a> {
    image: &'a Image,
    tables: Tables,
}

impl<'a> Unwinder<'a> {
    /// Reads the tables; `None` if this is no RISC-V image, or it has none.
    #[must_use]
    pub fn new(image: &'a Image) -> Option<Self> {
        let riscv = matches!(image.architecture(), Architecture::Riscv32 | Architecture::Riscv64);
        Some(Self { image, tables: riscv.then(|| Tables::new(image))?? })
    }

    /// The calls, the innermost first. The first one is where the hart stands, whatever the tables say; `is_return` says that
    /// it is where a call will return to.
    pub fn calls(&self, mut registers: Registers, is_return: bool, memory: &mut dyn Memory) -> Vec<Call> {
        let code = code(self.image);
        let mut calls = vec![Call { pc: registers.pc, is_return, is_interrupted: false }];
        while calls.len() < MOST_CALLS
            && let Some(last) = calls.last()
            && let Some(next) = self.caller(&registers, last, memory)
        {
            // What is no code is no caller. A stack only becomes shorter, and the same place twice is a loop.
            let is_code = code.iter().any(|section| section.contains(&next.pc));
            let (before, behind) = (registers.x[SP], next.x[SP]);
            if !is_code || behind < before || (behind == before && next.pc == last.pc) {
                break;
            }
            registers = next;
            calls.push(Call { pc: registers.pc, is_return: true, is_interrupted: false });
        }
        calls
    }

    /// The registers as the caller of the last function will find them; `None` if nobody called it, or they cannot be read.
    fn caller(&self, registers: &Registers, last: &Call, memory: &mut dyn Memory) -> Option<Registers> {
        let mut caller = *registers;
        let Some(entry) = self.tables.of(last.lookup()) else {
            // A leaf in assembly has no table, and its caller is in the link register.
            caller.pc = registers.x[RA].filter(|_| !last.is_return)?;
            return Some(caller);
        };
        let row = self.tables.row(entry, last.lookup())?;
        let CfaRule::RegisterAndOffset { register, offset } = row.cfa() else { return None };
        let cfa = registers.x.get(usize::from(register.0)).copied()??.checked_add_signed(*offset)?;
        for register in CHANGED_BY_CALLS {
            caller.x[register] = None;
        }
        let link = usize::from(entry.cie().return_address_register().0);
        // A function that says nothing of the return address has not touched it; unless it calls another: that never returns.
        let mut returns_to = registers.x.get(link).copied()?.filter(|_| !last.is_return);
        for (register, rule) in row.registers() {
            let Some(kept) = caller.x.get_mut(usize::from(register.0)) else {
                continue; // floating-point registers: no call depends on them
            };
            let value = match rule {
                RegisterRule::Offset(offset) => self.word(cfa.checked_add_signed(*offset)?, memory),
                RegisterRule::ValOffset(offset) => cfa.checked_add_signed(*offset),
                RegisterRule::Register(other) => registers.x.get(usize::from(other.0)).copied().flatten(),
                RegisterRule::Undefined => None,
                _ => continue,
            };
            *kept = value;
            if usize::from(register.0) == link {
                returns_to = value;
            }
        }
        caller.x[SP] = Some(cfa);
        caller.pc = returns_to?;
        Some(caller)
    }

    fn word(&self, address: u64, memory: &mut dyn Memory) -> Option<u64> {
        read_word(self.image, address, memory)
    }
}

/// The calls as far as they can be guessed without tables: where the hart stands, and whatever on the stack could be a return
/// address, since it points behind a call. Some may be left over from calls that have returned.
pub fn guessed_calls(image: &Image, registers: Registers, is_return: bool, memory: &mut dyn Memory) -> Vec<Call> {
    let code = code(image);
    let follows_call = |address: u64| {
        let mut bytes = [0; 4];
        let in_code = code.iter().any(|section| section.contains(&address));
        in_code && address.checked_sub(4).is_some_and(|at| (&mut &*image).read(at, &mut bytes)) && is_call(bytes)
    };
    let mut calls = vec![Call { pc: registers.pc, is_return, is_interrupted: false }];
    let width = u64::from(image.word_bytes());
    let places = registers.x[SP]
        .into_iter()
        .flat_map(|sp| (0..u64::from(MOST_WORDS)).map_while(move |place| sp.checked_add(place * width)));
    let words = places.map_while(|address| read_word(image, address, memory));
    for value in registers.x[RA].into_iter().chain(words).filter(|value| follows_call(*value)) {
        if calls.last().is_none_or(|last| last.pc != value) && calls.len() < MOST_GUESSES {
            calls.push(Call { pc: value, is_return: true, is_interrupted: false });
        }
    }
    calls
}

fn read_word(image: &Image, address: u64, memory: &mut dyn Memory) -> Option<u64> {
    let mut bytes = [0; 8];
    let bytes = &mut bytes[..usize::from(image.word_bytes()).min(8)];
    memory.read(address, bytes).then(|| word(bytes, image.little_endian()))
}

/// Whether a call ends these four bytes: JAL or JALR with x1 as the link, C.JALR, or C.JAL, which is one in 32 bits only
/// (unprivileged specification 20191213, 2.5 and 16.4).
fn is_call(bytes: [u8; 4]) -> bool {
    let (whole, second) = (u32::from_le_bytes(bytes), u16::from_le_bytes([bytes[2], bytes[3]]));
    let links = matches!(whole & 0x7f, 0x6f | 0x67) && whole >> 7 & 0x1f == 1;
    links || (second & 0xf07f == 0x9002 && second & 0x0f80 != 0) || second & 0xe003 == 0x2001
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_told_from_other_instructions() {
        // As `riscv64-unknown-elf-objdump -d` shows them: jal ra; jalr ra, a5; c.nop, c.jalr a5; c.nop, c.jal.
        for call in [0x0100_00ef_u32, 0x0007_80e7, 0x9782_0001, 0x2011_0001] {
            assert!(is_call(call.to_le_bytes()), "{call:08x}");
        }
        // j; ret; c.nop, c.jr ra; c.nop, c.mv a0, a1; c.nop, c.ebreak.
        for other in [0x0100_006f_u32, 0x0000_8067, 0x8082_0001, 0x852e_0001, 0x9002_0001] {
            assert!(!is_call(other.to_le_bytes()), "{other:08x}");
        }
    }
}
