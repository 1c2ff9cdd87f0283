//! Regions of PMSAv6 and PMSAv7: a power of two of bytes from a multiple of that on, in eight parts that can be taken out.
//!
//! What the manuals call unpredictable: a size below the smallest is no region; parts taken out of a region of less than
//! 256 bytes stay in; access permission 4 permits nothing. Bits of the base below the size do not count.

use super::{REGION_ENABLE, Region};
use crate::cpu::protection::{Permissions, Rights};

/// MPU_RBAR bits (Arm DDI 0403E, B3.5.8).
pub(super) const VALID: u32 = 1 << 4;
pub(super) const REGION: u32 = 0xf;

/// MPU_RASR bits (B3.5.9).
pub(super) const ATTRIBUTES: u32 = 0x173f_ff3f;
pub(super) const TEX: u32 = 7 << 19;
const XN: u32 = 1 << 28;

/// Eight parts, if they are of at least 32 bytes.
const PARTS: u32 = 3;
const SMALLEST_WITH_PARTS: u32 = 8;

impl Region {
    /// Its first address and the binary logarithm of its size, 5 to 32.
    fn extent(self) -> Option<(u32, u32)> {
        let log = (self.attributes >> 1 & 0x1f) + 1;
        let base = if log == 32 { 0 } else { self.base >> log << log };
        (self.attributes & REGION_ENABLE != 0 && log >= 5).then_some((base, log))
    }

    /// The parts that are taken out, a bit each.
    fn disabled_parts(self, log: u32) -> u32 {
        if log >= SMALLEST_WITH_PARTS { self.attributes >> 8 & 0xff } else { 0 }
    }

    fn contains(self, address: u32) -> bool {
        let Some((base, log)) = self.extent() else { return false };
        let offset = address.wrapping_sub(base);
        let inside = log == 32 || offset >> log == 0;
        inside && self.disabled_parts(log) >> (offset >> (log - PARTS) & 7) & 1 == 0
    }

    /// Table B3-16; to execute an instruction is to read it.
    fn permissions(self, address: u32) -> Permissions {
        const NONE: (bool, bool) = (false, false);
        const READ: (bool, bool) = (true, false);
        const WRITE: (bool, bool) = (true, true);
        let (privileged, unprivileged) = match self.attributes >> 24 & 7 {
            1 => (WRITE, NONE),
            2 => (WRITE, READ),
            3 => (WRITE, WRITE),
            5 => (READ, NONE),
            6 | 7 => (READ, READ),
            _ => (NONE, NONE),
        };
        let never = self.attributes & XN != 0 || address >= 0xe000_0000;
        let rights = |(read, write): (bool, bool)| Rights::new(read, write, read && !never);
        Permissions { privileged: rights(privileged), unprivileged: rights(unprivileged) }
    }
}

/// What the regions permit at an address; `None` if it is in none.
pub(super) fn hit(regions: &[Region], address: u32) -> Option<Permissions> {
    regions.iter().rev().find(|region| region.contains(address)).map(|region| region.permissions(address))
}

/// Where a region's permissions begin and end.
pub(super) fn borders(region: Region, borders: &mut Vec<u32>) {
    let Some((base, log)) = region.extent() else { return };
    if region.disabled_parts(log) == 0 {
        borders.extend([base, base.wrapping_add(1_u32.checked_shl(log).unwrap_or(0))]);
    } else {
        borders.extend((0..=8).map(|part: u32| base.wrapping_add(part << (log - PARTS))));
    }
}
