//! Independent watchdog of the STM32F4 (RM 21): a 12-bit down counter on the LSI clock that resets the chip at its end.
//!
//! | offset | register | bits |
//! |---|---|---|
//! | 0x0 | KR | 15:0 KEY (write only): 0x5555 opens PR and RLR, 0xAAAA reloads, 0xCCCC starts; all but the first close |
//! | 0x4 | PR | 2:0 PR: the counter takes a step every 4 << PR clocks, 256 at most |
//! | 0x8 | RLR | 11:0 RL |
//! | 0xC | SR | 1 RVU, 0 PVU (read only): an update is under way |
//!
//! The reset comes RL + 1 steps after a reload (RM table 107). A step begins with the clock in which the counter was
//! started or reloaded; on the chip the prescaler's phase is another, which makes up to one step. PR and RLR are in effect
//! five clocks after they are written, the longest that the manual allows; until then they show the old value, and further
//! stores are lost. Starting the watchdog starts the LSI oscillator, which RCC's CSR does not show here, and takes no time.
//!
//! Not modelled: the start by option byte. F4 watchdogs have no window.

use serde::{Deserialize, Serialize};

use super::super::{Context, Device, NarrowStore, ResetCause};
use crate::clock::{ClockDomain, Picoseconds};

const KR: u32 = 0x0;
const PR: u32 = 0x4;
const RLR: u32 = 0x8;
const SR: u32 = 0xC;

const KEY_OPEN: u32 = 0x5555;
const KEY_RELOAD: u32 = 0xAAAA;
const KEY_START: u32 = 0xCCCC;
const SR_PVU: u32 = 1 << 0;
const SR_RVU: u32 = 1 << 1;

/// "Up to five RC cycles" (RM 21.4.4).
const UPDATE: u64 = 5;

/// A register between the store and the clock domain of the counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Register {
    value: u16,
    /// The value that comes, and the tick at which it does.
    coming: Option<(u64, u16)>,
}

impl Register {
    fn holding(value: u16) -> Self {
        Self { value, coming: None }
    }

    fn write(&mut self, tick: u64, value: u16) {
        self.coming.get_or_insert((tick + UPDATE, value));
    }

    /// Takes over what has come; gives the tick at which it did.
    fn update(&mut self, tick: u64) -> Option<u64> {
        let (at, value) = self.coming.take_if(|(at, _)| *at <= tick)?;
        self.value = value;
        Some(at)
    }
}

/// What the counter does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum State {
    Stopped,
    Counting,
    /// It waits for the reset that it has asked for.
    Expired,
}

/// The device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stm32Iwdg {
    open: bool,
    state: State,
    prescaler: Register,
    reload: Register,
    /// The counter at tick `since`, where a step begins.
    counter: u16,
    since: u64,
}

impl Default for Stm32Iwdg {
    fn default() -> Self {
        Self {
            open: false,
            state: State::Stopped,
            prescaler: Register::holding(0),
            reload: Register::holding(0xFFF),
            counter: 0xFFF,
            since: 0,
        }
    }
}

impl Stm32Iwdg {
    /// Clocks of a step: PR 6 and 7 are the same (RM 21.4.2).
    fn step(&self) -> u64 {
        4 << self.prescaler.value.min(6)
    }

    /// The tick at which the step behind 0 ends.
    fn end(&self) -> u64 {
        self.since + (u64::from(self.counter) + 1) * self.step()
    }

    fn count_to(&mut self, tick: u64) {
        if self.state == State::Stopped {
            self.since = tick;
            return;
        }
        let steps = (tick.saturating_sub(self.since) / self.step()).min(u64::from(self.counter));
        self.counter -= steps as u16;
        self.since += steps * self.step();
    }

    fn settle(&mut self, tick: u64) {
        self.reload.update(tick);
        if let Some((at, _)) = self.prescaler.coming.filter(|(at, _)| *at <= tick) {
            self.count_to(at);
            self.prescaler.update(tick);
            self.since = self.since.max(at);
        }
        self.count_to(tick);
    }

    fn key(&mut self, key: u32, tick: u64) {
        self.open = key == KEY_OPEN;
        match key {
            KEY_RELOAD => (self.counter, self.since) = (self.reload.value, tick),
            KEY_START if self.state == State::Stopped => self.state = State::Counting,
            _ => {}
        }
    }
}

impl Device for Stm32Iwdg {
    fn read(&mut self, offset: u32, context: &mut Context<'_>) -> u32 {
        self.settle(context.ticks());
        let flag = |register: &Register, bit| if register.coming.is_some() { bit } else { 0 };
        match offset {
            KR => 0,
            PR => self.prescaler.value.into(),
            RLR => self.reload.value.into(),
            SR => flag(&self.prescaler, SR_PVU) | flag(&self.reload, SR_RVU),
            _ => {
                context.unmodelled();
                0
            }
        }
    }

    fn write(&mut self, offset: u32, value: u32, context: &mut Context<'_>) {
        let tick = context.ticks();
        self.settle(tick);
        match offset {
            KR => self.key(value & 0xFFFF, tick),
            PR if self.open => self.prescaler.write(tick, (value & 0b111) as u16),
            RLR if self.open => self.reload.write(tick, (value & 0xFFF) as u16),
            PR | RLR | SR => {}
            _ => context.unmodelled(),
        }
    }

    fn deadline(&self, clock: &ClockDomain) -> Option<Picoseconds> {
        if self.state != State::Counting {
            return None;
        }
        // From another prescaler on, the end is another.
        let end = self.prescaler.coming.map_or(self.end(), |(at, _)| at.min(self.end()));
        Some(clock.time_of(end))
    }

