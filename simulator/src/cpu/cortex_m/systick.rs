//! SysTick (Arm DDI 0403E, B3.3): a 24-bit counter, evaluated when somebody looks and never ticked.

use serde::{Deserialize, Serialize};

const ENABLE: u32 = 1;
const TICKINT: u32 = 1 << 1;
const CLKSOURCE: u32 = 1 << 2;
const COUNTFLAG: u32 = 1 << 16;
const NOREF: u32 = 1 << 31;
const SKEW: u32 = 1 << 30;
const COUNTER: u32 = 0x00ff_ffff;

/// The timer. Cycles are core cycles.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct SysTick {
    control: u32,
    reload: u32,
    /// The counter was `base_value` at cycle `base`.
    base: u64,
    base_value: u32,
    /// Events up to this cycle have been noticed.
    seen: u64,
    count_flag: bool,
    /// Core cycles in a tick of the reference clock, if there is one.
    reference: Option<u32>,
}

impl SysTick {
    pub(crate) fn new(reference: Option<u32>) -> Self {
        let mut timer = Self { control: 0, reload: 0, base: 0, base_value: 0, seen: 0, count_flag: false, reference };
        timer.reset();
        timer
    }

    pub(crate) fn reset(&mut self) {
        // Without a reference clock CLKSOURCE reads as one and ignores writes (B3.3.3).
        self.control = if self.reference.is_none() { CLKSOURCE } else { 0 };
        (self.reload, self.base, self.base_value, self.seen, self.count_flag) = (0, 0, 0, 0, false);
    }

    /// Core cycles in a tick.
    fn divider(&self) -> u64 {
        if self.control & CLKSOURCE != 0 { 1 } else { u64::from(self.reference.unwrap_or(1).max(1)) }
    }

    fn enabled(&self) -> bool {
        self.control & ENABLE != 0
    }

    /// Ticks from `base` until `cycle`.
    fn ticks(&self, cycle: u64) -> u64 {
        cycle.saturating_sub(self.base) / self.divider()
    }

    fn value(&self, cycle: u64) -> u32 {
        let ticks = self.ticks(cycle);
        let base = u64::from(self.base_value);
        if !self.enabled() || ticks == 0 {
            return self.base_value;
        }
        if ticks < base {
            return (base - ticks) as u32;
        }
        let period = u64::from(self.reload) + 1;
        match (ticks - base) % period {
            0 => 0,
            since => (period - since) as u32,
        }
    }

    /// The first cycle behind `cycle` at which the counter goes from 1 to 0.
    fn event_after(&self, cycle: u64) -> Option<u64> {
        if !self.enabled() {
            return None;
        }
        let ticks = self.ticks(cycle);
        let base = u64::from(self.base_value);
        let tick = if base > 0 && ticks < base {
            base
        } else if self.reload == 0 {
            return None;
        } else {
            let period = u64::from(self.reload) + 1;
            base + ((ticks - base) / period + 1) * period
        };
        Some(self.base + tick * self.divider())
    }

    /// Whether it asks for an interrupt when it reaches 0.
    pub(crate) fn interrupts(&self) -> bool {
        self.control & TICKINT != 0
    }

    /// The cycle of the next interrupt, as far as has been noticed.
    pub(crate) fn next_interrupt(&self) -> Option<u64> {
        if self.control & TICKINT == 0 { None } else { self.event_after(self.seen) }
    }

    /// Notices the events up to `cycle`. The first one is returned if it makes the exception pending.
    pub(crate) fn catch_up(&mut self, cycle: u64) -> Option<u64> {
        if cycle <= self.seen {
            return None;
        }
        let event = self.event_after(self.seen).filter(|&event| event <= cycle);
        self.seen = cycle;
        self.count_flag |= event.is_some();
        event.filter(|_| self.control & TICKINT != 0)
    }

    /// `cycles` have passed in which the core stood still in Debug state: they do not count (B3.3.1).
    pub(crate) fn stand_still(&mut self, cycles: u64) {
        self.base += cycles;
        self.seen += cycles;
    }

    /// Makes `cycle` the base, so that a register can change there.
    fn rebase(&mut self, cycle: u64) {
        let value = self.value(cycle);
        if self.enabled() {
            self.base += self.ticks(cycle) * self.divider();
        } else {
            self.base = cycle;
        }
        self.base_value = value;
        self.seen = self.seen.max(cycle);
    }

    pub(crate) fn read(&mut self, offset: u32, cycle: u64) -> u32 {
        match offset {
            0x0 => {
                let flag = std::mem::take(&mut self.count_flag);
                self.control | if flag { COUNTFLAG } else { 0 }
            }
            0x4 => self.reload,
            0x8 => self.value(cycle),
            // TENMS is not known: 0, and SKEW says that it is not exact.
            _ => SKEW | if self.reference.is_none() { NOREF } else { 0 },
        }
    }

