//! The comparators of the DWT (Arm DDI 0403E, C1.8.12-C1.8.14, tables C1-14 to C1-16). What each does is in its FUNCTION:
//!
//! | FUNCTION | compares | a match is |
//! |---|---|---|
//! | 0100 | the address of an instruction; with CYCMATCH (comparator 0) CYCCNT | a watchpoint |
//! | 0101, 0110, 0111 | the address of a load, of a store, of either | a watchpoint |
//! | the same with DATAVMATCH (comparator 1) | the value, at the addresses of up to two others | a watchpoint |
//! | 1000 to 1011 | as 0100 to 0111 | for an ETM, which is not there |
//!
//! In all of these MATCHED is set. The others make packets for the ITM, which are not modelled: they do nothing.
//!
//! An address matches if any byte of the access is COMP, or one of the 2^MASK bytes from there on. A value without an
//! address, which would have to be looked for in every access there is, is not modelled.

use serde::{Deserialize, Serialize};

/// FUNCTION's bits.
mod function {
    pub(super) const CODE: u32 = 0xf;
    pub(super) const EMITRANGE: u32 = 1 << 5;
    pub(super) const CYCMATCH: u32 = 1 << 7;
    pub(super) const DATAVMATCH: u32 = 1 << 8;
    pub(super) const LNK1ENA: u32 = 1 << 9;
    pub(super) const DATAVSIZE: u32 = 3 << 10;
    pub(super) const DATAVADDR0: u32 = 0xf << 12;
    pub(super) const DATAVADDR1: u32 = 0xf << 16;
    pub(super) const MATCHED: u32 = 1 << 24;
}

/// The comparator that compares values.
const VALUE: usize = 1;
/// MASK's bits: up to 32 KiB (DDI 0337I, table 8-1).
const MASK: u32 = 0xf;

/// A load or store.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Transfer {
    /// First address.
    pub(crate) address: u32,
    /// Bytes: 1, 2 or 4.
    pub(crate) size: u32,
    /// Whether it is a store.
    pub(crate) write: bool,
    /// What was loaded or stored.
    pub(crate) value: u32,
}

#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct Comparator {
    comp: u32,
    mask: u32,
    function: u32,
}

impl Comparator {
    /// The addresses that match.
    fn range(self) -> (u32, u32) {
        let ignored = (1 << self.mask) - 1;
        (self.comp & !ignored, self.comp | ignored)
    }

    fn code(self) -> u32 {
        self.function & function::CODE
    }

    fn has(self, bit: u32) -> bool {
        self.function & bit != 0
    }

    /// Whether it compares the addresses of loads, and of stores.
    fn transfers(self) -> (bool, bool) {
        match self.code() {
            5..=7 | 9..=11 => (self.code() & 1 != 0, self.code() & 2 != 0),
            _ => (false, false),
        }
    }

    fn compares_data(self) -> bool {
        self.transfers() != (false, false)
    }

    fn compares_instructions(self) -> bool {
        matches!(self.code(), 4 | 8) && !self.has(function::CYCMATCH)
    }

    /// It has matched; `true`: that is a watchpoint.
    fn matched(&mut self) -> bool {
        self.function |= function::MATCHED;
        matches!(self.code(), 4..=7)
    }

    fn covers(self, transfer: Transfer) -> bool {
        let (first, last) = self.range();
        transfer.address <= last && transfer.address.saturating_add(transfer.size - 1) >= first
    }

    /// Whether one of the values of DATAVSIZE in a transfer is COMP. A debugger puts a byte or halfword into all places of
    /// COMP.
    fn finds(self, transfer: Transfer) -> bool {
        let size = 1 << ((self.function & function::DATAVSIZE) >> 10).min(2);
        let lane = if size == 4 { u32::MAX } else { (1 << (8 * size)) - 1 };
        (0..transfer.size / size).any(|index| (transfer.value >> (8 * size * index)) & lane == self.comp & lane)
    }
}

/// All of them.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Comparators(Vec<Comparator>);

impl Comparators {
    pub(crate) fn new(count: usize) -> Self {
        Self(vec![Comparator::default(); count])
    }

    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    /// The comparators that say at which addresses comparator 1 compares values.
    fn linked(&self) -> impl Iterator<Item = Comparator> {
        let value = self.0.get(VALUE).copied().unwrap_or_default();
        let compares = value.has(function::DATAVMATCH) && value.compares_data();
        let links = [value.function >> 12 & 0xf, value.function >> 16 & 0xf].map(|index| index as usize);
        let links = links.into_iter().filter(move |index| compares && *index != VALUE);
        links.filter_map(|index| self.0.get(index).copied())
    }