    fn fire(&mut self, context: &mut Context<'_>) {
        let tick = context.ticks();
        self.settle(tick);
        if self.end() <= tick {
            self.state = State::Expired;
            context.reset(ResetCause::Watchdog);
        }
    }

    fn narrow_store(&self) -> NarrowStore {
        NarrowStore::Repeat
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::Bench;
    use super::*;

    /// The LSI's frequency; a tick is one of its clocks.
    const LSI: u64 = 32_000;

    fn bench() -> Bench<Stm32Iwdg> {
        Bench::of(Stm32Iwdg::default(), LSI)
    }

    /// With PR and RLR in effect at tick 5, and the counter reloaded and started then.
    fn started(prescaler: u32, reload: u32) -> Bench<Stm32Iwdg> {
        let mut bench = bench();
        bench.write(KR, KEY_OPEN).write(PR, prescaler).write(RLR, reload).at(5);
        bench.write(KR, KEY_RELOAD).write(KR, KEY_START);
        bench
    }

    /// RM 21.4.1 to 21.4.5: offset, reset value, bits that can be written once 0x5555 has opened the registers.
    #[test]
    fn register_table() {
        for (offset, reset, writable) in [(0x0, 0, 0), (0x4, 0, 0x7), (0x8, 0xFFF, 0xFFF), (0xC, 0, 0)] {
            let mut bench = bench();
            assert_eq!(bench.read(offset), reset, "{offset:#x}");
            assert_eq!(bench.write(offset, !reset).at(10).read(offset), reset, "{offset:#x} is closed");
            bench.write(KR, KEY_OPEN).write(offset, !reset);
            assert_eq!(bench.at(20).read(offset), reset ^ writable, "{offset:#x}");
        }
        let mut bench = bench();
        bench.write(0x10, 0).read(0x10);
        assert_eq!(bench.unmodelled, 2);
    }

    /// RM table 107: the shortest and the longest time-out in milliseconds at 32 kHz.
    #[test]
    fn time_outs() {
        for (prescaler, shortest, longest) in [
            (0, 0.125, 512.0),
            (1, 0.25, 1024.0),
            (2, 0.5, 2048.0),
            (3, 1.0, 4096.0),
            (4, 2.0, 8192.0),
            (5, 4.0, 16384.0),
            (6, 8.0, 32768.0),
        ] {
            for (reload, milliseconds) in [(0, shortest), (0xFFF, longest)] {
                let mut bench = started(prescaler, reload);
                let end = 5 + (milliseconds * 32.0) as u64;
                assert_eq!(bench.due(), Some(end), "PR {prescaler}, RL {reload:#x}");
                assert_eq!(bench.at(end - 1).resets, []);
                assert_eq!(bench.at(end).resets, [(end, ResetCause::Watchdog)]);
                assert_eq!(bench.at(10 * end).resets.len(), 1, "it asks once");
            }
        }
    }

    #[test]
    fn a_reload_in_time_postpones_the_end() {
        let mut bench = started(0, 99);
        for feeding in 1..5 {
            bench.at(5 + 399 * feeding).write(KR, KEY_RELOAD);
        }
        assert_eq!((bench.resets.len(), bench.due()), (0, Some(5 + 4 * 399 + 400)));
    }

    /// RM 21.3: started without a reload it counts from the reset value, 0xFFF; it cannot be stopped or started again.
    #[test]
    fn it_starts_from_the_reset_value_and_does_not_stop() {
        let mut bench = bench();
        bench.write(KR, KEY_OPEN).write(RLR, 1).write(KR, KEY_START);
        assert_eq!(bench.due(), Some(4096 * 4));
        bench.at(100).write(KR, KEY_START).write(KR, 0).write(KR, KEY_OPEN);
        assert_eq!(bench.due(), Some(4096 * 4));
    }

    #[test]
    fn any_key_but_the_first_closes_the_registers() {
        for key in [0, KEY_RELOAD, KEY_START, 0x1234] {
            let mut bench = bench();
            bench.write(KR, KEY_OPEN).write(KR, key).write(PR, 3);
            assert_eq!(bench.read(SR), 0, "{key:#x}");
        }
    }

    /// RM 21.4.4: PVU and RVU are up while an update is under way, and a store meanwhile is lost.
    #[test]
    fn updates_take_five_clocks() {
        let mut bench = bench();
        bench.write(KR, KEY_OPEN).write(PR, 2).at(1).write(RLR, 0x123);
        assert_eq!((bench.read(SR), bench.read(PR), bench.read(RLR)), (SR_PVU | SR_RVU, 0, 0xFFF));
        bench.at(4).write(PR, 5);
        assert_eq!((bench.at(5).read(SR), bench.read(PR)), (SR_RVU, 2));
        assert_eq!((bench.at(6).read(SR), bench.read(RLR)), (0, 0x123));
    }

    /// 1000 clocks at a step of 4 leave 0xFFF - 250; the rest goes at 8 clocks a step.
    #[test]
    fn another_prescaler_counts_the_rest() {
        let mut bench = bench();
        bench.write(KR, KEY_START).at(995).write(KR, KEY_OPEN).write(PR, 1);
        assert_eq!(bench.due(), Some(1000));
        assert_eq!(bench.at(1000).due(), Some(1000 + (0xFFF - 250 + 1) * 8));
        assert_eq!(bench.resets, []);
    }
}
