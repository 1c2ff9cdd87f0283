//! What a straight run of instructions demands of the registers at its entry, so that one look at them there decides for
//! all of its instructions' [demands](super::demand).
//!
//! Of each register it follows two things: from which registers of the entry it follows that it is a multiple of 4, and
//! from which that it is not zero. What it does not follow, like a load, is not known any more; so the answer may be that
//! it cannot be told, or demand too much, but never too little.

use super::demand::{Demand, demand};
use super::float::is_float;
use super::{is_it, is_wide};

/// Sets of registers 0-14, bit by bit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EntryDemands {
    /// Each is a multiple of 4.
    pub aligned: u16,
    /// None is zero.
    pub not_zero: u16,
}

impl EntryDemands {
    /// Whether the registers comply; `register` reads registers 0-14.
    pub fn hold(self, mut register: impl FnMut(u8) -> u32) -> bool {
        let mut left = self.aligned | self.not_zero;
        while left != 0 {
            let index = left.trailing_zeros() as u8;
            left &= left - 1;
            let (value, bit) = (register(index), 1 << index);
            if self.aligned & bit != 0 && value & 3 != 0 || self.not_zero & bit != 0 && value == 0 {
                return false;
            }
        }
        true
    }
}

/// What the instructions demand, of the demands that `counts` counts; `None` if it cannot be told at their entry. The
/// first of them may be at the end of an IT block.
pub fn at_entry(
    instructions: impl Iterator<Item = (u16, u16)>,
    counts: impl Fn(Demand) -> bool,
) -> Option<EntryDemands> {
    let mut demands = EntryDemands::default();
    let mut registers = Registers::at_entry();
    let mut conditional = 3_u8;
    for (first, second) in instructions {
        match demand(first, second).filter(|demand| counts(*demand)) {
            Some(Demand::Aligned(alignment)) => {
                let index = alignment.index.map(|(index, shift)| registers.get(index).shifted(shift.into()));
                let base = if alignment.base == 15 { Value::constant(0) } else { registers.get(alignment.base) };
                let address = base.offset(alignment.offset.into());
                demands.aligned |= index.map_or(address, |index| address.plus(index)).aligned?;
            }
            Some(Demand::NotZero(register)) => demands.not_zero |= registers.get(register).not_zero?,
            None => {}
        }
        if is_it(first) {
            conditional = 4;
            continue;
        }
        let mut after = registers;
        after.execute(first, second);
        registers = if conditional == 0 { after } else { registers.or(after) };
        conditional = conditional.saturating_sub(1);
    }
    Some(demands)
}

/// What is known of a register: the registers of the entry from which it follows; `None` if it does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Value {
    aligned: Option<u16>,
    not_zero: Option<u16>,
}

impl Value {
    const UNKNOWN: Self = Self { aligned: None, not_zero: None };

    fn constant(value: u32) -> Self {
        Self { aligned: (value & 3 == 0).then_some(0), not_zero: (value != 0).then_some(0) }
    }

    fn offset(self, by: u32) -> Self {
        Self { aligned: self.aligned.filter(|_| by & 3 == 0), not_zero: self.not_zero.filter(|_| by == 0) }
    }

    fn plus(self, other: Self) -> Self {
        Self { aligned: both(self.aligned, other.aligned), not_zero: None }
    }

    fn shifted(self, left: u32) -> Self {
        match left {
            0 => self,
            1 => Self::UNKNOWN,
            _ => Self { aligned: Some(0), not_zero: None },
        }
    }

    fn or(self, other: Self) -> Self {
        Self { aligned: both(self.aligned, other.aligned), not_zero: both(self.not_zero, other.not_zero) }
    }
}

fn both(one: Option<u16>, other: Option<u16>) -> Option<u16> {
    Some(one? | other?)
}

#[derive(Clone, Copy)]
struct Registers([Value; 16]);

impl Registers {
    fn at_entry() -> Self {
        let value = |index: usize| Value { aligned: Some(1 << index), not_zero: Some(1 << index) };
        let mut registers = Self(std::array::from_fn(value));
        registers.0[13].aligned = Some(0);
        registers.0[15] = Value::UNKNOWN;
        registers
    }

    fn get(&self, register: u8) -> Value {
        self.0[usize::from(register & 15)]
    }

