//! Numbers by chance: Marsaglia's xorshift32 ("Xorshift RNGs", 2003, section 4).

use crate::Settings;
use crate::board::CORE_HZ;
use bluekernel::Duration;

/// A sequence of numbers. Each context has its own.
pub struct Random(u32);

impl Random {
    /// The sequence of a context, which has a number of its own.
    pub fn new(context: u32) -> Self {
        // Golden ratio: neighbouring numbers begin far apart. The state must not be 0.
        Self((Settings::read().seed ^ context.wrapping_mul(0x9e37_79b9)) | 1)
    }

    pub fn next(&mut self) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0
    }

    /// A number from 0 to `end - 1`.
    pub fn below(&mut self, end: u32) -> u32 {
        self.next() % end
    }

    /// Whether it is one of so many times.
    pub fn one_of(&mut self, times: u32) -> bool {
        self.below(times) == 0
    }

    /// A time of up to `most` times 250 cycles of the processor.
    pub fn time(&mut self, most: u32) -> Duration {
        Duration::from_micros(u64::from(1 + self.below(250 * most) / (CORE_HZ / 1_000_000)))
    }
}
