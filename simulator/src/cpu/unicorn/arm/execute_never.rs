//! Makes stores to RAM fast.
//!
//! Unicorn's memory map for this core calls RAM executable, and as long as a page is, every store to it takes the slow
//! path that looks for translated code: 40 ns in place of 5. Unicorn's own v7-M memory protection unit can say "execute
//! never", but no register of its interface reaches that unit. What it saves as a *context* does: this file finds the
//! unit's fields there by what changes when IPSR and PRIMASK change, edits them and restores. The version of Unicorn is
//! pinned; still, whatever is not found exactly once is left alone, and stores are merely slow.
//!
//! The first fetch from such a range comes as a prefetch abort. [`ExecuteNever::permit`] then makes that range executable
//! again, for good; the others stay as they are.

use std::ops::Range;

use super::super::memory::Mapping;
use super::super::shell::Shell;
use crate::cpu::cortex_m::engine::Register;

/// Regions of the unit; region 0 is everything.
const REGIONS: usize = 8;
/// `mpu_ctrl` lies two words in front of the exception number: one for each security state.
const CONTROL_BEFORE_EXCEPTION: usize = 8;
/// MPU_CTRL: ENABLE and HFNMIENA (Arm DDI 0403E, B3.5.5).
const ENABLED: u32 = 3;
/// MPU_RASR's access permissions (B3.5.9): read and write for all; execute never.
const FULL_ACCESS: u32 = 3 << 8;
const XN: u32 = 1 << 12;

/// The unit, switched on.
#[derive(Debug)]
pub(super) struct ExecuteNever {
    /// The ranges and, as they follow each other from region 1 on, how many regions each takes.
    ranges: Vec<(Range<u64>, usize)>,
    /// Where the context keeps the access rights of the regions.
    rights: usize,
}

impl ExecuteNever {
    /// Switches it on for these mappings. `None`: Unicorn is not built as expected, and nothing has changed.
    pub(super) fn enable<'a>(shell: &Shell, mappings: impl Iterator<Item = &'a Mapping>) -> Option<Self> {
        let mut regions = vec![(0_u32, 32_u32, FULL_ACCESS)];
        let mut ranges = Vec::new();
        for range in joined(mappings.map(|mapping| (mapping.base, mapping.size))) {
            let blocks = power_of_two_blocks(&range);
            if regions.len() + blocks.len() <= REGIONS {
                ranges.push((range, blocks.len()));
                regions.extend(blocks.into_iter().map(|(base, log)| (base, log, FULL_ACCESS | XN)));
            }
        }
        let exception = exception_offset(shell)?;
        let control = exception.checked_sub(CONTROL_BEFORE_EXCEPTION)?;
        let arrays = arrays_offset(&shell.context())?;
        shell.edit_context(|context| {
            // Three arrays, each behind its length: base addresses, sizes, access rights.
            let field = |array: usize, region: usize| arrays + array * 4 * (REGIONS + 1) + 4 * (region + 1);
            for (region, (base, log, rights)) in regions.iter().enumerate() {
                put(context, field(0, region), *base);
                put(context, field(1, region), (log - 1) << 1 | 1);
                put(context, field(2, region), *rights);
            }
            put(context, control, ENABLED);
            put(context, control + 4, ENABLED);
        });
        Some(Self { ranges, rights: arrays + 2 * 4 * (REGIONS + 1) + 4 })
    }

    /// Whether code can still not run from an address because of the marks.
    pub(super) fn marks(&self, address: u32) -> bool {
        self.ranges.iter().any(|(range, _)| range.contains(&address.into()))
    }

    /// Makes the range executable that an address lies in; `false` if it was not kept from being so.
    pub(super) fn permit(&mut self, shell: &Shell, address: u32) -> bool {
        let Some(index) = self.ranges.iter().position(|(range, _)| range.contains(&address.into())) else {
            return false;
        };
        let first = 1 + self.ranges[..index].iter().map(|(_, regions)| regions).sum::<usize>();
        let (range, regions) = &mut self.ranges[index];
        range.end = range.start;
        shell.edit_context(|context| {
            for region in first..first + *regions {
                put(context, self.rights + 4 * region, FULL_ACCESS);
            }
        });
        true
    }
}

