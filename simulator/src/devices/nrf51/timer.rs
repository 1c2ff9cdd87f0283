//! TIMER (RM 18): a counter of 8 to 32 bits that counts 16 MHz through a prescaler, or what its COUNT task is told, with
//! four registers that it is compared with or captured in.
//!
//! | offset | register | |
//! |---|---|---|
//! | 0x000, 0x004, 0x008, 0x00C, 0x010 | START, STOP, COUNT, CLEAR, SHUTDOWN | tasks |
//! | 0x040 + 4 n | CAPTURE n | task: CC n becomes the counter's value |
//! | 0x140 + 4 n | COMPARE n | event: the counter has come to CC n |
//! | 0x200 | SHORTS | 11:8 COMPARE n stops, 3:0 COMPARE n clears |
//! | 0x504 | MODE | 0: 0 timer, 1 counter |
//! | 0x508 | BITMODE | 1:0: 0 16 bits, 1 8 bits, 2 24 bits, 3 32 bits |
//! | 0x510 | PRESCALER | 3:0: the counter counts 16 MHz / 2^PRESCALER; up to 9 |
//! | 0x540 + 4 n | CC n | |
//!
//! Only a step of the counter makes an event, so a counter that is cleared or started at the value of CC does not. A clear
//! by a shortcut comes with the step that makes the event: with CC 1000 the period is 1000 steps. The prescaler begins anew
//! with START and CLEAR. TIMER1 and TIMER2 have no more than 16 bits (PS 4.2); asking them for more is listed, and works.
//! SHUTDOWN does what STOP does, and what it saves in current is nobody's here.

use serde::{Deserialize, Serialize};

use super::super::{Context, Device, Setup};
use super::TRIGGER;
use super::events::Events;
use crate::clock::{ClockDomain, Picoseconds};

const START: u32 = 0x000;
const STOP: u32 = 0x004;
const COUNT: u32 = 0x008;
const CLEAR: u32 = 0x00C;
const SHUTDOWN: u32 = 0x010;
const CAPTURE: u32 = 0x040;
const CAPTURE_END: u32 = CAPTURE + 4 * CHANNELS as u32 - 1;
const SHORTS: u32 = 0x200;
const MODE: u32 = 0x504;
const BITMODE: u32 = 0x508;
const PRESCALER: u32 = 0x510;
const CC: u32 = 0x540;
const CC_END: u32 = CC + 4 * CHANNELS as u32 - 1;

const CHANNELS: usize = 4;
/// COMPARE 0 is event 16; the others follow.
const COMPARE: u32 = 16;
const SHORTS_STOP: u32 = 8;
const SHORTS_BITS: u32 = 0xF0F;
const MOST_PRESCALER: u32 = 9;

/// The device. Its clock is that of the core, 16 MHz.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Nrf51Timer {
    /// TIMER0 is the only one with more than 16 bits.
    wide: bool,
    events: Events,
    shorts: u32,
    is_counter: bool,
    bitmode: u32,
    prescaler: u32,
    cc: [u32; CHANNELS],
    count: Count,
}

/// The counter: it was `value` at the tick `since`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Count {
    value: u32,
    since: u64,
    running: bool,
}

impl Nrf51Timer {
    /// The timer of a name like `TIMER0`.
    #[must_use]
    pub fn new(setup: Setup<'_>) -> Self {
        Self {
            wide: setup.name == "TIMER0",
            events: Events::new(0b1111 << COMPARE),
            shorts: 0,
            is_counter: false,
            bitmode: 0,
            prescaler: 4,
            cc: [0; CHANNELS],
            count: Count::default(),
        }
    }

    fn bits(&self) -> u32 {
        [16, 8, 24, 32][self.bitmode as usize & 0b11]
    }

    /// How many values the counter has.
    fn values(&self) -> u64 {
        1 << self.bits()
    }

    fn counts_time(&self, count: &Count) -> bool {
        count.running && !self.is_counter
    }

