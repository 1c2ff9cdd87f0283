//! The USART's registers, flags and wire times.

use super::super::super::testing::Bench;
use super::*;

/// The bus clock of USART2 and USART3 while the core runs at 168 MHz.
const HERTZ: u64 = 42_000_000;
/// 42 MHz / 115,200 baud = 364.6.
const BIT: u64 = 365;
/// Start bit, eight bits, stop bit.
const FRAME: u64 = 10 * BIT;
const ON: u32 = CR1_UE | CR1_TE | CR1_RE;

fn off() -> Bench<Stm32Usart> {
    let mut bench = Bench::of(Stm32Usart::default(), HERTZ);
    bench.write(BRR, BIT as u32);
    bench
}

/// Enabled at tick 0, with the idle frame behind it.
fn enabled(cr1: u32) -> Bench<Stm32Usart> {
    let mut bench = off();
    bench.write(CR1, cr1).at(FRAME);
    bench
}

/// RM 30.6.1 to 30.6.7: offset, reset value, bits that can be written. SR is cleared by zeros, and of the bits that are
/// set after reset that is TC; SBK falls back by itself. DR is undefined after reset.
#[test]
fn register_table() {
    for (offset, reset, writable) in [
        (0x00, 0x00C0, 0x0040),
        (0x08, 0, 0xFFFF),
        (0x0C, 0, 0xBFFE),
        (0x10, 0, 0x7F6F),
        (0x14, 0, 0x0FFF),
        (0x18, 0, 0xFFFF),
    ] {
        let mut bench = Bench::of(Stm32Usart::default(), HERTZ);
        assert_eq!(bench.read(offset), reset, "{offset:#x}");
        bench.write(offset, !reset);
        assert_eq!(bench.read(offset), reset ^ writable, "{offset:#x}");
    }
    let mut bench = off();
    bench.write(0x1C, 1).read(0x1C);
    assert_eq!(bench.unmodelled, 2);
}

#[test]
fn modes_that_are_not_modelled_are_listed() {
    for (offset, value) in [
        (CR1, CR1_UE | CR1_SBK),
        (CR1, CR1_UE | CR1_RWU),
        (CR1, CR1_UE | CR1_M),
        (CR2, 1 << 14),
        (CR2, 1 << 11),
        (CR3, 1 << 7),
        (CR3, CR3_DMAR),
        (CR3, 1 << 3),
        (CR3, 1 << 9),
    ] {
        let mut bench = off();
        bench.write(offset, value);
        assert_eq!(bench.unmodelled, 1, "{offset:#x} {value:#x}");
    }
    let mut bench = off();
    bench.write(CR1, ON | CR1_M | CR1_PCE).write(CR2, 0b10 << 12).write(CR3, CR3_EIE | CR3_ONEBIT);
    assert_eq!(bench.unmodelled, 0);
}

// --- Transmission ---------------------------------------------------------------------------------------------------

/// RM 30.3.2, TC/TXE behaviour when transmitting: the second byte waits in the data register, TC comes behind the last one.
#[test]
fn bytes_follow_without_a_gap_and_tc_comes_at_the_end() {
    let mut bench = enabled(ON);
    let start = FRAME + 100;
    bench.at(start).read(SR);
    bench.write(DR, 0x41);
    assert_eq!(bench.read(SR), SR_TXE, "it is in the shift register at once");
    bench.write(DR, 0x42);
    assert_eq!(bench.read(SR), 0);
    assert_eq!(bench.at(start + FRAME - 1).read(SR), 0);
    assert_eq!(bench.at(start + FRAME).read(SR), SR_TXE);
    assert_eq!(bench.at(start + 2 * FRAME - 1).read(SR), SR_TXE);
    assert_eq!(bench.at(start + 2 * FRAME).read(SR), SR_TXE | SR_TC);
    assert_eq!(bench.sent, [(start + FRAME, 0x41), (start + 2 * FRAME, 0x42)]);
    assert_eq!(bench.due(), None);
}

