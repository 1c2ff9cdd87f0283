//! General-purpose timers TIM2 to TIM5 (RM 18): a counter of 32 bits (TIM2, TIM5) or 16 (TIM3, TIM4) behind a prescaler,
//! with four compare channels.
//!
//! The timer is computed when somebody looks. Between two looks its counter makes a number of runs, all equal once the
//! preloaded values are in force, so a look costs the same after a second and after a day.
//!
//! Where the manual leaves something open:
//!
//! - A channel matches when the counter *steps* onto its value. A store to CNT or CCRx that makes the two equal is no
//!   match, and neither is the restart by UG: the match comes a whole run later. Firmware that looks at CNT behind a
//!   store to CCRx, as it must for values in the past, works either way.
//! - A flag is there at the step that sets it; silicon takes a clock more.
//! - A counter beyond its reload value counts on to its top, and wraps there without an update.
//!
//! Not modelled, and listed when asked for: centre-aligned counting (it counts as DIR says), slave modes and external
//! clocks, trigger output, input capture, clearing OCxREF, DMA.

mod counter;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use super::super::{Context, Device, NarrowStore, Setup};
use crate::clock::{ClockDomain, Picoseconds};
use counter::Counter;

const CR1: u32 = 0x00;
const CR2: u32 = 0x04;
const SMCR: u32 = 0x08;
const DIER: u32 = 0x0C;
const SR: u32 = 0x10;
const EGR: u32 = 0x14;
const CCMR1: u32 = 0x18;
const CCMR2: u32 = 0x1C;
const CCER: u32 = 0x20;
const CNT: u32 = 0x24;
const PSC: u32 = 0x28;
const ARR: u32 = 0x2C;
const CCR1: u32 = 0x34;
const CCR4: u32 = 0x40;
const OR: u32 = 0x50;

const CR1_CEN: u32 = 1 << 0;
const CR1_UDIS: u32 = 1 << 1;
const CR1_URS: u32 = 1 << 2;
const CR1_OPM: u32 = 1 << 3;
const CR1_DIR: u32 = 1 << 4;
const CR1_CMS: u32 = 0b11 << 5;
const CR1_ARPE: u32 = 1 << 7;

/// These have the same places in DIER, SR and EGR; channel n has the bit of the first one shifted by n.
const UPDATE: u32 = 1 << 0;
const COMPARE: u32 = 1 << 1;
const TRIGGER: u32 = 1 << 6;
const COMPARES: u32 = 0b1111 * COMPARE;
const INTERRUPTS: u32 = UPDATE | COMPARES | TRIGGER;

/// A channel's byte of CCMR1 or CCMR2.
const CCMR_INPUT: u32 = 0b11;
const CCMR_PRELOAD: u32 = 1 << 3;
/// Input capture, and clearing OCxREF by ETRF, of both channels.
const CCMR_UNMODELLED: u32 = 0x8383;

const CHANNELS: usize = 4;

/// The device.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stm32Timer {
    cr1: u32,
    cr2: u32,
    smcr: u32,
    dier: u32,
    sr: u32,
    ccmr: [u32; 2],
    ccer: u32,
    option: u32,
    /// The bits that OR has; 0 if there is no such register.
    options: u32,
    /// What firmware has written; `counter` and `compare` have what is in force.
    psc: u32,
    arr: u32,
    ccr: [u32; CHANNELS],
    compare: [u32; CHANNELS],
    /// OCxREF of the modes that remember it.
    references: [bool; CHANNELS],
    counter: Counter,
    /// The tick at which all of this is so; one ahead while the counter starts.
    since: u64,
}

impl Stm32Timer {
    /// The timer of a name like `TIM2`.
    #[must_use]
    pub fn new(setup: Setup<'_>) -> Self {
        let (top, options) = match setup.name {
            "TIM2" => (0xFFFF_FFFF, 0x0C00),
            "TIM5" => (0xFFFF_FFFF, 0x00C0),
            _ => (0xFFFF, 0),
        };
        Self { options, arr: top, counter: Counter::new(top), ..Self::default() }
    }

    /// OCxREF of channel 0 to 3, which a compare pin shows if it is enabled; as of the last look.
    #[must_use]
    pub fn output_reference(&self, channel: usize) -> bool {
        let (Some(compare), count) = (self.compare.get(channel), self.counter.count) else { return false };
        let active = if self.counter.down { count <= *compare } else { count < *compare };
        match self.output_mode(channel) {
            4 => false,
            5 => true,
            6 => active,
            7 => !active,
            _ => self.references[channel],
        }
    }