    /// Clocks of a step.
    fn step(&self) -> u64 {
        1 << self.prescaler.min(MOST_PRESCALER)
    }

    /// Steps until the counter is something: at least one, as it is that now only by chance.
    fn steps_to(&self, count: &Count, value: u32) -> u64 {
        let values = self.values();
        let distance = (u64::from(value) + values - u64::from(count.value)) % values;
        if distance == 0 { values } else { distance }
    }

    /// The channels whose CC a value is.
    fn matching(&self, value: u32) -> u32 {
        (0..CHANNELS).filter(|&n| self.cc[n] == value).fold(0, |channels, n| channels | 1 << n)
    }

    /// Goes to the next value at which something is: a CC, or 0. Gives the channels whose CC it is.
    fn go_on(&self, count: &mut Count) -> u32 {
        let compared = self.cc.iter().filter(|&&cc| u64::from(cc) < self.values());
        let steps = compared.chain(&[0]).map(|&value| self.steps_to(count, value)).min().unwrap_or(1);
        count.since += steps * self.step();
        self.step_to(count, ((u64::from(count.value) + steps) % self.values()) as u32)
    }

    /// The counter becomes a value by a step, with what the shortcuts do then. Gives the channels whose CC it is.
    fn step_to(&self, count: &mut Count, value: u32) -> u32 {
        let channels = self.matching(value);
        count.value = if self.shorts & channels != 0 { 0 } else { value };
        if self.shorts >> SHORTS_STOP & channels != 0 {
            count.running = false;
        }
        channels
    }

    /// Steps from one 0 to the next; `None` if a shortcut stops the counter on the way.
    fn period(&self) -> Option<u64> {
        let on = |channels: u32| (0..CHANNELS).filter(move |n| channels >> n & 1 != 0).map(|n| u64::from(self.cc[n]));
        let period = on(self.shorts).filter(|&cc| cc != 0 && cc < self.values()).min().unwrap_or(self.values());
        let reached = |cc: u64| if cc == 0 { period == self.values() } else { cc <= period };
        (!on(self.shorts >> SHORTS_STOP).any(reached)).then_some(period)
    }

    /// Lets pass what has passed until a tick.
    fn settle(&mut self, tick: u64) {
        let mut may_skip = true;
        while self.counts_time(&self.count) {
            let steps = tick.saturating_sub(self.count.since) / self.step();
            // From 0 on the counter repeats itself: one period shows all the events that more of them would.
            if self.count.value == 0
                && may_skip
                && let Some(period) = self.period().filter(|period| steps >= 2 * period)
            {
                self.count.since += (steps / period - 1) * period * self.step();
                may_skip = false;
                continue;
            }
            let mut next = self.count;
            let channels = self.go_on(&mut next);
            if next.since > tick {
                self.count.value += steps as u32;
                self.count.since += steps * self.step();
                return;
            }
            self.count = next;
            self.events.raise(channels << COMPARE);
        }
    }

    /// The tick of the first event that interrupts.
    fn next_interrupt(&self) -> Option<u64> {
        let awaited = self.events.awaited() >> COMPARE;
        let mut count = self.count;
        // Until it has been at 0 twice it has been everywhere.
        let mut zeros = 0;
        while awaited != 0 && zeros < 3 && self.counts_time(&count) {
            if self.go_on(&mut count) & awaited != 0 {
                return Some(count.since);
            }
            zeros += u32::from(count.value == 0);
        }
        None
    }

    fn task(&mut self, task: u32, tick: u64) {
        match task {
            START if !self.count.running => {
                self.count.running = true;
                self.count.since = tick;
            }
            STOP | SHUTDOWN => self.count.running = false,
            COUNT if self.is_counter && self.count.running => {
                let mut count = self.count;
                let value = (u64::from(count.value) + 1) % self.values();
                let channels = self.step_to(&mut count, value as u32);
                self.count = count;
                self.events.raise(channels << COMPARE);
            }
            CLEAR => {
                self.count.value = 0;
                self.count.since = tick;
            }
            CAPTURE..=CAPTURE_END => self.cc[((task - CAPTURE) / 4) as usize] = self.count.value,
            _ => {}
        }
    }
}

