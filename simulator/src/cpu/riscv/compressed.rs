//! Compressed instructions as the instructions that they stand for (unprivileged specification 20191213, chapter 16,
//! tables 16.5 to 16.7).

use super::config::Isa;

/// Registers that the expansions name.
const ZERO: u32 = 0;
const RA: u32 = 1;
const SP: u32 = 2;

/// The 32-bit instruction that a 16-bit one stands for; `None` if it is reserved, or of an extension that is not there.
#[must_use]
pub const fn expand(half: u16, isa: Isa) -> Option<u32> {
    let c = half as u32;
    let funct3 = c >> 13;
    match c & 3 {
        0 => quadrant0(c, funct3, isa),
        1 => quadrant1(c, funct3, isa),
        2 => quadrant2(c, funct3, isa),
        _ => None,
    }
}

/// The bits `from` up to `from + count - 1`, put at `to`.
const fn field(c: u32, from: u32, count: u32, to: u32) -> u32 {
    (c >> from & ((1 << count) - 1)) << to
}

/// A signed number of `bits` bits.
const fn signed(value: u32, bits: u32) -> u32 {
    ((value << (32 - bits)) as i32 >> (32 - bits)) as u32
}

/// The register in bits 11:7.
const fn rd(c: u32) -> u32 {
    c >> 7 & 31
}

/// The register in bits 6:2.
const fn rs2(c: u32) -> u32 {
    c >> 2 & 31
}

/// One of x8 to x15 in bits 9:7.
const fn high_short(c: u32) -> u32 {
    8 + (c >> 7 & 7)
}

/// One of x8 to x15 in bits 4:2.
const fn low_short(c: u32) -> u32 {
    8 + (c >> 2 & 7)
}

const fn i_type(opcode: u32, funct3: u32, rd: u32, rs1: u32, immediate: u32) -> u32 {
    (immediate & 0xfff) << 20 | rs1 << 15 | funct3 << 12 | rd << 7 | opcode
}

const fn r_type(opcode: u32, funct3: u32, funct7: u32, rd: u32, rs1: u32, rs2: u32) -> u32 {
    funct7 << 25 | rs2 << 20 | rs1 << 15 | funct3 << 12 | rd << 7 | opcode
}

const fn s_type(opcode: u32, funct3: u32, rs1: u32, rs2: u32, immediate: u32) -> u32 {
    (immediate >> 5 & 0x7f) << 25 | rs2 << 20 | rs1 << 15 | funct3 << 12 | (immediate & 0x1f) << 7 | opcode
}

const fn b_type(funct3: u32, rs1: u32, offset: u32) -> u32 {
    let high = (offset >> 12 & 1) << 31 | (offset >> 5 & 0x3f) << 25;
    high | rs1 << 15 | funct3 << 12 | (offset >> 1 & 0xf) << 8 | (offset >> 11 & 1) << 7 | 0x63
}

const fn j_type(rd: u32, offset: u32) -> u32 {
    let high = (offset >> 20 & 1) << 31 | (offset >> 1 & 0x3ff) << 21 | (offset >> 11 & 1) << 20;
    high | (offset >> 12 & 0xff) << 12 | rd << 7 | 0x6f
}

const LOAD: u32 = 0x03;
const LOAD_FP: u32 = 0x07;
const OP_IMM: u32 = 0x13;
const OP_IMM_32: u32 = 0x1b;
const STORE: u32 = 0x23;
const STORE_FP: u32 = 0x27;
const OP: u32 = 0x33;
const LUI: u32 = 0x37;
const OP_32: u32 = 0x3b;
const JALR: u32 = 0x67;
const EBREAK: u32 = 0x0010_0073;

const fn quadrant0(c: u32, funct3: u32, isa: Isa) -> Option<u32> {
    let (base, data) = (high_short(c), low_short(c));
    let word = field(c, 10, 3, 3) | field(c, 6, 1, 2) | field(c, 5, 1, 6);
    let double = field(c, 10, 3, 3) | field(c, 5, 2, 6);
    Some(match funct3 {
        0 => {
            let immediate = field(c, 11, 2, 4) | field(c, 7, 4, 6) | field(c, 6, 1, 2) | field(c, 5, 1, 3);
            if immediate == 0 {
                return None;
            }
            i_type(OP_IMM, 0, data, SP, immediate)
        }
        1 if isa.double => i_type(LOAD_FP, 3, data, base, double),
        2 => i_type(LOAD, 2, data, base, word),
        3 if isa.wide => i_type(LOAD, 3, data, base, double),
        3 if isa.float => i_type(LOAD_FP, 2, data, base, word),
        5 if isa.double => s_type(STORE_FP, 3, base, data, double),
        6 => s_type(STORE, 2, base, data, word),
        7 if isa.wide => s_type(STORE, 3, base, data, double),
        7 if isa.float => s_type(STORE_FP, 2, base, data, word),
        _ => return None,
    })
}

