//! Core-local interruptor (ACLINT 2 and 3; FE310-G000 manual, "Core-Local Interruptor"): a software interrupt and a timer
//! for every hart, and the time that they share.
//!
//! | offset | register | bits |
//! |---|---|---|
//! | 0x0 + 4 * hart | msip | 0: the hart's machine software interrupt |
//! | 0x4000 + 8 * hart | mtimecmp | 63:0 |
//! | 0xBFF8 | mtime | 63:0 |
//!
//! The machine timer interrupt is pending while mtime >= mtimecmp, both without sign (Priv 3.2.1). mtime counts the
//! peripheral's clock, which the chip's file names, and firmware may write it. Registers of 64 bits are two words, the
//! lower one first; an access of 64 bits is two of 32, and a comparison in between is seen by nobody.
//!
//! After reset msip and mtime are 0. mtimecmp, which the specification leaves open, is all ones, so that nothing is pending
//! that nobody has asked for.

use serde::{Deserialize, Serialize};

use super::super::{Context, CoreLine, Device, NarrowStore, ResetCause};
use super::line::{MSIP, MTIP};
use crate::clock::{ClockDomain, Picoseconds};

const MSIP_BASE: u32 = 0;
const MTIMECMP_BASE: u32 = 0x4000;
const MTIME: u32 = RiscvClint::MTIME;

/// Two outputs for each of them.
const MOST_HARTS: u8 = 16;

/// What belongs to one hart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Hart {
    msip: bool,
    mtimecmp: u64,
    /// The timer interrupt is pending.
    mtip: bool,
    /// The tick of the clock at which that changes, if nothing is written.
    due: Option<u64>,
}

impl Hart {
    const RESET: Self = Self { msip: false, mtimecmp: u64::MAX, mtip: false, due: Some(u64::MAX) };

    /// Compares at a tick of the clock.
    fn compare(&mut self, tick: u64, mtime: u64) {
        self.mtip = mtime >= self.mtimecmp;
        // Up when mtime gets there; down again when mtime begins anew, unless 0 is enough.
        let left = match self.mtip {
            false => Some(self.mtimecmp - mtime),
            true if self.mtimecmp > 0 => Some(mtime.wrapping_neg()),
            true => None,
        };
        self.due = left.and_then(|left| tick.checked_add(left));
    }
}

/// The device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RiscvClint {
    /// mtime when the clock's ticks were 0.
    offset: u64,
    harts: Vec<Hart>,
}

/// Which word of which register is at an offset.
enum Place {
    Msip(usize),
    Mtimecmp(usize, Half),
    Mtime(Half),
}

/// A half of a register of 64 bits, by its first bit.
struct Half(u32);

impl Half {
    fn of(offset: u32) -> Self {
        Self(8 * (offset & 4))
    }

    fn read(&self, value: u64) -> u32 {
        (value >> self.0) as u32
    }

    fn write(&self, old: u64, value: u32, context: &Context<'_>) -> u64 {
        let word = context.merge(self.read(old), value);
        old & !(u64::from(u32::MAX) << self.0) | u64::from(word) << self.0
    }
}

impl RiscvClint {
    /// The offset of mtime.
    pub const MTIME: u32 = 0xBFF8;

    /// For so many harts, at most 16.
    #[must_use]
    pub fn new(harts: u8) -> Self {
        Self { offset: 0, harts: vec![Hart::RESET; usize::from(harts.min(MOST_HARTS))] }
    }

    fn mtime(&self, tick: u64) -> u64 {
        tick.wrapping_add(self.offset)
    }

    fn compare(&mut self, tick: u64) {
        let mtime = self.mtime(tick);
        for hart in &mut self.harts {
            hart.compare(tick, mtime);
        }
    }

    fn place(&self, offset: u32) -> Option<Place> {
        let hart = |place: u32| Some(place as usize).filter(|hart| *hart < self.harts.len());
        match offset {
            MSIP_BASE..MTIMECMP_BASE => hart((offset - MSIP_BASE) / 4).map(Place::Msip),
            MTIMECMP_BASE..MTIME => {
                hart((offset - MTIMECMP_BASE) / 8).map(|hart| Place::Mtimecmp(hart, Half::of(offset)))
            }
            _ if offset & !4 == MTIME => Some(Place::Mtime(Half::of(offset))),
            _ => None,
        }
    }
}