/// RM 30.3.2: TC is cleared by a read of SR and a write to DR, or by writing 0; a write to DR alone does not.
#[test]
fn how_tc_is_cleared() {
    let mut bench = enabled(ON);
    bench.write(DR, 1);
    assert_eq!(bench.read(SR) & SR_TC, SR_TC);
    bench.write(DR, 2);
    assert_eq!(bench.read(SR) & SR_TC, 0);
    bench.at(10 * FRAME).write(SR, !0);
    assert_eq!(bench.read(SR) & SR_TC, SR_TC);
    bench.write(SR, !SR_TC);
    assert_eq!(bench.read(SR), SR_TXE);
}

/// RM 30.3.2: "an idle frame will be sent after the TE bit is enabled"; a byte waits behind it.
#[test]
fn an_idle_frame_comes_first() {
    let mut bench = off();
    bench.at(1000).write(CR1, CR1_UE | CR1_TE).write(DR, 7);
    assert_eq!(bench.read(SR) & SR_TXE, 0);
    assert_eq!(bench.at(1000 + FRAME - 1).read(SR) & SR_TXE, 0);
    assert_eq!(bench.at(1000 + FRAME).read(SR) & SR_TXE, SR_TXE);
    bench.at(1000 + 2 * FRAME);
    assert_eq!(bench.sent, [(1000 + 2 * FRAME, 7)]);
}

/// RM 30.3.4: the examples of USARTDIV = 27.75, which are 444 clocks of a bit, or 222 with oversampling by 8; and data
/// bits, parity and stop bits of 30.3.1, 30.3.2 and 30.3.7.
#[test]
fn the_time_of_a_frame() {
    for (cr1, stop, brr, clocks) in [
        (0, 0b00, 0x1BC, 10 * 444),
        (CR1_OVER8, 0b00, 0x1B6, 10 * 222),
        (0, 0b10, 0x1BC, 11 * 444),
        (0, 0b01, 0x1BC, 10 * 444 - 222),
        (0, 0b11, 0x1BC, 10 * 444 + 222),
        (CR1_M | CR1_PCE, 0b00, 0x1BC, 11 * 444),
        (CR1_PCE, 0b00, 0x1BC, 10 * 444),
        (CR1_M | CR1_PCE, 0b10, 0x1BC, 12 * 444),
    ] {
        let mut bench = off();
        bench.write(BRR, brr).write(CR2, stop << 12).write(CR1, ON | cr1).at(100_000).write(DR, 0x55);
        assert_eq!(bench.due(), Some(100_000 + clocks), "{cr1:#x} {stop:#b} {brr:#x}");
    }
}

#[test]
fn parity_takes_the_place_of_a_data_bit() {
    for (cr1, byte) in [(0, 0xC1), (CR1_PCE, 0x41), (CR1_PCE | CR1_M, 0xC1)] {
        let mut bench = enabled(ON | cr1);
        bench.at(10 * FRAME).write(DR, 0xC1).at(20 * FRAME);
        assert_eq!(bench.sent[0].1, byte);
    }
}

/// A byte stored to DR appears in all four bytes of the bus (RM 2.3.3).
#[test]
fn a_byte_store_sends_that_byte() {
    assert_eq!(Stm32Usart::default().narrow_store(), NarrowStore::Repeat);
    let mut bench = enabled(ON);
    bench.write(DR, 0xA5A5_A5A5).at(3 * FRAME);
    assert_eq!(bench.sent, [(2 * FRAME, 0xA5)]);
}

#[test]
fn transmit_interrupts() {
    let mut bench = enabled(ON);
    assert_eq!(bench.device.lines(), 0);
    bench.write(CR1, ON | CR1_TXEIE);
    assert_eq!(bench.device.lines(), 1, "the data register is empty");
    bench.write(DR, 1).write(DR, 2);
    assert_eq!(bench.device.lines(), 0);
    assert_eq!(bench.at(2 * FRAME).device.lines(), 1);
    bench.write(CR1, ON | CR1_TCIE).write(SR, !SR_TC);
    assert_eq!(bench.at(3 * FRAME - 1).device.lines(), 0);
    assert_eq!(bench.at(3 * FRAME).device.lines(), 1);
}

