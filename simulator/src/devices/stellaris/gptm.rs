//! General-purpose timer module (DS, "General-Purpose Timers"): one counter of 32 bits, or timers A and B of 16 with a
//! prescaler of 8.
//!
//! | offset | register | bits |
//! |---|---|---|
//! | 0x00 | CFG | 2:0: 0 is 32 bits, 1 real-time clock, 4 16 bits |
//! | 0x04, 0x08 | TAMR, TBMR | 3 AMS, 2 CMR, 1:0: 1 one-shot, 2 periodic, 3 capture |
//! | 0x0C | CTL | 14:8 timer B, 6:0 timer A: PWML, OTE, EVENT (2), STALL, EN; 4 RTCEN |
//! | 0x18 to 0x24 | IMR, RIS, MIS, ICR | 10 CBE, 9 CBM, 8 TBTO, 3 RTC, 2 CAE, 1 CAM, 0 TATO |
//! | 0x28, 0x2C | TAILR, TBILR | 15:0; 31:16 of TAILR are TBILR's with 32 bits |
//! | 0x30, 0x34 | TAMATCHR, TBMATCHR | like them |
//! | 0x38, 0x3C | TAPR, TBPR | 7:0 |
//! | 0x40, 0x44 | TAPMR, TBPMR | 7:0 |
//! | 0x48, 0x4C | TAR, TBR | like TAILR |
//!
//! An enabled timer counts from its interval to 0, where its interrupt comes, stays there for one step, and begins again or,
//! one-shot, clears its enable: a period is (TAILR + 1) (TAPR + 1) clocks, and only 16 bits have the prescaler. A new
//! interval counts at once. What a one-shot timer shows behind its end is not said; it is 0 here. A time-out while the last
//! one's flag is set shows nowhere.
//!
//! Listed as not modelled when they are enabled: real-time clock, capture, PWM, the trigger of the ADC. Stalling for a
//! debugger has no effect: time stands still when the core does.

mod half;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use super::super::{Context, Device};
use crate::clock::{ClockDomain, Picoseconds};
use half::Half;

const CFG: u32 = 0x00;
const TAMR: u32 = 0x04;
const TBMR: u32 = 0x08;
const CTL: u32 = 0x0C;
const IMR: u32 = 0x18;
const RIS: u32 = 0x1C;
const MIS: u32 = 0x20;
const ICR: u32 = 0x24;
const TAILR: u32 = 0x28;
const TBILR: u32 = 0x2C;
const TAMATCHR: u32 = 0x30;
const TBMATCHR: u32 = 0x34;
const TAPR: u32 = 0x38;
const TBPR: u32 = 0x3C;
const TAPMR: u32 = 0x40;
const TBPMR: u32 = 0x44;
const TAR: u32 = 0x48;
const TBR: u32 = 0x4C;

const CFG_16_BITS: u32 = 4;

const MODE_ONE_SHOT: u32 = 1;
const MODE_PERIODIC: u32 = 2;

/// Timer A's, and timer B's 8 bits up.
const CTL_EN: u32 = 1 << 0;
const CTL_OTE: u32 = 1 << 5;
const CTL_BITS: u32 = 0x6F7F;

/// Timer A's time-out, and timer B's 8 bits up.
const INT_TIME_OUT: u32 = 1 << 0;
const INT_BITS: u32 = 0x070F;
const INT_A: u32 = 0x000F;
const INT_B: u32 = 0x0700;

/// The device. What there is twice is timer A's and timer B's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StellarisGptm {
    cfg: u32,
    mode: [u32; 2],
    ctl: u32,
    imr: u32,
    ris: u32,
    interval: [u16; 2],
    matches: [u16; 2],
    prescale: [u32; 2],
    prescale_match: [u32; 2],
    count: [Half; 2],
}

impl Default for StellarisGptm {
    fn default() -> Self {
        Self {
            cfg: 0,
            mode: [0; 2],
            ctl: 0,
            imr: 0,
            ris: 0,
            interval: [u16::MAX; 2],
            matches: [u16::MAX; 2],
            prescale: [0; 2],
            prescale_match: [0; 2],
            count: [Half::stopped(u32::MAX), Half::stopped(0xFFFF)],
        }
    }
}

impl StellarisGptm {
    /// The two halves are one counter.
    fn is_wide(&self) -> bool {
        self.cfg < CFG_16_BITS
    }

    /// A register of 16 bits for each half as timer A shows it.
    fn joined(&self, halves: [u16; 2]) -> u32 {
        u32::from(halves[0]) | if self.is_wide() { u32::from(halves[1]) << 16 } else { 0 }
    }

    /// What a store to such a register makes of it; timer B's has no effect with 32 bits.
    fn store(&self, halves: [u16; 2], timer: usize, value: u32) -> [u16; 2] {
        match (timer, self.is_wide()) {
            (0, true) => [value as u16, (value >> 16) as u16],
            (0, false) => [value as u16, halves[1]],
            (_, true) => halves,
            (_, false) => [halves[0], value as u16],
        }
    }

    fn interval(&self, timer: usize) -> u32 {
        if timer == 0 { self.joined(self.interval) } else { u32::from(self.interval[1]) }
    }

    /// Clocks of a step.
    fn step(&self, timer: usize) -> u32 {
        if self.is_wide() { 1 } else { self.prescale[timer] + 1 }
    }

