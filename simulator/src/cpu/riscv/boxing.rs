//! Single precision in registers of double precision: *NaN-boxed*, with ones above it (unprivileged specification,
//! section 12.2). What is not boxed is a NaN to an instruction of single precision.
//!
//! The instruction engine knows nothing of it: it writes zeros above the result, and does not look above an operand. Nor
//! does it say that infinity times zero is invalid when a quiet NaN is added to it. What [`operands`] tells is enough to
//! mend all of that from outside.

use super::config::Isa;
use super::instruction::Fetched;

/// What is above a single-precision number.
pub(crate) const BOX: u64 = 0xffff_ffff_0000_0000;

/// What a register stands for that is not boxed, boxed.
pub(crate) const CANONICAL_NAN: u64 = BOX | 0x7fc0_0000;

/// Which floating-point registers an instruction uses, and as what; sets are by bit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Operands {
    /// Read as single precision: what is not boxed is a NaN.
    pub singles: u32,
    /// Read with all of their bits.
    pub wholes: u32,
    /// Written as single precision, not boxed yet.
    pub unboxed: u32,
    /// Written as single precision, and boxed: FLW does that.
    pub boxed: u32,
    /// Written with all of their bits.
    pub written: u32,
    /// The product of a fused multiplication: see [`Product::is_invalid`].
    pub product: Option<Product>,
}

/// What a fused multiplication multiplies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Product {
    /// The two registers.
    pub factors: [u8; 2],
    /// Of double precision.
    pub double: bool,
}

impl Product {
    /// Whether it is infinity times zero: invalid, also if a quiet NaN is added (unprivileged specification, 11.6), which
    /// the instruction engine does not say.
    #[must_use]
    pub const fn is_invalid(self, [left, right]: [u64; 2]) -> bool {
        let (left, right, infinity) =
            if self.double { (left << 1, right << 1, 0x7ff << 53) } else { (left << 33, right << 33, 0xff << 56) };
        left == infinity && right == 0 || left == 0 && right == infinity
    }
}

impl Operands {
    /// Whether the instruction must be looked after.
    #[must_use]
    pub const fn need_boxes(self) -> bool {
        self.singles | self.unboxed != 0
    }
}

const fn bit(word: u32, at: u32) -> u32 {
    1 << (word >> at & 31)
}

/// The registers of an instruction that the core has. Without double precision there are no boxes, and registers are only
/// whole.
#[must_use]
pub const fn operands(fetched: Fetched, isa: Isa) -> Operands {
    let used = of_double_precision(fetched, isa);
    if isa.double {
        return used;
    }
    Operands {
        singles: 0,
        wholes: used.singles | used.wholes,
        unboxed: 0,
        written: used.unboxed | used.written,
        ..used
    }
}

const fn of_double_precision(fetched: Fetched, isa: Isa) -> Operands {
    let nothing = Operands { singles: 0, wholes: 0, unboxed: 0, boxed: 0, written: 0, product: None };
    let word = match fetched.expand(isa) {
        Some(word) if isa.float => word,
        _ => return nothing,
    };
    let (rd, rs1, rs2, rs3) = (bit(word, 7), bit(word, 15), bit(word, 20), bit(word, 27));
    let double = word >> 25 & 3 == 1;
    match word & 0x7f {
        // FSW takes the lower half, whatever is above it.
        0x07 if word >> 12 & 7 == 2 => Operands { boxed: rd, ..nothing },
        0x07 => Operands { written: rd, ..nothing },
        0x27 if word >> 12 & 7 == 3 => Operands { wholes: rs2, ..nothing },
        0x43 | 0x47 | 0x4b | 0x4f => {
            let product = Some(Product { factors: [(word >> 15 & 31) as u8, (word >> 20 & 31) as u8], double });
            if double {
                Operands { wholes: rs1 | rs2 | rs3, written: rd, product, ..nothing }
            } else {
                Operands { singles: rs1 | rs2 | rs3, unboxed: rd, product, ..nothing }
            }
        }
        0x53 => arithmetic(word, rd, rs1, rs2, double),
        _ => nothing,
    }
}

