//! When the instructions of some code ran, for whoever wants to know what that code costs.
//!
//! Nobody has asked, as a rule: then no block is marked, and a hook looks for nothing more than it does anyway.

use std::cell::{Cell, RefCell};
use std::ops::Range;

/// The code, and when it ran.
#[derive(Debug, Default)]
pub(super) struct Counted {
    /// Addresses (first, last), sorted, and none overlaps another.
    ranges: RefCell<Vec<(u32, u32)>>,
    asked: Cell<bool>,
    /// Core cycles, in order; what follows without a cycle in between is one.
    ran: RefCell<Vec<Range<u64>>>,
}

impl Counted {
    /// Counts the code at these addresses (first, last) from now on.
    pub(super) fn set(&self, ranges: &[(u32, u32)]) {
        self.asked.set(!ranges.is_empty());
        self.ranges.replace(ranges.to_vec());
        self.ran.take();
    }

    /// Whether some of `address..end` is counted.
    pub(super) fn overlaps(&self, address: u32, end: u32) -> bool {
        self.asked.get() && {
            let ranges = self.ranges.borrow();
            let next = ranges.partition_point(|&(_, last)| last < address);
            ranges.get(next).is_some_and(|&(first, _)| first < end)
        }
    }

    /// Whether the instruction at `pc` is counted.
    pub(super) fn holds(&self, pc: u32) -> bool {
        self.overlaps(pc, pc.saturating_add(1))
    }

    /// Something that is counted has run in these cycles.
    pub(super) fn note(&self, cycles: Range<u64>) {
        let mut ran = self.ran.borrow_mut();
        match ran.last_mut() {
            _ if cycles.is_empty() => {}
            Some(last) if last.end == cycles.start => last.end = cycles.end,
            _ => ran.push(cycles),
        }
    }

    /// What has run since the last call.
    pub(super) fn take(&self) -> Vec<Range<u64>> {
        self.ran.take()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_in_a_range_or_not() {
        let counted = Counted::default();
        assert!(!counted.holds(0));
        counted.set(&[(0x100, 0x103), (0x110, 0x111)]);
        let held = (0xf0..0x120).filter(|pc| counted.holds(*pc)).collect::<Vec<_>>();
        assert_eq!(held, [0x100, 0x101, 0x102, 0x103, 0x110, 0x111]);
        for (address, end, overlaps) in
            [(0, 0x100, false), (0, 0x101, true), (0x103, 0x104, true), (0x104, 0x110, false), (0x104, 0x112, true)]
        {
            assert_eq!(counted.overlaps(address, end), overlaps, "{address:#x}");
        }
        counted.set(&[]);
        assert!(!counted.holds(0x100));
    }

    #[test]
    fn what_follows_at_once_is_one() {
        let counted = Counted::default();
        for cycles in [5..7, 7..7, 7..9, 10..11] {
            counted.note(cycles);
        }
        assert_eq!(counted.take(), [5..9, 10..11]);
        assert_eq!(counted.take(), []);
    }
}
