//! What instructions demand of their operands, so that they fault where the operands do not comply (Arm DDI 0403E):
//!
//! | instructions | what must be | when | section |
//! |---|---|---|---|
//! | LDM, STM, LDRD, STRD, LDREX, STREX, VLDR, VSTR, VLDM, VSTM | a word's address, a multiple of 4 | always | A3.2.1 |
//! | LDREXH, STREXH | a halfword's address, a multiple of 2 | always | A3.2.1 |
//! | LDA, STL, LDAEX, STLEX and the halfword forms, of Armv8-M | likewise | always | DDI 0553, B7.5 |
//! | LDR, STR; LDRH, LDRSH, STRH; TBH | a multiple of 4; of 2 | CCR.UNALIGN_TRP is set | A3.2.1, B3.2.8 |
//! | SDIV, UDIV | a divisor other than 0 | CCR.DIV_0_TRP is set | A7.7.127, B3.2.8 |
//!
//! PUSH, POP and whatever else has the stack pointer as its base are not here: bits 1 and 0 of SP are always 0 (B1.4.1).

use super::float::{self, Extension, FloatClass};
use super::is_wide;

/// What one instruction demands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Demand {
    /// An address that is a multiple of the size.
    Aligned(Alignment),
    /// That this register, 0-14, is not zero.
    NotZero(u8),
}

/// Which traps are on: CCR.DIV_0_TRP and CCR.UNALIGN_TRP.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traps {
    /// A division by zero is a UsageFault; otherwise its result is 0.
    pub divide_by_zero: bool,
    /// A load or store of a word or halfword that is not aligned is a UsageFault.
    pub unaligned: bool,
}

/// An address, and how it must be aligned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alignment {
    /// The base register; 15 stands for the program counter, aligned to 4.
    pub base: u8,
    /// A register to be added, and by how much it is shifted to the left before.
    pub index: Option<(u8, u8)>,
    /// What is added besides: only its low two bits are right.
    pub offset: u8,
    /// The bits of the address that must be 0: 3 or 1.
    pub mask: u8,
    /// With CCR.UNALIGN_TRP only.
    pub trapped: bool,
    /// Only Armv8-M has the instruction.
    pub armv8m: bool,
    /// Unicorn checks the address once it translates for a core that permits no other: it does with all that loads or
    /// stores by words, but not where it moves double registers, nor in STREX, which fails before it looks.
    pub native: bool,
}

impl Alignment {
    const fn new(base: u8, offset: u16, mask: u8) -> Self {
        Self { base, index: None, offset: (offset & 3) as u8, mask, trapped: false, armv8m: false, native: true }
    }

    const fn trapped(self) -> Option<Demand> {
        Some(Demand::Aligned(Self { trapped: true, ..self }))
    }

    const fn always(self) -> Option<Demand> {
        Some(Demand::Aligned(self))
    }

    const fn unseen(self) -> Option<Demand> {
        Some(Demand::Aligned(Self { native: false, ..self }))
    }

    const fn armv8m(self) -> Option<Demand> {
        Some(Demand::Aligned(Self { armv8m: true, ..self }))
    }

    const fn plus(self, register: u16, shift: u16) -> Self {
        Self { index: Some((register as u8, shift as u8)), ..self }
    }

    /// Whether the address is as it must be; `register` reads registers 0-14.
    pub fn holds(self, mut register: impl FnMut(u8) -> u32) -> bool {
        let base = if self.base == 15 { 0 } else { register(self.base) };
        let index = self.index.map_or(0, |(index, shift)| register(index) << shift);
        base.wrapping_add(index).wrapping_add(self.offset.into()) & u32::from(self.mask) == 0
    }
}

impl Demand {
    /// Whether it counts while these traps are on.
    #[must_use]
    pub const fn counts(self, traps: Traps) -> bool {
        match self {
            Self::Aligned(alignment) => !alignment.trapped || traps.unaligned,
            Self::NotZero(_) => traps.divide_by_zero,
        }
    }
}

/// What the instruction demands; `second` is not looked at if `first` is all of it.
#[must_use]
pub const fn demand(first: u16, second: u16) -> Option<Demand> {
    if !is_wide(first) {
        return narrow(first);
    }
    let demand = match first >> 9 & 0xf {
        0x4 if first & 0x0040 == 0 => multiple(first),
        0x4 => dual_or_exclusive(first, second),
        0xc => single(first, second),
        0xd if first & 0xffd0 == 0xfb90 && second & 0x00f0 == 0x00f0 => {
            return Some(Demand::NotZero(second as u8 & 0xf));
        }
        _ => float_memory(first, second),
    };
    match demand {
        Some(Demand::Aligned(Alignment { base: 13, index: None, offset: 0, .. })) => None,
        Some(Demand::Aligned(Alignment { base: 15, index: None, offset: 0, .. })) => None,
        other => other,
    }
}

