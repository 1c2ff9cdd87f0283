//! The timer's registers, its use as a kernel's clock, its waveforms, and its equality with one that is stepped clock by
//! clock.

mod stepped;

use super::super::super::testing::Bench;
use super::*;
use crate::testing::stm32f4;

/// What TIM2 to TIM5 count with while the core runs at 168 MHz: twice the bus clock of 42 MHz (RM 6.2).
const HERTZ: u64 = 84_000_000;

fn timer(name: &str) -> Bench<Stm32Timer> {
    Bench::of(Stm32Timer::new(Setup { name, board: &stm32f4() }), HERTZ)
}

const UIF: u32 = 1 << 0;
const CC1: u32 = 1 << 1;
const UG: u32 = 1 << 0;

/// RM 18.4.1 to 18.4.20: offset, reset value, bits that can be written. SR is cleared by zeros, EGR reads 0; ARR has all
/// ones after reset, though older revisions of the manual say 0.
#[test]
fn register_table() {
    for (name, wide, or) in [("TIM2", true, Some(0x0C00)), ("TIM4", false, None), ("TIM5", true, Some(0x00C0))] {
        let top = if wide { 0xFFFF_FFFF } else { 0xFFFF };
        let mut registers = vec![
            (0x00, 0, 0x03FF),
            (0x04, 0, 0x00F8),
            (0x08, 0, 0xFFF7),
            (0x0C, 0, 0x5F5F),
            (0x10, 0, 0),
            (0x14, 0, 0),
            (0x18, 0, 0xFFFF),
            (0x1C, 0, 0xFFFF),
            (0x20, 0, 0xBBBB),
            (0x24, 0, top),
            (0x28, 0, 0xFFFF),
            (0x2C, top, top),
            (0x34, 0, top),
            (0x38, 0, top),
            (0x3C, 0, top),
            (0x40, 0, top),
        ];
        registers.extend(or.map(|mask| (0x50, 0, mask)));
        for (offset, reset, writable) in registers {
            let mut bench = timer(name);
            assert_eq!(bench.read(offset), reset, "{name} {offset:#x}");
            bench.write(offset, !reset);
            assert_eq!(bench.read(offset), reset ^ writable, "{name} {offset:#x}");
        }
        let mut bench = timer(name);
        for offset in [0x30, 0x44, 0x48, 0x4C] {
            bench.write(offset, 1).read(offset);
        }
        assert_eq!(bench.unmodelled, 8);
        bench.read(0x50);
        assert_eq!(bench.unmodelled, if or.is_some() { 8 } else { 9 });
    }
}

#[test]
fn modes_that_are_not_modelled_are_listed() {
    for (offset, value) in [
        (CR1, 0b01 << 5), // centre-aligned
        (CR2, 0b010 << 4),
        (SMCR, 0b111),
        (SMCR, 1 << 14),
        (DIER, 1 << 8),
        (CCMR1, 0b01), // capture
        (CCMR2, 0b10 << 8),
        (CCMR1, 1 << 7),
    ] {
        let mut bench = timer("TIM3");
        bench.write(offset, value);
        assert_eq!(bench.unmodelled, 1, "{offset:#x} {value:#x}");
    }
    let mut bench = timer("TIM3");
    bench.write(CCMR1, 0b01).write(EGR, CC1).write(CCR1, 7);
    assert_eq!((bench.unmodelled, bench.read(SR), bench.read(CCR1)), (2, 0, 0));
}

/// RM 18.4.7: CCxS can only be written while CCxE is 0.
#[test]
fn a_channel_that_is_on_keeps_its_direction() {
    let mut bench = timer("TIM3");
    bench.write(CCER, 1 << 4).write(CCMR1, 0x6161);
    assert_eq!(bench.read(CCMR1), 0x6061);
}

// --- The kernel's clock ---------------------------------------------------------------------------------------------

/// TIM2 counts microseconds over its whole range. UG loads the prescaler; with URS it raises no update flag.
fn microseconds() -> Bench<Stm32Timer> {
    let mut bench = timer("TIM2");
    bench.write(CR1, CR1_URS).write(PSC, 83).write(ARR, 0xFFFF_FFFF).write(EGR, UG);
    assert_eq!(bench.read(SR), 0);
    bench.write(CR1, CR1_URS | CR1_CEN);
    bench
}