    /// Whether the timer counts as it is set up.
    fn counts(&self, timer: usize) -> bool {
        matches!(self.cfg, 0 | CFG_16_BITS) && matches!(self.mode[timer] & 0b1111, MODE_ONE_SHOT | MODE_PERIODIC)
    }

    /// Timers that firmware switches on begin at their intervals; those that it switches off stay where they are.
    fn write_control(&mut self, value: u32, context: &mut Context<'_>) {
        let now = context.ticks();
        let changed = self.ctl ^ value;
        self.ctl = value & CTL_BITS;
        for timer in 0..2 {
            let bits = self.ctl >> (8 * timer);
            let alone = timer == 0 || !self.is_wide();
            if changed >> (8 * timer) & CTL_EN == 0 || !alone {
                continue;
            }
            if bits & CTL_EN == 0 {
                self.count[timer].stop(now);
                continue;
            }
            if !self.counts(timer) || bits & CTL_OTE != 0 {
                context.unmodelled();
            }
            if self.counts(timer) {
                self.count[timer].start(self.interval(timer), self.step(timer), now);
            }
        }
    }

    fn write_interval(&mut self, timer: usize, value: u32, now: u64) {
        self.interval = self.store(self.interval, timer, value);
        let (interval, step) = (self.interval(timer), self.step(timer));
        if self.count[timer].is_running() && (timer == 0 || !self.is_wide()) {
            self.count[timer].start(interval, step, now);
        }
    }

    /// A timer that was set once and has come to its end is off.
    fn is_one_shot(&self, timer: usize) -> bool {
        self.mode[timer] & 0b11 == MODE_ONE_SHOT
    }

    fn flag(timer: usize) -> u32 {
        INT_TIME_OUT << (8 * timer)
    }

    fn read_count(&self, timer: usize, now: u64) -> u32 {
        match (timer, self.is_wide()) {
            // Timer B shows the lower half of the one counter.
            (1, true) => self.count[0].value_at(now) & 0xFFFF,
            (_, true) => self.count[0].value_at(now),
            (_, false) => self.count[timer].value_at(now) & 0xFFFF,
        }
    }
}

impl Device for StellarisGptm {
    fn read(&mut self, offset: u32, context: &mut Context<'_>) -> u32 {
        match offset {
            CFG => self.cfg,
            TAMR => self.mode[0],
            TBMR => self.mode[1],
            CTL => self.ctl,
            IMR => self.imr,
            RIS => self.ris,
            MIS => self.ris & self.imr,
            // For writing.
            ICR => 0,
            TAILR => self.joined(self.interval),
            TBILR => u32::from(self.interval[1]),
            TAMATCHR => self.joined(self.matches),
            TBMATCHR => u32::from(self.matches[1]),
            TAPR => self.prescale[0],
            TBPR => self.prescale[1],
            TAPMR => self.prescale_match[0],
            TBPMR => self.prescale_match[1],
            TAR => self.read_count(0, context.ticks()),
            TBR => self.read_count(1, context.ticks()),
            _ => {
                context.unmodelled();
                0
            }
        }
    }

    fn write(&mut self, offset: u32, value: u32, context: &mut Context<'_>) {
        let now = context.ticks();
        match offset {
            CFG => self.cfg = value & 0b111,
            TAMR => self.mode[0] = value & 0xF,
            TBMR => self.mode[1] = value & 0xF,
            CTL => self.write_control(value, context),
            IMR => self.imr = value & INT_BITS,
            ICR => {
                self.ris &= !value;
                for timer in 0..2 {
                    if value & Self::flag(timer) != 0 {
                        self.count[timer].pass(now);
                    }
                }
            }
            TAILR => self.write_interval(0, value, now),
            TBILR => self.write_interval(1, value, now),
            TAMATCHR => self.matches = self.store(self.matches, 0, value),
            TBMATCHR => self.matches = self.store(self.matches, 1, value),
            TAPR => self.prescale[0] = value & 0xFF,
            TBPR => self.prescale[1] = value & 0xFF,
            TAPMR => self.prescale_match[0] = value & 0xFF,
            TBPMR => self.prescale_match[1] = value & 0xFF,
            // For reading.
            RIS | MIS | TAR | TBR => {}
            _ => context.unmodelled(),
        }
    }

    /// A periodic timer whose flag is set does nothing that shows.
    fn deadline(&self, clock: &ClockDomain) -> Option<Picoseconds> {
        let shows = |timer: &usize| self.is_one_shot(*timer) || self.ris & Self::flag(*timer) == 0;
        let next = (0..2).filter(shows).filter_map(|timer| self.count[timer].zero()).min();
        next.map(|tick| clock.time_of(tick))
    }

    fn fire(&mut self, context: &mut Context<'_>) {
        let now = context.ticks();
        for timer in 0..2 {
            if self.count[timer].zero().is_none_or(|zero| zero > now) {
                continue;
            }
            self.ris |= Self::flag(timer);
            if self.is_one_shot(timer) {
                self.ctl &= !(CTL_EN << (8 * timer));
                self.count[timer].stop(now);
            } else {
                self.count[timer].pass(now);
            }
        }
    }

    fn lines(&self) -> u32 {
        let masked = self.ris & self.imr;
        u32::from(masked & INT_A != 0) | u32::from(masked & INT_B != 0) << 1
    }

    /// TIMER0A, TIMER0B, ...
    fn line(&self, interrupt: &str) -> Option<u8> {
        Some(u8::from(interrupt.ends_with('B')))
    }
}