    /// Writes a register; [`SysTick::catch_up`] was called for this cycle.
    pub(crate) fn write(&mut self, offset: u32, value: u32, cycle: u64) {
        match offset {
            0x0 => {
                self.rebase(cycle);
                let fixed = if self.reference.is_none() { CLKSOURCE } else { 0 };
                let control = value & (ENABLE | TICKINT | CLKSOURCE) | fixed;
                if control & CLKSOURCE != self.control & CLKSOURCE || control & ENABLE != self.control & ENABLE {
                    self.base = cycle;
                }
                self.control = control;
            }
            0x4 => {
                self.rebase(cycle);
                self.reload = value & COUNTER;
            }
            0x8 => {
                self.rebase(cycle);
                self.base_value = 0;
                self.count_flag = false;
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn running(reload: u32, at: u64) -> SysTick {
        let mut timer = SysTick::new(None);
        timer.write(4, reload, at);
        timer.write(8, 0, at);
        timer.write(0, ENABLE | TICKINT, at);
        timer
    }

    #[test]
    fn the_first_period_loads_then_counts() {
        // B3.3.1: from 0 the next tick loads RELOAD; the event is the count from 1 to 0: RELOAD + 1 ticks.
        let mut timer = running(9, 100);
        assert_eq!(timer.read(8, 100), 0);
        assert_eq!(timer.read(8, 101), 9);
        assert_eq!(timer.read(8, 109), 1);
        assert_eq!(timer.read(8, 110), 0);
        assert_eq!(timer.read(8, 111), 9);
        assert_eq!(timer.next_interrupt(), Some(110));
        assert_eq!(timer.catch_up(109), None);
        assert_eq!(timer.catch_up(115), Some(110));
        assert_eq!(timer.next_interrupt(), Some(120));
    }

    #[test]
    fn count_flag_is_cleared_by_a_read_and_by_a_write_of_the_counter() {
        let mut timer = running(9, 0);
        timer.catch_up(10);
        assert_eq!(timer.read(0, 10) & COUNTFLAG, COUNTFLAG);
        assert_eq!(timer.read(0, 11) & COUNTFLAG, 0);
        timer.catch_up(20);
        timer.write(8, 77, 21);
        assert_eq!(timer.read(0, 22) & COUNTFLAG, 0);
        assert_eq!(timer.read(8, 21), 0, "any write clears the counter");
        assert_eq!(timer.read(8, 22), 9);
    }

    #[test]
    fn a_new_reload_value_counts_from_the_next_wrap() {
        let mut timer = running(9, 0);
        timer.catch_up(5);
        timer.write(4, 99, 5);
        assert_eq!(timer.read(8, 6), 4);
        assert_eq!(timer.next_interrupt(), Some(10));
        timer.catch_up(10);
        assert_eq!(timer.next_interrupt(), Some(110));
    }

    #[test]
    fn reload_zero_stops_it_at_the_next_wrap() {
        let mut timer = running(9, 0);
        timer.catch_up(3);
        timer.write(4, 0, 3);
        assert_eq!(timer.catch_up(10), Some(10));
        assert_eq!((timer.next_interrupt(), timer.catch_up(1000), timer.read(8, 1000)), (None, None, 0));
    }

    #[test]
    fn disabling_holds_the_value() {
        let mut timer = running(9, 0);
        timer.write(0, TICKINT, 4);
        assert_eq!((timer.read(8, 50), timer.next_interrupt()), (6, None));
        timer.write(0, ENABLE | TICKINT, 60);
        assert_eq!((timer.read(8, 62), timer.next_interrupt()), (4, Some(66)));
    }

    #[test]
    fn a_halted_core_s_timer_waits() {
        let mut timer = running(9, 0);
        timer.catch_up(4);
        timer.stand_still(1000);
        assert_eq!((timer.read(8, 1004), timer.next_interrupt()), (6, Some(1010)));
        assert_eq!(timer.catch_up(1009), None);
        assert_eq!(timer.catch_up(1010), Some(1010));
    }

    #[test]
    fn the_reference_clock_is_slower() {
        let mut timer = SysTick::new(Some(25));
        timer.write(4, 3, 0);
        timer.write(0, ENABLE | TICKINT, 0);
        assert_eq!((timer.read(8, 24), timer.read(8, 25), timer.next_interrupt()), (0, 3, Some(100)));
        assert_eq!(timer.read(12, 0) & NOREF, 0);
        assert_eq!(SysTick::new(None).read(0, 0) & CLKSOURCE, CLKSOURCE);
    }
}
