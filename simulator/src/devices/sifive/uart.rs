//! UART (FE, "Universal Asynchronous Receiver/Transmitter"): 8N1 or 8N2, eight entries of FIFO in each direction.
//!
//! | offset | register | bits |
//! |---|---|---|
//! | 0x00 | txdata | 31 full (read only), 7:0 data (reads as 0) |
//! | 0x04 | rxdata | 31 empty, 7:0 data (read only) |
//! | 0x08 | txctrl | 18:16 txcnt, 1 nstop, 0 txen |
//! | 0x0C | rxctrl | 18:16 rxcnt, 0 rxen |
//! | 0x10 | ie | 1 rxwm, 0 txwm |
//! | 0x14 | ip | 1 rxwm, 0 txwm (read only) |
//! | 0x18 | div | 15:0 |
//!
//! A bit takes div + 1 clocks, a character ten bits, or eleven with two stop bits. txwm is pending while fewer than txcnt
//! entries wait for the transmitter, rxwm while more than rxcnt wait for firmware. A character that the FIFO has no room for
//! is lost, in both directions. After reset div is 542, which is 115,200 baud at the 62.5 MHz that the design is made for;
//! QEMU has no wire time.
//!
//! Bytes from outside wait while the receiver is off, as if the sender had not begun; with the receiver on they arrive at
//! the speed of the wire.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::super::{Context, Device, NarrowStore};
use crate::clock::{ClockDomain, Picoseconds};

const TXDATA: u32 = 0x00;
const RXDATA: u32 = 0x04;
const TXCTRL: u32 = 0x08;
const RXCTRL: u32 = 0x0C;
const IE: u32 = 0x10;
const IP: u32 = 0x14;
const DIV: u32 = 0x18;

/// Full of txdata, empty of rxdata.
const STATUS: u32 = 1 << 31;
const ENABLE: u32 = 1 << 0;
const TXCTRL_NSTOP: u32 = 1 << 1;
const TXCTRL_BITS: u32 = 0x0007_0003;
const RXCTRL_BITS: u32 = 0x0007_0001;
const TXWM: u32 = 1 << 0;
const RXWM: u32 = 1 << 1;

const DEPTH: usize = 8;
const DIV_RESET: u32 = 542;

/// The device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SifiveUart {
    txctrl: u32,
    rxctrl: u32,
    ie: u32,
    div: u32,
    tx_fifo: VecDeque<u8>,
    /// The character on the wire and the tick at which its last stop bit ends.
    tx_shift: Option<(u8, u64)>,
    rx_fifo: VecDeque<u8>,
    /// The tick at which the stop bit of the character on the wire ends.
    rx_end: Option<u64>,
    rx_line: VecDeque<u8>,
}

impl Default for SifiveUart {
    fn default() -> Self {
        Self {
            txctrl: 0,
            rxctrl: 0,
            ie: 0,
            div: DIV_RESET,
            tx_fifo: VecDeque::new(),
            tx_shift: None,
            rx_fifo: VecDeque::new(),
            rx_end: None,
            rx_line: VecDeque::new(),
        }
    }
}

impl SifiveUart {
    fn bits(&self, count: u64) -> u64 {
        count * (u64::from(self.div) + 1)
    }

    fn pending(&self) -> u32 {
        let watermark = |control: u32| (control >> 16 & 0b111) as usize;
        let txwm = if self.tx_fifo.len() < watermark(self.txctrl) { TXWM } else { 0 };
        let rxwm = if self.rx_fifo.len() > watermark(self.rxctrl) { RXWM } else { 0 };
        txwm | rxwm
    }

    /// Starts what the current settings allow to start.
    fn start(&mut self, now: u64) {
        if self.txctrl & ENABLE != 0
            && self.tx_shift.is_none()
            && let Some(byte) = self.tx_fifo.pop_front()
        {
            let stop = if self.txctrl & TXCTRL_NSTOP != 0 { 2 } else { 1 };
            self.tx_shift = Some((byte, now + self.bits(9 + stop)));
        }
        if self.rxctrl & ENABLE == 0 {
            self.rx_end = None;
        } else if self.rx_end.is_none() && !self.rx_line.is_empty() {
            self.rx_end = Some(now + self.bits(10));
        }
    }
}

impl Device for SifiveUart {
    fn read(&mut self, offset: u32, context: &mut Context<'_>) -> u32 {
        match offset {
            TXDATA => {
                if self.tx_fifo.len() >= DEPTH {
                    STATUS
                } else {
                    0
                }
            }
            RXDATA => self.rx_fifo.pop_front().map_or(STATUS, u32::from),
            TXCTRL => self.txctrl,
            RXCTRL => self.rxctrl,
            IE => self.ie,
            IP => self.pending(),
            DIV => self.div,
            _ => {
                context.unmodelled();
                0
            }
        }
    }