impl Device for Nrf51Timer {
    fn read(&mut self, offset: u32, context: &mut Context<'_>) -> u32 {
        self.settle(context.ticks());
        match offset {
            START | STOP | COUNT | CLEAR | SHUTDOWN | CAPTURE..=CAPTURE_END => 0,
            SHORTS => self.shorts,
            MODE => self.is_counter.into(),
            BITMODE => self.bitmode,
            PRESCALER => self.prescaler,
            CC..=CC_END => self.cc[((offset - CC) / 4) as usize],
            _ => self.events.read(offset).unwrap_or_else(|| {
                context.unmodelled();
                0
            }),
        }
    }

    fn write(&mut self, offset: u32, value: u32, context: &mut Context<'_>) {
        let tick = context.ticks();
        self.settle(tick);
        match offset {
            START | STOP | COUNT | CLEAR | SHUTDOWN | CAPTURE..=CAPTURE_END => {
                if value == TRIGGER {
                    self.task(offset, tick);
                }
            }
            SHORTS => self.shorts = value & SHORTS_BITS,
            // "Must only be updated when the timer is stopped" (RM 18.1.3, 18.1.4): what it does else is not described.
            MODE | BITMODE | PRESCALER if self.count.running => context.unmodelled(),
            MODE => self.is_counter = value & 1 != 0,
            BITMODE => {
                self.bitmode = value & 0b11;
                self.count.value = (u64::from(self.count.value) % self.values()) as u32;
                if self.bits() > 16 && !self.wide {
                    context.unmodelled();
                }
            }
            PRESCALER => {
                self.prescaler = value & 0xF;
                if self.prescaler > MOST_PRESCALER {
                    context.unmodelled();
                }
            }
            CC..=CC_END => self.cc[((offset - CC) / 4) as usize] = value,
            _ if self.events.write(offset, value) => {}
            _ => context.unmodelled(),
        }
    }