    fn set(&mut self, register: u16, value: Value) {
        match register & 15 {
            13 => {}
            register => self.0[usize::from(register)] = value,
        }
    }

    fn forget(&mut self, set: u16) {
        for register in (0..16).filter(|register| set >> register & 1 != 0) {
            self.set(register, Value::UNKNOWN);
        }
    }

    fn or(self, other: Self) -> Self {
        Self(std::array::from_fn(|index| self.0[index].or(other.0[index])))
    }

    fn value(&self, register: u16) -> Value {
        self.get((register & 15) as u8)
    }

    fn execute(&mut self, first: u16, second: u16) {
        if !is_wide(first) {
            self.narrow(first);
        } else if first >> 9 & 0xf == 0x4 {
            self.several(first, second);
        } else if first >> 9 & 0xf == 0xc {
            self.single(first, second);
        } else if is_float(first, second) {
            self.float(first, second);
        } else {
            self.wide(first, second);
        }
    }

    fn narrow(&mut self, first: u16) {
        let (low, middle, high) = (first & 7, first >> 3 & 7, first >> 8 & 7);
        let immediate = u32::from(first & 0xff);
        match first >> 11 {
            0b00000 => self.set(low, self.value(middle).shifted(u32::from(first >> 6 & 31))),
            0b00011 => {
                let by = first >> 6 & 7;
                let operand = if first & 0x0400 != 0 { Value::constant(by.into()) } else { self.value(by) };
                let sum = self.value(middle).plus(operand);
                // ADDS rd, rn, #0 is how a register is copied with the flags.
                let copied = first & 0x0400 != 0 && by == 0;
                self.set(low, if copied { self.value(middle) } else { sum });
            }
            0b00100 => self.set(high, Value::constant(immediate)),
            0b00110 | 0b00111 => self.set(high, self.value(high).offset(immediate)),
            0b01000 if first & 0xff00 == 0x4600 => self.set(low | first >> 4 & 8, self.value(first >> 3 & 15)),
            0b01000 if first & 0xff00 == 0x4400 => {
                let to = low | first >> 4 & 8;
                self.set(to, self.value(to).plus(self.value(first >> 3 & 15)));
            }
            0b00001 | 0b00010 | 0b01000 => self.set(low, Value::UNKNOWN),
            0b01001 | 0b10011 => self.set(high, Value::UNKNOWN),
            0b01011 | 0b01101 | 0b01111 | 0b10001 => self.set(low, Value::UNKNOWN),
            0b01010 if first & 0x0600 == 0x0600 => self.set(low, Value::UNKNOWN), // LDRSB
            // ADR, and ADD with SP.
            0b10100 | 0b10101 => self.set(high, Value { aligned: Some(0), not_zero: None }),
            0b10110 | 0b10111 => match first >> 8 & 0xf {
                0x2 | 0xa => self.set(low, Value::UNKNOWN), // extensions, REV
                0xc | 0xd => self.forget(first & 0xff),     // POP
                _ => {}
            },
            0b11000 | 0b11001 => {
                self.set(high, self.value(high).offset(4));
                if first & 0x0800 != 0 {
                    self.forget(first & 0xff);
                }
            }
            _ => {}
        }
    }

    /// LDM, STM, LDRD, STRD, the exclusive ones, TBB.
    fn several(&mut self, first: u16, second: u16) {
        let (base, load) = (first & 15, first & 0x0010 != 0);
        if first & 0x0040 == 0 {
            self.set(base, self.value(base).offset(4));
            if load {
                self.forget(second);
            }
        } else if first & 0x0120 != 0 {
            if first & 0x0020 != 0 {
                self.set(base, self.value(base).offset(4));
            }
            if load {
                self.forget(1 << (second >> 12) | 1 << (second >> 8 & 15));
            }
        } else {
            self.forget(1 << (second >> 12) | 1 << (second >> 8 & 15) | 1 << (second & 15));
        }
    }

    /// Loads and stores of one register.
    fn single(&mut self, first: u16, second: u16) {
        let written_back = first & 0x0080 == 0 && second & 0x0900 == 0x0900;
        if written_back && first & 15 != 15 {
            self.set(first, self.value(first).offset(u32::from(second & 0xff)));
        }
        if first & 0x0010 != 0 {
            self.set(second >> 12, Value::UNKNOWN);
        }
    }

