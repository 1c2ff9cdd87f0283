//! Which functions some code calls: by its instructions, since that is all that says so.
//!
//! Only calls and jumps to a place that the instruction names are seen, not those through a register.

use std::collections::HashMap;
use std::ops::Range;

use crate::code::joined;
use crate::image::{Architecture, Image, SymbolKind};

impl Image {
    /// The functions that code at these addresses calls, or goes on in for good, and those that they call in turn: their addresses,
    /// sorted, and none overlaps another. Functions that hold some of the code itself are left out, and with them what they call.
    #[must_use]
    pub fn called_from(&self, code: &[Range<u64>]) -> Vec<Range<u64>> {
        let functions: HashMap<u64, u64> = (self.symbols().iter())
            .filter(|symbol| symbol.kind == SymbolKind::Function && symbol.size > 0)
            .map(|symbol| (symbol.address, symbol.address.saturating_add(symbol.size)))
            .collect();
        let mut called: Vec<Range<u64>> = Vec::new();
        let mut unread = code.to_vec();
        while let Some(range) = unread.pop() {
            for target in self.targets(&range) {
                let Some(end) = functions.get(&target) else { continue };
                let function = target..*end;
                let holds_some = code.iter().any(|code| code.start < function.end && function.start < code.end);
                if !holds_some && !called.contains(&function) {
                    called.push(function.clone());
                    unread.push(function);
                }
            }
        }
        joined(called)
    }

    /// Where the instructions at these addresses call or jump to.
    fn targets(&self, range: &Range<u64>) -> Vec<u64> {
        let decode: fn(u64, u32, u32) -> Found = match self.architecture() {
            Architecture::Arm => thumb,
            Architecture::Riscv32 => |at, word, behind| riscv(at, word, behind, true),
            Architecture::Riscv64 => |at, word, behind| riscv(at, word, behind, false),
            _ => return Vec::new(),
        };
        let section = self.sections().iter().find(|section| {
            section.execute
                && section.address <= range.start
                && range.end <= section.address.saturating_add(section.size)
        });
        let Some(section) = section else { return Vec::new() };
        let data = self.section_data(section);
        let place =
            |address: u64| usize::try_from(address - section.address).map_or(data.len(), |at| at.min(data.len()));
        let (mut rest, end) = (&data[place(range.start)..], data.len() - place(range.end));
        let mut targets = Vec::new();
        while rest.len() > end {
            let at = section.address.wrapping_add((data.len() - rest.len()) as u64);
            let found = decode(at, word(rest, 0), word(rest, 4));
            targets.extend(found.target);
            rest = rest.get(found.length..).unwrap_or_default();
        }
        targets
    }
}

/// An instruction: its bytes, and where it calls or jumps to.
struct Found {
    length: usize,
    target: Option<u64>,
}

/// The word at `at`, as far as there are bytes.
fn word(bytes: &[u8], at: usize) -> u32 {
    let bytes = bytes.iter().skip(at).take(4).enumerate();
    bytes.map(|(place, byte)| u32::from(*byte) << (8 * place)).sum()
}

/// BL, B with eleven bits and B with 24 (DDI 0403E, A7.7.18 and A7.7.12).
fn thumb(at: u64, word: u32, _: u32) -> Found {
    let (first, second) = (word & 0xffff, word >> 16);
    let from = |offset: i64| Some(at.wrapping_add(4).wrapping_add_signed(offset));
    if first < 0xe800 {
        let is_branch = first & 0xf800 == 0xe000;
        return Found { length: 2, target: if is_branch { from(signed(first & 0x7ff, 11) * 2) } else { None } };
    }
    let is_far = first & 0xf800 == 0xf000 && matches!(second & 0xd000, 0xd000 | 0x9000);
    let target = is_far.then(|| {
        let sign = first >> 10 & 1;
        let (i1, i2) = (!(second >> 13 ^ sign) & 1, !(second >> 11 ^ sign) & 1);
        signed(sign << 23 | i1 << 22 | i2 << 21 | (first & 0x3ff) << 11 | second & 0x7ff, 24) * 2
    });
    Found { length: 4, target: target.and_then(from) }
}