/// The clock falls to a quarter when 1,000 clocks of the byte are over: the others take four times as long.
#[test]
fn a_change_of_the_clock_stretches_the_rest_of_a_byte() {
    let mut bench = enabled(ON);
    bench.write(DR, 1).at(FRAME + 1000);
    let now = bench.clock.time_of(FRAME + 1000);
    bench.clock.rebase(now, HERTZ / 4, 1);
    let rest = u128::from(FRAME - 1000) * 1_000_000_000_000;
    let due = bench.device.deadline(&bench.clock).unwrap();
    assert_eq!(u128::from(due - now), rest.div_ceil(u128::from(HERTZ / 4)));
}

/// RM 30.6.4: without UE the current byte is sent to its end; 30.3.2: without TE it is lost.
#[test]
fn switching_off_in_the_middle_of_a_byte() {
    for (cr1, sent) in [(CR1_TE, 1), (CR1_UE, 0)] {
        let mut bench = enabled(ON);
        bench.write(DR, 1).write(DR, 2).at(FRAME + 50).write(CR1, cr1);
        bench.at(10 * FRAME);
        assert_eq!((bench.sent.len(), bench.due()), (sent, None));
        // What is in the data register leaves when the transmitter is on again, behind an idle frame.
        bench.write(CR1, ON).at(20 * FRAME);
        assert_eq!(bench.sent.last(), Some(&(12 * FRAME, 2)));
    }
}

#[test]
fn without_a_divider_bytes_leave_at_once_and_it_is_said() {
    for (cr1, brr) in [(0, 0xF), (CR1_OVER8, 0x7)] {
        let mut bench = off();
        bench.write(BRR, brr).write(CR1, ON | cr1).at(5).write(DR, 0x21);
        assert_eq!((bench.sent.clone(), bench.unmodelled), (vec![(5, 0x21)], 1));
        assert_eq!(bench.read(SR), SR_TXE | SR_TC);
    }
}