/// The tick of a microsecond: the counter is enabled one clock after CEN is written, at tick 0.
fn tick_of(microsecond: u64) -> u64 {
    1 + 84 * microsecond
}

#[test]
fn a_microsecond_is_84_clocks() {
    let mut bench = microseconds();
    for microsecond in [1, 2, 1_000_000, 4_000_000_000] {
        let before = (microsecond - 1) as u32;
        assert_eq!(bench.at(tick_of(microsecond) - 1).read(CNT), before);
        assert_eq!(bench.at(tick_of(microsecond)).read(CNT), before + 1);
    }
}

#[test]
fn an_alarm_is_on_time() {
    let mut bench = microseconds();
    bench.at(tick_of(1000)).write(CCR1, 1250).write(SR, 0).write(DIER, CC1);
    assert_eq!(bench.due(), Some(tick_of(1250)));
    assert_eq!(bench.at(tick_of(1250) - 1).device.lines(), 0);
    assert_eq!(bench.at(tick_of(1250)).device.lines(), 1);
    assert_eq!((bench.read(SR), bench.read(CNT)), (CC1, 1250));
    // Writing ones clears nothing, and the flag stays up until it is cleared.
    bench.at(tick_of(1300)).write(SR, !0);
    assert_eq!(bench.device.lines(), 1);
    bench.write(SR, !CC1);
    assert_eq!((bench.device.lines(), bench.read(SR)), (0, 0));
}

/// The flag of a match that nobody waited for is there, and raises the interrupt as soon as that is enabled.
#[test]
fn a_flag_comes_up_without_its_interrupt() {
    let mut bench = microseconds();
    bench.write(CCR1, 10).write(SR, 0);
    assert_eq!(bench.due(), None);
    assert_eq!(bench.at(tick_of(10) - 1).read(SR) & CC1, 0);
    assert_eq!(bench.at(tick_of(10)).read(SR) & CC1, CC1);
    bench.at(tick_of(20)).write(DIER, CC1);
    assert_eq!(bench.device.lines(), 1);
}

/// See the module's head: the counter must step onto the value.
#[test]
fn an_alarm_at_the_present_count_or_in_the_past_comes_after_a_whole_turn() {
    for behind in [0, 1, 500] {
        let mut bench = microseconds();
        bench.at(tick_of(1000) + 50).write(CCR1, 1000 - behind).write(SR, 0).write(DIER, CC1);
        assert_eq!(bench.read(SR), 0);
        let turn = (1 << 32) + 1000 - u64::from(behind);
        assert_eq!(bench.at(tick_of(turn) - 1).device.lines(), 0);
        assert_eq!(bench.at(tick_of(turn)).device.lines(), 1, "{behind} behind");
    }
}

/// With ARR at its greatest value the counter overflows after 2^32 steps, and the flag is there when it shows 0.
#[test]
fn the_update_interrupt_counts_the_turns() {
    let mut bench = microseconds();
    bench.write(DIER, UIF);
    let turn = 1_u64 << 32;
    assert_eq!(bench.due(), Some(tick_of(turn)));
    assert_eq!(bench.at(tick_of(turn) - 1).read(CNT), 0xFFFF_FFFF);
    assert_eq!((bench.read(SR) & UIF, bench.device.lines()), (0, 0));
    assert_eq!(bench.at(tick_of(turn)).read(CNT), 0);
    assert_eq!((bench.read(SR) & UIF, bench.device.lines()), (UIF, 1));
    bench.write(SR, !UIF);
    assert_eq!(bench.due(), Some(tick_of(2 * turn)));
}

#[test]
fn an_alarm_beyond_the_turn_comes_behind_it() {
    let mut bench = microseconds();
    let turn = 1_u64 << 32;
    bench.at(tick_of(turn - 100)).write(CCR1, 150).write(SR, 0).write(DIER, CC1 | UIF);
    assert_eq!(bench.due(), Some(tick_of(turn)));
    bench.at(tick_of(turn)).write(SR, !UIF);
    assert_eq!(bench.due(), Some(tick_of(turn + 150)));
    bench.at(tick_of(turn + 150) - 1);
    assert_eq!(bench.device.lines(), 0);
    assert_eq!(bench.at(tick_of(turn + 150)).read(SR) & (CC1 | UIF), CC1);
}

