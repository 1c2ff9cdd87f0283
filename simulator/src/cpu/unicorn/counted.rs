//! When the instructions of some code ran, for whoever wants to know what that code costs.
//!
//! Nobody has asked, as a rule: then no block is marked, and a hook looks for nothing more than it does anyway.

use std::cell::{Cell, RefCell};
use std::ops::Range;

use crate::cpu::Stretch;

/// The code, and when it ran.
#[derive(Debug, Default)]
pub(super) struct Counted {
    /// Addresses (first, last), sorted, and none overlaps another; and whether it is the called code's.
    ranges: RefCell<Vec<(u32, u32, bool)>>,
    asked: Cell<bool>,
    /// In order; what follows without a cycle in between is one.
    ran: RefCell<Vec<Stretch>>,
}

impl Counted {
    /// Counts the code at these addresses (first, last) from now on, and what it calls.
    pub(super) fn set(&self, code: &[(u32, u32)], called: &[(u32, u32)]) {
        let ranges = [(code, false), (called, true)];
        let ranges = ranges.iter().flat_map(|(all, called)| all.iter().map(|&(first, last)| (first, last, *called)));
        let mut ranges: Vec<_> = ranges.collect();
        ranges.sort_unstable();
        self.asked.set(!ranges.is_empty());
        self.ranges.replace(ranges);
        self.ran.take();
    }

    /// Whether some of `address..end` is counted.
    pub(super) fn overlaps(&self, address: u32, end: u32) -> bool {
        self.asked.get() && self.next(address).is_some_and(|(first, ..)| first < end)
    }

    /// The instruction at `pc` has run in these cycles.
    pub(super) fn note(&self, pc: u32, cycles: Range<u64>) {
        if !self.asked.get() || cycles.is_empty() {
            return;
        }
        let Some((.., called)) = self.next(pc).filter(|(first, ..)| *first <= pc) else { return };
        let mut ran = self.ran.borrow_mut();
        match ran.last_mut() {
            Some(last) if last.called == called && last.cycles.end == cycles.start => last.cycles.end = cycles.end,
            _ => ran.push(Stretch { cycles, called }),
        }
    }

    /// What has run since the last call.
    pub(super) fn take(&self) -> Vec<Stretch> {
        self.ran.take()
    }

    /// The first range that does not end in front of an address.
    fn next(&self, address: u32) -> Option<(u32, u32, bool)> {
        let ranges = self.ranges.borrow();
        ranges.get(ranges.partition_point(|&(_, last, _)| last < address)).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_in_a_range_or_not() {
        let counted = Counted::default();
        assert!(!counted.overlaps(0, u32::MAX));
        counted.set(&[(0x100, 0x103), (0x110, 0x111)], &[(0x108, 0x109)]);
        for pc in (0xf0..0x120_u32).step_by(2) {
            counted.note(pc, pc.into()..u64::from(pc) + 2);
        }
        let told: Vec<_> = counted.take().into_iter().map(|ran| (ran.cycles, ran.called)).collect();
        assert_eq!(told, [(0x100..0x104, false), (0x108..0x10a, true), (0x110..0x112, false)]);
        for (address, end, overlaps) in [
            (0, 0x100, false),
            (0, 0x101, true),
            (0x103, 0x104, true),
            (0x104, 0x108, false),
            (0x104, 0x109, true),
            (0x10a, 0x112, true),
        ] {
            assert_eq!(counted.overlaps(address, end), overlaps, "{address:#x}");
        }
        counted.set(&[], &[]);
        assert!(!counted.overlaps(0x100, 0x101));
        counted.note(0x100, 0..1);
        assert_eq!(counted.take(), []);
    }

    #[test]
    fn what_follows_at_once_is_one_if_it_is_of_one_kind() {
        let counted = Counted::default();
        counted.set(&[(0, 9)], &[(10, 19)]);
        for (pc, cycles) in [(0, 5..7), (2, 7..7), (4, 7..9), (10, 9..10), (12, 10..11), (6, 11..12), (8, 13..14)] {
            counted.note(pc, cycles);
        }
        let told: Vec<_> = counted.take().into_iter().map(|ran| (ran.cycles, ran.called)).collect();
        assert_eq!(told, [(5..9, false), (9..11, true), (11..12, false), (13..14, false)]);
        assert_eq!(counted.take(), []);
    }
}
