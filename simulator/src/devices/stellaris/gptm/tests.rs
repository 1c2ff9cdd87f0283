use super::super::super::testing::Bench;
use super::*;

const CTL_TAEN: u32 = 1;
const CTL_TBEN: u32 = 1 << 8;
const TATO: u32 = 1;
const TBTO: u32 = 1 << 8;

/// One counter of 32 bits in a mode.
fn wide(mode: u32, interval: u32) -> Bench<StellarisGptm> {
    let mut bench = Bench::new();
    bench.write(TAMR, mode).write(TAILR, interval).write(IMR, TATO);
    bench
}

/// Timers A and B of 16 bits.
fn narrow() -> Bench<StellarisGptm> {
    let mut bench = Bench::new();
    bench.write(CFG, 4).write(IMR, TATO | TBTO);
    bench
}

/// DS, table "Timers Register Map" and the registers' figures: offset, value after reset, bits that can be written.
#[test]
fn register_table() {
    for (offset, reset, writable) in [
        (0x00, 0x0000_0000, 0x0000_0007),
        (0x04, 0x0000_0000, 0x0000_000F),
        (0x08, 0x0000_0000, 0x0000_000F),
        (0x0C, 0x0000_0000, 0x0000_6F7F),
        (0x18, 0x0000_0000, 0x0000_070F),
        (0x1C, 0x0000_0000, 0x0000_0000),
        (0x20, 0x0000_0000, 0x0000_0000),
        (0x24, 0x0000_0000, 0x0000_0000),
        (0x28, 0xFFFF_FFFF, 0xFFFF_FFFF),
        (0x2C, 0x0000_FFFF, 0x0000_0000),
        (0x30, 0xFFFF_FFFF, 0xFFFF_FFFF),
        (0x34, 0x0000_FFFF, 0x0000_0000),
        (0x38, 0x0000_0000, 0x0000_00FF),
        (0x3C, 0x0000_0000, 0x0000_00FF),
        (0x40, 0x0000_0000, 0x0000_00FF),
        (0x44, 0x0000_0000, 0x0000_00FF),
        (0x48, 0xFFFF_FFFF, 0x0000_0000),
        (0x4C, 0x0000_FFFF, 0x0000_0000),
    ] {
        let mut bench = Bench::<StellarisGptm>::new();
        assert_eq!(bench.read(offset), reset, "{offset:#x}");
        bench.write(offset, !reset);
        assert_eq!(bench.read(offset) ^ reset, writable, "{offset:#x}");
    }
    let mut bench = Bench::<StellarisGptm>::new();
    bench.write(0x10, 0).read(0x50);
    assert_eq!(bench.unmodelled, 2);
}

/// With 16 bits the halves of an interval are apart, and put together again with 32.
#[test]
fn an_interval_in_halves() {
    let mut bench = narrow();
    bench.write(TAILR, 0xAAAA_1234).write(TBILR, 0xBBBB_5678);
    assert_eq!((bench.read(TAILR), bench.read(TBILR)), (0x1234, 0x5678));
    bench.write(CFG, 0);
    assert_eq!(bench.read(TAILR), 0x5678_1234);
}

#[test]
fn a_periodic_timer_takes_its_interval_and_one_clock() {
    let mut bench = wide(2, 3);
    bench.at(100).write(CTL, CTL_TAEN);
    assert_eq!((bench.due(), bench.device.lines()), (Some(103), 0));
    let values: Vec<_> = (100..109).map(|tick| bench.at(tick).read(TAR)).collect();
    assert_eq!(values, [3, 2, 1, 0, 3, 2, 1, 0, 3]);
    assert_eq!((bench.read(RIS), bench.read(MIS), bench.device.lines()), (TATO, TATO, 1));
    bench.write(ICR, TATO);
    assert_eq!((bench.read(RIS), bench.device.lines(), bench.due()), (0, 0, Some(111)));
    // It goes on, enabled.
    assert_eq!(bench.at(111).read(CTL), CTL_TAEN);
    assert_eq!(bench.device.lines(), 1);
}

#[test]
fn a_one_shot_timer_switches_itself_off() {
    let mut bench = wide(1, 50_000);
    bench.write(CTL, CTL_TAEN);
    assert_eq!(bench.at(49_999).read(TAR), 1);
    assert_eq!((bench.at(50_000).read(CTL), bench.read(RIS), bench.device.lines()), (0, TATO, 1));
    bench.write(ICR, TATO);
    assert_eq!((bench.due(), bench.at(200_000).read(RIS)), (None, 0));
    // Switched on again, it begins at its interval.
    bench.write(CTL, CTL_TAEN);
    assert_eq!((bench.read(TAR), bench.due()), (50_000, Some(250_000)));
}

