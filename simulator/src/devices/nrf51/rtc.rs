//! RTC (RM 19): a counter of 24 bits on the 32.768 kHz clock, with a prescaler of 12 bits and up to four compare registers.
//!
//! | offset | register | |
//! |---|---|---|
//! | 0x000, 0x004, 0x008, 0x00C | START, STOP, CLEAR, TRIGOVRFLW | tasks; the last sets the counter to 0xFFFFF0 |
//! | 0x100, 0x104 | TICK, OVRFLW | events: a step; the step from 0xFFFFFF to 0 |
//! | 0x140 + 4 n | COMPARE n | event: the step to CC n |
//! | 0x340, 0x344, 0x348 | EVTEN, EVTENSET, EVTENCLR | bit n: event n is made |
//! | 0x504 | COUNTER | 23:0, read only |
//! | 0x508 | PRESCALER | 11:0: a step takes PRESCALER + 1 clocks; written while the counter stands |
//! | 0x540 + 4 n | CC n | 23:0; RTC0 has three of them |
//!
//! An event is made only if it interrupts or has its bit in EVTEN (RM 19.1.5). Tasks wait for the slow clock (RM 19.1.8): a
//! CLEAR, STOP or TRIGOVRFLW for a falling edge and the rising one behind it, where it takes the step's place; after a START
//! the clocks are counted from the falling edge on. The rising edges are the clock's ticks, the falling ones lie in the
//! middle between them. The prescaler begins anew with START, CLEAR and TRIGOVRFLW.
//!
//! A CC that is written is compared with the next step on: the manual promises no more than the one behind that. Reading
//! COUNTER takes no time here. Without the slow clock ([`super::Nrf51Clock`]) nothing counts, and no task is done.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::super::{Context, Device, Setup};
use super::TRIGGER;
use super::events::Events;
use crate::clock::{ClockDomain, Picoseconds};

const START: u32 = 0x000;
const STOP: u32 = 0x004;
const CLEAR: u32 = 0x008;
const TRIGOVRFLW: u32 = 0x00C;
const EVTEN: u32 = 0x340;
const EVTENSET: u32 = 0x344;
const EVTENCLR: u32 = 0x348;
const COUNTER: u32 = 0x504;
const PRESCALER: u32 = 0x508;
const CC: u32 = 0x540;
const CC_END: u32 = CC + 4 * CHANNELS as u32 - 1;

const CHANNELS: usize = 4;
const TICK: u32 = 1 << 0;
const OVRFLW: u32 = 1 << 1;
/// COMPARE 0 is event 16; the others follow.
const COMPARE: u32 = 16;
const VALUES: u64 = 1 << 24;
const ALMOST_OVER: u32 = 0xFF_FFF0;

/// What the slow clock has to bring about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Task {
    Start,
    Stop,
    Clear,
    TriggerOverflow,
}

/// The device. Its clock is the slow one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Nrf51Rtc {
    channels: usize,
    events: Events,
    event_enable: u32,
    prescaler: u32,
    cc: [u32; CHANNELS],
    running: bool,
    /// The counter was `value` at the tick `since`, and a step of it takes `step` ticks.
    value: u32,
    since: u64,
    step: u64,
    /// Tasks that wait for their tick, in order.
    coming: VecDeque<(u64, Task)>,
}

impl Nrf51Rtc {
    /// The counter of a name like `RTC1`.
    #[must_use]
    pub fn new(setup: Setup<'_>) -> Self {
        let channels = if setup.name == "RTC0" { 3 } else { CHANNELS };
        Self {
            channels,
            events: Events::new(TICK | OVRFLW | ((1 << channels) - 1) << COMPARE),
            event_enable: 0,
            prescaler: 0,
            cc: [0; CHANNELS],
            running: false,
            value: 0,
            since: 0,
            step: 1,
            coming: VecDeque::new(),
        }
    }

    /// The events, each with the steps that are left until it.
    fn ahead(&self) -> impl Iterator<Item = (u32, u64)> {
        let to = |value: u32| match (u64::from(value) + VALUES - u64::from(self.value)) % VALUES {
            0 => VALUES,
            steps => steps,
        };
        let compare = (0..self.channels).map(move |n| (1 << (COMPARE as usize + n), to(self.cc[n])));
        [(TICK, 1), (OVRFLW, to(0))].into_iter().chain(compare)
    }

