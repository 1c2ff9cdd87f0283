//! Against the tables and sections of TI's SNLS378C ("NS").

use super::super::testing::Bench;
use super::*;

/// 3.6864 MHz / (16 * 2) = 115,200 baud.
const DIVISOR: u8 = 2;
/// Ten bits of 32 clocks, by hand.
const CHARACTER: u64 = 320;
const EIGHT_BITS: u8 = 0b11;

impl Bench<Ns16550> {
    fn get(&mut self, register: u32) -> u8 {
        let shift = 8 * (register % 4);
        (self.read_lanes(register & !3, 0xFF << shift) >> shift) as u8
    }

    fn put(&mut self, register: u32, value: u8) -> &mut Self {
        let shift = 8 * (register % 4);
        self.write_lanes(register & !3, u32::from(value) << shift, 0xFF << shift)
    }
}

const DATA: u32 = 0;
const IER: u32 = 1;
const IIR: u32 = 2;
const FCR: u32 = 2;
const LCR: u32 = 3;
const MCR: u32 = 4;
const LSR: u32 = 5;
const MSR: u32 = 6;

fn fresh() -> Bench<Ns16550> {
    Bench::of(Ns16550::default(), 3_686_400)
}

/// 115,200 baud, 8N1, these interrupts, this FCR.
fn bench(ier: u8, fcr: u8) -> Bench<Ns16550> {
    let mut bench = fresh();
    bench.put(LCR, LCR_DLAB).put(0, DIVISOR).put(1, 0).put(LCR, EIGHT_BITS).put(FCR, fcr).put(IER, ier);
    bench
}

fn sent(bench: &Bench<Ns16550>) -> Vec<u8> {
    bench.sent.iter().map(|(_, byte)| *byte).collect()
}

/// NS tables 1 and 2: register, value after reset, bits that can be written.
#[test]
fn register_table() {
    for (register, reset, writable) in [
        (1, 0x00, 0x0F),
        (2, 0x01, 0x00),
        (3, 0x00, 0xFF),
        (4, 0x00, 0x1F),
        (5, 0x60, 0x00),
        (6, 0xB0, 0x00),
        (7, 0x00, 0xFF),
    ] {
        let mut bench = fresh();
        assert_eq!(bench.get(register), reset, "{register}");
        // FCR, MCR and IER act on other registers; here it is the register itself that counts.
        let written = if register == 2 { 0 } else { !reset };
        bench.put(register, written);
        assert_eq!(bench.get(register), reset ^ writable & written, "{register}");
    }
    let mut bench = fresh();
    bench.put(LCR, LCR_DLAB);
    assert_eq!((bench.get(0), bench.get(1)), (12, 0));
    bench.put(0, 0x34).put(1, 0x12);
    assert_eq!((bench.get(0), bench.get(1), bench.unmodelled), (0x34, 0x12, 0));
    bench.put(LCR, 0);
    assert_eq!((bench.get(0), bench.get(1)), (0, 0), "RBR and IER again");
    bench.read(8);
    bench.write(12, 0).put(LCR, LCR_BREAK);
    assert_eq!(bench.unmodelled, 3);
}

/// A load of a byte reads that byte's register and no other: RBR lies beside LSR's word, and IIR beside RBR.
#[test]
fn neighbours_are_left_alone() {
    let mut bench = bench(0, 0);
    bench.receive(b"x");
    bench.at(CHARACTER);
    for register in [IER, IIR, LCR] {
        bench.get(register);
    }
    assert_eq!((bench.get(LSR) & LSR_DR, bench.get(DATA), bench.get(LSR) & LSR_DR), (LSR_DR, b'x', 0));
}

/// NS 8.1: LCR and the length of a character in half bits.
#[test]
fn the_length_of_a_character() {
    for (lcr, half_bits) in [
        (0b00_0000, 14),
        (0b00_0011, 20),
        (0b00_0111, 22),
        (0b00_0100, 15),
        (0b00_1011, 22),
        (0b01_1111, 24),
        (0b00_0010, 18),
    ] {
        let mut bench = bench(0, 0);
        bench.put(LCR, lcr).put(DATA, 0xA5).at(1000);
        assert_eq!(bench.sent, [(half_bits * 8 * 2, 0xA5)], "{lcr:#b}");
    }
}