#[test]
fn the_wire_finishes_after_the_core() {
    let mut bench = enabled(ON);
    bench.write(DR, 1).write(DR, 2);
    assert_eq!(bench.flush(), Some(3 * FRAME));
    assert_eq!(bench.sent.iter().map(|(_, byte)| *byte).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(bench.flush(), None);
    // A clock that stands still never finishes.
    bench.write(DR, 3);
    let now = bench.clock.time_of(FRAME);
    bench.clock.stop(now);
    assert_eq!((bench.flush(), bench.sent.len()), (None, 2));
}

// --- Reception ------------------------------------------------------------------------------------------------------

#[test]
fn reception_at_the_speed_of_the_wire() {
    let mut bench = enabled(ON | CR1_RXNEIE);
    assert!(bench.device.input_can_wake());
    assert!(bench.receive(b"ab"));
    assert_eq!((bench.at(2 * FRAME - 1).read(SR) & SR_RXNE, bench.device.lines()), (0, 0));
    assert_eq!((bench.at(2 * FRAME).read(SR) & SR_RXNE, bench.device.lines()), (SR_RXNE, 1));
    assert_eq!(bench.read(DR), u32::from(b'a'));
    assert_eq!((bench.read(SR) & SR_RXNE, bench.device.lines()), (0, 0));
    assert_eq!(bench.at(3 * FRAME).read(DR), u32::from(b'b'));
}

#[test]
fn rxne_is_cleared_by_zero_too() {
    let mut bench = enabled(ON);
    bench.receive(b"a");
    bench.at(2 * FRAME).write(SR, !SR_RXNE);
    assert_eq!(bench.read(SR) & SR_RXNE, 0);
}

/// RM 30.3.3: the byte in the data register stays, the new one is lost, and ORE goes by a read of SR and then of DR.
#[test]
fn firmware_that_does_not_read_loses_the_second_byte() {
    let mut bench = enabled(ON | CR1_RXNEIE);
    bench.receive(b"abc");
    bench.at(3 * FRAME);
    assert_eq!(bench.read(DR), u32::from(b'a'), "SR has not been read since");
    assert_eq!((bench.read(SR) & (SR_ORE | SR_RXNE), bench.device.lines()), (SR_ORE, 1));
    // The next one arrives between the two reads.
    bench.at(4 * FRAME);
    assert_eq!(bench.read(DR), u32::from(b'c'));
    assert_eq!((bench.read(SR) & (SR_ORE | SR_RXNE), bench.device.lines()), (0, 0));
}

/// An overrun between the two reads is not the one that was seen.
#[test]
fn a_flag_that_was_not_seen_is_not_cleared() {
    let mut bench = enabled(ON);
    bench.receive(b"ab");
    bench.at(2 * FRAME).read(SR);
    bench.at(3 * FRAME).read(DR);
    assert_eq!(bench.read(SR) & SR_ORE, SR_ORE);
    bench.read(DR);
    assert_eq!(bench.read(SR) & SR_ORE, 0);
}

/// RM 30.4: without DMA, EIE does not interrupt for an overrun.
#[test]
fn an_overrun_interrupts_by_rxneie_or_by_eie_with_dma() {
    for (cr1, cr3, line) in [(0, 0, 0), (CR1_RXNEIE, 0, 1), (0, CR3_EIE, 0), (0, CR3_EIE | CR3_DMAR, 1)] {
        let mut bench = enabled(ON | cr1);
        bench.write(CR3, cr3).receive(b"ab");
        bench.at(3 * FRAME).write(SR, !SR_RXNE);
        assert_eq!(bench.device.lines(), line, "{cr1:#x} {cr3:#x}");
    }
}

/// RM 30.6.1: IDLE comes a frame behind the last byte, and not again before another byte.
#[test]
fn the_line_falls_idle_once() {
    let mut bench = enabled(ON | CR1_IDLEIE);
    bench.receive(b"ab");
    bench.at(3 * FRAME).read(DR);
    assert_eq!((bench.at(4 * FRAME - 1).read(SR) & SR_IDLE, bench.device.lines()), (0, 0));
    assert_eq!((bench.at(4 * FRAME).read(SR) & SR_IDLE, bench.device.lines()), (SR_IDLE, 1));
    bench.read(DR);
    assert_eq!((bench.read(SR) & SR_IDLE, bench.device.lines()), (0, 0));
    assert_eq!(bench.at(20 * FRAME).read(SR) & SR_IDLE, 0);
    // A byte that begins before the frame is over keeps the line busy.
    bench.receive(b"c");
    bench.at(21 * FRAME + FRAME / 2).receive(b"d");
    assert_eq!(bench.at(23 * FRAME).read(SR) & SR_IDLE, 0);
    assert_eq!(bench.at(24 * FRAME).read(SR) & SR_IDLE, SR_IDLE);
}

#[test]
fn bytes_wait_for_the_receiver() {
    let mut bench = enabled(CR1_UE | CR1_TE);
    bench.receive(b"z");
    assert_eq!(bench.at(50 * FRAME).read(SR) & SR_RXNE, 0);
    bench.write(CR1, ON);
    assert_eq!(bench.at(51 * FRAME).read(DR), u32::from(b'z'));
    // They do so over a reset by the clock controller, too.
    bench.receive(b"y");
    bench.reset(ResetCause::Peripheral);
    bench.write(BRR, BIT as u32).write(CR1, ON);
    assert_eq!(bench.at(52 * FRAME).read(DR), u32::from(b'y'));
}

/// RM 30.3.7: the parity bit is the most significant bit of what is read; even if PS is 0. 0x61 has three ones.
#[test]
fn a_received_byte_shows_its_parity() {
    for (cr1, byte, data) in [
        (CR1_PCE, 0x61, 0xE1),
        (CR1_PCE | CR1_PS, 0x61, 0x61),
        (CR1_PCE | CR1_M, 0x61, 0x161),
        (CR1_PCE | CR1_M | CR1_PS, 0x63, 0x163),
        (0, 0xE1, 0xE1),
    ] {
        let mut bench = enabled(ON | cr1);
        bench.receive(&[byte]);
        assert_eq!(bench.at(3 * FRAME).read(DR), data, "{cr1:#x}");
    }
}
