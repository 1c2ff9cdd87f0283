//! Single-cycle IO block (RP 2.3.1), as far as it is about the two cores. What a register shows depends on which core asks.
//!
//! | offset | register | bits |
//! |---|---|---|
//! | 0x000 | CPUID | 0 or 1: the core that reads it |
//! | 0x050 | FIFO_ST | 0 VLD: there is something to read; 1 RDY: there is room to write; 2 WOF: written when full; 3 ROE: read when empty. A one written clears WOF and ROE |
//! | 0x054 | FIFO_WR | write: a word for the other core |
//! | 0x058 | FIFO_RD | read: a word of the other core's |
//! | 0x05C | SPINLOCK_ST | bit n: lock n is held |
//! | 0x100 + 4 * n | SPINLOCK*n* | read: takes the lock and gives 1 << n, or 0 if it is held; any write lets go of it |
//!
//! A FIFO has eight words. The interrupt of a core, number 15 of core 0 and 16 of core 1, is VLD, WOF or ROE of its FIFO_ST.
//!
//! Of two accesses at the same cycle core 0's comes first, so that it gets the lock that both want. What the datasheet leaves
//! open is 0: a read of FIFO_RD when it is empty. Not modelled: pins, dividers, interpolators; and that a load or store takes
//! a single cycle here, in place of the two that the core takes elsewhere.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::super::{Context, CoreLine, Device};

const CPUID: u32 = 0x000;
const FIFO_ST: u32 = 0x050;
const FIFO_WR: u32 = 0x054;
const FIFO_RD: u32 = 0x058;
const SPINLOCK_ST: u32 = 0x05C;
const SPINLOCK0: u32 = 0x100;
const SPINLOCK31: u32 = 0x17C;

const VLD: u32 = 1;
const RDY: u32 = 1 << 1;
const WOF: u32 = 1 << 2;
const ROE: u32 = 1 << 3;

/// Words of a FIFO.
const DEPTH: usize = 8;

/// What belongs to one core.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Side {
    /// What the other core has sent.
    received: VecDeque<u32>,
    /// WOF and ROE.
    errors: u32,
}

/// The device.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rp2040Sio {
    sides: [Side; 2],
    locks: u32,
}

impl Rp2040Sio {
    /// The cores' interrupts.
    const IRQS: [u16; 2] = [15, 16];

    /// The core that asks, and the other one.
    fn cores(context: &Context<'_>) -> (usize, usize) {
        let core = usize::from(context.core & 1);
        (core, 1 - core)
    }

    fn status(&self, core: usize) -> u32 {
        let valid = if self.sides[core].received.is_empty() { 0 } else { VLD };
        let ready = if self.sides[1 - core].received.len() < DEPTH { RDY } else { 0 };
        valid | ready | self.sides[core].errors
    }
}

impl Device for Rp2040Sio {
    fn read(&mut self, offset: u32, context: &mut Context<'_>) -> u32 {
        let (core, _) = Self::cores(context);
        match offset {
            CPUID => core as u32,
            FIFO_ST => self.status(core),
            FIFO_WR => 0,
            FIFO_RD => {
                let side = &mut self.sides[core];
                side.received.pop_front().unwrap_or_else(|| {
                    side.errors |= ROE;
                    0
                })
            }
            SPINLOCK_ST => self.locks,
            SPINLOCK0..=SPINLOCK31 => {
                let lock = 1 << ((offset - SPINLOCK0) / 4);
                let taken = lock & !self.locks;
                self.locks |= lock;
                taken
            }
            _ => {
                context.unmodelled();
                0
            }
        }
    }

    fn write(&mut self, offset: u32, value: u32, context: &mut Context<'_>) {
        let (core, other) = Self::cores(context);
        match offset {
            FIFO_ST => self.sides[core].errors &= !value,
            FIFO_WR if self.sides[other].received.len() < DEPTH => self.sides[other].received.push_back(value),
            FIFO_WR => self.sides[core].errors |= WOF,
            SPINLOCK0..=SPINLOCK31 => self.locks &= !(1 << ((offset - SPINLOCK0) / 4)),
            CPUID | FIFO_RD | SPINLOCK_ST => {}
            _ => context.unmodelled(),
        }
    }

    fn lines(&self) -> u32 {
        let asks = |core: usize| self.status(core) & (VLD | WOF | ROE) != 0;
        (0..2).filter(|core| asks(*core)).map(|core| 1 << core).sum()
    }

    fn core_lines(&self) -> Vec<CoreLine> {
        let line = |(core, irq): (u8, u16)| CoreLine { output: core, core, irq };
        (0..).zip(Self::IRQS).map(line).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::Bench;
    use super::*;

    /// A core's view of the device.
    struct By<'a>(&'a mut Bench<Rp2040Sio>, u8);