    /// Takes the steps up to and including a tick.
    fn count_to(&mut self, tick: u64) {
        if !self.running {
            return;
        }
        let steps = tick.saturating_sub(self.since) / self.step;
        let passed = self.ahead().filter(|(_, ahead)| *ahead <= steps).fold(0, |events, (event, _)| events | event);
        self.events.raise(passed & (self.event_enable | self.events.interrupting()));
        self.value = ((u64::from(self.value) + steps) % VALUES) as u32;
        self.since += steps * self.step;
    }

    /// Lets pass what has passed until a tick.
    fn settle(&mut self, tick: u64) {
        while let Some((at, task)) = self.coming.front().copied().filter(|(at, _)| *at <= tick) {
            self.coming.pop_front();
            self.count_to(at.saturating_sub(1));
            match task {
                Task::Start if self.running => continue,
                Task::Start => self.running = true,
                Task::Stop => {
                    self.running = false;
                    continue;
                }
                Task::Clear => self.value = 0,
                Task::TriggerOverflow => self.value = ALMOST_OVER,
            }
            self.since = at;
            self.step = u64::from(self.prescaler) + 1;
        }
        self.count_to(tick);
    }

    /// A task is triggered: the tick at which it is done.
    fn trigger(&mut self, task: Task, context: &Context<'_>) {
        let tick = context.ticks();
        let (rise, next) = (context.clock.time_of(tick), context.clock.time_of(tick + 1));
        let fallen = context.now >= rise + (next - rise) / 2;
        let started = tick + u64::from(fallen);
        let at = if task == Task::Start { started } else { started + 1 };
        let behind = self.coming.back().map_or(at, |(before, _)| at.max(*before));
        self.coming.push_back((behind, task));
        self.settle(tick);
    }
}

impl Device for Nrf51Rtc {
    fn read(&mut self, offset: u32, context: &mut Context<'_>) -> u32 {
        self.settle(context.ticks());
        match offset {
            START | STOP | CLEAR | TRIGOVRFLW => 0,
            EVTEN | EVTENSET | EVTENCLR => self.event_enable,
            COUNTER => self.value,
            PRESCALER => self.prescaler,
            CC..=CC_END if ((offset - CC) / 4) < self.channels as u32 => self.cc[((offset - CC) / 4) as usize],
            _ => self.events.read(offset).unwrap_or_else(|| {
                context.unmodelled();
                0
            }),
        }
    }

    fn write(&mut self, offset: u32, value: u32, context: &mut Context<'_>) {
        self.settle(context.ticks());
        let task = match offset {
            START => Some(Task::Start),
            STOP => Some(Task::Stop),
            CLEAR => Some(Task::Clear),
            TRIGOVRFLW => Some(Task::TriggerOverflow),
            _ => None,
        };
        let exist = TICK | OVRFLW | ((1 << self.channels) - 1) << COMPARE;
        match offset {
            START | STOP | CLEAR | TRIGOVRFLW => {
                if let Some(task) = task.filter(|_| value == TRIGGER) {
                    self.trigger(task, context);
                }
            }
            EVTEN => self.event_enable = value & exist,
            EVTENSET => self.event_enable |= value & exist,
            EVTENCLR => self.event_enable &= !value,
            COUNTER => {}
            // "Must be written when RTC is stopped."
            PRESCALER if self.running => context.unmodelled(),
            PRESCALER => self.prescaler = value & 0xFFF,
            CC..=CC_END if ((offset - CC) / 4) < self.channels as u32 => {
                self.cc[((offset - CC) / 4) as usize] = value & (VALUES as u32 - 1);
            }
            _ if self.events.write(offset, value) => {}
            _ => context.unmodelled(),
        }
    }

