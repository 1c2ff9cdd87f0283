//! FMIN and FMAX, which the instruction engine does as an older standard says (unprivileged specification 20191213,
//! section 11.6: minimumNumber and maximumNumber of IEEE 754-201x).
//!
//! | operands | result | flag |
//! |---|---|---|
//! | two numbers | the smaller, the larger; -0 is smaller than +0 | |
//! | a number and a NaN | the number | NV, if the NaN signals |
//! | two NaNs | the canonical NaN | NV, if one signals |

use super::boxing::BOX;
use super::config::Isa;
use super::engine::Engine;
use super::instruction::MinMax;

/// fflags.NV.
const INVALID: u32 = 1 << 4;

/// A format's numbers as integers.
#[derive(Clone, Copy)]
struct Format {
    sign: u64,
    infinity: u64,
    /// The bit that a quiet NaN has, and the canonical NaN.
    quiet: u64,
    canonical: u64,
}

const SINGLE: Format = Format { sign: 1 << 31, infinity: 0x7f80_0000, quiet: 1 << 22, canonical: 0x7fc0_0000 };
const DOUBLE: Format =
    Format { sign: 1 << 63, infinity: 0x7ff << 52, quiet: 1 << 51, canonical: 0x7ff8_0000_0000_0000 };

impl Format {
    fn is_nan(self, value: u64) -> bool {
        value & !self.sign > self.infinity
    }

    fn signals(self, value: u64) -> bool {
        self.is_nan(value) && value & self.quiet == 0
    }

    /// Whether a number is smaller than another; -0 is smaller than +0.
    fn is_less(self, left: u64, right: u64) -> bool {
        match (left & self.sign != 0, right & self.sign != 0) {
            (true, true) => left > right,
            (false, false) => left < right,
            (negative, _) => negative,
        }
    }

    fn min_max(self, left: u64, right: u64, max: bool) -> u64 {
        match (self.is_nan(left), self.is_nan(right)) {
            (true, true) => self.canonical,
            (true, false) => right,
            (false, true) => left,
            (false, false) if self.is_less(left, right) != max => left,
            _ => right,
        }
    }
}

/// Executes FMIN or FMAX of a core. One without double precision has nothing above a single-precision number, and the
/// engine leaves anything there.
pub(crate) fn min_max(engine: &mut dyn Engine, operands: MinMax, isa: Isa) {
    let format = if operands.double { DOUBLE } else { SINGLE };
    let [left, right] = [operands.rs1, operands.rs2].map(|register| {
        let value = engine.float_register(register);
        match (operands.double, value & BOX == BOX || !isa.double) {
            (true, _) => value,
            (false, true) => value & !BOX,
            // 12.2: what is not boxed is a NaN.
            (false, false) => SINGLE.canonical,
        }
    });
    if format.signals(left) || format.signals(right) {
        engine.set_fcsr(engine.fcsr() | INVALID);
    }
    let result = format.min_max(left, right, operands.max);
    engine.set_float_register(operands.rd, if operands.double { result } else { result | BOX });
}

#[cfg(test)]
mod tests;