#[test]
fn without_fifos_one_character_waits() {
    let mut bench = bench(0, 0);
    bench.at(100).put(DATA, b'1');
    assert_eq!(bench.get(LSR), LSR_THRE, "in the shift register");
    bench.put(DATA, b'2');
    assert_eq!(bench.get(LSR), 0);
    bench.put(DATA, b'3').at(100 + CHARACTER);
    assert_eq!(bench.get(LSR), LSR_THRE);
    bench.at(10_000);
    assert_eq!(bench.get(LSR), LSR_THRE | LSR_TEMT);
    assert_eq!(bench.sent, [(100 + CHARACTER, b'1'), (100 + 2 * CHARACTER, b'3')], "the third replaced the second");
}

#[test]
fn sixteen_characters_wait_in_the_fifo() {
    let mut bench = bench(0, FCR_FIFOS);
    for byte in 0..20 {
        bench.put(DATA, byte);
    }
    assert_eq!(bench.at(16 * CHARACTER - 1).get(LSR), 0);
    assert_eq!(bench.at(16 * CHARACTER).get(LSR), LSR_THRE, "the last is on the wire");
    assert_eq!(bench.at(17 * CHARACTER).get(LSR), LSR_THRE | LSR_TEMT);
    assert_eq!(sent(&bench), (0..17).collect::<Vec<_>>());
    // "Resets its counter logic. The shift register is not cleared."
    bench.put(DATA, b'a').put(DATA, b'b').put(FCR, FCR_FIFOS | FCR_CLEAR_TX).at(100_000);
    assert_eq!(sent(&bench)[17..], [b'a']);
}

/// NS table 4: THRE's interrupt, its source and what resets it.
#[test]
fn the_transmitter_asks_for_more() {
    let mut bench = bench(0, FCR_FIFOS);
    assert_eq!((bench.device.lines(), bench.get(IIR)), (0, IIR_FIFOS | IIR_NONE));
    bench.put(IER, IER_THRE);
    assert_eq!((bench.device.lines(), bench.get(IIR)), (1, IIR_FIFOS | IIR_THRE), "empty when it is enabled");
    assert_eq!((bench.device.lines(), bench.get(IIR)), (0, IIR_FIFOS | IIR_NONE), "reading IIR resets it");
    bench.put(DATA, 1).put(DATA, 2);
    assert_eq!(bench.device.lines(), 0);
    assert_eq!(bench.at(CHARACTER).device.lines(), 1, "the second has left the FIFO");
    bench.put(DATA, 3);
    assert_eq!(bench.device.lines(), 0, "so does writing THR");
}

#[test]
fn a_received_character_interrupts_until_it_is_read() {
    let mut bench = bench(IER_DATA, 0);
    assert!(bench.device.input_can_wake());
    assert!(bench.at(10).receive(b"ab"));
    assert_eq!(bench.at(10 + CHARACTER - 1).device.lines(), 0);
    assert_eq!((bench.at(10 + CHARACTER).device.lines(), bench.get(IIR)), (1, IIR_DATA));
    assert_eq!((bench.get(LSR) & LSR_DR, bench.get(DATA), bench.device.lines()), (LSR_DR, b'a', 0));
    assert_eq!(bench.at(10 + 2 * CHARACTER).get(DATA), b'b');
}

/// NS 8.4: bits 7:6 of FCR.
#[test]
fn the_trigger_level_of_the_fifo() {
    for (code, level) in [(0, 1), (1, 4), (2, 8), (3, 14)] {
        let mut bench = bench(IER_DATA, FCR_FIFOS | code << 6);
        bench.receive(&[7; 16]);
        assert_eq!(bench.at(level * CHARACTER - 1).device.lines(), 0, "{level}");
        assert_eq!((bench.at(level * CHARACTER).device.lines(), bench.get(IIR)), (1, IIR_FIFOS | IIR_DATA));
        bench.get(DATA);
        assert_eq!(bench.device.lines(), 0, "below the level again");
    }
}