impl Device for RiscvClint {
    fn read(&mut self, offset: u32, context: &mut Context<'_>) -> u32 {
        match self.place(offset) {
            Some(Place::Msip(hart)) => self.harts[hart].msip.into(),
            Some(Place::Mtimecmp(hart, half)) => half.read(self.harts[hart].mtimecmp),
            Some(Place::Mtime(half)) => half.read(self.mtime(context.ticks())),
            None => {
                context.unmodelled();
                0
            }
        }
    }

    fn write(&mut self, offset: u32, value: u32, context: &mut Context<'_>) {
        let tick = context.ticks();
        match self.place(offset) {
            Some(Place::Msip(hart)) => {
                let hart = &mut self.harts[hart];
                hart.msip = context.merge(hart.msip.into(), value) & 1 != 0;
            }
            Some(Place::Mtimecmp(hart, half)) => {
                let hart = &mut self.harts[hart];
                hart.mtimecmp = half.write(hart.mtimecmp, value, context);
            }
            Some(Place::Mtime(half)) => {
                self.offset = half.write(self.mtime(tick), value, context).wrapping_sub(tick);
            }
            None => context.unmodelled(),
        }
        self.compare(tick);
    }

    fn deadline(&self, clock: &ClockDomain) -> Option<Picoseconds> {
        self.harts.iter().filter_map(|hart| hart.due).min().map(|tick| clock.time_of(tick))
    }

    fn fire(&mut self, context: &mut Context<'_>) {
        self.compare(context.ticks());
    }

    /// Two for each hart: 0 software, 1 timer.
    fn lines(&self) -> u32 {
        let bits = |hart: &Hart| u32::from(hart.msip) | u32::from(hart.mtip) << 1;
        self.harts.iter().rev().fold(0, |lines, hart| lines << 2 | bits(hart))
    }

    fn core_lines(&self) -> Vec<CoreLine> {
        let harts = 0..self.harts.len() as u8;
        let of = |core| [(2 * core, MSIP), (2 * core + 1, MTIP)].map(|(output, irq)| CoreLine { output, core, irq });
        harts.flat_map(of).collect()
    }

    fn reset(&mut self, _: ResetCause, context: &mut Context<'_>) -> bool {
        let tick = context.ticks();
        self.offset = tick.wrapping_neg();
        self.harts.fill(Hart::RESET);
        self.compare(tick);
        true
    }

