//! Numbers that look random and are the same each time.

/// A small generator; each seed gives its own row (Marsaglia's xorshift, 64 bits).
pub(crate) struct Numbers(u64);

impl Numbers {
    pub(crate) fn new(seed: u64) -> Self {
        let mut numbers = Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        for _ in 0..8 {
            let _ = numbers.below(2);
        }
        numbers
    }

    /// 0 to `bound` - 1.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) % bound
    }

    /// The same as the bits of an instruction.
    pub(crate) fn half(&mut self, bound: u64) -> u16 {
        self.below(bound) as u16
    }

    pub(crate) fn one_in(&mut self, chance: u64) -> bool {
        self.below(chance) == 0
    }
}

/// The seeds to run: `BKSIM_FUZZ_SEEDS=20000` runs so many, `BKSIM_FUZZ_SEEDS=17..18` just these.
pub(crate) fn seeds(default: u64) -> std::ops::Range<u64> {
    let chosen = std::env::var("BKSIM_FUZZ_SEEDS").ok().and_then(|text| {
        let (from, to) = text.split_once("..").unwrap_or(("0", &text));
        Some(from.parse().ok()?..to.parse().ok()?)
    });
    chosen.unwrap_or(0..default)
}
