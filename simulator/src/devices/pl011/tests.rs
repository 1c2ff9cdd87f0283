use super::super::testing::Bench;
use super::*;

/// 25 MHz / (16 x 115200) = 13.563: 13 and 36/64, which is 217 clocks a bit.
const BIT: u64 = 217;
/// Start bit, eight bits, stop bit.
const CHARACTER: u64 = 10 * BIT;
const EIGHT_BITS: u32 = 0b11 << 5;
const ON: u32 = CR_UARTEN | CR_TXE | CR_RXE;

/// At 115200 baud, on.
fn set_up(lcr: u32) -> Bench<Pl011> {
    let mut bench = Bench::new();
    bench.write(IBRD, 13).write(FBRD, 36).write(LCR_H, lcr).write(CR, ON);
    bench
}

fn bytes(bench: &Bench<Pl011>) -> Vec<u8> {
    bench.sent.iter().map(|(_, byte)| *byte).collect()
}

/// PL011 table 3-1 and the registers' tables: offset, value after reset, bits that can be written.
#[test]
fn register_table() {
    for (offset, reset, writable) in [
        (0x004, 0x0000, 0),
        (0x018, 0x0090, 0),
        (0x020, 0x0000, 0x00FF),
        (0x024, 0x0000, 0xFFFF),
        (0x028, 0x0000, 0x003F),
        (0x02C, 0x0000, 0x00FF),
        (0x030, 0x0300, 0xFF87),
        (0x034, 0x0012, 0x003F),
        (0x038, 0x0000, 0x07FF),
        (0x03C, 0x0000, 0),
        (0x040, 0x0000, 0),
        (0x044, 0x0000, 0),
        (0x048, 0x0000, 0x0007),
        (0xFE0, 0x11, 0),
        (0xFE4, 0x10, 0),
        (0xFE8, 0x14, 0),
        (0xFEC, 0x00, 0),
        (0xFF0, 0x0D, 0),
        (0xFF4, 0xF0, 0),
        (0xFF8, 0x05, 0),
        (0xFFC, 0xB1, 0),
    ] {
        let mut bench = Bench::<Pl011>::new();
        assert_eq!(bench.read(offset), reset, "{offset:#x}");
        bench.write(offset, !reset);
        assert_eq!(bench.read(offset) ^ reset, writable, "{offset:#x}");
    }
    let mut bench = Bench::<Pl011>::new();
    bench.write(0x008, 0).write(0x04C, 0).read(0xFDC);
    assert_eq!(bench.unmodelled, 3);
}

/// PL011 table 3-6 and 3.3.7: data bits by WLEN, parity by PEN, a second stop bit by STP2.
#[test]
fn the_length_of_a_character() {
    for (lcr, bits) in
        [(0, 7), (0b01 << 5, 8), (0b10 << 5, 9), (0b11 << 5, 10), (0b11 << 5 | LCR_PEN, 11), (0b11 << 5 | LCR_STP2, 11)]
    {
        let mut bench = set_up(lcr);
        bench.write(DR, 0xFF).at(1_000_000);
        assert_eq!(bench.sent, [(bits * BIT, 0xFF >> (3 - (lcr >> 5)))], "LCR_H {lcr:#x}");
    }
}

/// PL011 3.3.6: with 4 MHz and 1, 5/64, a bit has 16 x 69/64 = 17.25 clocks; the end of ten is rounded up.
#[test]
fn a_fraction_of_the_divisor() {
    let mut bench = Bench::<Pl011>::new();
    bench.write(IBRD, 1).write(FBRD, 5).write(LCR_H, EIGHT_BITS).write(CR, ON).write(DR, 1);
    assert_eq!(bench.due(), Some(173));
}

/// "To internally update the contents of UARTIBRD or UARTFBRD, a UARTLCR_H write must always be performed at the end."
#[test]
fn a_new_divisor_waits_for_the_line_control_register() {
    let mut bench = set_up(EIGHT_BITS);
    bench.write(IBRD, 1).write(FBRD, 0).write(DR, u32::from(b'a'));
    assert_eq!(bench.due(), Some(CHARACTER));
    bench.at(CHARACTER).write(LCR_H, EIGHT_BITS).write(DR, u32::from(b'b'));
    assert_eq!(bench.due(), Some(CHARACTER + 160));
}