const fn narrow(first: u16) -> Option<Demand> {
    let base = (first >> 3 & 7) as u8;
    match first >> 11 {
        0b01010 | 0b01011 => {
            let mask = match first >> 9 & 7 {
                0 | 4 => 3,
                1 | 5 | 7 => 1,
                _ => return None,
            };
            Alignment::new(base, 0, mask).plus(first >> 6 & 7, 0).trapped()
        }
        0b01100 | 0b01101 => Alignment::new(base, 0, 3).trapped(),
        0b10000 | 0b10001 => Alignment::new(base, 0, 1).trapped(),
        0b11000 | 0b11001 => Alignment::new((first >> 8 & 7) as u8, 0, 3).always(),
        _ => None,
    }
}

const fn base(first: u16) -> u8 {
    (first & 0xf) as u8
}

/// LDM and STM, increment after or decrement before (A5.3.5).
const fn multiple(first: u16) -> Option<Demand> {
    if matches!(first >> 7 & 3, 1 | 2) { Alignment::new(base(first), 0, 3).always() } else { None }
}

/// A5.3.6.
const fn dual_or_exclusive(first: u16, second: u16) -> Option<Demand> {
    if first & 0x0120 != 0 {
        return Alignment::new(base(first), 0, 3).always(); // LDRD, STRD
    }
    match first & 0x01f0 {
        // With other bits than these, which should be ones, it is none.
        0x0050 if second & 0x0f00 == 0x0f00 => Alignment::new(base(first), 0, 3).always(),
        // With Rt = 15 it is TT of Armv8-M, which accesses nothing.
        0x0040 if second >> 12 != 0xf => Alignment::new(base(first), 0, 3).unseen(),
        0x00d0 if second & 0x0fff == 0x0f5f => Alignment::new(base(first), 0, 1).always(),
        0x00c0 if second & 0x0ff0 == 0x0f50 => Alignment::new(base(first), 0, 1).unseen(),
        0x00c0 | 0x00d0 if second & 0x0f80 == 0x0f80 => acquire_or_release(first, second),
        0x00d0 if second & 0xfff0 == 0xf010 => Alignment::new(base(first), 0, 1).plus(second & 0xf, 1).trapped(),
        _ => None,
    }
}

/// LDA, STL, LDAEX, STLEX and the halfword forms (Arm DDI 0553, C2.2.1).
const fn acquire_or_release(first: u16, second: u16) -> Option<Demand> {
    let mask = match second >> 4 & 3 {
        1 => 1,
        2 => 3,
        _ => return None,
    };
    let seen = first & 0x0010 != 0 || second & 0x0040 == 0;
    if seen && second & 0xf != 0xf {
        return None;
    }
    Alignment { native: seen, ..Alignment::new(base(first), 0, mask) }.armv8m()
}

/// A5.3.7-A5.3.10.
const fn single(first: u16, second: u16) -> Option<Demand> {
    let mask = match first >> 5 & 3 {
        1 if first & 0x0010 == 0 || second >> 12 != 0xf => 1, // with Rt = 15 it is a hint
        2 => 3,
        _ => return None,
    };
    let base = base(first);
    if base == 15 {
        let offset = if first & 0x0080 != 0 { second & 3 } else { 4 - (second & 3) };
        return Alignment::new(base, offset, mask).trapped();
    }
    if first & 0x0080 != 0 {
        return Alignment::new(base, second, mask).trapped();
    }
    match second >> 8 & 0xf {
        0x0 if second & 0x00c0 == 0 => Alignment::new(base, 0, mask).plus(second & 0xf, second >> 4 & 3).trapped(),
        0x9 | 0xb => Alignment::new(base, 0, mask).trapped(), // post-indexed
        0xc | 0xd => Alignment::new(base, 4 - (second & 3), mask).trapped(),
        0xe | 0xf => Alignment::new(base, second, mask).trapped(),
        _ => None,
    }
}

