//! UART (RM 29): 8N1 or with a parity bit, six bytes of buffer for reception, none for transmission.
//!
//! | offset | register | |
//! |---|---|---|
//! | 0x000, 0x004 | STARTRX, STOPRX | tasks |
//! | 0x008, 0x00C | STARTTX, STOPTX | tasks |
//! | 0x01C | SUSPEND | task: STOPRX and STOPTX |
//! | 0x108, 0x11C | RXDRDY, TXDRDY | events: a byte is in RXD; the byte of TXD is out |
//! | 0x124, 0x144 | ERROR, RXTO | events: see ERRORSRC; the receiver has stopped |
//! | 0x480 | ERRORSRC | w1c: 3 BREAK, 2 FRAMING, 1 PARITY, 0 OVERRUN |
//! | 0x500 | ENABLE | 2:0: 4 is on, anything else off |
//! | 0x508 to 0x514 | PSELRTS, PSELTXD, PSELCTS, PSELRXD | a pin, or all ones for none |
//! | 0x518, 0x51C | RXD, TXD | |
//! | 0x524 | BAUDRATE | |
//! | 0x56C | CONFIG | 3:1 PARITY, 0 HWFC |
//!
//! BAUDRATE is the rate as a fraction of 16 MHz, times 2^32. Hardware divides 16 MHz by a whole number: rounded down, it is
//! what the rates given for the same UART in the nRF52832 (Product Specification 1.4, 35.10, "actual rate") come from.
//!
//! Without a pin in PSELTXD a byte takes its time and reaches nobody; without one in PSELRXD bytes from outside wait, as
//! they do while the receiver is off. Which pin it is is not looked at. A byte written to TXD while another is on its way is
//! lost, and the access listed: the manual has firmware wait for TXDRDY.
//!
//! Not modelled: flow control; the bytes that the receiver still accepts behind STOPRX; wrong parity, wrong stop bits and
//! breaks, which the world outside does not make.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::super::{Context, Device};
use super::TRIGGER;
use super::events::Events;
use crate::clock::{ClockDomain, Picoseconds};

const STARTRX: u32 = 0x000;
const STOPRX: u32 = 0x004;
const STARTTX: u32 = 0x008;
const STOPTX: u32 = 0x00C;
const SUSPEND: u32 = 0x01C;
const SHORTS: u32 = 0x200;
const ERRORSRC: u32 = 0x480;
const ENABLE: u32 = 0x500;
const PSELRTS: u32 = 0x508;
const PSELTXD: u32 = 0x50C;
const PSELCTS: u32 = 0x510;
const PSELRXD: u32 = 0x514;
const RXD: u32 = 0x518;
const TXD: u32 = 0x51C;
const BAUDRATE: u32 = 0x524;
const CONFIG: u32 = 0x56C;

const CTS: u32 = 1 << 0;
const NCTS: u32 = 1 << 1;
const RXDRDY: u32 = 1 << 2;
const TXDRDY: u32 = 1 << 7;
const ERROR: u32 = 1 << 9;
const RXTO: u32 = 1 << 17;

const ERRORSRC_OVERRUN: u32 = 1 << 0;
const ENABLED: u32 = 4;
const CONFIG_HWFC: u32 = 1 << 0;
const CONFIG_PARITY: u32 = 0b111 << 1;

/// "The UART's receive FIFO is six bytes" (RM 29.5).
const BUFFER: usize = 6;

/// The device. Its clock is that of the core, 16 MHz.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Nrf51Uart {
    events: Events,
    error_source: u32,
    enable: u32,
    /// PSELRTS, PSELTXD, PSELCTS, PSELRXD.
    pins: [u32; 4],
    baud_rate: u32,
    config: u32,
    transmitting: bool,
    receiving: bool,
    /// The byte on the wire and the tick at which its stop bit ends.
    shift: Option<(u8, u64)>,
    buffer: VecDeque<u8>,
    /// What RXD shows when there is nothing new.
    last: u8,
    /// The tick at which the stop bit of the byte that comes in ends.
    arrival: Option<u64>,
    line: VecDeque<u8>,
}

impl Default for Nrf51Uart {
    fn default() -> Self {
        Self {
            events: Events::new(CTS | NCTS | RXDRDY | TXDRDY | ERROR | RXTO),
            error_source: 0,
            enable: 0,
            pins: [u32::MAX; 4],
            baud_rate: 0x0400_0000,
            config: 0,
            transmitting: false,
            receiving: false,
            shift: None,
            buffer: VecDeque::new(),
            last: 0,
            arrival: None,
            line: VecDeque::new(),
        }
    }
}

impl Nrf51Uart {
    fn is_on(&self) -> bool {
        self.enable == ENABLED
    }

