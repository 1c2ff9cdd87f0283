//! Arm PrimeCell UART, PL011 (Arm DDI 0183; "PL011" below), revision r1p1 with its FIFOs of sixteen.
//!
//! | offset | register | bits |
//! |---|---|---|
//! | 0x000 | DR | 11 OE, 10 BE, 9 PE, 8 FE, 7:0 data |
//! | 0x004 | RSR (read), ECR (write) | 3 OE, 2 BE, 1 PE, 0 FE |
//! | 0x018 | FR | 8 RI, 7 TXFE, 6 RXFF, 5 TXFF, 4 RXFE, 3 BUSY, 2 DCD, 1 DSR, 0 CTS |
//! | 0x020 | ILPR | 7:0 |
//! | 0x024, 0x028 | IBRD, FBRD | 15:0, 5:0 |
//! | 0x02C | LCR_H | 7 SPS, 6:5 WLEN, 4 FEN, 3 STP2, 2 EPS, 1 PEN, 0 BRK |
//! | 0x030 | CR | 15 CTSEn, 14 RTSEn, 13:10 modem outputs, 9 RXE, 8 TXE, 7 LBE, 2 SIRLP, 1 SIREN, 0 UARTEN |
//! | 0x034 | IFLS | 5:3 receive, 2:0 transmit |
//! | 0x038 to 0x044 | IMSC, RIS, MIS, ICR | 10 OE, 9 BE, 8 PE, 7 FE, 6 RT, 5 TX, 4 RX, 3:0 modem |
//! | 0x048 | DMACR | 2:0 |
//! | 0xFE0 to 0xFFC | PeriphID0-3, PCellID0-3 | 7:0 |
//!
//! A bit takes 16 (IBRD + FBRD / 64) clocks; a store to LCR_H brings a new divisor into effect (PL011 3.3.6). With an IBRD of
//! 0, which is not permitted, there is no wire time: characters leave at once, and the access is listed as not modelled. A
//! character starts with the store that finds the transmitter idle, not with the next sixteenth of a bit. WLEN says how
//! many bits of a character there are; it is 5 after reset.
//!
//! The transmit interrupt comes when the FIFO falls to its level and the receive interrupt when it rises to its own, and not
//! while they are there (PL011 2.8): firmware that enables the former has to write first. A UART that is off, as after
//! reset, keeps what is written; QEMU sends it.
//!
//! Nothing that arrives is ever damaged, and no modem line is wired. Listed as not modelled: break, infrared, hardware flow
//! control, DMA. Bytes from outside wait while the receiver is off; with it on they arrive at the speed of the wire, and
//! overrun firmware that is too slow.

mod receiver;
#[cfg(test)]
mod tests;
mod transmitter;

use serde::{Deserialize, Serialize};

use super::{Context, Device, Setup};
use crate::clock::{ClockDomain, Picoseconds};
use receiver::Receiver;
use transmitter::Transmitter;

const DR: u32 = 0x000;
const RSR: u32 = 0x004;
const FR: u32 = 0x018;
const ILPR: u32 = 0x020;
const IBRD: u32 = 0x024;
const FBRD: u32 = 0x028;
const LCR_H: u32 = 0x02C;
const CR: u32 = 0x030;
const IFLS: u32 = 0x034;
const IMSC: u32 = 0x038;
const RIS: u32 = 0x03C;
const MIS: u32 = 0x040;
const ICR: u32 = 0x044;
const DMACR: u32 = 0x048;
const PERIPH_ID: u32 = 0xFE0;
const PCELL_ID: u32 = 0xFF0;

const FR_BUSY: u32 = 1 << 3;
const FR_RXFE: u32 = 1 << 4;
const FR_TXFF: u32 = 1 << 5;
const FR_RXFF: u32 = 1 << 6;
const FR_TXFE: u32 = 1 << 7;

const LCR_BRK: u32 = 1 << 0;
const LCR_PEN: u32 = 1 << 1;
const LCR_STP2: u32 = 1 << 3;
const LCR_FEN: u32 = 1 << 4;

const CR_UARTEN: u32 = 1 << 0;
const CR_SIREN: u32 = 1 << 1;
const CR_LBE: u32 = 1 << 7;
const CR_TXE: u32 = 1 << 8;
const CR_RXE: u32 = 1 << 9;
const CR_FLOW: u32 = 0b11 << 14;
const CR_BITS: u32 = 0xFF87;
const CR_RESET: u32 = CR_TXE | CR_RXE;

const IFLS_RESET: u32 = 0b010_010;

const INT_RX: u32 = 1 << 4;
const INT_TX: u32 = 1 << 5;
const INT_RT: u32 = 1 << 6;
const INT_OE: u32 = 1 << 10;
const INT_BITS: u32 = 0x7FF;