    /// Events that do not interrupt are found when somebody looks.
    fn deadline(&self, clock: &ClockDomain) -> Option<Picoseconds> {
        self.next_interrupt().map(|tick| clock.time_of(tick))
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
    use proptest::prelude::*;

    use super::super::super::testing::Bench;
    use super::*;

    const INTENSET: u32 = 0x304;
    const BITS_32: u32 = 3;

    fn timer(name: &str) -> Bench<Nrf51Timer> {
        let board = crate::testing::board();
        Bench::of(Nrf51Timer::new(Setup { name, board: &board }), 16_000_000)
    }

    /// TIMER0 with 32 bits.
    fn bench(prescaler: u32) -> Bench<Nrf51Timer> {
        let mut bench = timer("TIMER0");
        bench.write(BITMODE, BITS_32).write(PRESCALER, prescaler);
        bench
    }

    /// The counter's value, by way of CC3.
    fn value(bench: &mut Bench<Nrf51Timer>) -> u32 {
        bench.write(CAPTURE + 12, 1);
        bench.read(CC + 12)
    }

    fn event(bench: &mut Bench<Nrf51Timer>, channel: u32) -> u32 {
        bench.read(0x140 + 4 * channel)
    }

    /// RM 18.2: registers, their reset values, and the bits that can be written.
    #[test]
    fn registers() {
        let mut bench = timer("TIMER0");
        for (offset, reset, ones) in [
            (0x000, 0, 0),
            (0x004, 0, 0),
            (0x008, 0, 0),
            (0x00C, 0, 0),
            (0x010, 0, 0),
            (0x040, 0, 0),
            (0x04C, 0, 0),
            (0x140, 0, 0),
            (0x14C, 0, 0),
            (0x200, 0, 0xF0F),
            (0x304, 0, 0xF_0000),
            (0x504, 0, 1),
            (0x508, 0, 3),
            (0x540, 0, u32::MAX),
            (0x54C, 0, u32::MAX),
        ] {
            assert_eq!(bench.read(offset), reset, "{offset:#x} after reset");
            bench.write(offset, u32::MAX);
            assert_eq!(bench.read(offset), ones, "{offset:#x} with ones");
        }
        assert_eq!((bench.read(PRESCALER), bench.unmodelled), (4, 0));
        bench.write(PRESCALER, 0xFA).write(0x544 + 12, 0);
        assert_eq!((bench.read(PRESCALER), bench.unmodelled), (10, 2), "10 is too much, 0x550 is no register");
        let mut narrow = timer("TIMER1");
        assert_eq!(narrow.write(BITMODE, 1).unmodelled, 0);
        assert_eq!(narrow.write(BITMODE, 2).unmodelled, 1);
    }

    #[test]
    fn counts_sixteen_megahertz_through_the_prescaler() {
        for prescaler in 0..=9 {
            let mut bench = bench(prescaler);
            bench.at(77).write(START, 1);
            assert_eq!(value(bench.at(77 + (5 << prescaler) - 1)), 4);
            assert_eq!(value(bench.at(77 + (5 << prescaler))), 5);
        }
    }

    #[test]
    fn the_bit_mode_is_where_the_counter_wraps() {
        for (mode, bits) in [(0, 16), (1, 8), (2, 24), (3, 32)] {
            let mut bench = bench(0);
            bench.write(BITMODE, mode).write(START, 1);
            assert_eq!(value(bench.at((1 << bits) - 1)), u32::MAX >> (32 - bits));
            assert_eq!(value(bench.at((1 << bits) + 3)), 3);
        }
    }

    #[test]
    fn compare_interrupts_at_its_step() {
        let mut bench = bench(4);
        bench.write(CC, 1000).write(INTENSET, 1 << COMPARE).write(START, 1);
        assert_eq!(bench.due(), Some(16_000));
        assert_eq!((event(bench.at(15_999), 0), bench.device.lines()), (0, 0));
        assert_eq!((event(bench.at(16_000), 0), bench.device.lines()), (1, 1));
        assert_eq!(value(bench.at(16_160)), 1010, "it counts on");
        bench.write(0x140, 0);
        assert_eq!((bench.device.lines(), bench.due()), (0, Some(16_000 + (16 << 32))));
    }

    #[test]
    fn with_the_clear_shortcut_the_period_is_cc() {
        let mut bench = bench(0);
        bench.write(CC, 1000).write(CC + 4, 400).write(SHORTS, 1).write(INTENSET, 1 << COMPARE).write(START, 1);
        for period in 1..4 {
            assert_eq!(bench.due(), Some(1000 * period));
            bench.at(1000 * period).write(0x140, 0);
            assert_eq!(value(&mut bench), 0);
        }
        assert_eq!(event(&mut bench, 1), 1, "without its interrupt, too");
        // A million periods later, with the phase kept.
        bench.write(0x144, 0).at(1000 * 1_000_000 + 321);
        assert_eq!((value(&mut bench), event(&mut bench, 1)), (321, 1));
    }

    #[test]
    fn the_stop_shortcut_stops_and_start_goes_on() {
        let mut bench = bench(2);
        bench.write(CC + 4, 10).write(SHORTS, 1 << 9).write(START, 1);
        assert_eq!((value(bench.at(10_000)), event(&mut bench, 1), bench.due()), (10, 1, None));
        bench.write(START, 1);
        assert_eq!(value(bench.at(10_000 + 4 * 7)), 17);
        // Both at once: it stops at 0.
        bench.write(STOP, 1).write(CLEAR, 1).write(SHORTS, 0x202).write(START, 1);
        assert_eq!(value(bench.at(90_000)), 0);
    }

    #[test]
    fn only_a_step_makes_an_event() {
        let mut bench = bench(0);
        bench.write(BITMODE, 1).write(START, 1);
        assert_eq!(event(bench.at(255), 0), 0, "CC0 is 0, and so was the counter");
        assert_eq!(event(bench.at(256), 0), 1);
        bench.write(0x140, 0).write(CLEAR, 1);
        assert_eq!(event(&mut bench, 0), 0);
    }

    #[test]
    fn stop_freezes_and_clear_does_not_stop() {
        let mut bench = bench(0);
        bench.write(START, 1).at(50).write(STOP, 1);
        assert_eq!(value(bench.at(500)), 50);
        bench.write(START, 1).at(520).write(CLEAR, 1);
        assert_eq!(value(bench.at(525)), 5);
        bench.write(SHUTDOWN, 1);
        assert_eq!(value(bench.at(600)), 5);
    }

    #[test]
    fn a_counter_counts_what_it_is_told() {
        let mut bench = bench(0);
        bench.write(MODE, 1).write(CC, 2).write(INTENSET, 1 << COMPARE).write(COUNT, 1).write(START, 1);
        assert_eq!(value(bench.at(1000)), 0, "neither time counts, nor COUNT before START");
        bench.write(COUNT, 1);
        assert_eq!((value(&mut bench), bench.device.lines()), (1, 0));
        bench.write(COUNT, 0).write(COUNT, 1);
        assert_eq!((value(&mut bench), bench.device.lines()), (2, 1));
    }

    #[test]
    fn settings_of_a_running_timer_stay() {
        let mut bench = bench(3);
        bench.write(START, 1).write(PRESCALER, 0).write(BITMODE, 0).write(MODE, 1);
        assert_eq!((bench.read(PRESCALER), bench.read(BITMODE), bench.read(MODE), bench.unmodelled), (3, 3, 0, 3));
    }

    /// The counter of the manual, a step at a time: its value, whether it runs, and the events so far.
    fn stepped(timer: &Nrf51Timer, steps: u64) -> (u32, u32) {
        let (mut value, mut events) = (0, 0);
        for _ in 0..steps {
            value = (value + 1) % timer.values() as u32;
            let channels = (0..CHANNELS).filter(|&n| timer.cc[n] == value).fold(0, |all, n| all | 1 << n);
            events |= channels;
            if timer.shorts & channels != 0 {
                value = 0;
            }
            if timer.shorts >> 8 & channels != 0 {
                break;
            }
        }
        (value, events)
    }

    proptest! {
        #[test]
        fn computed_is_what_is_counted(
            cc in prop::array::uniform4(prop_oneof![0_u32..8, 0_u32..300]),
            shorts in (0_u32..16, prop_oneof![Just(0_u32), 0_u32..16]),
            steps in 0_u64..2000,
            interrupts in 0_u32..16,
        ) {
            let mut bench = bench(1);
            bench.write(BITMODE, 1).write(SHORTS, shorts.0 | shorts.1 << 8).write(INTENSET, interrupts << 16);
            // CC3 is written directly: a capture takes it later.
            bench.device.cc = cc;
            let expected = stepped(&bench.device, steps);
            bench.write(START, 1);
            let due = bench.due();
            bench.at(2 * steps);
            let events = (0..4).fold(0, |all, n| all | event(&mut bench, n) << n);
            prop_assert_eq!((value(&mut bench), events), expected);
            // The first deadline is the first interrupt.
            if let Some(due) = due {
                prop_assert_eq!(stepped(&Nrf51Timer { cc, ..bench.device.clone() }, due / 2 - 1).1 & interrupts, 0);
                prop_assert_ne!(stepped(&Nrf51Timer { cc, ..bench.device.clone() }, due / 2).1 & interrupts, 0);
            } else {
                prop_assert_eq!(expected.1 & interrupts, 0);
            }
        }
    }
}