    /// Those that compare data addresses by themselves.
    fn addresses(&self) -> impl Iterator<Item = Comparator> {
        self.0.iter().copied().filter(|it| it.compares_data() && !it.has(function::DATAVMATCH))
    }

    /// The data addresses (first, last) that somebody waits for.
    pub(crate) fn data(&self) -> Vec<(u32, u32)> {
        self.addresses().chain(self.linked()).map(Comparator::range).collect()
    }

    /// The addresses (first, last) of instructions that somebody waits for.
    pub(crate) fn instructions(&self) -> Vec<(u32, u32)> {
        self.0.iter().filter(|it| it.compares_instructions()).map(|it| it.range()).collect()
    }

    /// What CYCCNT is waited for.
    pub(crate) fn cycle(&self) -> Option<u32> {
        let first = self.0.first().filter(|it| it.has(function::CYCMATCH) && matches!(it.code(), 4 | 8))?;
        Some(first.comp)
    }

    /// CYCCNT is what was waited for; `true`: that is a watchpoint event.
    pub(crate) fn cycle_matched(&mut self) -> bool {
        self.0.first_mut().is_some_and(Comparator::matched)
    }

    /// A load or store was made; `true`: that is a watchpoint event.
    pub(crate) fn transferred(&mut self, transfer: Transfer) -> bool {
        let at_link = self.linked().any(|it| it.covers(transfer));
        let mut event = false;
        for comparator in &mut self.0 {
            let (loads, stores) = comparator.transfers();
            let kind = if transfer.write { stores } else { loads };
            let found = match comparator.has(function::DATAVMATCH) {
                true => at_link && comparator.finds(transfer),
                false => comparator.covers(transfer),
            };
            if kind && found {
                event |= comparator.matched();
            }
        }
        event
    }

    /// The instruction at `pc` was executed; `true`: that is a watchpoint event.
    pub(crate) fn executed(&mut self, pc: u32) -> bool {
        let mut event = false;
        for comparator in &mut self.0 {
            let (first, last) = comparator.range();
            if comparator.compares_instructions() && (first & !1..=last).contains(&pc) {
                event |= comparator.matched();
            }
        }
        event
    }

    /// COMPn, MASKn and FUNCTIONn are at 0x20, 0x24 and 0x28 + 16 n.
    fn register(offset: u32) -> Option<(usize, u32)> {
        let offset = offset.checked_sub(0x20)?;
        Some((offset as usize / 16, offset & 0xc))
    }

    pub(crate) fn read(&mut self, offset: u32) -> u32 {
        let Some((index, register)) = Self::register(offset) else { return 0 };
        let Some(comparator) = self.0.get_mut(index) else { return 0 };
        match register {
            0 => comparator.comp,
            4 => comparator.mask,
            8 => {
                let value = comparator.function | if index == VALUE { function::LNK1ENA } else { 0 };
                comparator.function &= !function::MATCHED;
                value
            }
            _ => 0,
        }
    }

