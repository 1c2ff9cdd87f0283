//! 16550A UART (TI "PC16550D Universal Asynchronous Receiver/Transmitter with FIFOs", SNLS378C; "NS" below), with a byte for
//! each register as QEMU's machine virt has it ("ns16550a").
//!
//! | offset | register | bits |
//! |---|---|---|
//! | 0 | RBR (read), THR (write); DLL with DLAB | 7:0 |
//! | 1 | IER; DLM with DLAB | 3 modem status, 2 line status, 1 THR empty, 0 data |
//! | 2 | IIR (read) | 7:6 FIFOs, 3:0 which interrupt |
//! | 2 | FCR (write) | 7:6 trigger, 3 DMA mode, 2 and 1 clear transmit and receive FIFO, 0 FIFOs |
//! | 3 | LCR | 7 DLAB, 6 break, 5:3 parity, 2 stop bits, 1:0 data bits |
//! | 4 | MCR | 4 loop, 3 OUT2, 2 OUT1, 1 RTS, 0 DTR |
//! | 5 | LSR | 6 TEMT, 5 THRE, 4 BI, 3 FE, 2 PE, 1 OE, 0 DR |
//! | 6 | MSR | 7:4 DCD, RI, DSR, CTS, 3:0 their changes |
//! | 7 | SCR | 7:0 |
//!
//! A bit takes 16 times the divisor of the peripheral's clock; the clock and so the speed are the chip file's. With a
//! divisor of 0 there is no wire time: characters leave at once, and the access is listed as not modelled. After reset the
//! divisor, which NS leaves open, is QEMU's 12. LCR says how long a character is on the wire, but all eight bits of it
//! arrive whatever it says: firmware for this machine often leaves LCR alone.
//!
//! The other end is always ready: CTS, DSR and DCD are on, and nothing it sends is ever damaged. THRE's interrupt comes
//! when the FIFO falls empty, without the delay of a character that NS has for the first (section 8.10). Not modelled:
//! break, and DMA mode, whose two pins lead nowhere.
//!
//! Bytes from outside arrive at the speed of the wire, and overrun firmware that is too slow.

mod modem;
mod receiver;
#[cfg(test)]
mod tests;
mod transmitter;

use serde::{Deserialize, Serialize};

use super::{Context, Device, NarrowStore};
use crate::clock::{ClockDomain, Picoseconds};
use modem::Modem;
use receiver::Receiver;
use transmitter::Transmitter;

const IER_DATA: u8 = 1 << 0;
const IER_THRE: u8 = 1 << 1;
const IER_LINE: u8 = 1 << 2;
const IER_MODEM: u8 = 1 << 3;

const IIR_NONE: u8 = 0b0001;
const IIR_LINE: u8 = 0b0110;
const IIR_DATA: u8 = 0b0100;
const IIR_TIMEOUT: u8 = 0b1100;
const IIR_THRE: u8 = 0b0010;
const IIR_MODEM: u8 = 0b0000;
const IIR_FIFOS: u8 = 0b11 << 6;

const FCR_FIFOS: u8 = 1 << 0;
const FCR_CLEAR_RX: u8 = 1 << 1;
const FCR_CLEAR_TX: u8 = 1 << 2;

const LCR_STOP: u8 = 1 << 2;
const LCR_PARITY: u8 = 1 << 3;
const LCR_BREAK: u8 = 1 << 6;
const LCR_DLAB: u8 = 1 << 7;

const LSR_DR: u8 = 1 << 0;
const LSR_OE: u8 = 1 << 1;
const LSR_THRE: u8 = 1 << 5;
const LSR_TEMT: u8 = 1 << 6;

/// Characters in a FIFO.
const DEPTH: usize = 16;
const DIVISOR_RESET: u16 = 12;

/// The device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ns16550 {
    ier: u8,
    lcr: u8,
    scr: u8,
    divisor: u16,
    fifos: bool,
    transmitter: Transmitter,
    receiver: Receiver,
    modem: Modem,
}

impl Default for Ns16550 {
    fn default() -> Self {
        Self {
            ier: 0,
            lcr: 0,
            scr: 0,
            divisor: DIVISOR_RESET,
            fifos: false,
            transmitter: Transmitter::default(),
            receiver: Receiver::default(),
            modem: Modem::default(),
        }
    }
}

impl Ns16550 {
    /// Ticks of a character: start bit, data bits, parity, stop bits, which are one and a half with five data bits.
    fn character(&self) -> u64 {
        let data = u64::from(self.lcr & 0b11) + 5;
        let parity = u64::from(self.lcr & LCR_PARITY != 0);
        let half_stops = match (self.lcr & LCR_STOP != 0, data) {
            (false, _) => 2,
            (true, 5) => 3,
            (true, _) => 4,
        };
        (2 * (1 + data + parity) + half_stops) * 8 * u64::from(self.divisor)
    }

    /// What IIR shows: the most important interrupt that is enabled and pending (NS table 4).
    fn interrupt(&self) -> u8 {
        let enabled = |bit| self.ier & bit != 0;
        if enabled(IER_LINE) && self.receiver.overrun {
            IIR_LINE
        } else if enabled(IER_DATA) && self.receiver.reached_trigger(self.fifos) {
            IIR_DATA
        } else if enabled(IER_DATA) && self.receiver.timed_out {
            IIR_TIMEOUT
        } else if enabled(IER_THRE) && self.transmitter.empty_event {
            IIR_THRE
        } else if enabled(IER_MODEM) && self.modem.changed() {
            IIR_MODEM
        } else {
            IIR_NONE
        }
    }