const fn float_memory(first: u16, second: u16) -> Option<Demand> {
    match float::class(Extension::V4Single, first, second) {
        Some(FloatClass::Memory { .. }) if second & 0x0100 != 0 => Alignment::new(base(first), 0, 3).unseen(),
        Some(FloatClass::Memory { .. }) => Alignment::new(base(first), 0, 3).always(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // All encodings: arm-none-eabi-as 2.40, -mcpu=cortex-m4 -mfpu=fpv4-sp-d16.

    fn aligned(first: u16, second: u16) -> Alignment {
        match demand(first, second) {
            Some(Demand::Aligned(alignment)) => alignment,
            other => panic!("{first:04x} {second:04x}: {other:?}"),
        }
    }

    #[test]
    fn always_aligned() {
        // ldmia r1!, {r2, r3}; stmia r4!; ldmia.w r8!, {r1, r2}; ldmdb r9; stmdb r3!; stmia.w r10; ldrd r1, r2, [r3, #8];
        // strd [r4, #-16]!; ldrd [r5], #4; ldrex r1, [r2, #4]; vldr s1, [r2, #4]; vstr s1; vldmia r1!, {s1-s3}
        for (first, second, base) in [
            (0xc90c, 0, 1),
            (0xc40c, 0, 4),
            (0xe8b8, 0x0006, 8),
            (0xe919, 0x0006, 9),
            (0xe923, 0x0006, 3),
            (0xe88a, 0x0006, 10),
            (0xe9d3, 0x1202, 3),
            (0xe964, 0x1204, 4),
            (0xe8f5, 0x1201, 5),
            (0xe852, 0x1f01, 2),
            (0xedd2, 0x0a01, 2),
            (0xedc2, 0x0a01, 2),
            (0xecf1, 0x0a03, 1),
        ] {
            assert_eq!(aligned(first, second), Alignment::new(base, 0, 3), "{first:04x} {second:04x}");
        }
        // strex r3, r1, [r2]; vldr d1, [r2]; vstmdb r2!, {d0-d1}
        for (first, second) in [(0xe842, 0x1300), (0xed92, 0x1b00), (0xed22, 0x0b04)] {
            let expected = Alignment { native: false, ..Alignment::new(2, 0, 3) };
            assert_eq!(aligned(first, second), expected, "{first:04x} {second:04x}");
        }
        // ldrexh r1, [r2]; strexh r3, r1, [r2]
        assert_eq!(aligned(0xe8d2, 0x1f5f), Alignment::new(2, 0, 1));
        assert_eq!(aligned(0xe8c2, 0x1f53), Alignment { native: false, ..Alignment::new(2, 0, 1) });
    }

    #[test]
    fn acquire_and_release() {
        // -mcpu=cortex-m33: lda r1, [r2]; stl r1, [r2]; ldaex r1, [r2]; ldah r1, [r2]; stlh r1, [r2]; ldaexh r1, [r2]
        for (first, second, mask) in [
            (0xe8d2, 0x1faf, 3),
            (0xe8c2, 0x1faf, 3),
            (0xe8d2, 0x1fef, 3),
            (0xe8d2, 0x1f9f, 1),
            (0xe8c2, 0x1f9f, 1),
            (0xe8d2, 0x1fdf, 1),
        ] {
            let expected = Alignment { armv8m: true, ..Alignment::new(2, 0, mask) };
            assert_eq!(aligned(first, second), expected, "{first:04x} {second:04x}");
        }
        // stlex r3, r1, [r2]; stlexh r3, r1, [r2]; ldab r1, [r2]; stlexb r3, r1, [r2]
        let unseen = |mask| Alignment { armv8m: true, native: false, ..Alignment::new(2, 0, mask) };
        assert_eq!((aligned(0xe8c2, 0x1fe3), aligned(0xe8c2, 0x1fd3)), (unseen(3), unseen(1)));
        assert_eq!((demand(0xe8d2, 0x1f8f), demand(0xe8c2, 0x1fc3)), (None, None));
    }

    /// Bits that should be ones are zeros: to the engine these are no instructions, whatever their base.
    #[test]
    fn what_is_almost_an_exclusive_access_demands_nothing() {
        for (first, second) in
            [(0xe85e, 0xb267), (0xe8d2, 0x1e5f), (0xe8d2, 0x1f53), (0xe8c2, 0x1e53), (0xe8d2, 0x1fa3)]
        {
            assert_eq!(demand(first, second), None, "{first:04x} {second:04x}");
        }
    }

    #[test]
    fn aligned_if_trapped() {
        let word = Alignment { trapped: true, ..Alignment::new(2, 0, 3) };
        let half = Alignment { mask: 1, ..word };
        let with = |alignment: Alignment, shift| Alignment { index: Some((3, shift)), ..alignment };
        let at = |alignment: Alignment, offset| Alignment { offset, ..alignment };
        for (first, second, expected) in [
            (0x6851, 0, word),               // ldr r1, [r2, #4]
            (0x6051, 0, word),               // str r1, [r2, #4]
            (0x88d1, 0, half),               // ldrh r1, [r2, #6]
            (0x8051, 0, half),               // strh r1, [r2, #2]
            (0x58d1, 0, with(word, 0)),      // ldr r1, [r2, r3]
            (0x50d1, 0, with(word, 0)),      // str r1, [r2, r3]
            (0x5ad1, 0, with(half, 0)),      // ldrh r1, [r2, r3]
            (0x5ed1, 0, with(half, 0)),      // ldrsh r1, [r2, r3]
            (0x52d1, 0, with(half, 0)),      // strh r1, [r2, r3]
            (0xf8d2, 0x1191, at(word, 1)),   // ldr.w r1, [r2, #401]
            (0xf8c2, 0x1191, at(word, 1)),   // str.w r1, [r2, #401]
            (0xf8b2, 0x1191, at(half, 1)),   // ldrh.w r1, [r2, #401]
            (0xf9b2, 0x1191, at(half, 1)),   // ldrsh.w r1, [r2, #401]
            (0xf852, 0x1c07, at(word, 1)),   // ldr.w r1, [r2, #-7]
            (0xf852, 0x1b05, word),          // ldr r1, [r2], #5
            (0xf842, 0x1f03, at(word, 3)),   // str.w r1, [r2, #3]!
            (0xf852, 0x1e03, at(word, 3)),   // ldrt r1, [r2, #3]
            (0xf852, 0x1023, with(word, 2)), // ldr.w r1, [r2, r3, lsl #2]
            (0xf822, 0x1013, with(half, 1)), // strh.w r1, [r2, r3, lsl #1]
        ] {
            assert_eq!(aligned(first, second), expected, "{first:04x} {second:04x}");
        }
        // ldr.w r1, [pc, #6]; ldrh.w r1, [pc, #-7]; tbh [r1, r2, lsl #1]
        assert_eq!(aligned(0xf8df, 0x1006), Alignment { base: 15, ..at(word, 2) });
        assert_eq!(aligned(0xf83f, 0x1007), Alignment { base: 15, ..at(half, 1) });
        assert_eq!(aligned(0xe8d1, 0xf012), Alignment { base: 1, index: Some((2, 1)), ..half });
    }

    #[test]
    fn divisors() {
        // sdiv r1, r2, r3; udiv r4, r5, r6
        assert_eq!(demand(0xfb92, 0xf1f3), Some(Demand::NotZero(3)));
        assert_eq!(demand(0xfbb5, 0xf4f6), Some(Demand::NotZero(6)));
    }

    #[test]
    fn nothing_demanded() {
        // push {r4, lr}; ldmia.w sp!, {r4, r8}; ldrd r1, r2, [sp, #8]; ldrd [pc, #8]; vpush {s0}; vldr s1, [pc, #4];
        // ldr r1, [sp, #4]; ldr r1, [pc, #4]; ldrexb; strexb; tbb; clrex; bytes; pld; pli; umull; smull; mla; vadd; vmov;
        // tt r0, r1; ttt r0, r1
        for (first, second) in [
            (0xb510, 0),
            (0xe8bd, 0x0110),
            (0xe9dd, 0x1202),
            (0xe9df, 0x1202),
            (0xed2d, 0x0a01),
            (0xeddf, 0x0a01),
            (0x9901, 0),
            (0x4901, 0),
            (0xe8d2, 0x1f4f),
            (0xe8c2, 0x1f43),
            (0xe8d1, 0xf002),
            (0xf3bf, 0x8f2f),
            (0x7851, 0),
            (0x5cd1, 0),
            (0x56d1, 0),
            (0x54d1, 0),
            (0xf892, 0x1003),
            (0xf992, 0x1003),
            (0xf892, 0xf003),
            (0xf992, 0xf003),
            (0xfba3, 0x1204),
            (0xfb83, 0x1204),
            (0xfb02, 0x4103),
            (0xee71, 0x0a21),
            (0xee00, 0x2a90),
            (0xe841, 0xf000),
            (0xe841, 0xf040),
        ] {
            assert_eq!(demand(first, second), None, "{first:04x} {second:04x}");
        }
    }

    #[test]
    fn an_address_is_summed_up() {
        let alignment = Alignment { offset: 1, ..Alignment::new(2, 0, 3).plus(3, 2) };
        let registers = |base: u32| move |register: u8| if register == 2 { base } else { 0x4000_0001 };
        assert!(alignment.holds(registers(0xffff_ffff)), "-1 + 4 + 1");
        assert!(!alignment.holds(registers(2)));
        let literal = Alignment { base: 15, offset: 2, ..Alignment::new(0, 0, 1) };
        assert!(literal.holds(|_| unreachable!()));
    }
}