    fn has_pin(&self, register: u32) -> bool {
        self.pins[((register - PSELRTS) / 4) as usize] != u32::MAX
    }

    /// Clocks of a character: start bit, eight bits, parity if there is one, stop bit.
    fn character(&self) -> u64 {
        let bits = if self.config & CONFIG_PARITY != 0 { 11 } else { 10 };
        bits * ((1 << 32) / u64::from(self.baud_rate.max(1)))
    }

    fn send(&mut self, byte: u8, context: &mut Context<'_>) {
        if !self.is_on() || !self.transmitting || self.shift.is_some() {
            context.unmodelled();
            return;
        }
        self.shift = Some((byte, context.ticks() + self.character()));
    }

    /// Lets the next byte from outside begin, if there is one and somebody listens.
    fn listen(&mut self, now: u64) {
        if !self.is_on() || !self.receiving || !self.has_pin(PSELRXD) {
            self.arrival = None;
        } else if self.arrival.is_none() && !self.line.is_empty() {
            self.arrival = Some(now + self.character());
        }
    }

    fn arrive(&mut self, byte: u8) {
        if self.buffer.len() == BUFFER {
            self.error_source |= ERRORSRC_OVERRUN;
            self.events.raise(ERROR);
            return;
        }
        self.buffer.push_back(byte);
        if self.buffer.len() == 1 {
            self.events.raise(RXDRDY);
        }
    }

    /// Reading RXD moves the next byte there.
    fn take(&mut self) -> u32 {
        if let Some(byte) = self.buffer.pop_front() {
            self.last = byte;
            if !self.buffer.is_empty() {
                self.events.raise(RXDRDY);
            }
        }
        self.last.into()
    }

    fn stop_transmitter(&mut self) {
        // "A UART transmission sequence is stopped immediately" (RM 29.4).
        self.transmitting = false;
        self.shift = None;
    }

    fn stop_receiver(&mut self) {
        if self.receiving {
            self.events.raise(RXTO);
        }
        self.receiving = false;
    }

    fn task(&mut self, task: u32) {
        match task {
            STARTRX => self.receiving = true,
            STOPRX => self.stop_receiver(),
            STARTTX => self.transmitting = true,
            STOPTX => self.stop_transmitter(),
            _ => {
                self.stop_transmitter();
                self.stop_receiver();
            }
        }
    }
}

impl Device for Nrf51Uart {
    fn read(&mut self, offset: u32, context: &mut Context<'_>) -> u32 {
        match offset {
            STARTRX | STOPRX | STARTTX | STOPTX | SUSPEND | SHORTS => 0,
            ERRORSRC => self.error_source,
            ENABLE => self.enable,
            PSELRTS | PSELTXD | PSELCTS | PSELRXD => self.pins[((offset - PSELRTS) / 4) as usize],
            RXD => self.take(),
            TXD => 0,
            BAUDRATE => self.baud_rate,
            CONFIG => self.config,
            _ => self.events.read(offset).unwrap_or_else(|| {
                context.unmodelled();
                0
            }),
        }
    }

    fn write(&mut self, offset: u32, value: u32, context: &mut Context<'_>) {
        match offset {
            STARTRX | STOPRX | STARTTX | STOPTX | SUSPEND => {
                if value == TRIGGER {
                    self.task(offset);
                }
            }
            ERRORSRC => self.error_source &= !value,
            ENABLE => {
                self.enable = value & 0b111;
                if !self.is_on() {
                    self.stop_transmitter();
                    self.receiving = false;
                }
            }
            PSELRTS | PSELTXD | PSELCTS | PSELRXD => self.pins[((offset - PSELRTS) / 4) as usize] = value,
            RXD => {}
            TXD => self.send(value as u8, context),
            BAUDRATE => self.baud_rate = value,
            CONFIG => {
                self.config = value & (CONFIG_PARITY | CONFIG_HWFC);
                if value & CONFIG_HWFC != 0 {
                    context.unmodelled();
                }
            }
            // The shortcuts of flow control.
            SHORTS => context.unmodelled(),
            _ if self.events.write(offset, value) => {}
            _ => context.unmodelled(),
        }
        self.listen(context.ticks());
    }

    fn deadline(&self, clock: &ClockDomain) -> Option<Picoseconds> {
        let shift = self.shift.map(|(_, end)| end);
        [shift, self.arrival].into_iter().flatten().min().map(|tick| clock.time_of(tick))
    }

