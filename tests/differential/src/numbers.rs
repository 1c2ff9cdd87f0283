//! Numbers by chance from a seed, and values that instructions are likely to disagree about.

/// A row of numbers: each seed gives its own, the same for ever (Marsaglia's xorshift, 64 bits).
#[derive(Clone, Debug)]
pub struct Numbers(u64);

impl Numbers {
    /// The row of a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let mut numbers = Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        for _ in 0..8 {
            numbers.step();
        }
        numbers
    }

    fn step(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// 32 bits.
    pub fn word(&mut self) -> u32 {
        (self.step() >> 24) as u32
    }

    /// 64 bits.
    pub fn long(&mut self) -> u64 {
        u64::from(self.word()) << 32 | u64::from(self.word())
    }

    /// 0 to `bound` - 1; 0 if `bound` is 0.
    pub fn below(&mut self, bound: u32) -> u32 {
        ((u64::from(self.word()) * u64::from(bound)) >> 32) as u32
    }

    /// True once in `chance` times.
    pub fn one_in(&mut self, chance: u32) -> bool {
        self.below(chance) == 0
    }

    /// One of `choices`, which are not empty.
    pub fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len() as u32) as usize]
    }

    /// An integer of `bits` bits: often one where carry, sign or saturation turn.
    pub fn integer(&mut self, bits: u32) -> u64 {
        let mask = u64::MAX >> (64 - bits);
        let sign = 1_u64 << (bits - 1);
        mask & match self.below(12) {
            0 => 0,
            1 => 1,
            2 => u64::MAX,
            3 => sign,
            4 => sign - 1,
            5 => u64::from(self.below(64)),
            6 => u64::from(self.below(64)).wrapping_neg(),
            7 => 1 << self.below(bits),
            // Bytes and halves at their limits.
            8 => u64::from_le_bytes(std::array::from_fn(|_| self.pick(&[0, 1, 0x7F, 0x80, 0xFF]))),
            _ => self.long(),
        }
    }

    /// A floating-point number of `bits` bits (IEEE 754 binary32 or binary64): often a special one.
    pub fn float(&mut self, bits: u32) -> u64 {
        let (fraction_bits, exponent_mask) = if bits == 32 { (23, 0xFF) } else { (52, 0x7FF) };
        let fraction = self.long() & ((1 << fraction_bits) - 1);
        let sign = u64::from(self.below(2)) << (bits - 1);
        let bias = exponent_mask >> 1;
        let with = |exponent: u64, fraction: u64| exponent << fraction_bits | fraction;
        sign | match self.below(14) {
            0 => 0,
            1 => with(bias, 0),
            2 => with(exponent_mask, 0),
            // A quiet NaN, a signalling one.
            3 => with(exponent_mask, fraction | 1 << (fraction_bits - 1)),
            4 => with(exponent_mask, (fraction & !(1 << (fraction_bits - 1))).max(1)),
            // Subnormal; the smallest and the largest normal ones.
            5 => with(0, fraction),
            6 => with(1, u64::from(self.below(4))),
            7 => with(exponent_mask - 1, u64::MAX >> (64 - fraction_bits)),
            // Integers and halves of some size, for conversions.
            8 | 9 => with(bias + u64::from(self.below(34)), fraction & u64::MAX << (fraction_bits - self.below(12))),
            10 | 11 => with(bias - 4 + u64::from(self.below(8)), fraction),
            _ => with(self.long() & exponent_mask, fraction),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_is_a_row() {
        let row = |seed| {
            std::array::from_fn::<_, 4, _>({
                let mut numbers = Numbers::new(seed);
                move |_| numbers.long()
            })
        };
        assert_eq!(row(7), row(7));
        assert_ne!(row(7), row(8));
    }

    #[test]
    fn special_values_come_up() {
        let mut numbers = Numbers::new(1);
        let integers: Vec<u64> = (0..500).map(|_| numbers.integer(32)).collect();
        for wanted in [0, 1, 0xFFFF_FFFF, 0x8000_0000, 0x7FFF_FFFF] {
            assert!(integers.contains(&wanted), "{wanted:#x}");
        }
        assert!(integers.iter().all(|value| *value <= 0xFFFF_FFFF));
        let floats: Vec<f32> = (0..500).map(|_| f32::from_bits(numbers.float(32) as u32)).collect();
        assert!(floats.iter().any(|value| value.is_nan()) && floats.iter().any(|value| value.is_subnormal()));
        assert!(floats.iter().any(|value| value.is_infinite()) && floats.contains(&0.0) && floats.contains(&1.0));
        assert!((0..500).map(|_| f64::from_bits(numbers.float(64))).any(f64::is_subnormal));
    }
}