    fn read_register(&mut self, register: u32, now: u64) -> u8 {
        match register {
            0 if self.lcr & LCR_DLAB != 0 => self.divisor as u8,
            0 => {
                let character = self.character();
                self.receiver.take(self.fifos, now, character)
            }
            1 if self.lcr & LCR_DLAB != 0 => (self.divisor >> 8) as u8,
            1 => self.ier,
            2 => {
                let interrupt = self.interrupt();
                if interrupt == IIR_THRE {
                    self.transmitter.empty_event = false;
                }
                interrupt | if self.fifos { IIR_FIFOS } else { 0 }
            }
            3 => self.lcr,
            4 => self.modem.mcr(),
            5 => {
                let mut lsr = self.transmitter.status();
                if self.receiver.has_data() {
                    lsr |= LSR_DR;
                }
                if std::mem::take(&mut self.receiver.overrun) {
                    lsr |= LSR_OE;
                }
                lsr
            }
            6 => self.modem.read_msr(),
            _ => self.scr,
        }
    }

    fn write_register(&mut self, register: u32, value: u8, context: &mut Context<'_>) {
        match register {
            0 if self.lcr & LCR_DLAB != 0 => self.divisor = self.divisor & 0xFF00 | u16::from(value),
            0 => self.transmitter.put(value, self.fifos),
            1 if self.lcr & LCR_DLAB != 0 => self.divisor = self.divisor & 0x00FF | u16::from(value) << 8,
            1 => {
                // Enabling the interrupt while nothing waits is an event, too.
                if value & !self.ier & IER_THRE != 0 && self.transmitter.is_buffer_empty() {
                    self.transmitter.empty_event = true;
                }
                self.ier = value & 0x0F;
            }
            2 => self.control_fifos(value),
            3 => {
                self.lcr = value;
                if value & LCR_BREAK != 0 {
                    context.unmodelled();
                }
            }
            4 => self.modem.write_mcr(value),
            7 => self.scr = value,
            // LSR and MSR are for reading.
            _ => {}
        }
    }

    fn control_fifos(&mut self, value: u8) {
        let fifos = value & FCR_FIFOS != 0;
        let switched = std::mem::replace(&mut self.fifos, fifos) != fifos;
        if switched || fifos && value & FCR_CLEAR_RX != 0 {
            self.receiver.clear();
        }
        if switched || fifos && value & FCR_CLEAR_TX != 0 {
            self.transmitter.clear();
        }
        // "This bit must be a 1 when other FCR bits are written to or they will not be programmed."
        if fifos {
            self.receiver.trigger = [1, 4, 8, 14][usize::from(value >> 6)];
        }
    }

    /// Starts what can start, and hands on what needs no wire.
    fn start(&mut self, context: &mut Context<'_>) {
        let (now, character) = (context.ticks(), self.character());
        if self.divisor == 0 {
            while let Some(byte) = self.transmitter.take() {
                context.unmodelled();
                self.deliver(byte, context);
            }
            return;
        }
        self.transmitter.start(now, character);
        self.receiver.start(now, character, self.modem.loops());
    }

    /// A character has left the shift register: for the wire, or in loop mode for the receiver.
    fn deliver(&mut self, byte: u8, context: &mut Context<'_>) {
        if self.modem.loops() {
            let (now, character) = (context.ticks(), self.character());
            self.receiver.arrive(byte, self.fifos, now, character);
        } else {
            context.transmit(byte);
        }
    }
}

impl Device for Ns16550 {
    fn read(&mut self, offset: u32, context: &mut Context<'_>) -> u32 {
        if offset > 4 {
            context.unmodelled();
            return 0;
        }
        let now = context.ticks();
        let bytes = (0..4).filter(|byte| context.lanes >> (8 * byte) & 0xFF != 0);
        bytes.fold(0, |word, byte| word | u32::from(self.read_register(offset + byte, now)) << (8 * byte))
    }

    fn write(&mut self, offset: u32, value: u32, context: &mut Context<'_>) {
        if offset > 4 {
            return context.unmodelled();
        }
        let lanes = context.lanes;
        for byte in (0..4).filter(|byte| lanes >> (8 * byte) & 0xFF != 0) {
            self.write_register(offset + byte, (value >> (8 * byte)) as u8, context);
        }
        self.start(context);
    }

    fn deadline(&self, clock: &ClockDomain) -> Option<Picoseconds> {
        let next = self.transmitter.due().into_iter().chain(self.receiver.due()).min();
        next.map(|tick| clock.time_of(tick))
    }

    fn fire(&mut self, context: &mut Context<'_>) {
        let (now, character) = (context.ticks(), self.character());
        if let Some(byte) = self.transmitter.finish(now) {
            self.deliver(byte, context);
        }
        self.receiver.fire(self.fifos, now, character);
        self.start(context);
    }

    fn lines(&self) -> u32 {
        u32::from(self.interrupt() != IIR_NONE)
    }

    fn line(&self, _: &str) -> Option<u8> {
        Some(0)
    }

    fn receive(&mut self, bytes: &[u8], context: &mut Context<'_>) -> bool {
        self.receiver.line.extend(bytes);
        self.start(context);
        true
    }

    fn input_can_wake(&self) -> bool {
        self.ier & IER_DATA != 0
    }

    fn narrow_store(&self) -> NarrowStore {
        NarrowStore::Lanes
    }

    fn flush(&mut self, context: &mut Context<'_>) -> Option<Picoseconds> {
        let mut end = None;
        while let Some(due) = self.transmitter.due() {
            self.receiver.stop();
            context.now = context.clock.time_of(due);
            self.fire(context);
            end = Some(context.now);
        }
        end
    }
}