/// Characters in a FIFO.
const DEPTH: usize = 16;
/// Bits without a character after which those in the receive FIFO ask for attention (PL011 2.8.5).
const TIMEOUT_BITS: u64 = 32;

/// Arm's part 0x011, designer 0x41, revision 1.
const ARM: [u8; 4] = [0x11, 0x10, 0x14, 0x00];
/// The same in Luminary Micro's chips (LM3S6965 Microcontroller Data Sheet, registers UARTPeriphID0 to 3).
const LUMINARY: [u8; 4] = [0x11, 0x00, 0x18, 0x01];
const PCELL: [u8; 4] = [0x0D, 0xF0, 0x05, 0xB1];

/// The device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pl011 {
    identity: [u8; 4],
    ilpr: u32,
    ibrd: u32,
    fbrd: u32,
    /// What IBRD and FBRD were with the last store to LCR_H: 64ths of 16 clocks.
    divisor: u32,
    lcr: u32,
    cr: u32,
    ifls: u32,
    imsc: u32,
    dmacr: u32,
    ris: u32,
    transmitter: Transmitter,
    receiver: Receiver,
}

impl Default for Pl011 {
    fn default() -> Self {
        Self {
            identity: ARM,
            ilpr: 0,
            ibrd: 0,
            fbrd: 0,
            divisor: 0,
            lcr: 0,
            cr: CR_RESET,
            ifls: IFLS_RESET,
            imsc: 0,
            dmacr: 0,
            ris: 0,
            transmitter: Transmitter::default(),
            receiver: Receiver::default(),
        }
    }
}

impl Pl011 {
    /// A UART, with the identity that the chip's vendor has given it.
    #[must_use]
    pub fn new(setup: Setup<'_>) -> Self {
        let luminary = setup.board.chip.vendor == "Texas Instruments";
        Self { identity: if luminary { LUMINARY } else { ARM }, ..Self::default() }
    }

    fn is_on(&self, direction: u32) -> bool {
        self.cr & CR_UARTEN != 0 && self.cr & direction != 0
    }

    fn has_wire_time(&self) -> bool {
        self.divisor >= 64
    }

    fn data_bits(&self) -> u32 {
        5 + (self.lcr >> 5 & 0b11)
    }

    /// What of a byte is on the wire.
    fn character(&self, byte: u8) -> u8 {
        byte & (0xFF >> (8 - self.data_bits()))
    }

    /// Clocks of so many bits.
    fn ticks(&self, bits: u64) -> u64 {
        (bits * u64::from(self.divisor)).div_ceil(4)
    }

    /// Clocks of a character: start bit, data, parity, stop bits.
    fn character_ticks(&self) -> u64 {
        let has = |bit| u64::from(self.lcr & bit != 0);
        self.ticks(2 + u64::from(self.data_bits()) + has(LCR_PEN) + has(LCR_STP2))
    }

    fn depth(&self) -> usize {
        if self.lcr & LCR_FEN != 0 { DEPTH } else { 1 }
    }

    /// Characters in the FIFO that a select field of IFLS means.
    fn level(&self, shift: u32) -> usize {
        [2, 4, 8, 12].get((self.ifls >> shift & 0b111) as usize).copied().unwrap_or(14)
    }

    /// A FIFO that is off has one place: the transmitter asks when that is empty.
    fn transmit_level(&self) -> usize {
        if self.lcr & LCR_FEN != 0 { self.level(0) } else { 0 }
    }

    fn receive_level(&self) -> usize {
        if self.lcr & LCR_FEN != 0 { self.level(3) } else { 1 }
    }

    fn flags(&self) -> u32 {
        let set = |bit, condition: bool| if condition { bit } else { 0 };
        let (sent, received) = (self.transmitter.waiting(), self.receiver.waiting());
        set(FR_BUSY, sent > 0 || self.transmitter.is_sending())
            | set(FR_RXFE, received == 0)
            | set(FR_TXFF, sent >= self.depth())
            | set(FR_RXFF, received >= self.depth())
            | set(FR_TXFE, sent == 0)
    }

    fn read_data(&mut self) -> u32 {
        let value = self.receiver.take();
        if self.receiver.waiting() < self.receive_level() {
            self.ris &= !INT_RX;
        }
        if self.receiver.waiting() == 0 {
            self.ris &= !INT_RT;
        }
        value
    }

    fn write_data(&mut self, byte: u8) {
        if self.transmitter.waiting() < self.depth() {
            self.transmitter.put(self.character(byte));
        }
        if self.transmitter.waiting() > self.transmit_level() {
            self.ris &= !INT_TX;
        }
    }

    fn write_line_control(&mut self, value: u32, context: &mut Context<'_>) {
        if (self.lcr ^ value) & LCR_FEN != 0 {
            self.transmitter.clear();
            self.receiver.clear();
        }
        self.lcr = value & 0xFF;
        self.divisor = self.ibrd << 6 | self.fbrd;
        if value & LCR_BRK != 0 {
            context.unmodelled();
        }
    }