/// Where the context keeps the exception number, with PRIMASK right behind it.
fn exception_offset(shell: &Shell) -> Option<usize> {
    const MARK: u32 = 0x55;
    let plain = shell.context();
    shell.set_ipsr(MARK);
    let in_handler = shell.context();
    shell.set_ipsr(0);
    shell.write(Register::Primask, 1);
    let masked = shell.context();
    shell.write(Register::Primask, 0);
    let at = |context: &[u8], offset| word(context, offset).unwrap_or(u32::MAX);
    single((0..plain.len()).step_by(4).filter(|&offset| {
        let marked = [&plain, &in_handler, &masked].map(|context| at(context, offset)) == [0, MARK, 0];
        marked && [&plain, &masked].map(|context| at(context, offset + 4)) == [0, 1]
    }))
}

/// Where the three arrays of the unit's regions are: each a length of eight and eight words, all zero now.
fn arrays_offset(context: &[u8]) -> Option<usize> {
    let array = |offset: usize| {
        word(context, offset) == Some(REGIONS as u32)
            && (1..=REGIONS).all(|index| word(context, offset + 4 * index) == Some(0))
    };
    let size = 4 * (REGIONS + 1);
    single((0..context.len()).step_by(4).filter(|&offset| (0..3).all(|index| array(offset + index * size))))
}

pub(super) fn single(mut candidates: impl Iterator<Item = usize>) -> Option<usize> {
    candidates.next().filter(|_| candidates.next().is_none())
}

pub(super) fn word(context: &[u8], offset: usize) -> Option<u32> {
    let bytes = context.get(offset..)?.first_chunk::<4>()?;
    Some(u32::from_ne_bytes(*bytes))
}

pub(super) fn put(context: &mut [u8], offset: usize, value: u32) {
    if let Some(bytes) = context.get_mut(offset..).and_then(|rest| rest.first_chunk_mut::<4>()) {
        *bytes = value.to_ne_bytes();
    }
}

/// Ranges given by first address and bytes, ascending, where one begins at another's end as one.
fn joined(ranges: impl Iterator<Item = (u32, u32)>) -> Vec<Range<u64>> {
    let mut ranges: Vec<_> = ranges.map(|(base, size)| u64::from(base)..u64::from(base) + u64::from(size)).collect();
    ranges.sort_by_key(|range| range.start);
    let mut joined: Vec<Range<u64>> = Vec::new();
    for range in ranges {
        match joined.last_mut().filter(|last| last.end == range.start) {
            Some(last) => last.end = range.end,
            None => joined.push(range),
        }
    }
    joined
}

/// A range as blocks whose base is a multiple of their size, a power of two: (base, binary logarithm).
fn power_of_two_blocks(range: &Range<u64>) -> Vec<(u32, u32)> {
    let (mut next, end) = (range.start, range.end);
    let mut blocks = Vec::new();
    while next < end {
        let log = next.trailing_zeros().min((end - next).ilog2()).min(31);
        blocks.push((next as u32, log));
        next += 1 << log;
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_become_aligned_powers_of_two() {
        assert_eq!(power_of_two_blocks(&(0x2000_0000..0x2040_0000)), [(0x2000_0000, 22)]);
        assert_eq!(power_of_two_blocks(&(0x2000_0000..0x2001_8000)), [(0x2000_0000, 16), (0x2001_0000, 15)]);
        assert_eq!(power_of_two_blocks(&(0x1000..0x4000)), [(0x1000, 12), (0x2000, 13)]);
    }

    #[test]
    fn neighbours_share_regions() {
        let ranges = [(0x40_0000, 0x40_0000), (0x2000_0000, 0x1000), (0, 0x40_0000)];
        assert_eq!(joined(ranges.into_iter()), [0..0x80_0000, 0x2000_0000..0x2000_1000]);
    }
}