/// Zero and the greatest value are values as others: the first is reached by the overflow.
#[test]
fn alarms_at_both_ends_of_the_range() {
    for (value, microsecond) in [(0, 1_u64 << 32), (0xFFFF_FFFF, (1 << 32) - 1)] {
        let mut bench = microseconds();
        bench.at(tick_of(5)).write(CCR1, value).write(SR, 0).write(DIER, CC1);
        assert_eq!(bench.at(tick_of(microsecond) - 1).device.lines(), 0);
        assert_eq!(bench.at(tick_of(microsecond)).device.lines(), 1, "{value:#x}");
    }
}

#[test]
fn four_alarms_run_side_by_side() {
    let mut bench = microseconds();
    bench.write(SR, 0).write(DIER, COMPARES);
    for (channel, microsecond) in [400, 100, 300, 200].into_iter().enumerate() {
        bench.write(CCR1 + 4 * channel as u32, microsecond);
    }
    for (microsecond, flag) in [(100, 1 << 2), (200, 1 << 4), (300, 1 << 3), (400, 1 << 1)] {
        assert_eq!(bench.due(), Some(tick_of(microsecond)));
        assert_eq!(bench.at(tick_of(microsecond)).read(SR), flag);
        bench.write(SR, !flag);
    }
}

/// The bus clock doubles in the middle of a microsecond: what is left of it takes half the time.
#[test]
fn a_change_of_the_clock_keeps_the_count() {
    let mut bench = microseconds();
    bench.write(CCR1, 1000).write(SR, 0).write(DIER, CC1);
    let ahead = tick_of(1000) - 100;
    let now = bench.at(100).clock.time_of(100);
    assert_eq!(bench.device.deadline(&bench.clock), Some(bench.clock.time_of(tick_of(1000))));
    bench.clock.rebase(now, 2 * HERTZ, 1);
    let due = bench.device.deadline(&bench.clock).unwrap();
    let expected = u128::from(ahead) * 1_000_000_000_000_u128;
    assert_eq!(u128::from(due - now), expected.div_ceil(u128::from(2 * HERTZ)));
}

/// A tick a millisecond for a hundred days: computed at once.
#[test]
fn a_long_time_is_no_longer_to_compute() {
    let mut bench = timer("TIM3");
    bench.write(PSC, 83).write(ARR, 999).write(CCMR1, 3 << 4).write(EGR, UG).write(SR, 0).write(CR1, CR1_CEN);
    let milliseconds = 100 * 24 * 3600 * 1000 + 1;
    bench.at(1 + 84_000 * milliseconds + 84 * 7);
    assert_eq!((bench.read(CNT), bench.read(SR)), (7, UIF | COMPARES));
    assert!(bench.device.output_reference(0), "channel 1 has toggled an odd number of times");
}

// --- Updates --------------------------------------------------------------------------------------------------------

/// RM figure 135: PSC goes from 0 to 1 while the counter is at 0xF8; the counter halves its pace from the update on.
#[test]
fn a_new_prescaler_waits_for_the_update() {
    let mut bench = timer("TIM3");
    bench.write(ARR, 0xFC).write(CNT, 0xF7).write(CR1, CR1_CEN);
    let counts: Vec<_> = (1..13)
        .map(|tick| {
            let count = bench.at(tick).read(CNT);
            if count == 0xF8 {
                bench.write(PSC, 1);
            }
            count
        })
        .collect();
    assert_eq!(counts, [0xF7, 0xF8, 0xF9, 0xFA, 0xFB, 0xFC, 0, 0, 1, 1, 2, 2]);
}