    pub(crate) fn write(&mut self, offset: u32, value: u32) {
        use function::{CODE, CYCMATCH, DATAVADDR0, DATAVADDR1, DATAVMATCH, DATAVSIZE, EMITRANGE, MATCHED};
        let Some((index, register)) = Self::register(offset) else { return };
        let Some(comparator) = self.0.get_mut(index) else { return };
        let own = match index {
            0 => CYCMATCH,
            VALUE => DATAVMATCH | DATAVSIZE | DATAVADDR0 | DATAVADDR1,
            _ => 0,
        };
        match register {
            0 => comparator.comp = value,
            4 => comparator.mask = value & MASK,
            8 => comparator.function = comparator.function & MATCHED | value & (CODE | EMITRANGE | own),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMP0: u32 = 0x20;
    const MASK0: u32 = 0x24;
    const FUNCTION0: u32 = 0x28;
    const COMP1: u32 = 0x30;
    const FUNCTION1: u32 = 0x38;

    fn four(registers: &[(u32, u32)]) -> Comparators {
        let mut comparators = Comparators::new(4);
        registers.iter().for_each(|&(offset, value)| comparators.write(offset, value));
        comparators
    }

    fn transfer(address: u32, size: u32, write: bool, value: u32) -> Transfer {
        Transfer { address, size, write, value }
    }

    #[test]
    fn bits_that_exist() {
        // C1.8.14: CYCMATCH in the first, the DATAV fields in the second, LNK1ENA there always; 4 bits of MASK.
        let mut comparators = four(&[]);
        for offset in (0x20..0x60).step_by(4) {
            comparators.write(offset, u32::MAX);
        }
        let values: Vec<u32> = (0x20..0x60).step_by(4).map(|offset| comparators.read(offset)).collect();
        let expected = [0xaf, 0x000f_ff2f, 0x2f, 0x2f].map(|function| [u32::MAX, 0xf, function, 0]).concat();
        assert_eq!(values, expected);
        assert_eq!(comparators.read(0x60), 0);
    }

    #[test]
    fn any_byte_of_the_access_matches() {
        let mut comparators = four(&[(COMP0, 0x2000_0103), (FUNCTION0, 7)]);
        assert_eq!(comparators.data(), [(0x2000_0103, 0x2000_0103)]);
        assert!(comparators.transferred(transfer(0x2000_0100, 4, false, 0)));
        assert!(comparators.transferred(transfer(0x2000_0103, 1, true, 0)));
        assert!(!comparators.transferred(transfer(0x2000_0100, 2, true, 0)));
        assert!(!comparators.transferred(transfer(0x2000_0104, 4, true, 0)));
    }

    #[test]
    fn the_mask_ignores_low_bits() {
        let mut comparators = four(&[(COMP0, 0x2000_0100), (MASK0, 5), (FUNCTION0, 5)]);
        assert_eq!(comparators.data(), [(0x2000_0100, 0x2000_011f)]);
        assert!(comparators.transferred(transfer(0x2000_011c, 4, false, 0)));
        assert!(!comparators.transferred(transfer(0x2000_0120, 4, false, 0)));
    }

    #[test]
    fn loads_stores_or_both() {
        for (code, load, store) in [(5, true, false), (6, false, true), (7, true, true), (4, false, false)] {
            let mut comparators = four(&[(COMP0, 0x100), (FUNCTION0, code)]);
            let events = [false, true].map(|write| comparators.transferred(transfer(0x100, 4, write, 0)));
            assert_eq!(events, [load, store], "{code}");
        }
    }

    #[test]
    fn a_match_without_an_event() {
        let mut comparators = four(&[(COMP0, 0x100), (FUNCTION0, 0xb)]);
        assert!(!comparators.transferred(transfer(0x100, 4, true, 0)));
        assert_eq!(comparators.read(FUNCTION0), 1 << 24 | 0xb);
        assert_eq!(comparators.read(FUNCTION0), 0xb, "reading clears MATCHED");
    }

    #[test]
    fn values_at_the_address_of_another() {
        // The value 0x55 in a byte, stored at 0x100-0x103: comparator 0 has the address and does nothing itself.
        let link = function::DATAVMATCH | 1 << 16; // DATAVSIZE 00, DATAVADDR0 0, DATAVADDR1 1: itself, so none
        let mut comparators = four(&[(COMP0, 0x100), (MASK0, 2), (COMP1, 0x5555_5555), (FUNCTION1, link | 6)]);
        assert_eq!(comparators.data(), [(0x100, 0x103)]);
        assert!(comparators.transferred(transfer(0x101, 1, true, 0x55)));
        assert!(comparators.transferred(transfer(0x100, 4, true, 0x1255_3456)));
        assert!(!comparators.transferred(transfer(0x101, 1, true, 0x54)));
        assert!(!comparators.transferred(transfer(0x104, 1, true, 0x55)), "elsewhere");
        assert!(!comparators.transferred(transfer(0x101, 1, false, 0x55)), "a load");
        // A word is not found in a halfword.
        comparators.write(COMP1, 0x55);
        comparators.write(FUNCTION1, link | 2 << 10 | 6);
        assert!(!comparators.transferred(transfer(0x100, 2, true, 0x55)));
        assert!(comparators.transferred(transfer(0x100, 4, true, 0x55)));
    }

    #[test]
    fn instructions() {
        let mut comparators = four(&[(COMP0, 0x400), (MASK0, 3), (FUNCTION0, 4)]);
        assert_eq!((comparators.instructions(), comparators.data()), (vec![(0x400, 0x407)], vec![]));
        assert!(comparators.executed(0x406) && !comparators.executed(0x408));
        comparators.write(FUNCTION0, function::CYCMATCH | 4);
        assert_eq!((comparators.instructions(), comparators.cycle()), (vec![], Some(0x400)));
    }
}