    fn write(&mut self, offset: u32, value: u32, context: &mut Context<'_>) {
        match offset {
            TXDATA if self.tx_fifo.len() < DEPTH => self.tx_fifo.push_back(value as u8),
            TXDATA | RXDATA | IP => {}
            TXCTRL => self.txctrl = context.merge(self.txctrl, value) & TXCTRL_BITS,
            RXCTRL => self.rxctrl = context.merge(self.rxctrl, value) & RXCTRL_BITS,
            IE => self.ie = context.merge(self.ie, value) & (TXWM | RXWM),
            DIV => self.div = context.merge(self.div, value) & 0xFFFF,
            _ => context.unmodelled(),
        }
        self.start(context.ticks());
    }

    fn deadline(&self, clock: &ClockDomain) -> Option<Picoseconds> {
        let shift = self.tx_shift.map(|(_, end)| end);
        shift.into_iter().chain(self.rx_end).min().map(|tick| clock.time_of(tick))
    }

    fn fire(&mut self, context: &mut Context<'_>) {
        let now = context.ticks();
        if let Some((byte, _)) = self.tx_shift.take_if(|(_, end)| *end <= now) {
            context.transmit(byte);
        }
        if self.rx_end.take_if(|end| *end <= now).is_some()
            && let Some(byte) = self.rx_line.pop_front()
            && self.rx_fifo.len() < DEPTH
        {
            self.rx_fifo.push_back(byte);
        }
        self.start(now);
    }

    fn lines(&self) -> u32 {
        u32::from(self.pending() & self.ie != 0)
    }

    fn line(&self, _: &str) -> Option<u8> {
        Some(0)
    }

    fn receive(&mut self, bytes: &[u8], context: &mut Context<'_>) -> bool {
        self.rx_line.extend(bytes);
        self.start(context.ticks());
        true
    }

    fn input_can_wake(&self) -> bool {
        self.rxctrl & ENABLE != 0 && self.ie & RXWM != 0
    }

    fn narrow_store(&self) -> NarrowStore {
        NarrowStore::Lanes
    }

