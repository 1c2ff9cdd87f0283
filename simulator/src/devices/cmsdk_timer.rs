//! Arm CMSDK APB timer (Arm DDI 0479, section "APB timer"): a 32-bit down counter with a reload value.
//!
//! The counter goes from RELOAD down to 0, stays there for one clock, and starts again: a period is RELOAD + 1 clocks.
//! The interrupt is raised by the step from 1 to 0. With RELOAD 0 the counter stays at 0. The external input, as enable
//! or as clock, is not modelled: on the MPS2 boards nothing is wired to it.

use serde::{Deserialize, Serialize};

use super::{Context, Device, cmsdk_id};
use crate::clock::{ClockDomain, Picoseconds};

const CTRL: u32 = 0x0;
const VALUE: u32 = 0x4;
const RELOAD: u32 = 0x8;
const INTSTATUS: u32 = 0xC;

const CTRL_EN: u32 = 1 << 0;
const CTRL_EXTERNAL: u32 = 0b11 << 1;
const CTRL_IRQEN: u32 = 1 << 3;

/// The device.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CmsdkTimer {
    ctrl: u32,
    reload: u32,
    interrupt: bool,
    /// VALUE at tick `since`.
    value: u32,
    since: u64,
}

impl CmsdkTimer {
    fn running(&self) -> bool {
        self.ctrl & CTRL_EN != 0
    }

    fn value_at(&self, tick: u64) -> u32 {
        let elapsed = if self.running() { tick.saturating_sub(self.since) } else { 0 };
        match elapsed.checked_sub(u64::from(self.value) + 1) {
            None => self.value - elapsed as u32,
            Some(beyond) => self.reload - (beyond % (u64::from(self.reload) + 1)) as u32,
        }
    }

    /// The first step from 1 to 0 after a tick.
    fn next_zero(&self, after: u64) -> Option<u64> {
        if !self.running() {
            return None;
        }
        let first = self.since + u64::from(self.value);
        if self.value > 0 && first > after {
            return Some(first);
        }
        if self.reload == 0 {
            return None;
        }
        let period = u64::from(self.reload) + 1;
        Some(first + ((after.max(first) - first) / period + 1) * period)
    }

    /// Makes `tick` the point from which the counter is computed.
    fn settle(&mut self, tick: u64) {
        self.value = self.value_at(tick);
        self.since = tick;
    }
}

impl Device for CmsdkTimer {
    fn read(&mut self, offset: u32, context: &mut Context<'_>) -> u32 {
        match offset {
            CTRL => self.ctrl,
            VALUE => self.value_at(context.ticks()),
            RELOAD => self.reload,
            INTSTATUS => u32::from(self.interrupt),
            _ => cmsdk_id::register(0x22, offset).unwrap_or_else(|| {
                context.unmodelled();
                0
            }),
        }
    }

    fn write(&mut self, offset: u32, value: u32, context: &mut Context<'_>) {
        self.settle(context.ticks());
        match offset {
            CTRL => {
                if value & CTRL_EXTERNAL != 0 {
                    context.unmodelled();
                }
                self.ctrl = value & 0xF;
            }
            VALUE => self.value = value,
            // "A write to this register sets the current value."
            RELOAD => {
                self.reload = value;
                self.value = value;
            }
            INTSTATUS => self.interrupt &= value & 1 == 0,
            _ if cmsdk_id::register(0x22, offset).is_some() => {}
            _ => context.unmodelled(),
        }
    }

    /// A step to 0 shows only in the interrupt, so there is no deadline while that is off or already up.
    fn deadline(&self, clock: &ClockDomain) -> Option<Picoseconds> {
        if self.ctrl & CTRL_IRQEN == 0 || self.interrupt {
            return None;
        }
        self.next_zero(self.since).map(|tick| clock.time_of(tick))
    }

    fn fire(&mut self, context: &mut Context<'_>) {
        self.settle(context.ticks());
        self.interrupt = true;
    }

    fn lines(&self) -> u32 {
        u32::from(self.interrupt)
    }

