//! Physical memory protection (privileged specification 20211203, section 3.7).
//!
//! [`Registers`] is what firmware sees; [`Protection`] is what follows from it, as ranges of bytes, for whoever checks
//! accesses. The grain is four bytes.

use serde::{Deserialize, Serialize};

use super::engine::AccessKind;

/// The most entries that are modelled.
pub(crate) const MOST_ENTRIES: usize = 16;

/// Fields of a configuration byte (figure 3.32).
const READ: u8 = 1;
const WRITE: u8 = 2;
const EXECUTE: u8 = 4;
const ADDRESS_MATCHING: u8 = 3 << 3;
const LOCKED: u8 = 1 << 7;

/// Ways of address matching (table 3.10), in place.
const TOP_OF_RANGE: u8 = 1 << 3;
const FOUR_BYTES: u8 = 2 << 3;
const POWER_OF_TWO: u8 = 3 << 3;

/// The registers pmpcfg and pmpaddr.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Registers {
    config: [u8; MOST_ENTRIES],
    address: [u64; MOST_ENTRIES],
}

impl Registers {
    /// Bytes `first` up to `first + count - 1` of the configuration, as one register.
    pub(crate) fn config(&self, first: usize, count: usize) -> u64 {
        let bytes = self.config.iter().skip(first).take(count).rev();
        bytes.fold(0, |value, byte| value << 8 | u64::from(*byte))
    }

    /// Writes them, but those of locked entries and of entries beyond `entries`.
    pub(crate) fn set_config(&mut self, first: usize, count: usize, value: u64, entries: usize) {
        for (index, byte) in (first..entries).zip(value.to_le_bytes().into_iter().take(count)) {
            if self.config[index] & LOCKED == 0 {
                // To write but not to read is reserved (3.7.1): such an entry may do neither.
                let reserved = byte & READ == 0;
                self.config[index] = byte & if reserved { !WRITE } else { 0xff } & 0x9f;
            }
        }
    }

    /// An address register.
    pub(crate) fn address(&self, index: usize) -> u64 {
        self.address.get(index).copied().unwrap_or(0)
    }

    /// Writes it, unless its entry is locked, or the next one is and begins here. `bits` is how many it has.
    pub(crate) fn set_address(&mut self, index: usize, value: u64, bits: u32, entries: usize) {
        let locked = self.config[index] & LOCKED != 0;
        let bounds_locked =
            self.config.get(index + 1).is_some_and(|next| next & (LOCKED | ADDRESS_MATCHING) == LOCKED | TOP_OF_RANGE);
        if index < entries && !locked && !bounds_locked {
            self.address[index] = value & (u64::MAX >> (64 - bits));
        }
    }

    /// What they permit, of `entries` that exist.
    pub(crate) fn protection(&self, entries: usize) -> Protection {
        let mut ranges = Vec::new();
        for (index, config) in self.config.iter().copied().enumerate().take(entries) {
            let address = self.address[index];
            // Addresses count in words of four bytes; `size` is zero for a range that is empty.
            let (first, words) = match config & ADDRESS_MATCHING {
                TOP_OF_RANGE => {
                    let bottom = index.checked_sub(1).map_or(0, |below| self.address[below]);
                    (bottom, address.saturating_sub(bottom))
                }
                FOUR_BYTES => (address, 1),
                POWER_OF_TWO => {
                    let ones = address.trailing_ones().min(54);
                    (address & !((1 << ones) - 1), 1 << (ones + 1) as u64)
                }
                _ => continue,
            };
            if words > 0 {
                let last = (first << 2).saturating_add((words << 2) - 1);
                ranges.push(Range { first: first << 2, last, config });
            }
        }
        Protection { ranges, exists: entries > 0 }
    }
}

/// The range of an entry, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Range {
    first: u64,
    last: u64,
    config: u8,
}

/// What memory protection permits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Protection {
    /// Entries that are on, the most important first.
    ranges: Vec<Range>,
    /// There are entries at all: what none of them matches is closed to S- and U-mode.
    exists: bool,
}

/// What holds for all bytes of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Permissions {
    /// Loads.
    pub read: bool,
    /// Stores.
    pub write: bool,
    /// Instruction fetches.
    pub execute: bool,
}

impl Permissions {
    const ALL: Self = Self { read: true, write: true, execute: true };
    const NONE: Self = Self { read: false, write: false, execute: false };

    /// Whether it permits an access.
    #[must_use]
    pub fn permits(self, kind: AccessKind) -> bool {
        match kind {
            AccessKind::Load => self.read,
            AccessKind::Store => self.write,
            AccessKind::Fetch => self.execute,
        }
    }
}

impl Range {
    fn permissions(self, machine: bool) -> Permissions {
        if machine && self.config & LOCKED == 0 {
            return Permissions::ALL;
        }
        let has = |bit: u8| self.config & bit != 0;
        Permissions { read: has(READ), write: has(WRITE), execute: has(EXECUTE) }
    }
}

impl Protection {
    /// Whether nothing is refused: there is nothing to check.
    #[must_use]
    pub fn is_open(&self, machine: bool) -> bool {
        if !machine {
            // S- and U-mode: one entry that covers all memory first of all, or no protection unit.
            return match self.ranges.first() {
                Some(range) => {
                    let all = range.first == 0 && range.last >= u64::from(u32::MAX);
                    all && range.permissions(false) == Permissions::ALL
                }
                None => !self.exists,
            };
        }
        // An access that an entry matches in part fails whatever the entry permits, and those of eight bytes can be.
        let divides = |range: &Range| !range.first.is_multiple_of(8) || range.last % 8 != 7;
        self.ranges.iter().all(|range| range.permissions(true) == Permissions::ALL && !divides(range))
    }

    /// The first byte that is refused to an access; `None` if it is permitted. The most important entry that matches any of
    /// its bytes must match all, and permit it (3.7.1). One that is not aligned is made of bytes.
    #[must_use]
    pub fn refusal(&self, machine: bool, kind: AccessKind, address: u64, size: u64) -> Option<u64> {
        let step = if address.is_multiple_of(size.max(1)) { size.max(1) } else { 1 };
        (0..size.max(1) / step).map(|index| address.wrapping_add(index * step)).find(|&at| {
            let last = at.saturating_add(step - 1);
            !self.of_span(machine, at, last).is_some_and(|permissions| permissions.permits(kind))
        })
    }

    /// What holds for every access within a span of bytes, both ends included; `None` if that differs.
    #[must_use]
    pub fn of_span(&self, machine: bool, first: u64, last: u64) -> Option<Permissions> {
        for range in &self.ranges {
            if range.first <= first && last <= range.last {
                return Some(range.permissions(machine));
            }
            if range.first <= last && first <= range.last {
                return None;
            }
        }
        Some(if machine || !self.exists { Permissions::ALL } else { Permissions::NONE })
    }
}

#[cfg(test)]
mod tests;