const fn arithmetic(word: u32, rd: u32, rs1: u32, rs2: u32, double: bool) -> Operands {
    let nothing = Operands { singles: 0, wholes: 0, unboxed: 0, boxed: 0, written: 0, product: None };
    let (reads, writes) = match word >> 27 {
        // FSQRT.
        0b01011 => (rs1, true),
        // FCVT between the two: the format is the result's.
        0b01000 if double => return Operands { singles: rs1, written: rd, ..nothing },
        0b01000 => return Operands { wholes: rs1, unboxed: rd, ..nothing },
        // Comparisons; FCVT to integers.
        0b10100 => (rs1 | rs2, false),
        0b11000 => (rs1, false),
        // FMV.X.W takes the lower half; FCLASS.
        0b11100 if !double && word >> 12 & 7 == 0 => (0, false),
        0b11100 => (rs1, false),
        // FCVT from integers, FMV.W.X.
        0b11010 | 0b11110 => (0, true),
        _ => (rs1 | rs2, true),
    };
    let written = if writes { rd } else { 0 };
    if double {
        Operands { wholes: reads, written, ..nothing }
    } else {
        Operands { singles: reads, unboxed: written, ..nothing }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cpu::riscv::config::RiscvModel;

    fn of(word: u32) -> Operands {
        operands(Fetched(word), RiscvModel::Rv64Gc.isa())
    }

    /// Encodings by riscv64-unknown-elf-as 2.40; f10 to f13 are fa0 to fa3.
    #[test]
    fn what_instructions_use() {
        let [a0, a1, a2, a3] = [1 << 10, 1 << 11, 1 << 12, 1 << 13];
        let nothing = Operands::default();
        // fadd.s, fsgnj.s, fmadd.s fa0, fa1, fa2 (, fa3); fsqrt.s fa0, fa1
        assert_eq!(of(0x00c5_f553), Operands { singles: a1 | a2, unboxed: a0, ..nothing });
        assert_eq!(of(0x20c5_8553), Operands { singles: a1 | a2, unboxed: a0, ..nothing });
        let product = Some(Product { factors: [11, 12], double: false });
        assert_eq!(of(0x68c5_f543), Operands { singles: a1 | a2 | a3, unboxed: a0, product, ..nothing });
        assert_eq!(of(0x5805_f553), Operands { singles: a1, unboxed: a0, ..nothing });
        // fsub.d; fnmsub.d; fsqrt.d
        assert_eq!(of(0x0ac5_f553), Operands { wholes: a1 | a2, written: a0, ..nothing });
        let product = Some(Product { factors: [11, 12], double: true });
        assert_eq!(of(0x6ac5_f54b), Operands { wholes: a1 | a2 | a3, written: a0, product, ..nothing });
        assert_eq!(of(0x5a05_f553), Operands { wholes: a1, written: a0, ..nothing });
        // fcvt.w.s a0, fa1; fcvt.s.d fa0, fa1; fcvt.d.s; fcvt.d.l fa0, a1; fcvt.s.w
        assert_eq!(of(0xc005_f553), Operands { singles: a1, ..nothing });
        assert_eq!(of(0x4015_f553), Operands { wholes: a1, unboxed: a0, ..nothing });
        assert_eq!(of(0x4205_8553), Operands { singles: a1, written: a0, ..nothing });
        assert_eq!(of(0xd225_f553), Operands { written: a0, ..nothing });
        assert_eq!(of(0xd005_f553), Operands { unboxed: a0, ..nothing });
        // feq.d a0, fa1, fa2; flt.s; fclass.s a0, fa1; fmv.x.d; fmv.x.w; fmv.w.x fa0, a0; fmv.d.x
        assert_eq!(of(0xa2c5_a553), Operands { wholes: a1 | a2, ..nothing });
        assert_eq!(of(0xa0c5_9553), Operands { singles: a1 | a2, ..nothing });
        assert_eq!(of(0xe005_9553), Operands { singles: a1, ..nothing });
        assert_eq!(of(0xe205_8553), Operands { wholes: a1, ..nothing });
        assert_eq!(of(0xe005_8553), nothing);
        assert_eq!(of(0xf005_0553), Operands { unboxed: a0, ..nothing });
        assert_eq!(of(0xf205_0553), Operands { written: a0, ..nothing });
        // flw, fld fa0, 0(a0); fsw, fsd; c.fsd fa0, 0(a0); add
        assert_eq!(of(0x0005_2507), Operands { boxed: a0, ..nothing });
        assert_eq!(of(0x0005_3507), Operands { written: a0, ..nothing });
        assert_eq!((of(0x00a5_2027), of(0x00a5_3027)), (nothing, Operands { wholes: a0, ..nothing }));
        assert_eq!((of(0xa108), of(0x00c5_8533)), (Operands { wholes: a0, ..nothing }, nothing));
    }

    #[test]
    fn infinity_times_zero() {
        let single = Product { factors: [0, 1], double: false };
        let double = Product { double: true, ..single };
        for (left, right, invalid) in [
            (f64::INFINITY, 0.0, true),
            (-0.0, f64::NEG_INFINITY, true),
            (f64::INFINITY, 1.0, false),
            (0.0, 0.0, false),
            (f64::NAN, 0.0, false),
        ] {
            assert_eq!(double.is_invalid([left.to_bits(), right.to_bits()]), invalid);
            let boxed = [left, right].map(|value| BOX | u64::from((value as f32).to_bits()));
            assert_eq!(single.is_invalid(boxed), invalid);
        }
    }

    #[test]
    fn without_double_precision_there_are_no_boxes() {
        assert!(of(0x00c5_f553).need_boxes());
        assert!(!operands(Fetched(0x00c5_f553), RiscvModel::Rv32Imafc.isa()).need_boxes());
    }
}