/// RM figures 141 and 142: without ARPE a new reload value counts at once, with it from the next update on.
#[test]
fn a_new_reload_value_waits_for_the_update_if_it_is_preloaded() {
    for (preload, wrap) in [(0, 0x36), (CR1_ARPE, 0xFF)] {
        let mut bench = timer("TIM3");
        bench.write(ARR, 0xFF).write(EGR, UG).write(CR1, preload | CR1_CEN);
        bench.at(1 + 0x32).write(ARR, 0x36);
        assert_eq!(bench.read(ARR), 0x36);
        assert_eq!(bench.at(1 + wrap).read(CNT), wrap as u32);
        assert_eq!(bench.at(2 + wrap).read(CNT), 0);
        assert_eq!(bench.at(2 + wrap + 0x37).read(CNT), 0, "then both have the new period");
    }
}

/// RM 18.4.1 and 18.4.6.
#[test]
fn what_an_update_by_software_does() {
    for (cr1, flag, prescaler) in [(0, UIF, 3), (CR1_URS, 0, 3), (CR1_UDIS, 0, 0)] {
        let mut bench = timer("TIM3");
        bench.write(CR1, cr1 | CR1_CEN).write(PSC, 3).at(10);
        assert_eq!(bench.read(CNT), 9);
        bench.write(EGR, UG);
        assert_eq!((bench.read(CNT), bench.read(SR)), (0, flag));
        assert_eq!(bench.at(10 + 8).read(CNT), 8 / (prescaler + 1), "the prescaler that is in force");
    }
    // Counting down, it starts again from the reload value that it has just loaded.
    let mut bench = timer("TIM3");
    bench.write(CR1, CR1_DIR | CR1_ARPE).write(ARR, 50).write(EGR, UG);
    assert_eq!(bench.read(CNT), 50);
}

#[test]
fn updates_that_are_disabled_leave_the_counter_running() {
    let mut bench = timer("TIM3");
    bench.write(ARR, 9).write(DIER, UIF).write(CR1, CR1_UDIS | CR1_CEN).write(PSC, 7);
    assert_eq!(bench.due(), None);
    assert_eq!((bench.at(1 + 25).read(CNT), bench.read(SR) & UIF), (5, 0));
    bench.write(CR1, CR1_CEN);
    assert_eq!(bench.at(1 + 30).read(SR) & UIF, UIF);
}

/// RM 18.3.10: with OPM the update clears CEN.
#[test]
fn one_pulse_stops_at_the_update() {
    let mut bench = timer("TIM3");
    bench.write(ARR, 9).write(DIER, UIF).write(CR1, CR1_OPM | CR1_CEN);
    assert_eq!(bench.at(1 + 9).read(CNT), 9);
    bench.at(1000);
    assert_eq!((bench.read(CNT), bench.read(CR1), bench.read(SR) & UIF), (0, CR1_OPM, UIF));
    assert_eq!(bench.due(), None);
}

/// RM 18.4.12: the counter is blocked while the reload value is 0.
#[test]
fn a_reload_value_of_zero_blocks_the_counter() {
    let mut bench = timer("TIM3");
    bench.write(ARR, 0).write(DIER, UIF | CC1).write(CR1, CR1_CEN);
    assert_eq!(bench.due(), None);
    assert_eq!((bench.at(100).read(CNT), bench.read(SR)), (0, 0));
    bench.write(ARR, 20);
    assert_eq!(bench.at(105).read(CNT), 5);
}

/// RM figure 143: from the reload value down to 0, then the underflow.
#[test]
fn counting_down() {
    let mut bench = timer("TIM3");
    bench.write(CR1, CR1_DIR).write(ARR, 0x36).write(EGR, UG).write(CNT, 5).write(SR, 0).write(DIER, UIF);
    bench.write(CR1, CR1_DIR | CR1_CEN);
    assert_eq!(bench.due(), Some(1 + 6));
    let counts: Vec<_> = (1..9).map(|tick| bench.at(tick).read(CNT)).collect();
    assert_eq!(counts, [5, 4, 3, 2, 1, 0, 0x36, 0x35]);
    assert_eq!(bench.device.lines(), 1);
}

#[test]
fn a_counter_beyond_its_reload_value_goes_on_to_the_top() {
    let mut bench = timer("TIM3");
    bench.write(CNT, 0xFFF0).write(ARR, 9).write(CR1, CR1_CEN).write(DIER, UIF);
    assert_eq!((bench.at(1 + 15).read(CNT), bench.at(1 + 16).read(CNT)), (0xFFFF, 0));
    assert_eq!(bench.read(SR) & UIF, 0);
    assert_eq!(bench.at(1 + 26).read(SR) & UIF, UIF);
}