    impl By<'_> {
        fn read(&mut self, offset: u32) -> u32 {
            self.0.core = self.1;
            self.0.read(offset)
        }

        fn write(&mut self, offset: u32, value: u32) {
            self.0.core = self.1;
            self.0.write(offset, value);
        }
    }

    /// RP 2.3.1.7, CPUID: "Value is 0 when read from processor core 0, and 1 when read from processor core 1."
    #[test]
    fn each_core_reads_its_number() {
        let mut bench = Bench::new();
        assert_eq!((By(&mut bench, 0).read(CPUID), By(&mut bench, 1).read(CPUID)), (0, 1));
    }

    /// RP 2.3.1.4: eight words each way, in order; FIFO_ST is 2 after reset.
    #[test]
    fn words_go_to_the_other_core_in_order() {
        let mut bench = Bench::new();
        assert_eq!([0, 1].map(|core| By(&mut bench, core).read(FIFO_ST)), [RDY, RDY]);
        for core in [0, 1] {
            (0..8).for_each(|word| By(&mut bench, core).write(FIFO_WR, 100 * u32::from(core) + word));
        }
        for core in [0_u8, 1] {
            assert_eq!(By(&mut bench, core).read(FIFO_ST), VLD, "full both ways");
        }
        for core in [0_u8, 1] {
            let words: Vec<_> = (0..8).map(|_| By(&mut bench, core).read(FIFO_RD)).collect();
            assert_eq!(words, (0..8).map(|word| 100 * u32::from(1 - core) + word).collect::<Vec<_>>());
            assert_eq!(By(&mut bench, core).read(FIFO_ST) & VLD, 0);
        }
    }

    /// FIFO_ST: WOF and ROE stay until they are cleared, and what made them "was ignored by the FIFO".
    #[test]
    fn what_goes_too_far_is_ignored_and_noted() {
        let mut bench = Bench::new();
        (0..9).for_each(|word| By(&mut bench, 0).write(FIFO_WR, word));
        assert_eq!((By(&mut bench, 0).read(FIFO_ST), By(&mut bench, 1).read(FIFO_ST)), (WOF, VLD | RDY));
        assert_eq!((0..8).map(|_| By(&mut bench, 1).read(FIFO_RD)).sum::<u32>(), 28);
        assert_eq!(By(&mut bench, 1).read(FIFO_RD), 0);
        assert_eq!(By(&mut bench, 1).read(FIFO_ST), ROE | RDY);
        By(&mut bench, 1).write(FIFO_ST, WOF);
        assert_eq!(By(&mut bench, 1).read(FIFO_ST), ROE | RDY);
        By(&mut bench, 1).write(FIFO_ST, ROE);
        By(&mut bench, 0).write(FIFO_ST, WOF);
        assert_eq!((By(&mut bench, 0).read(FIFO_ST), By(&mut bench, 1).read(FIFO_ST)), (RDY, RDY));
    }

    /// "The SIO IRQ for each core is the logical OR of the VLD, WOF and ROE fields of its FIFO_ST register."
    #[test]
    fn interrupts() {
        let mut bench = Bench::<Rp2040Sio>::new();
        assert_eq!(bench.device.lines(), 0);
        By(&mut bench, 0).write(FIFO_WR, 1);
        assert_eq!(bench.device.lines(), 2);
        By(&mut bench, 1).read(FIFO_RD);
        assert_eq!(bench.device.lines(), 0);
        By(&mut bench, 0).read(FIFO_RD);
        assert_eq!(bench.device.lines(), 1);
        let lines: Vec<_> = bench.device.core_lines().iter().map(|it| (it.output, it.core, it.irq)).collect();
        assert_eq!(lines, [(0, 0, 15), (1, 1, 16)], "RP 2.3.2: SIO_IRQ_PROC0 and SIO_IRQ_PROC1");
    }

    /// SPINLOCK0: "Return 0 if lock is already locked, otherwise return nonzero, and simultaneously claim the lock. The value
    /// returned on success is 0x1 << lock number. Writing (any value) releases the lock."
    #[test]
    fn a_lock_has_one_holder() {
        let mut bench = Bench::new();
        for lock in [0, 7, 31] {
            let at = SPINLOCK0 + 4 * lock;
            assert_eq!((By(&mut bench, 1).read(at), By(&mut bench, 0).read(at)), (1 << lock, 0));
            assert_eq!(By(&mut bench, 0).read(SPINLOCK_ST), 1 << lock);
            By(&mut bench, 0).write(at, 0);
            assert_eq!(By(&mut bench, 0).read(SPINLOCK_ST), 0);
        }
    }

    #[test]
    fn the_rest_is_not_modelled() {
        let mut bench = Bench::<Rp2040Sio>::new();
        assert_eq!((bench.read(0x004), bench.unmodelled), (0, 1));
        assert_eq!(bench.write(0x060, 7).unmodelled, 2);
    }
}