/// NS 8.10: four characters' time after the last one came or was read.
#[test]
fn what_waits_in_the_fifo_times_out() {
    let mut bench = bench(IER_DATA, FCR_FIFOS | 3 << 6);
    bench.receive(b"abc");
    assert_eq!(bench.at(7 * CHARACTER - 1).device.lines(), 0);
    assert_eq!((bench.at(7 * CHARACTER).device.lines(), bench.get(IIR)), (1, IIR_FIFOS | IIR_TIMEOUT));
    assert_eq!((bench.get(DATA), bench.device.lines()), (b'a', 0));
    assert_eq!(bench.at(11 * CHARACTER).device.lines(), 1);
    assert_eq!((bench.get(DATA), bench.get(DATA), bench.due()), (b'b', b'c', None));
}

/// NS 8.3: without FIFOs the old character is lost, with them the new one.
#[test]
fn overruns() {
    for (fcr, depth, kept) in [(0, 1, 1), (FCR_FIFOS | 3 << 6, 16, 0)] {
        let mut bench = bench(IER_LINE, fcr);
        let bytes: Vec<u8> = (0..=depth).collect();
        bench.receive(&bytes);
        assert_eq!(bench.at(u64::from(depth) * CHARACTER).device.lines(), 0);
        assert_eq!((bench.at(100 * CHARACTER).device.lines(), bench.get(IIR) & 0xF), (1, IIR_LINE));
        assert_eq!((bench.get(LSR) & LSR_OE, bench.get(LSR) & LSR_OE, bench.device.lines()), (LSR_OE, 0, 0));
        assert_eq!(bench.get(DATA), kept);
    }
}

#[test]
fn the_more_important_interrupt_shows() {
    let mut bench = bench(IER_DATA | IER_THRE | IER_LINE | IER_MODEM, 0);
    bench.put(MCR, 0x10).put(MCR, 0).receive(b"ab");
    bench.at(10 * CHARACTER);
    assert_eq!(bench.get(IIR), IIR_LINE);
    bench.get(LSR);
    assert_eq!(bench.get(IIR), IIR_DATA);
    bench.get(DATA);
    assert_eq!(bench.get(IIR), IIR_THRE);
    assert_eq!((bench.get(IIR), bench.device.lines()), (IIR_MODEM, 1));
    bench.get(MSR);
    assert_eq!((bench.get(IIR), bench.device.lines()), (IIR_NONE, 0));
}

/// NS 8.7: in loop mode what is sent is received, and MCR's outputs are MSR's inputs.
#[test]
fn loop_mode() {
    let mut bench = bench(0, 0);
    bench.put(MCR, 0x10);
    assert_eq!(bench.get(MSR), 0x0B, "CTS, DSR and DCD have gone");
    for (mcr, msr) in [(0x11, 0x22), (0x12, 0x11 | 0x02), (0x14, 0x40 | 0x01), (0x18, 0x80 | 0x08 | 0x04)] {
        bench.put(MCR, mcr);
        assert_eq!(bench.get(MSR), msr, "{mcr:#x}");
    }
    bench.receive(b"x");
    bench.put(DATA, b'L').at(CHARACTER);
    assert_eq!((bench.get(DATA), bench.sent.len()), (b'L', 0));
    assert_eq!(bench.at(10 * CHARACTER).get(LSR) & LSR_DR, 0, "the wire is cut off");
    bench.put(MCR, 0);
    assert_eq!(bench.at(11 * CHARACTER).get(DATA), b'x');
}

#[test]
fn switching_the_fifos_clears_them() {
    let mut bench = bench(0, FCR_FIFOS);
    bench.receive(b"ab");
    bench.at(2 * CHARACTER).put(FCR, 0);
    assert_eq!((bench.get(LSR), bench.get(IIR)), (LSR_THRE | LSR_TEMT, IIR_NONE));
}

#[test]
fn without_a_divisor_characters_leave_at_once_and_it_is_said() {
    let mut bench = bench(0, 0);
    bench.put(LCR, LCR_DLAB | EIGHT_BITS).put(0, 0).put(LCR, EIGHT_BITS).at(5).put(DATA, b'!');
    assert_eq!((bench.sent.clone(), bench.unmodelled, bench.get(LSR)), (vec![(5, b'!')], 1, LSR_THRE | LSR_TEMT));
}

#[test]
fn the_wire_finishes_after_the_core() {
    let mut bench = bench(0, FCR_FIFOS);
    bench.put(DATA, 1).put(DATA, 2);
    assert_eq!(bench.flush(), Some(2 * CHARACTER));
    assert_eq!((sent(&bench), bench.flush()), (vec![1, 2], None));
}