    fn is(&self, bit: u32) -> bool {
        self.cr1 & bit != 0
    }

    fn running(&self) -> bool {
        self.is(CR1_CEN) && !self.counter.blocked()
    }

    /// A channel's byte of CCMR1 or CCMR2.
    fn mode(&self, channel: usize) -> u32 {
        self.ccmr[channel / 2] >> (8 * (channel % 2)) & 0xFF
    }

    /// OCxM.
    fn output_mode(&self, channel: usize) -> u32 {
        self.mode(channel) >> 4 & 0b111
    }

    fn is_output(&self, channel: usize) -> bool {
        self.mode(channel) & CCMR_INPUT == 0
    }

    fn outputs(&self) -> impl Iterator<Item = usize> + use<> {
        let outputs = [0, 1, 2, 3].map(|channel| self.is_output(channel));
        (0..CHANNELS).filter(move |channel| outputs[*channel])
    }

    fn matched(&mut self, channel: usize) {
        self.sr |= COMPARE << channel;
        let mode = self.output_mode(channel);
        let reference = &mut self.references[channel];
        *reference = match mode {
            1 => true,
            2 => false,
            3 => !*reference,
            _ => *reference,
        };
    }

    /// What is preloaded comes into force.
    fn load(&mut self) {
        self.counter.prescaler = self.psc;
        self.counter.reload = self.arr;
        self.compare = self.ccr;
    }

    /// What is not preloaded is in force as soon as it is written.
    fn load_through(&mut self) {
        if !self.is(CR1_ARPE) {
            self.counter.reload = self.arr;
        }
        for channel in 0..CHANNELS {
            if self.mode(channel) & CCMR_PRELOAD == 0 {
                self.compare[channel] = self.ccr[channel];
            }
        }
    }

    /// Whether an update changes nothing of what is in force.
    fn is_steady(&self) -> bool {
        let (psc, arr) = (self.counter.prescaler, self.counter.reload);
        self.is(CR1_UDIS) || (psc, arr, self.compare) == (self.psc, self.arr, self.ccr)
    }

    /// An update event, unless it is disabled. The reload value is in force before the counter takes it.
    fn update(&mut self, flag: bool) {
        if self.is(CR1_UDIS) {
            return;
        }
        self.load();
        if flag {
            self.sr |= UPDATE;
        }
        if self.is(CR1_OPM) {
            self.cr1 &= !CR1_CEN;
        }
    }

    /// Makes `tick` the time from which everything is computed.
    fn settle(&mut self, tick: u64) {
        let mut left = tick.saturating_sub(self.since);
        self.since = self.since.max(tick);
        while self.running() {
            let to_wrap = self.counter.clocks(self.counter.steps_to_wrap());
            if left < to_wrap {
                self.pass(left);
                return;
            }
            left -= to_wrap;
            self.finish_run();
            if self.running() && self.is_steady() {
                // From here on one run is as the other. One must be made for the flags, and an odd number left over for
                // the channels that toggle.
                let period = self.counter.period();
                left -= (left / period).saturating_sub(1) / 2 * 2 * period;
            }
        }
    }

    /// Lets clocks pass that do not end the run.
    fn pass(&mut self, clocks: u64) {
        let steps = self.counter.steps(clocks);
        for channel in self.outputs() {
            if self.counter.steps_to(self.compare[channel]).is_some_and(|until| until <= steps) {
                self.matched(channel);
            }
        }
        self.counter.pass(clocks);
    }

    /// The rest of the run, and the step into the next one.
    fn finish_run(&mut self) {
        let astray = self.counter.astray();
        for channel in self.outputs() {
            if self.counter.steps_to(self.compare[channel]).is_some() {
                self.matched(channel);
            }
            // "When CCR1 is greater than ARR, the CC1IF bit goes high on the counter overflow" (RM 18.4.5): the flag only.
            if self.compare[channel] > self.counter.reload && !astray {
                self.sr |= COMPARE << channel;
            }
        }
        if !astray {
            self.update(true);
        }
        self.counter.restart();
        for channel in self.outputs() {
            if self.compare[channel] == self.counter.count {
                self.matched(channel);
            }
        }
    }

    fn write_cr1(&mut self, value: u32, context: &mut Context<'_>) {
        if value & CR1_CMS != 0 {
            context.unmodelled();
        }
        if value & !self.cr1 & CR1_CEN != 0 {
            // "The actual counter enable signal is set 1 clock cycle after CEN" (RM 18.3.1).
            self.since = context.ticks() + 1;
        }
        self.cr1 = value & 0x3FF;
        self.counter.down = self.is(CR1_DIR);
    }