    fn line(&self, _: &str) -> Option<u8> {
        Some(0)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::Bench;
    use super::*;

    /// DDI 0479, table "APB timer register summary": reset values; PID0 0x22.
    #[test]
    fn reset_values() {
        let mut bench = Bench::<CmsdkTimer>::new();
        for offset in [CTRL, VALUE, RELOAD, INTSTATUS] {
            assert_eq!(bench.read(offset), 0);
        }
        assert_eq!((bench.read(0xFE0), bench.read(0xFE4), bench.read(0xFFC)), (0x22, 0xB8, 0xB1));
        bench.write(CTRL, 0xFFFF_FFF9);
        assert_eq!((bench.read(CTRL), bench.unmodelled), (9, 0));
        bench.write(CTRL, CTRL_EXTERNAL).write(0x10, 0);
        assert_eq!(bench.unmodelled, 2);
    }

    #[test]
    fn counts_down_and_holds_zero_for_one_clock() {
        let mut bench = Bench::<CmsdkTimer>::new();
        bench.at(100).write(RELOAD, 3).write(CTRL, CTRL_EN);
        let values: Vec<_> = (100..110).map(|tick| bench.at(tick).read(VALUE)).collect();
        assert_eq!(values, [3, 2, 1, 0, 3, 2, 1, 0, 3, 2]);
        assert_eq!(bench.read(INTSTATUS), 0, "no interrupt without its enable");
    }

    #[test]
    fn interrupt_at_the_step_to_zero_every_reload_plus_one() {
        let mut bench = Bench::<CmsdkTimer>::new();
        bench.write(RELOAD, 24_999).write(CTRL, CTRL_EN | CTRL_IRQEN);
        assert_eq!(bench.due(), Some(24_999));
        assert_eq!(bench.at(24_998).device.lines(), 0);
        assert_eq!(bench.at(24_999).device.lines(), 1);
        assert_eq!(bench.read(INTSTATUS), 1);
        bench.at(25_100).write(INTSTATUS, 0);
        assert_eq!(bench.device.lines(), 1, "writing 0 clears nothing");
        bench.write(INTSTATUS, 1);
        assert_eq!((bench.device.lines(), bench.due()), (0, Some(49_999)));
        // Cleared late: the steps that were missed are lost, the phase is not.
        bench.at(49_999).at(200_000).write(INTSTATUS, 1);
        assert_eq!(bench.due(), Some(224_999));
    }

    #[test]
    fn reload_zero_stops_at_zero() {
        let mut bench = Bench::<CmsdkTimer>::new();
        bench.write(VALUE, 5).write(CTRL, CTRL_EN | CTRL_IRQEN);
        assert_eq!(bench.at(5).read(INTSTATUS), 1);
        bench.write(INTSTATUS, 1);
        assert_eq!((bench.at(1000).read(VALUE), bench.due()), (0, None));
        // Started at 0 with a reload value: the first clock loads it, which is no step to 0.
        let mut bench = Bench::<CmsdkTimer>::new();
        bench.write(RELOAD, 9).write(VALUE, 0).write(CTRL, CTRL_EN | CTRL_IRQEN);
        assert_eq!(bench.at(1).read(VALUE), 9);
        assert_eq!(bench.due(), Some(10));
    }

    #[test]
    fn writing_reload_or_value_restarts_from_it() {
        let mut bench = Bench::<CmsdkTimer>::new();
        bench.write(RELOAD, 100).write(CTRL, CTRL_EN);
        bench.at(40).write(RELOAD, 1000);
        assert_eq!(bench.read(VALUE), 1000);
        bench.at(50).write(VALUE, 7);
        assert_eq!((bench.at(57).read(VALUE), bench.at(58).read(VALUE)), (0, 1000));
    }

    #[test]
    fn disabling_freezes_the_value() {
        let mut bench = Bench::<CmsdkTimer>::new();
        bench.write(RELOAD, 100).write(CTRL, CTRL_EN);
        bench.at(30).write(CTRL, 0);
        assert_eq!(bench.at(5000).read(VALUE), 70);
        bench.write(CTRL, CTRL_EN);
        assert_eq!(bench.at(5070).read(VALUE), 0);
    }

    #[test]
    fn the_whole_range_counts_without_overflow() {
        let mut bench = Bench::<CmsdkTimer>::new();
        bench.write(RELOAD, u32::MAX).write(CTRL, CTRL_EN | CTRL_IRQEN);
        assert_eq!(bench.due(), Some(u64::from(u32::MAX)));
        assert_eq!(bench.at(1 << 32).read(VALUE), u32::MAX);
    }
}