    fn float(&mut self, first: u16, second: u16) {
        if first & 0x0200 != 0 {
            self.set(second >> 12, Value::UNKNOWN); // VMOV to a core register, VMRS; others have no core registers
        } else if first & 0x01e0 == 0x0040 {
            self.forget(1 << (second >> 12) | 1 << (first & 15)); // VMOV to two of them
        } else if first & 0x0020 != 0 {
            self.set(first, self.value(first).offset(4));
        }
    }

    /// Data processing, and what else there is: the destinations are bits 15:12 and 11:8 of the second halfword.
    fn wide(&mut self, first: u16, second: u16) {
        let (from, to) = (first & 15, second >> 8 & 15);
        let split = u32::from(first >> 10 & 1) << 11 | u32::from(second >> 12 & 7) << 8 | u32::from(second & 0xff);
        let shift = u32::from(second >> 12 & 7) << 2 | u32::from(second >> 6 & 3);
        let known = match first & 0xfbf0 {
            // ADD.W and SUB.W of eight bits as they are; ADDW and SUBW.
            0xf100 | 0xf1a0 if split < 0x100 => Some(self.value(from).offset(split)),
            0xf200 | 0xf2a0 if from != 15 => Some(self.value(from).offset(split)),
            0xf240 => Some(Value::constant(split | u32::from(from) << 12)),
            0xf2c0 => Some(Value { not_zero: None, ..self.value(to) }), // MOVT
            _ => match first & 0xffe0 {
                // MOV.W, LSL.W; ADD.W and SUB.W of a register.
                0xea40 if from == 15 && second & 0x0030 == 0 => Some(self.value(second).shifted(shift)),
                0xeb00 | 0xeba0 if second & 0x0030 == 0 => {
                    Some(self.value(from).plus(self.value(second).shifted(shift)))
                }
                _ => None,
            },
        };
        match known {
            Some(value) => self.set(to, value),
            None => self.forget(1 << to | 1 << (second >> 12)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(instructions: &[(u16, u16)]) -> Option<EntryDemands> {
        at_entry(instructions.iter().copied(), |_| true)
    }

    fn aligned(set: u16) -> Option<EntryDemands> {
        Some(EntryDemands { aligned: set, not_zero: 0 })
    }

    /// ldrd r0, r1, [r4]
    const LDRD: (u16, u16) = (0xe9d4, 0x0100);
    const NOP: (u16, u16) = (0xbf00, 0);
    /// The first instructions may be conditional: these are not.
    const NOPS: [(u16, u16); 3] = [NOP; 3];

    fn behind(instructions: &[(u16, u16)]) -> Option<EntryDemands> {
        all(&[&NOPS, instructions, &[LDRD]].concat())
    }

    // Encodings: arm-none-eabi-as 2.40, -mcpu=cortex-m4.

    #[test]
    fn a_base_of_the_entry() {
        assert_eq!(all(&[LDRD]), aligned(1 << 4));
        assert_eq!(behind(&[]), aligned(1 << 4));
        // ldmia r1!, {r2, r3}; ldmia r1!, {r2, r3}
        assert_eq!(all(&[(0xc90c, 0), (0xc90c, 0)]), aligned(1 << 1));
        // adds r4, #8; adds r4, #6; sub.w r4, r4, #4; subw r4, r4, #6; ldr r0, [r4], #4; ldr r0, [r4], #2
        assert_eq!(behind(&[(0x3408, 0)]), aligned(1 << 4));
        assert_eq!(behind(&[(0x3406, 0)]), None);
        assert_eq!(behind(&[(0xf1a4, 0x0404)]), aligned(1 << 4));
        assert_eq!(behind(&[(0xf2a4, 0x0406)]), None);
        assert_eq!(behind(&[(0xf854, 0x0b04)]), aligned(1 << 4));
        assert_eq!(behind(&[(0xf854, 0x0b02)]), None);
    }

    #[test]
    fn a_base_that_is_computed() {
        // mov r4, r9; add.w r4, r2, r3, lsl #3; add.w r4, r2, r3; lsl.w r4, r2, #3; add r4, sp, #8; adr r4, .; add r4, r2
        assert_eq!(behind(&[(0x464c, 0)]), aligned(1 << 9));
        assert_eq!(behind(&[(0xeb02, 0x04c3)]), aligned(1 << 2));
        assert_eq!(behind(&[(0xeb02, 0x0403)]), aligned(1 << 2 | 1 << 3));
        assert_eq!(behind(&[(0xea4f, 0x04c2)]), aligned(0));
        assert_eq!(behind(&[(0xac02, 0)]), aligned(0));
        assert_eq!(behind(&[(0xa400, 0)]), aligned(0));
        assert_eq!(behind(&[(0x4414, 0)]), aligned(1 << 4 | 1 << 2));
        // movw r4, #0x100; movw r4, #0x102; movw r4, #0x100, movt r4, #0x2000; movs r4, #8
        assert_eq!(behind(&[(0xf44f, 0x7480)]), None, "mov.w: not followed");
        assert_eq!(behind(&[(0xf240, 0x1400)]), aligned(0));
        assert_eq!(behind(&[(0xf240, 0x1402)]), None);
        assert_eq!(behind(&[(0xf240, 0x1400), (0xf2c2, 0x0400)]), aligned(0));
        assert_eq!(behind(&[(0x2408, 0)]), aligned(0));
    }

    #[test]
    fn a_base_that_nothing_is_known_of() {
        // ldr r4, [r0]; ldr.w r4, [r0, #400]; ldmia r0, {r4}; ldrd r4, r5, [r0]; pop {r4}; and.w r4, r4, r1; umull r4, r5;
        // umull r5, r4; vmov r4, s0; vmov r5, r4, d0; uxtb r4, r4; muls r4, r0; mrs r4, primask; ldrex r4, [r0]; asrs r4
        for (first, second) in [
            (0x6804, 0),
            (0xf8d0, 0x4190),
            (0xc810, 0),
            (0xe9d0, 0x4500),
            (0xbc10, 0),
            (0xea04, 0x0401),
            (0xfba0, 0x4501),
            (0xfba0, 0x5401),
            (0xee10, 0x4a10),
            (0xec54, 0x5b10),
            (0xb2e4, 0),
            (0x4344, 0),
            (0xf3ef, 0x8410),
            (0xe850, 0x4f00),
            (0x1064, 0),
        ] {
            assert_eq!(behind(&[(first, second)]), None, "{first:04x} {second:04x}");
        }
    }

    #[test]
    fn what_is_done_under_a_condition_may_not_be_done() {
        // it eq; moveq r4, r9
        assert_eq!(behind(&[(0xbf08, 0), (0x464c, 0)]), aligned(1 << 4 | 1 << 9));
        // Not behind NOPs: mov r4, r9 could itself be the rest of an IT block.
        assert_eq!(all(&[(0x464c, 0), LDRD]), aligned(1 << 4 | 1 << 9));
    }

    #[test]
    fn divisors() {
        // udiv r0, r1, r4
        let udiv = (0xfbb1, 0xf0f4);
        let not_zero = |set| Some(EntryDemands { aligned: 0, not_zero: set });
        assert_eq!(all(&[udiv]), not_zero(1 << 4));
        assert_eq!(all(&[NOP, NOP, NOP, (0x240a, 0), udiv]), not_zero(0), "movs r4, #10");
        assert_eq!(all(&[NOP, NOP, NOP, (0x2400, 0), udiv]), None, "movs r4, #0");
        assert_eq!(all(&[NOP, NOP, NOP, (0x3c01, 0), udiv]), None, "subs r4, #1");
        assert_eq!(all(&[NOP, NOP, NOP, (0x0024, 0), udiv]), not_zero(1 << 4), "movs r4, r4");
    }

    #[test]
    fn a_look_at_the_registers() {
        let demands = EntryDemands { aligned: 1 << 4, not_zero: 1 << 2 | 1 << 4 };
        let registers = |r2, r4| move |register: u8| if register == 2 { r2 } else { r4 };
        assert!(demands.hold(registers(1, 4)));
        assert!(!demands.hold(registers(0, 4)) && !demands.hold(registers(1, 0)) && !demands.hold(registers(1, 6)));
        assert!(EntryDemands::default().hold(|_| unreachable!()));
    }
}