#[test]
fn one_place_without_the_fifo() {
    let mut bench = set_up(EIGHT_BITS);
    bench.write(DR, u32::from(b'1'));
    // On the wire at once; the place is free.
    assert_eq!(bench.read(FR), FR_BUSY | FR_TXFE | FR_RXFE);
    bench.write(DR, u32::from(b'2'));
    assert_eq!(bench.read(FR), FR_BUSY | FR_TXFF | FR_RXFE);
    bench.write(DR, u32::from(b'3')).at(2 * CHARACTER);
    assert_eq!(bench.sent, [(CHARACTER, b'1'), (2 * CHARACTER, b'2')]);
    assert_eq!((bench.read(FR), bench.due()), (FR_TXFE | FR_RXFE, None));
}

#[test]
fn sixteen_places_with_it() {
    let mut bench = set_up(EIGHT_BITS | LCR_FEN);
    for byte in 0..16 {
        bench.write(DR, byte);
        assert_eq!(bench.read(FR) & FR_TXFF, 0);
    }
    bench.write(DR, 16);
    assert_eq!(bench.read(FR), FR_BUSY | FR_TXFF | FR_RXFE);
    bench.write(DR, 17).at(100 * CHARACTER);
    assert_eq!(bytes(&bench), (0..17).collect::<Vec<u8>>());
}

/// PL011 2.8.4: the interrupt comes with the fall to the level, and goes with a store beyond it or through ICR.
#[test]
fn the_transmit_interrupt_without_the_fifo() {
    let mut bench = set_up(EIGHT_BITS);
    bench.write(IMSC, INT_TX);
    assert_eq!((bench.read(RIS), bench.device.lines()), (0, 0), "enabled before anything is written");
    bench.write(DR, 1);
    assert_eq!((bench.read(RIS), bench.read(MIS), bench.device.lines()), (INT_TX, INT_TX, 1));
    bench.write(DR, 2);
    assert_eq!((bench.read(RIS), bench.device.lines()), (0, 0));
    assert_eq!(bench.at(CHARACTER).read(RIS), INT_TX);
    bench.write(ICR, INT_TX);
    assert_eq!(bench.at(10 * CHARACTER).read(RIS), 0);
}

/// PL011 table 3-12: 1/8, 1/4, 1/2, 3/4 and 7/8 of sixteen.
#[test]
fn the_transmit_levels() {
    for (select, level) in [(0, 2), (1, 4), (2, 8), (3, 12), (4, 14)] {
        let mut bench = set_up(EIGHT_BITS | LCR_FEN);
        bench.write(IFLS, select);
        // One goes to the shift register, so 16 wait.
        for byte in 0..17 {
            bench.write(DR, byte);
        }
        bench.write(ICR, INT_TX);
        let falls = 16 - level;
        assert_eq!(bench.at(falls * CHARACTER - 1).read(RIS), 0, "level {level}");
        assert_eq!(bench.at(falls * CHARACTER).read(RIS), INT_TX, "level {level}");
    }
}

#[test]
fn the_receive_interrupt_without_the_fifo() {
    let mut bench = set_up(EIGHT_BITS);
    bench.write(IMSC, INT_RX);
    assert!(bench.device.input_can_wake());
    assert!(bench.at(10).receive(b"ab"));
    assert_eq!(bench.at(10 + CHARACTER - 1).read(FR), FR_TXFE | FR_RXFE);
    assert_eq!(bench.at(10 + CHARACTER).read(FR), FR_TXFE | FR_RXFF);
    assert_eq!((bench.read(RIS), bench.device.lines()), (INT_RX, 1));
    assert_eq!((bench.read(DR), bench.read(RIS), bench.device.lines()), (u32::from(b'a'), 0, 0));
    assert_eq!(bench.at(10 + 2 * CHARACTER).read(DR), u32::from(b'b'));
}

/// PL011 table 3-12, and 2.8.3: the interrupt goes when the FIFO is below its level again.
#[test]
fn the_receive_levels() {
    for (select, level) in [(0, 2), (1, 4), (2, 8), (3, 12), (4, 14)] {
        let mut bench = set_up(EIGHT_BITS | LCR_FEN);
        bench.write(IFLS, select << 3).receive(&[7; 14]);
        assert_eq!(bench.at(level * CHARACTER - 1).read(RIS), 0, "level {level}");
        assert_eq!(bench.at(level * CHARACTER).read(RIS), INT_RX, "level {level}");
        assert_eq!((bench.read(DR), bench.read(RIS)), (7, 0), "level {level}");
    }
}