#[test]
fn events_by_software_raise_flags() {
    let mut bench = timer("TIM3");
    bench.write(DIER, TRIGGER).write(EGR, CC1 << 2);
    assert_eq!((bench.read(SR), bench.device.lines()), (CC1 << 2, 0));
    bench.write(EGR, TRIGGER);
    assert_eq!((bench.read(SR), bench.device.lines()), (CC1 << 2 | TRIGGER, 1));
}

// --- Waveforms ------------------------------------------------------------------------------------------------------

/// OCxREF of channel 1 at each count of two periods.
fn waveform(mode: u32, arr: u32, compare: u32) -> String {
    let mut bench = timer("TIM3");
    bench.write(ARR, arr).write(CCR1, compare).write(CCMR1, mode << 4).write(CR1, CR1_CEN);
    let period = u64::from(arr) + 1;
    let levels = (period..3 * period).map(|count| {
        bench.at(1 + count).read(CNT);
        bench.device.output_reference(0)
    });
    levels.map(|high| if high { '#' } else { '.' }).collect()
}

/// RM 18.3.9, the edge-aligned waveforms with ARR = 8; 18.4.7 for the other modes.
#[test]
fn waveforms_of_the_manual() {
    assert_eq!(waveform(6, 8, 4), "####.....####.....", "PWM mode 1");
    assert_eq!(waveform(6, 8, 8), "########.########.");
    assert_eq!(waveform(6, 8, 9), "##################");
    assert_eq!(waveform(6, 8, 0), "..................");
    assert_eq!(waveform(7, 8, 4), "....#####....#####", "PWM mode 2");
    // It toggles at 1, for the first time in the period before those shown.
    assert_eq!(waveform(3, 3, 1), "#....###", "toggle");
    assert_eq!(waveform(1, 3, 1), "########", "active on match");
    assert_eq!((waveform(4, 1, 1), waveform(5, 1, 1)), ("....".into(), "####".into()), "forced");
}

#[test]
fn a_mode_that_remembers_takes_over_the_level() {
    let mut bench = timer("TIM3");
    bench.write(CCMR1, 5 << 4).write(CCMR1, 0);
    assert!(bench.device.output_reference(0), "frozen after forced active");
    bench.write(ARR, 9).write(CCR1, 4).write(CCMR1, 2 << 4).write(CR1, CR1_CEN);
    bench.at(1 + 3).read(SR);
    assert!(bench.device.output_reference(0));
    bench.at(1 + 4).read(SR);
    assert!(!bench.device.output_reference(0), "inactive on match");
}

/// RM 18.3.8: a preloaded compare value waits for the update.
#[test]
fn a_new_compare_value_waits_for_the_update_if_it_is_preloaded() {
    for (preload, first) in [(0, 7), (CCMR_PRELOAD, 3)] {
        let mut bench = timer("TIM3");
        bench.write(ARR, 9).write(CCR1, 3).write(DIER, CC1).write(CCMR1, preload).write(EGR, UG).write(SR, 0);
        bench.write(CCR1, 7).write(CR1, CR1_CEN);
        assert_eq!(bench.at(1 + first - 1).device.lines(), 0);
        assert_eq!(bench.at(1 + first).device.lines(), 1, "at {first}");
        bench.at(1 + 10).write(SR, 0);
        assert_eq!(bench.at(1 + 16).device.lines(), 0);
        assert_eq!(bench.at(1 + 17).device.lines(), 1);
    }
}

/// RM 18.4.5: a value beyond the reload value raises the flag at the overflow.
#[test]
fn a_compare_value_beyond_the_reload_value_flags_the_overflow() {
    let mut bench = timer("TIM3");
    bench.write(ARR, 9).write(CCR1, 10).write(DIER, CC1).write(CR1, CR1_CEN);
    assert_eq!(bench.at(1 + 9).device.lines(), 0);
    assert_eq!(bench.at(1 + 10).device.lines(), 1);
    assert_eq!(waveform(3, 8, 9), "..................", "it toggles when the counter has the value, which is never");
}