#[test]
fn without_its_mask_the_flag_is_set_and_the_line_is_not() {
    let mut bench = wide(2, 9);
    bench.write(IMR, 0).write(CTL, CTL_TAEN);
    assert_eq!((bench.at(9).read(RIS), bench.read(MIS), bench.device.lines()), (TATO, 0, 0));
    bench.write(IMR, TATO);
    assert_eq!((bench.read(MIS), bench.device.lines()), (TATO, 1));
}

/// DS, table "16-Bit Timer With Prescaler Configurations": the longest period of 16 bits at 50 MHz is 1.3107 ms without
/// prescaler, 2.6214 ms with 1 and 335.5443 ms with 255, which is 65536 clocks times the prescaler and one.
#[test]
fn the_prescaler_of_sixteen_bits() {
    for (prescale, clocks) in [(0, 65_536), (1, 131_072), (255, 16_777_216)] {
        let mut bench = narrow();
        bench.write(TAMR, 2).write(TAPR, prescale).write(CTL, CTL_TAEN);
        let first = bench.due().unwrap();
        assert_eq!(first, clocks / 65_536 * 65_535);
        bench.at(first).write(ICR, TATO);
        assert_eq!(bench.due(), Some(first + clocks), "prescaler {prescale}");
    }
    // One counter of 32 bits has none.
    let mut bench = wide(2, 99);
    bench.write(TAPR, 7).write(CTL, CTL_TAEN);
    assert_eq!(bench.due(), Some(99));
}

#[test]
fn two_timers_with_an_interrupt_each() {
    let mut bench = narrow();
    bench.write(TAMR, 2).write(TBMR, 1).write(TAILR, 99).write(TBILR, 149).write(CTL, CTL_TAEN | CTL_TBEN);
    assert_eq!((bench.device.line("TIMER0A"), bench.device.line("TIMER0B")), (Some(0), Some(1)));
    assert_eq!(bench.at(99).device.lines(), 0b01);
    assert_eq!(bench.at(149).device.lines(), 0b11);
    assert_eq!((bench.read(CTL), bench.read(RIS)), (CTL_TAEN, TATO | TBTO));
    bench.write(ICR, TATO);
    assert_eq!(bench.device.lines(), 0b10);
}

#[test]
fn a_new_interval_counts_at_once() {
    let mut bench = wide(2, 100);
    bench.write(CTL, CTL_TAEN).at(40).write(TAILR, 1000);
    assert_eq!((bench.read(TAR), bench.due()), (1000, Some(1040)));
}

#[test]
fn switched_off_it_stays_where_it_is() {
    let mut bench = wide(2, 100);
    bench.write(CTL, CTL_TAEN).at(30).write(CTL, 0);
    assert_eq!((bench.at(5000).read(TAR), bench.due()), (70, None));
}

/// Cleared late: what was missed is lost, the phase is not. An interval of 0 is 0 at every clock.
#[test]
fn what_was_missed_is_lost() {
    let mut bench = wide(2, 99);
    bench.write(CTL, CTL_TAEN).at(1234).write(ICR, TATO);
    assert_eq!(bench.due(), Some(1299));
    let mut bench = wide(2, 0);
    bench.write(CTL, CTL_TAEN).at(1_000_000);
    assert_eq!((bench.read(RIS), bench.due()), (TATO, None));
    bench.write(ICR, TATO);
    assert_eq!(bench.due(), Some(1_000_001));
}

#[test]
fn other_modes_are_listed_when_they_are_enabled() {
    for (cfg, mode, ctl) in
        [(1, 2, CTL_TAEN), (4, 3, CTL_TAEN), (4, 0xA, CTL_TAEN), (0, 0, CTL_TAEN), (0, 2, CTL_TAEN | CTL_OTE)]
    {
        let mut bench = Bench::<StellarisGptm>::new();
        bench.write(CFG, cfg).write(TAMR, mode);
        assert_eq!(bench.unmodelled, 0);
        bench.write(CTL, ctl);
        assert_eq!(bench.unmodelled, 1, "CFG {cfg}, TAMR {mode}, CTL {ctl:#x}");
    }
}