/// PL011 2.8.5: 32 bits without a character; emptying the FIFO takes it back.
#[test]
fn what_waits_in_the_fifo_times_out() {
    let mut bench = set_up(EIGHT_BITS | LCR_FEN);
    bench.write(IMSC, INT_RT).receive(b"a");
    assert_eq!(bench.at(CHARACTER + 32 * BIT - 1).read(RIS), 0);
    assert_eq!((bench.at(CHARACTER + 32 * BIT).read(RIS), bench.device.lines()), (INT_RT, 1));
    assert_eq!((bench.read(DR), bench.read(RIS)), (u32::from(b'a'), 0));
    assert_eq!(bench.due(), None);
}

/// PL011 table 3-2 and 3.3.2: a full FIFO keeps what it has; RSR until it is cleared, DR until there was room.
#[test]
fn overruns() {
    let mut bench = set_up(EIGHT_BITS);
    bench.write(IMSC, INT_OE).receive(b"abc");
    bench.at(2 * CHARACTER);
    assert_eq!((bench.read(RIS) & INT_OE, bench.read(RSR), bench.device.lines()), (INT_OE, 1 << 3, 1));
    assert_eq!(bench.read(DR), 1 << 11 | u32::from(b'a'));
    assert_eq!(bench.at(3 * CHARACTER).read(DR), u32::from(b'c'));
    assert_eq!(bench.read(RSR), 1 << 3);
    bench.write(RSR, 0).write(ICR, INT_OE);
    assert_eq!((bench.read(RSR), bench.read(RIS)), (0, 0));
}

#[test]
fn nothing_moves_while_it_is_off() {
    let mut bench = set_up(EIGHT_BITS | LCR_FEN);
    bench.write(CR, CR_TXE | CR_RXE).write(DR, u32::from(b'x')).receive(b"y");
    assert_eq!((bench.at(100_000).read(FR), bench.due()), (FR_BUSY | FR_RXFE, None));
    bench.write(CR, ON).at(100_000 + CHARACTER);
    assert_eq!((bench.sent.clone(), bench.read(DR)), (vec![(100_000 + CHARACTER, b'x')], u32::from(b'y')));
}

#[test]
fn loop_back() {
    let mut bench = set_up(EIGHT_BITS | LCR_FEN);
    bench.write(CR, ON | CR_LBE).write(DR, u32::from(b'q')).at(CHARACTER);
    assert_eq!((bench.read(DR), bench.sent.len()), (u32::from(b'q'), 0));
}

#[test]
fn switching_the_fifos_empties_them() {
    let mut bench = set_up(EIGHT_BITS | LCR_FEN);
    bench.write(DR, 1).write(DR, 2).write(DR, 3).write(LCR_H, EIGHT_BITS).at(10 * CHARACTER);
    assert_eq!(bytes(&bench), [1]);
}

#[test]
fn without_a_baud_rate_characters_leave_at_once_and_it_is_said() {
    let mut bench = Bench::<Pl011>::new();
    bench.write(LCR_H, EIGHT_BITS).write(CR, ON).at(5).write(DR, u32::from(b'!'));
    assert_eq!((bench.sent.clone(), bench.unmodelled), (vec![(5, b'!')], 1));
}

#[test]
fn what_is_not_modelled_is_listed() {
    for (offset, value) in
        [(LCR_H, LCR_BRK), (CR, ON | CR_SIREN), (CR, ON | 1 << 14), (CR, ON | 1 << 15), (IFLS, 5), (DMACR, 1)]
    {
        let mut bench = Bench::<Pl011>::new();
        bench.write(offset, value);
        assert_eq!(bench.unmodelled, 1, "{offset:#x}");
    }
}

#[test]
fn the_wire_finishes_after_the_core() {
    let mut bench = set_up(EIGHT_BITS | LCR_FEN);
    bench.write(DR, 1).write(DR, 2);
    assert_eq!(bench.flush(), Some(2 * CHARACTER));
    assert_eq!(bytes(&bench), [1, 2]);
}
