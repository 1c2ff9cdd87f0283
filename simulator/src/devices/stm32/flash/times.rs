//! How long operations of the flash memory take (data sheet DocID022152 rev 8, tables 39 and 40, typical times).
//!
//! The memory's own oscillator makes these times, so they do not follow the core's clock.

use super::Parallelism;
use crate::clock::{MILLISECOND, Picoseconds};

const MICROSECOND: Picoseconds = MILLISECOND / 1000;

/// Programming of a byte, a halfword, a word or a double word.
pub(super) const PROGRAM: Picoseconds = 16 * MICROSECOND;

/// Erasing of the sector with the option bytes, and programming of its two halfwords. The data sheet does not say; this
/// is what a sector of 16 KiB takes with the same parallelism.
pub(super) fn options(parallelism: Parallelism) -> Picoseconds {
    sector(16 << 10, parallelism) + 2 * PROGRAM
}

/// Erasing of a sector of so many bytes.
pub(super) fn sector(size: u32, parallelism: Parallelism) -> Picoseconds {
    let row = match size >> 10 {
        0..=16 => [400, 300, 250, 230],
        17..=64 => [1200, 700, 550, 490],
        _ => [2000, 1300, 1000, 875],
    };
    row[parallelism as usize] * MILLISECOND
}

/// Erasing of all sectors, of 1 MiB together.
pub(super) fn all(parallelism: Parallelism) -> Picoseconds {
    [16_000, 11_000, 8_000, 6_900][parallelism as usize] * MILLISECOND
}