    /// The next character leaves the FIFO, which may make it fall to its level.
    fn take(&mut self) -> Option<u8> {
        let byte = self.transmitter.take()?;
        if self.transmitter.waiting() == self.transmit_level() {
            self.ris |= INT_TX;
        }
        Some(byte)
    }

    /// Starts what can start, and hands on what needs no wire.
    fn start(&mut self, context: &mut Context<'_>) {
        let now = context.ticks();
        while self.is_on(CR_TXE) && !self.transmitter.is_sending() {
            let Some(byte) = self.take() else { break };
            if self.has_wire_time() {
                self.transmitter.send(byte, now + self.character_ticks());
            } else {
                context.unmodelled();
                self.deliver(byte, context);
            }
        }
        if self.is_on(CR_RXE) && self.cr & CR_LBE == 0 {
            self.receiver.start(now + self.character_ticks().max(1));
        }
    }

    /// A character has been sent: to the wire, or with LBE to the receiver.
    fn deliver(&mut self, byte: u8, context: &mut Context<'_>) {
        if self.cr & CR_LBE == 0 {
            context.transmit(byte);
        } else if self.is_on(CR_RXE) {
            self.arrive(byte, context.ticks());
        }
    }

    fn arrive(&mut self, byte: u8, now: u64) {
        let timeout = now + self.ticks(TIMEOUT_BITS);
        if !self.receiver.arrive(self.character(byte), self.depth(), timeout) {
            self.ris |= INT_OE;
        } else if self.receiver.waiting() == self.receive_level() {
            self.ris |= INT_RX;
        }
    }

    fn identification(&self, offset: u32) -> Option<u32> {
        let (bytes, base) = if offset >= PCELL_ID { (&PCELL, PCELL_ID) } else { (&self.identity, PERIPH_ID) };
        let place = offset.checked_sub(base)? / 4;
        bytes.get(place as usize).map(|byte| u32::from(*byte))
    }
}

impl Device for Pl011 {
    fn read(&mut self, offset: u32, context: &mut Context<'_>) -> u32 {
        match offset {
            DR => self.read_data(),
            RSR => self.receiver.status(),
            FR => self.flags(),
            ILPR => self.ilpr,
            IBRD => self.ibrd,
            FBRD => self.fbrd,
            LCR_H => self.lcr,
            CR => self.cr,
            IFLS => self.ifls,
            IMSC => self.imsc,
            RIS => self.ris,
            MIS => self.ris & self.imsc,
            // For writing.
            ICR => 0,
            DMACR => self.dmacr,
            _ => self.identification(offset).unwrap_or_else(|| {
                context.unmodelled();
                0
            }),
        }
    }

    fn write(&mut self, offset: u32, value: u32, context: &mut Context<'_>) {
        match offset {
            DR => self.write_data(value as u8),
            RSR => self.receiver.clear_status(),
            ILPR => self.ilpr = value & 0xFF,
            IBRD => self.ibrd = value & 0xFFFF,
            FBRD => self.fbrd = value & 0x3F,
            LCR_H => self.write_line_control(value, context),
            CR => {
                self.cr = value & CR_BITS;
                if self.cr & (CR_SIREN | CR_FLOW) != 0 {
                    context.unmodelled();
                }
            }
            IFLS => {
                self.ifls = value & 0x3F;
                if self.ifls & 0b111 > 4 || self.ifls >> 3 > 4 {
                    context.unmodelled();
                }
            }
            IMSC => self.imsc = value & INT_BITS,
            ICR => self.ris &= !value,
            DMACR => {
                self.dmacr = value & 0b111;
                if self.dmacr != 0 {
                    context.unmodelled();
                }
            }
            // For reading.
            FR | RIS | MIS => {}
            _ if self.identification(offset).is_some() => {}
            _ => context.unmodelled(),
        }
        self.start(context);
    }

    fn deadline(&self, clock: &ClockDomain) -> Option<Picoseconds> {
        let next = self.transmitter.due().into_iter().chain(self.receiver.due()).min();
        next.map(|tick| clock.time_of(tick))
    }

    fn fire(&mut self, context: &mut Context<'_>) {
        let now = context.ticks();
        if let Some(byte) = self.transmitter.finish(now) {
            self.deliver(byte, context);
        }
        if self.receiver.time_out(now) {
            self.ris |= INT_RT;
        }
        if let Some(byte) = self.receiver.finish(now) {
            self.arrive(byte, now);
        }
        self.start(context);
    }

    fn lines(&self) -> u32 {
        u32::from(self.ris & self.imsc != 0)
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
        self.is_on(CR_RXE) && self.imsc & (INT_RX | INT_RT | INT_OE) != 0
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