    fn narrow_store(&self) -> NarrowStore {
        NarrowStore::Lanes
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::Bench;
    use super::*;

    const MTIMECMP: u32 = MTIMECMP_BASE;

    fn bench() -> Bench<RiscvClint> {
        Bench::of(RiscvClint::new(1), 10_000_000)
    }

    fn mtime(bench: &mut Bench<RiscvClint>) -> u64 {
        u64::from(bench.read(MTIME)) | u64::from(bench.read(MTIME + 4)) << 32
    }

    /// ACLINT tables 2 and 3, FE310-G000 manual, "CLINT memory map": offset, value after reset, bits that can be written.
    #[test]
    fn register_table() {
        for (offset, reset, writable) in [
            (0x0000, 0, 1),
            (0x4000, u32::MAX, u32::MAX),
            (0x4004, u32::MAX, u32::MAX),
            (0xBFF8, 0, u32::MAX),
            (0xBFFC, 0, u32::MAX),
        ] {
            let mut bench = bench();
            assert_eq!(bench.read(offset), reset, "{offset:#x}");
            bench.write(offset, !reset);
            assert_eq!(bench.read(offset), reset ^ writable, "{offset:#x}");
            assert_eq!(bench.unmodelled, 0);
        }
        let mut bench = bench();
        for offset in [0x4, 0x3FFC, 0x4008, 0xBFF4, 0xC000] {
            bench.read(offset);
            bench.write(offset, 1);
        }
        assert_eq!(bench.unmodelled, 10, "there is one hart");
    }

    #[test]
    fn mtime_counts_the_clock_over_both_words() {
        let mut bench = bench();
        assert_eq!(mtime(bench.at(12_345)), 12_345);
        bench.write(MTIME, 0xFFFF_FFFE).write(MTIME + 4, 6);
        assert_eq!(mtime(&mut bench), 0x6_FFFF_FFFE);
        assert_eq!(mtime(bench.at(12_347)), 0x7_0000_0000);
    }

    #[test]
    fn the_timer_interrupt_is_pending_while_the_time_is_not_below_mtimecmp() {
        let mut bench = bench();
        assert_eq!(bench.device.deadline(&bench.clock), Some(Picoseconds::MAX), "never");
        bench.write(MTIMECMP, 1000).write(MTIMECMP + 4, 0);
        assert_eq!((bench.device.lines(), bench.due()), (0, Some(1000)));
        assert_eq!(bench.at(999).device.lines(), 0);
        assert_eq!(bench.at(1000).device.lines(), 0b10);
        // It stays until mtimecmp is beyond the time again, and reading changes nothing.
        bench.at(5000).read(MTIMECMP);
        assert_eq!(bench.device.lines(), 0b10);
        bench.write(MTIMECMP, 5001);
        assert_eq!((bench.device.lines(), bench.due()), (0, Some(5001)));
        bench.write(MTIMECMP, 5000);
        assert_eq!(bench.device.lines(), 0b10, "at once if the time is past");
    }

    #[test]
    fn writing_the_time_compares_too() {
        let mut bench = bench();
        bench.write(MTIMECMP, 1_000_000).write(MTIMECMP + 4, 0).at(10).write(MTIME, 999_998);
        assert_eq!((bench.device.lines(), bench.due()), (0, Some(12)));
        assert_eq!(bench.at(12).device.lines(), 0b10);
        bench.write(MTIME, 0);
        assert_eq!((bench.device.lines(), bench.due()), (0, Some(1_000_012)));
    }

    /// Priv 3.2.1: the comparison is without sign, so it ends where mtime wraps.
    #[test]
    fn the_time_wraps() {
        let mut bench = bench();
        bench.write(MTIMECMP, u32::MAX - 9).write(MTIME + 4, u32::MAX).write(MTIME, u32::MAX - 99);
        assert_eq!((bench.device.lines(), bench.due()), (0, Some(90)));
        assert_eq!(bench.at(90).device.lines(), 0b10);
        assert_eq!((bench.at(99).device.lines(), bench.due()), (0b10, Some(100)));
        assert_eq!((bench.at(100).device.lines(), mtime(&mut bench)), (0, 0));
        bench.write(MTIMECMP, 0).write(MTIMECMP + 4, 0);
        assert_eq!((bench.device.lines(), bench.due()), (0b10, None), "no time is below 0");
    }

    #[test]
    fn software_interrupts_and_lines_by_hart() {
        let mut bench = Bench::of(RiscvClint::new(2), 32_768);
        bench.write(4, 1);
        assert_eq!((bench.read(0), bench.read(4), bench.device.lines()), (0, 1, 0b0100));
        bench.write(0x400C, 0).write(0x4008, 5).write(0, 1).write(4, 0);
        assert_eq!(bench.at(5).device.lines(), 0b1001);
        let lines: Vec<_> = bench.device.core_lines().iter().map(|line| (line.output, line.core, line.irq)).collect();
        assert_eq!(lines, [(0, 0, 3), (1, 0, 7), (2, 1, 3), (3, 1, 7)]);
    }

    #[test]
    fn a_narrow_store_writes_its_bytes_only() {
        let mut bench = bench();
        bench.write(MTIMECMP, 0x1122_3344).write_lanes(MTIMECMP, 0x0000_5500, 0x0000_FF00);
        assert_eq!(bench.read(MTIMECMP), 0x1122_5544);
    }

    #[test]
    fn a_reset_starts_the_time_anew() {
        let mut bench = bench();
        bench.write(0, 1).write(MTIMECMP + 4, 0).write(MTIMECMP, 10).at(500);
        assert_eq!(bench.device.lines(), 0b11);
        assert!(bench.reset(ResetCause::Pin));
        assert_eq!((bench.device.lines(), mtime(&mut bench)), (0, 0));
        assert_eq!(mtime(bench.at(507)), 7);
        assert_eq!(bench.read(MTIMECMP), u32::MAX);
    }
}