    fn write_ccmr(&mut self, index: usize, value: u32, context: &mut Context<'_>) {
        // A mode that computes OCxREF leaves it to one that remembers it.
        self.references = [0, 1, 2, 3].map(|channel| self.output_reference(channel));
        // CCxS can only be written while the channel is off (RM 18.4.7).
        let on = (0..2).filter(|half| self.ccer >> (4 * (2 * index + half)) & 1 != 0);
        let fixed = on.fold(0, |mask, half| mask | CCMR_INPUT << (8 * half));
        let value = value & 0xFFFF & !fixed | self.ccmr[index] & fixed;
        if value & CCMR_UNMODELLED != 0 {
            context.unmodelled();
        }
        self.ccmr[index] = value;
    }

    fn generate(&mut self, events: u32, context: &mut Context<'_>) {
        for channel in (0..CHANNELS).filter(|channel| events & COMPARE << channel != 0) {
            if self.is_output(channel) {
                self.sr |= COMPARE << channel;
            } else {
                context.unmodelled();
            }
        }
        self.sr |= events & TRIGGER;
        if events & UPDATE != 0 {
            self.update(!self.is(CR1_URS));
            self.counter.restart();
        }
    }
}

impl Device for Stm32Timer {
    fn read(&mut self, offset: u32, context: &mut Context<'_>) -> u32 {
        self.settle(context.ticks());
        match offset {
            CR1 => self.cr1,
            CR2 => self.cr2,
            SMCR => self.smcr,
            DIER => self.dier,
            SR => self.sr,
            EGR => 0,
            CCMR1 => self.ccmr[0],
            CCMR2 => self.ccmr[1],
            CCER => self.ccer,
            CNT => self.counter.count,
            PSC => self.psc,
            ARR => self.arr,
            CCR1..=CCR4 => self.ccr[((offset - CCR1) / 4) as usize],
            OR if self.options != 0 => self.option,
            _ => {
                context.unmodelled();
                0
            }
        }
    }

    fn write(&mut self, offset: u32, value: u32, context: &mut Context<'_>) {
        self.settle(context.ticks());
        let top = self.counter.top;
        let mut known = |register: &mut u32, mask: u32, modelled: u32| {
            *register = value & mask;
            if *register & !modelled != 0 {
                context.unmodelled();
            }
        };
        match offset {
            CR1 => self.write_cr1(value, context),
            CR2 => known(&mut self.cr2, 0xF8, 0),
            SMCR => known(&mut self.smcr, 0xFFF7, 0),
            DIER => known(&mut self.dier, 0x5F5F, INTERRUPTS),
            SR => self.sr &= value,
            EGR => self.generate(value, context),
            CCMR1 => self.write_ccmr(0, value, context),
            CCMR2 => self.write_ccmr(1, value, context),
            CCER => self.ccer = value & 0xBBBB,
            CNT => self.counter.count = value & top,
            PSC => self.psc = value & 0xFFFF,
            ARR => self.arr = value & top,
            CCR1..=CCR4 => {
                let channel = ((offset - CCR1) / 4) as usize;
                // A capture register is read-only.
                if self.is_output(channel) {
                    self.ccr[channel] = value & top;
                }
            }
            OR if self.options != 0 => self.option = value & self.options,
            _ => context.unmodelled(),
        }
        self.load_through();
    }

    /// The next thing that can raise the interrupt. A channel that does not match in this run is looked at again at its
    /// end, when its value may have changed.
    fn deadline(&self, clock: &ClockDomain) -> Option<Picoseconds> {
        if !self.running() {
            return None;
        }
        let wanted = self.dier & !self.sr;
        let wrap = self.counter.steps_to_wrap();
        let compares = self.outputs().filter(|channel| wanted & COMPARE << channel != 0);
        let compares = compares.map(|channel| self.counter.steps_to(self.compare[channel]).unwrap_or(wrap));
        let update = (wanted & UPDATE != 0 && !self.is(CR1_UDIS)).then_some(wrap);
        let steps = compares.chain(update).min()?;
        Some(clock.time_of(self.since.saturating_add(self.counter.clocks(steps))))
    }

    fn fire(&mut self, context: &mut Context<'_>) {
        self.settle(context.ticks());
    }

    fn lines(&self) -> u32 {
        u32::from(self.sr & self.dier & INTERRUPTS != 0)
    }

    fn line(&self, _: &str) -> Option<u8> {
        Some(0)
    }

    fn narrow_store(&self) -> NarrowStore {
        NarrowStore::Repeat
    }
}