const fn quadrant1(c: u32, funct3: u32, isa: Isa) -> Option<u32> {
    let register = rd(c);
    let immediate = signed(field(c, 2, 5, 0) | field(c, 12, 1, 5), 6);
    Some(match funct3 {
        0 => i_type(OP_IMM, 0, register, register, immediate),
        1 if isa.wide && register != 0 => i_type(OP_IMM_32, 0, register, register, immediate),
        1 if isa.wide => return None,
        1 => j_type(RA, jump_offset(c)),
        2 => i_type(OP_IMM, 0, register, ZERO, immediate),
        3 if immediate == 0 => return None,
        3 if register == SP => {
            let low = field(c, 6, 1, 4) | field(c, 5, 1, 6) | field(c, 2, 1, 5);
            i_type(OP_IMM, 0, SP, SP, signed(low | field(c, 3, 2, 7) | field(c, 12, 1, 9), 10))
        }
        3 => immediate << 12 | register << 7 | LUI,
        4 => return arithmetic(c, immediate, isa),
        5 => j_type(ZERO, jump_offset(c)),
        _ => {
            let low = field(c, 3, 2, 1) | field(c, 10, 2, 3) | field(c, 2, 1, 5) | field(c, 5, 2, 6);
            b_type(funct3 & 1, high_short(c), signed(low | field(c, 12, 1, 8), 9))
        }
    })
}

const fn jump_offset(c: u32) -> u32 {
    let low = field(c, 3, 3, 1) | field(c, 11, 1, 4) | field(c, 2, 1, 5) | field(c, 7, 1, 6) | field(c, 6, 1, 7);
    signed(low | field(c, 9, 2, 8) | field(c, 8, 1, 10) | field(c, 12, 1, 11), 12)
}

/// The arithmetic of x8 to x15.
const fn arithmetic(c: u32, immediate: u32, isa: Isa) -> Option<u32> {
    let (register, other) = (high_short(c), low_short(c));
    // A shift by 32 and more needs registers of 64 bits.
    let shifts = isa.wide || c & 1 << 12 == 0;
    Some(match (c >> 10 & 3, c >> 12 & 1, c >> 5 & 3) {
        (0, ..) if shifts => i_type(OP_IMM, 5, register, register, immediate & 0x3f),
        (1, ..) if shifts => i_type(OP_IMM, 5, register, register, immediate & 0x3f | 0x400),
        (2, ..) => i_type(OP_IMM, 7, register, register, immediate),
        (3, 0, 0) => r_type(OP, 0, 0x20, register, register, other),
        (3, 0, 1) => r_type(OP, 4, 0, register, register, other),
        (3, 0, 2) => r_type(OP, 6, 0, register, register, other),
        (3, 0, 3) => r_type(OP, 7, 0, register, register, other),
        (3, 1, 0) if isa.wide => r_type(OP_32, 0, 0x20, register, register, other),
        (3, 1, 1) if isa.wide => r_type(OP_32, 0, 0, register, register, other),
        _ => return None,
    })
}

const fn quadrant2(c: u32, funct3: u32, isa: Isa) -> Option<u32> {
    let (register, other) = (rd(c), rs2(c));
    let load_word = field(c, 4, 3, 2) | field(c, 12, 1, 5) | field(c, 2, 2, 6);
    let load_double = field(c, 5, 2, 3) | field(c, 12, 1, 5) | field(c, 2, 3, 6);
    let store_word = field(c, 9, 4, 2) | field(c, 7, 2, 6);
    let store_double = field(c, 10, 3, 3) | field(c, 7, 3, 6);
    Some(match funct3 {
        0 if isa.wide || c & 1 << 12 == 0 => {
            i_type(OP_IMM, 1, register, register, field(c, 2, 5, 0) | field(c, 12, 1, 5))
        }
        1 if isa.double => i_type(LOAD_FP, 3, register, SP, load_double),
        2 if register != 0 => i_type(LOAD, 2, register, SP, load_word),
        3 if isa.wide && register != 0 => i_type(LOAD, 3, register, SP, load_double),
        3 if !isa.wide && isa.float => i_type(LOAD_FP, 2, register, SP, load_word),
        4 => match (c >> 12 & 1, register, other) {
            (0, 0, 0) => return None,
            (0, _, 0) => i_type(JALR, 0, ZERO, register, 0),
            (0, ..) => r_type(OP, 0, 0, register, ZERO, other),
            (_, 0, 0) => EBREAK,
            (_, _, 0) => i_type(JALR, 0, RA, register, 0),
            _ => r_type(OP, 0, 0, register, register, other),
        },
        5 if isa.double => s_type(STORE_FP, 3, SP, other, store_double),
        6 => s_type(STORE, 2, SP, other, store_word),
        7 if isa.wide => s_type(STORE, 3, SP, other, store_double),
        7 if isa.float => s_type(STORE_FP, 2, SP, other, store_word),
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