    fn flush(&mut self, context: &mut Context<'_>) -> Option<Picoseconds> {
        let mut end = None;
        while let Some((_, due)) = self.tx_shift {
            self.rx_end = None;
            context.now = context.clock.time_of(due);
            self.fire(context);
            end = Some(context.now);
        }
        end
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::Bench;
    use super::*;

    /// 16 MHz / 139 = 115,108 baud: FE, "Baud Rate Divisor Register", 115,200 at 16 MHz.
    const BAUD: u32 = 138;
    /// Ten bits, by hand.
    const CHARACTER: u64 = 1390;

    fn bench(txctrl: u32, rxctrl: u32) -> Bench<SifiveUart> {
        let mut bench = Bench::of(SifiveUart::default(), 16_000_000);
        bench.write(DIV, BAUD).write(TXCTRL, txctrl).write(RXCTRL, rxctrl);
        bench
    }

    /// FE, UART, "Memory Map" and the tables of its registers: offset, value after reset, bits that can be written.
    #[test]
    fn register_table() {
        for (offset, reset, writable) in [
            (0x00, 0, 0),
            (0x04, 0x8000_0000, 0),
            (0x08, 0, 0x7_0003),
            (0x0C, 0, 0x7_0001),
            (0x10, 0, 3),
            (0x14, 0, 0),
            (0x18, 542, 0xFFFF),
        ] {
            let mut bench = Bench::<SifiveUart>::new();
            assert_eq!(bench.read(offset), reset, "{offset:#x}");
            assert_eq!(bench.write(offset, !reset).read(offset), reset ^ writable, "{offset:#x}");
            assert_eq!(bench.unmodelled, 0);
        }
        let mut bench = Bench::<SifiveUart>::new();
        bench.write(0x1C, 0).read(0x1C);
        assert_eq!(bench.unmodelled, 2);
    }

    #[test]
    fn a_character_takes_ten_bits_and_the_next_follows_without_a_gap() {
        let mut bench = bench(ENABLE, 0);
        bench.at(100).write(TXDATA, u32::from(b'A')).write(TXDATA, u32::from(b'B')).at(10_000);
        assert_eq!(bench.sent, [(100 + CHARACTER, b'A'), (100 + 2 * CHARACTER, b'B')]);
        assert_eq!(bench.due(), None);
        bench.write(TXCTRL, ENABLE | TXCTRL_NSTOP).write(TXDATA, u32::from(b'C')).at(20_000);
        assert_eq!(bench.sent[2], (10_000 + 11 * 139, b'C'), "two stop bits");
    }

    #[test]
    fn eight_entries_wait_and_one_is_on_the_wire() {
        let mut bench = bench(ENABLE, 0);
        for byte in 0..9 {
            assert_eq!(bench.read(TXDATA), 0);
            bench.write(TXDATA, byte);
        }
        assert_eq!(bench.read(TXDATA), 1 << 31);
        bench.write(TXDATA, 99);
        assert_eq!((bench.at(CHARACTER - 1).read(TXDATA), bench.at(CHARACTER).read(TXDATA)), (1 << 31, 0));
        bench.at(100_000);
        assert_eq!(bench.sent.iter().map(|(_, byte)| *byte).collect::<Vec<_>>(), (0..9).collect::<Vec<_>>());
    }

    /// FE: "txwm is raised when the number of entries in the transmit FIFO is strictly less than the count".
    #[test]
    fn the_transmit_watermark() {
        let mut bench = bench(2 << 16, 0);
        bench.write(IE, TXWM);
        assert_eq!((bench.read(IP), bench.device.lines()), (TXWM, 1));
        bench.write(TXDATA, 1);
        assert_eq!((bench.read(IP), bench.device.lines()), (TXWM, 1));
        bench.write(TXDATA, 2);
        assert_eq!((bench.read(IP), bench.device.lines()), (0, 0));
        // The first leaves the FIFO for the wire, the second when that is free.
        bench.write(TXDATA, 3).write(TXCTRL, 2 << 16 | ENABLE);
        assert_eq!(bench.device.lines(), 0);
        assert_eq!((bench.at(CHARACTER).device.lines(), bench.read(IP)), (1, TXWM));
        bench.write(IE, 0);
        assert_eq!((bench.device.lines(), bench.read(IP)), (0, TXWM));
    }

    /// FE: "rxwm is raised when the number of entries in the receive FIFO is strictly greater than the count".
    #[test]
    fn the_receive_watermark_at_the_speed_of_the_wire() {
        let mut bench = bench(0, 1 << 16 | ENABLE);
        assert!(!bench.device.input_can_wake());
        bench.write(IE, RXWM);
        assert!(bench.device.input_can_wake());
        assert!(bench.at(10).receive(b"abc"));
        assert_eq!(bench.at(10 + CHARACTER).device.lines(), 0, "one is not more than one");
        assert_eq!(bench.at(10 + 2 * CHARACTER - 1).device.lines(), 0);
        assert_eq!((bench.at(10 + 2 * CHARACTER).device.lines(), bench.read(IP)), (1, RXWM));
        assert_eq!((bench.read(RXDATA), bench.device.lines()), (u32::from(b'a'), 0));
        assert_eq!((bench.read(RXDATA), bench.read(RXDATA)), (u32::from(b'b'), 1 << 31));
        assert_eq!(bench.at(10 + 3 * CHARACTER).read(RXDATA), u32::from(b'c'));
    }

    #[test]
    fn what_the_receive_fifo_has_no_room_for_is_lost() {
        let mut bench = bench(0, ENABLE);
        bench.receive(b"0123456789").then_some(()).unwrap();
        bench.at(20 * CHARACTER);
        let got: Vec<u32> = (0..9).map(|_| bench.read(RXDATA)).collect();
        assert_eq!(got, [0x30, 0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 1 << 31]);
    }

    #[test]
    fn bytes_wait_for_the_receiver_and_characters_for_the_transmitter() {
        let mut bench = bench(0, 0);
        bench.write(TXDATA, 7).receive(b"z");
        assert_eq!((bench.at(50_000).read(RXDATA), bench.due()), (1 << 31, None));
        bench.write(RXCTRL, ENABLE).write(TXCTRL, ENABLE);
        assert_eq!(bench.at(50_000 + CHARACTER).read(RXDATA), u32::from(b'z'));
        assert_eq!(bench.sent, [(50_000 + CHARACTER, 7)]);
    }

    #[test]
    fn the_wire_finishes_after_the_core() {
        let mut bench = bench(ENABLE, 0);
        bench.write(TXDATA, 1).write(TXDATA, 2);
        assert_eq!(bench.flush(), Some(2 * CHARACTER));
        assert_eq!(bench.sent.iter().map(|(_, byte)| *byte).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(bench.flush(), None);
    }
}