    /// Events that do not interrupt are found when somebody looks.
    fn deadline(&self, clock: &ClockDomain) -> Option<Picoseconds> {
        let awaited = self.events.awaited();
        let steps = self.ahead().filter(|(event, _)| event & awaited != 0).map(|(_, steps)| steps).min();
        let event = steps.filter(|_| self.running).map(|steps| self.since + steps * self.step);
        let task = self.coming.front().map(|(at, _)| *at);
        event.into_iter().chain(task).min().map(|tick| clock.time_of(tick))
    }

    fn fire(&mut self, context: &mut Context<'_>) {
        self.settle(context.ticks());
    }

    fn lines(&self) -> u32 {
        self.events.lines()
    }

    fn line(&self, _: &str) -> Option<u8> {
        Some(0)
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::Effects;
    use super::super::super::testing::Bench;
    use super::*;
    use crate::clock::SECOND;

    const EVENT_TICK: u32 = 0x100;
    const EVENT_OVRFLW: u32 = 0x104;
    const EVENT_COMPARE: u32 = 0x140;
    const INTENSET: u32 = 0x304;
    const MICROSECOND: Picoseconds = SECOND / 1_000_000;

    fn rtc(name: &str) -> Nrf51Rtc {
        Nrf51Rtc::new(Setup { name, board: &crate::testing::board() })
    }

    /// RTC1 on its clock; [`Bench`] makes accesses at rising edges.
    fn bench() -> Bench<Nrf51Rtc> {
        Bench::of(rtc("RTC1"), 32_768)
    }

    /// RM 19.2: registers, their reset values, and the bits that can be written.
    #[test]
    fn registers() {
        let mut bench = bench();
        for (offset, reset, ones) in [
            (0x000, 0, 0),
            (0x004, 0, 0),
            (0x008, 0, 0),
            (0x00C, 0, 0),
            (0x100, 0, 0),
            (0x104, 0, 0),
            (0x140, 0, 0),
            (0x14C, 0, 0),
            (0x304, 0, 0xF_0003),
            (0x340, 0, 0xF_0003),
            (0x344, 0, 0xF_0003),
            (0x504, 0, 0),
            (0x508, 0, 0xFFF),
            (0x540, 0, 0xFF_FFFF),
            (0x54C, 0, 0xFF_FFFF),
        ] {
            bench.write(EVTENCLR, u32::MAX);
            assert_eq!(bench.read(offset), reset, "{offset:#x} after reset");
            bench.write(offset, u32::MAX);
            assert_eq!(bench.read(offset), ones, "{offset:#x} with ones");
        }
        assert_eq!(bench.unmodelled, 0);
        let mut three = Bench::of(rtc("RTC0"), 32_768);
        three.write(0x548, 1).write(0x54C, 1).write(INTENSET, u32::MAX);
        assert_eq!((three.read(0x548), three.read(INTENSET), three.unmodelled), (1, 0x7_0003, 1));
    }

    #[test]
    fn a_day_has_as_many_steps_as_the_crystal_vibrates() {
        let mut bench = bench();
        bench.write(PRESCALER, 32).write(START, 1);
        // 32768 Hz / 33 = 992.97 Hz, the manual's example of a prescaler.
        bench.at(86_400 * 32_768);
        assert_eq!(bench.read(COUNTER), (86_400_u32 * 32_768 / 33) % (1 << 24));
        assert_eq!(bench.clock.time_of(86_400 * 32_768), 86_400 * SECOND);
    }

    #[test]
    fn an_event_needs_its_interrupt_or_its_bit_in_evten() {
        let mut bench = bench();
        bench.write(START, 1).at(5);
        assert_eq!(bench.read(EVENT_TICK), 0);
        bench.write(EVTENSET, TICK).at(6);
        assert_eq!((bench.read(EVENT_TICK), bench.device.lines(), bench.due()), (1, 0, None));
        bench.write(EVTENCLR, TICK).write(EVENT_TICK, 0).write(INTENSET, TICK);
        assert_eq!(bench.due(), Some(7));
        assert_eq!((bench.at(7).device.lines(), bench.read(EVENT_TICK)), (1, 1));
    }

    #[test]
    fn compare_comes_with_the_step_to_it() {
        let mut bench = bench();
        bench.write(PRESCALER, 3).write(CC, 10).write(CC + 12, 0).write(INTENSET, 0b1001 << COMPARE).write(START, 1);
        assert_eq!((bench.due(), bench.at(39).read(EVENT_COMPARE)), (Some(40), 0));
        assert_eq!((bench.at(40).read(EVENT_COMPARE), bench.read(COUNTER), bench.device.lines()), (1, 10, 1));
        bench.write(EVENT_COMPARE, 0);
        assert_eq!(bench.device.lines(), 0, "CC3 is 0: the counter was, and has not come there");
        assert_eq!(bench.due(), Some(4 << 24));
    }

    #[test]
    fn overflow_is_sixteen_steps_behind_its_task() {
        let mut bench = bench();
        bench.write(INTENSET, OVRFLW).write(START, 1).at(100).write(TRIGOVRFLW, 1);
        assert_eq!(bench.read(COUNTER), 100);
        assert_eq!(bench.at(101).read(COUNTER), 0xFF_FFF0);
        assert_eq!((bench.at(116).read(EVENT_OVRFLW), bench.read(COUNTER)), (0, 0xFF_FFFF));
        assert_eq!((bench.at(117).read(EVENT_OVRFLW), bench.read(COUNTER), bench.device.lines()), (1, 0, 1));
    }

    #[test]
    fn stop_and_clear_take_the_place_of_a_step() {
        let mut bench = bench();
        bench.write(START, 1).at(9).write(CLEAR, 1);
        assert_eq!((bench.read(COUNTER), bench.at(10).read(COUNTER), bench.at(11).read(COUNTER)), (9, 0, 1));
        bench.write(STOP, 1);
        assert_eq!((bench.at(12).read(COUNTER), bench.at(1000).read(COUNTER)), (1, 1));
        // One behind the other: the clear is not lost, and the counter goes on from 0.
        bench.write(CLEAR, 1).write(START, 1);
        assert_eq!((bench.at(1001).read(COUNTER), bench.at(1005).read(COUNTER)), (0, 4));
    }

    #[test]
    fn the_prescaler_is_for_a_counter_that_stands() {
        let mut bench = bench();
        bench.write(PRESCALER, 7).write(START, 1).write(PRESCALER, 1);
        assert_eq!((bench.read(PRESCALER), bench.unmodelled), (7, 1));
        // CLEAR begins a step anew.
        bench.at(13).write(CLEAR, 1);
        assert_eq!((bench.at(14).read(COUNTER), bench.at(21).read(COUNTER), bench.at(22).read(COUNTER)), (0, 0, 1));
    }

    /// RM 19.1.8: from START to the first step, and from CLEAR to 0, it is 15 to 46 us.
    #[test]
    fn tasks_wait_for_the_slow_clock() {
        let clock = ClockDomain::new(32_768);
        let access = |rtc: &mut Nrf51Rtc, now: Picoseconds, task: u32| {
            rtc.write(task, 1, &mut Context::new(now, &clock, &mut Effects::default()));
        };
        for eighth in 0..8 {
            let now = clock.time_of(100) + eighth * 30 * MICROSECOND / 8;
            let mut rtc = rtc("RTC1");
            rtc.events.write(INTENSET, TICK);
            access(&mut rtc, now, START);
            while rtc.coming.front().is_some() {
                let at = rtc.deadline(&clock).unwrap();
                rtc.fire(&mut Context::new(at, &clock, &mut Effects::default()));
            }
            let delay = rtc.deadline(&clock).unwrap() - now;
            assert!((15 * MICROSECOND..=46 * MICROSECOND).contains(&delay), "{eighth}: {delay} ps");
            rtc.events.write(0x308, TICK);
            access(&mut rtc, now, CLEAR);
            let delay = rtc.deadline(&clock).unwrap() - now;
            assert!((15 * MICROSECOND..=46 * MICROSECOND).contains(&delay), "{eighth}: {delay} ps");
        }
    }

    #[test]
    fn without_its_clock_it_stands() {
        let mut bench = bench();
        bench.clock.stop(0);
        bench.write(INTENSET, TICK).write(START, 1).write(CLEAR, 1);
        assert_eq!(bench.device.deadline(&bench.clock), Some(Picoseconds::MAX), "the end of time");
        assert_eq!(bench.read(COUNTER), 0);
    }
}
