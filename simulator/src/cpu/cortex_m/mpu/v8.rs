//! Regions of PMSAv8: from a multiple of 32 up to and with the 32 bytes of a limit (Arm DDI 0553, D1.2.171 and D1.2.175).

use super::{REGION_ENABLE, Region};
use crate::cpu::protection::{Permissions, Rights};

/// MPU_RLAR: LIMIT, AttrIndx and EN; the rest is reserved.
pub(super) const LIMIT_BITS: u32 = 0xffff_ffef;
/// MPU_RBAR: execute never.
const XN: u32 = 1;

impl Region {
    /// First and last address, if the region is on.
    fn range(self) -> Option<(u32, u32)> {
        (self.attributes & REGION_ENABLE != 0).then_some((self.base & !0x1f, self.attributes | 0x1f))
    }

    /// RBAR.AP: bit 1 is for read only, bit 0 for unprivileged code.
    fn rights(self, address: u32) -> Permissions {
        let (read_only, open) = (self.base >> 2 & 1 != 0, self.base >> 1 & 1 != 0);
        let never = self.base & XN != 0 || address >= 0xe000_0000;
        let rights = Rights::new(true, !read_only, !never);
        Permissions { privileged: rights, unprivileged: if open { rights } else { Rights::NONE } }
    }
}

/// What the regions permit at an address; `None` if it is in none. Where two meet, nothing is permitted.
pub(super) fn hit(regions: &[Region], address: u32) -> Option<Permissions> {
    let inside = |region: &&Region| region.range().is_some_and(|(first, last)| (first..=last).contains(&address));
    let mut hits = regions.iter().filter(inside);
    let region = hits.next()?;
    Some(if hits.next().is_some() { Permissions::default() } else { region.rights(address) })
}

/// Where a region's permissions begin and end.
pub(super) fn borders(region: Region, borders: &mut Vec<u32>) {
    if let Some((first, last)) = region.range() {
        borders.extend([first, last.wrapping_add(1)]);
    }
}