    fn fire(&mut self, context: &mut Context<'_>) {
        let now = context.ticks();
        if let Some((byte, _)) = self.shift.take_if(|(_, end)| *end <= now) {
            if self.has_pin(PSELTXD) {
                context.transmit(byte);
            }
            self.events.raise(TXDRDY);
        }
        if self.arrival.take_if(|end| *end <= now).is_some()
            && let Some(byte) = self.line.pop_front()
        {
            self.arrive(byte);
        }
        self.listen(now);
    }

    fn lines(&self) -> u32 {
        self.events.lines()
    }

    fn line(&self, _: &str) -> Option<u8> {
        Some(0)
    }

    fn receive(&mut self, bytes: &[u8], context: &mut Context<'_>) -> bool {
        self.line.extend(bytes);
        self.listen(context.ticks());
        true
    }

    fn input_can_wake(&self) -> bool {
        self.is_on() && self.receiving && self.events.interrupting() & RXDRDY != 0
    }

    fn flush(&mut self, context: &mut Context<'_>) -> Option<Picoseconds> {
        let (_, end) = self.shift?;
        (self.arrival, self.receiving) = (None, false);
        context.now = context.clock.time_of(end);
        self.fire(context);
        Some(context.now)
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::Bench;
    use super::*;

    /// 115200 baud, RM table "BAUDRATE": 138 clocks a bit, so that a character has 1380.
    const BAUD_115200: u32 = 0x01D7_E000;
    const CHARACTER: u64 = 1380;
    const EVENT_RXDRDY: u32 = 0x108;
    const EVENT_TXDRDY: u32 = 0x11C;
    const EVENT_ERROR: u32 = 0x124;
    const EVENT_RXTO: u32 = 0x144;
    const INTENSET: u32 = 0x304;

    fn bench() -> Bench<Nrf51Uart> {
        Bench::of(Nrf51Uart::default(), 16_000_000)
    }

    /// One that is set up as the manual's figures have it, both directions started.
    fn started() -> Bench<Nrf51Uart> {
        let mut bench = bench();
        bench.write(PSELTXD, 24).write(PSELRXD, 25).write(BAUDRATE, BAUD_115200).write(ENABLE, 4);
        bench.write(STARTTX, 1).write(STARTRX, 1);
        bench
    }

    /// RM 29.10: registers, their reset values, and the bits that can be written.
    #[test]
    fn registers() {
        let mut bench = bench();
        for (offset, reset, ones) in [
            (0x000, 0, 0),
            (0x100, 0, 0),
            (0x104, 0, 0),
            (0x108, 0, 0),
            (0x11C, 0, 0),
            (0x124, 0, 0),
            (0x144, 0, 0),
            (0x304, 0, 0x2_0287),
            (0x480, 0, 0),
            (0x500, 0, 7),
            (0x508, u32::MAX, u32::MAX),
            (0x50C, u32::MAX, u32::MAX),
            (0x510, u32::MAX, u32::MAX),
            (0x514, u32::MAX, u32::MAX),
            (0x518, 0, 0),
            (0x51C, 0, 0),
            (0x524, 0x0400_0000, u32::MAX),
        ] {
            assert_eq!(bench.read(offset), reset, "{offset:#x} after reset");
            bench.write(offset, u32::MAX);
            assert_eq!(bench.read(offset), ones, "{offset:#x} with ones");
        }
        assert_eq!(bench.unmodelled, 1, "a byte for TXD while the UART is off");
        bench.write(CONFIG, 0b1110);
        assert_eq!((bench.read(CONFIG), bench.unmodelled), (0b1110, 1));
        bench.write(CONFIG, u32::MAX).write(SHORTS, 8).read(0x604);
        assert_eq!((bench.read(CONFIG), bench.unmodelled), (0xF, 4));
    }

    /// The values of RM's table for BAUDRATE make the rates that the nRF52832's specification says they are.
    #[test]
    fn rates() {
        for (value, rate) in [
            (0x0004_F000, 1205),
            (0x0009_D000, 2396),
            (0x0013_B000, 4808),
            (0x0027_5000, 9598),
            (0x0075_F000, 28_829),
            (0x00EB_F000, 57_762),
            (0x01D7_E000, 115_942),
            (0x03AF_B000, 231_884),
            (0x0400_0000, 250_000),
            (0x075F_7000, 470_588),
            (0x0EBE_DFA4, 941_176),
            (0x1000_0000, 1_000_000),
        ] {
            let uart = Nrf51Uart { baud_rate: value, ..Nrf51Uart::default() };
            let made = (10.0 * 16e6 / uart.character() as f64).round();
            assert_eq!(made as u32, rate, "{value:#x}");
        }
    }

    #[test]
    fn a_byte_takes_ten_bit_times_and_says_so() {
        let mut bench = started();
        bench.write(INTENSET, TXDRDY).at(100).write(TXD, 0x141);
        assert_eq!(bench.at(100 + CHARACTER - 1).read(EVENT_TXDRDY), 0);
        assert_eq!((bench.at(100 + CHARACTER).read(EVENT_TXDRDY), bench.device.lines()), (1, 1));
        bench.write(EVENT_TXDRDY, 0);
        assert_eq!(bench.device.lines(), 0);
        bench.write(TXD, u32::from(b'B')).at(10_000);
        assert_eq!(bench.sent, [(100 + CHARACTER, b'A'), (100 + 2 * CHARACTER, b'B')]);
        assert_eq!(bench.unmodelled, 0);
    }

    #[test]
    fn a_parity_bit_makes_eleven() {
        let mut bench = started();
        bench.write(CONFIG, CONFIG_PARITY).write(TXD, 7).at(10_000);
        assert_eq!(bench.sent, [(11 * 138, 7)]);
    }

    #[test]
    fn what_is_written_too_early_is_lost_and_listed() {
        let mut bench = started();
        bench.write(TXD, 1).at(5).write(TXD, 2).at(10_000);
        assert_eq!((&bench.sent[..], bench.unmodelled), (&[(CHARACTER, 1)][..], 1));
        // Not started, and not enabled.
        bench.write(STOPTX, 1).write(TXD, 3).write(STARTTX, 1).write(ENABLE, 0).write(TXD, 4).at(20_000);
        assert_eq!((bench.sent.len(), bench.unmodelled), (1, 3));
    }

    #[test]
    fn stopping_cuts_a_byte_off() {
        let mut bench = started();
        bench.write(TXD, 1).at(500).write(STOPTX, 1);
        assert_eq!((bench.at(10_000).read(EVENT_TXDRDY), bench.sent.len()), (0, 0));
    }

    #[test]
    fn without_a_pin_nobody_hears_it() {
        let mut bench = started();
        bench.write(PSELTXD, u32::MAX).write(TXD, 1);
        assert_eq!((bench.at(CHARACTER).read(EVENT_TXDRDY), bench.sent.len()), (1, 0));
        bench.write(PSELRXD, u32::MAX).receive(b"x");
        assert_eq!(bench.due(), None);
    }

    #[test]
    fn each_byte_in_rxd_is_an_event() {
        let mut bench = started();
        bench.write(INTENSET, RXDRDY);
        assert!(bench.device.input_can_wake());
        assert!(bench.at(10).receive(b"ab"));
        assert_eq!(bench.at(10 + CHARACTER - 1).device.lines(), 0);
        assert_eq!(bench.at(10 + CHARACTER).device.lines(), 1);
        bench.at(10 + 2 * CHARACTER).write(EVENT_RXDRDY, 0);
        assert_eq!((bench.device.lines(), bench.read(RXD)), (0, u32::from(b'a')));
        assert_eq!(bench.read(EVENT_RXDRDY), 1, "the second byte moves to RXD");
        bench.write(EVENT_RXDRDY, 0);
        assert_eq!((bench.read(RXD), bench.read(EVENT_RXDRDY)), (u32::from(b'b'), 0));
    }

    #[test]
    fn the_seventh_byte_that_nobody_reads_is_an_overrun() {
        let mut bench = started();
        bench.receive(b"1234567");
        assert_eq!((bench.at(6 * CHARACTER).read(EVENT_ERROR), bench.read(ERRORSRC)), (0, 0));
        assert_eq!((bench.at(7 * CHARACTER).read(EVENT_ERROR), bench.read(ERRORSRC)), (1, ERRORSRC_OVERRUN));
        bench.write(ERRORSRC, ERRORSRC_OVERRUN);
        let bytes: Vec<_> = (0..6).map(|_| bench.read(RXD) as u8).collect();
        assert_eq!((&bytes[..], bench.read(ERRORSRC)), (&b"123456"[..], 0));
    }

    #[test]
    fn the_receiver_stops_and_bytes_wait() {
        let mut bench = started();
        bench.write(STOPRX, 1);
        assert_eq!(bench.read(EVENT_RXTO), 1);
        bench.receive(b"z");
        assert_eq!(bench.at(50_000).read(EVENT_RXDRDY), 0);
        bench.write(STARTRX, 1);
        assert_eq!(bench.at(50_000 + CHARACTER).read(RXD), u32::from(b'z'));
        bench.write(EVENT_RXTO, 0).write(SUSPEND, 1);
        assert_eq!(bench.read(EVENT_RXTO), 1);
    }

    #[test]
    fn the_wire_finishes_after_the_core() {
        let mut bench = started();
        bench.write(TXD, 9);
        assert_eq!((bench.flush(), bench.flush()), (Some(CHARACTER), None));
        assert_eq!(bench.sent.len(), 1);
    }
}