/// JAL, C.J, on 32 bits C.JAL, and AUIPC with the JALR that goes on from it (The RISC-V Instruction Set Manual, Volume I, 2.5
/// and "C").
fn riscv(at: u64, word: u32, behind: u32, is_32: bool) -> Found {
    let from = |offset: i64| Some(at.wrapping_add_signed(offset));
    let bit = |place: u32, to: u32| (word >> place & 1) << to;
    if word & 3 != 3 {
        let is_jump = word & 3 == 1 && (word >> 13 & 7 == 5 || is_32 && word >> 13 & 7 == 1);
        let offset = bit(12, 11) | bit(8, 10) | bit(10, 9) | bit(9, 8) | bit(6, 7) | bit(7, 6) | bit(2, 5) | bit(11, 4);
        let offset = offset | (word >> 3 & 7) << 1;
        return Found { length: 2, target: if is_jump { from(signed(offset, 12)) } else { None } };
    }
    let register = |word: u32, place: u32| word >> place & 31;
    let target = match word & 0x7f {
        0x6f => {
            let offset = bit(31, 20) | (word >> 21 & 0x3ff) << 1 | bit(20, 11) | (word >> 12 & 0xff) << 12;
            from(signed(offset, 21))
        }
        0x17 if behind & 0x707f == 0x67 && register(behind, 15) == register(word, 7) => {
            from(signed(word >> 12, 20) * 4096 + signed(behind >> 20, 12))
        }
        _ => None,
    };
    Found { length: 4, target }
}

/// The two's complement number in the lowest `bits`.
const fn signed(value: u32, bits: u32) -> i64 {
    let unused = 64 - bits;
    ((value as i64) << unused) >> unused
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(decode: impl Fn(u64, u32, u32) -> Found, at: u64, word: u32, behind: u32) -> (usize, Option<u64>) {
        let found = decode(at, word, behind);
        (found.length, found.target)
    }

    /// As GNU `as` makes them, and `objdump -d` shows where they go.
    #[test]
    fn thumb_calls_and_jumps() {
        let of = |at, first: u32, second: u32| target(thumb, at, second << 16 | first, 0);
        assert_eq!(of(0x1000, 0xf7fe, 0xfffe), (4, Some(0)), "bl");
        assert_eq!(of(0x1004, 0xf122, 0xfa27), (4, Some(0x12_3456)), "bl");
        assert_eq!(of(0x101c, 0xf3fd, 0xd7f0), (4, Some(0xff_f000)), "bl");
        assert_eq!(of(0x1008, 0xf000, 0xbffa), (4, Some(0x2000)), "b.w");
        assert_eq!(of(0x100c, 0xe478, 0xe077), (2, Some(0x900)), "b.n");
        assert_eq!(of(0x100e, 0xe077, 0x4770), (2, Some(0x1100)), "b.n");
        for (first, second) in [(0x4770, 0x4798), (0x4798, 0xf8d1), (0xf8d1, 4), (0xf000, 0x81f2)] {
            // bx lr, blx r3, ldr.w, beq.w.
            assert_eq!(of(0x1000, first, second).1, None, "{first:x} {second:x}");
        }
    }

    /// As above.
    #[test]
    fn riscv_calls_and_jumps() {
        let of = |at, word, behind| target(|at, word, behind| riscv(at, word, behind, true), at, word, behind);
        assert_eq!(of(0x1000, 0x800f_f0ef, 0), (4, Some(0)), "jal");
        assert_eq!(of(0x1004, 0x3fd0_006f, 0), (4, Some(0x1c00)), "j");
        assert_eq!(of(0x1008, 0x22c8_00ef, 0), (4, Some(0x8_1234)), "jal");
        assert_eq!(of(0x100c, 0x38cd_aed5, 0), (2, Some(0x1400)), "c.j");
        assert_eq!(of(0x100e, 0x0001_38cd, 0), (2, Some(0x900)), "c.jal");
        assert_eq!(of(0x1018, 0x0030_0097, 0xaa40_80e7), (4, Some(0x30_0abc)), "auipc and jalr");
        assert_eq!(of(0x1020, 0xffff_f317, 0xfe03_0067), (4, Some(0)), "auipc and jr");
        // Another register's jalr; nop, ret, lw.
        assert_eq!(of(0x1020, 0xffff_f317, 0xaa40_80e7), (4, None));
        for word in [0x8082_0001, 0x41c8_8082, 0x0001_41c8] {
            assert_eq!(of(0x1000, word, 0), (2, None), "{word:x}");
        }
        // With 64 bits, what would be C.JAL is C.ADDIW.
        assert_eq!(target(|at, word, behind| riscv(at, word, behind, false), 0x100e, 0x38cd, 0), (2, None));
    }
}
