//! How long a core's mask kept interrupts waiting, and from where to where in the program.

use bksim_protocol::message::MaskedStretch;
use serde::{Deserialize, Serialize};

/// A moment of the core.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Moment {
    pub(crate) cycle: u64,
    /// An address in the code that runs then: of the instruction that closed or opened the mask, or just behind it.
    pub(crate) pc: u64,
}

/// The stretch that goes on, if one does, and the longest that has ended.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct MaskedTime {
    since: Option<Moment>,
    longest: Option<MaskedStretch>,
}

impl MaskedTime {
    /// The mask keeps interrupts that are enabled waiting from now on, or not. When a stretch ends: since when it lasted.
    pub(crate) fn set(&mut self, masked: bool, now: Moment) -> Option<Moment> {
        if masked {
            self.since.get_or_insert(now);
            return None;
        }
        if self.since.is_some() {
            self.longest = self.longest(now);
        }
        self.since.take()
    }

    /// The longest stretch, the one that goes on included; the first of several.
    pub(crate) fn longest(&self, now: Moment) -> Option<MaskedStretch> {
        let open = self.since.map(|since| MaskedStretch {
            cycles: now.cycle.saturating_sub(since.cycle),
            from: since.pc,
            to: now.pc,
        });
        match (self.longest, open) {
            (Some(longest), Some(open)) if open.cycles > longest.cycles => Some(open),
            (longest, open) => longest.or(open),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masked_time_counts_while_it_lasts() {
        let at = |cycle| Moment { cycle, pc: cycle + 1000 };
        let stretch = |from: u64, to: u64| Some(MaskedStretch { cycles: to - from, from: from + 1000, to: to + 1000 });
        let mut masked = MaskedTime::default();
        assert_eq!(masked.longest(at(5)), None);
        masked.set(true, at(10));
        masked.set(true, at(15));
        assert_eq!(masked.longest(at(30)), stretch(10, 30));
        masked.set(false, at(40));
        masked.set(false, at(45));
        masked.set(true, at(50));
        assert_eq!(masked.longest(at(60)), stretch(10, 40));
        masked.set(false, at(80));
        assert_eq!(masked.longest(at(90)), stretch(10, 40));
        masked.set(true, at(100));
        assert_eq!(masked.longest(at(131)), stretch(100, 131));
    }
}
