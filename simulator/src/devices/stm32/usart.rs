//! USART1, 2, 3 and 6 (RM 30) in asynchronous mode: a data register and a shift register in each direction.
//!
//! A frame is a start bit, eight or nine bits (parity among them) and the stop bits; a bit takes BRR clocks with
//! oversampling by 16. A byte leaves at the end of its stop bits, and all of this is reckoned in clocks: a bus clock that
//! changes in the middle of a byte stretches the rest of it. Enabling the transmitter sends an idle frame first, so a
//! byte that is written at once waits that long. With a divider of less than one, which the manual forbids, there is no
//! wire time: bytes leave at once, and that is listed as unmodelled.
//!
//! Bytes from outside come with one stop bit and the right parity. They wait while the receiver is off, as if the sender
//! had not begun; with the receiver on they arrive at the speed of the wire. The wire has no noise, so NE, FE and PE are
//! never set.
//!
//! Not modelled, and listed when asked for: DMA, break, mute mode, a ninth data bit, flow control, half duplex,
//! synchronous, LIN, IrDA and smartcard mode.

#[cfg(test)]
mod tests;

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::super::{Context, Device, NarrowStore, ResetCause};
use crate::clock::{ClockDomain, Picoseconds};

const SR: u32 = 0x00;
const DR: u32 = 0x04;
const BRR: u32 = 0x08;
const CR1: u32 = 0x0C;
const CR2: u32 = 0x10;
const CR3: u32 = 0x14;
const GTPR: u32 = 0x18;

const SR_ORE: u32 = 1 << 3;
const SR_IDLE: u32 = 1 << 4;
const SR_RXNE: u32 = 1 << 5;
const SR_TC: u32 = 1 << 6;
const SR_TXE: u32 = 1 << 7;
/// Cleared by a read of SR with the flag, followed by a read of DR: PE, FE, NE, ORE, IDLE.
const SR_CLEARED_BY_READING: u32 = 0x1F;
/// Cleared by writing 0: RXNE, TC, LBD, CTS.
const SR_CLEARED_BY_ZERO: u32 = SR_RXNE | SR_TC | 1 << 8 | 1 << 9;

const CR1_SBK: u32 = 1 << 0;
const CR1_RWU: u32 = 1 << 1;
const CR1_RE: u32 = 1 << 2;
const CR1_TE: u32 = 1 << 3;
const CR1_IDLEIE: u32 = 1 << 4;
const CR1_RXNEIE: u32 = 1 << 5;
const CR1_TCIE: u32 = 1 << 6;
const CR1_TXEIE: u32 = 1 << 7;
const CR1_PS: u32 = 1 << 9;
const CR1_PCE: u32 = 1 << 10;
const CR1_M: u32 = 1 << 12;
const CR1_UE: u32 = 1 << 13;
const CR1_OVER8: u32 = 1 << 15;

/// ADD, LBDL, LBCL, CPHA, CPOL and STOP do nothing, or nothing by themselves.
const CR2_MODELLED: u32 = 0x372F;
const CR3_EIE: u32 = 1 << 0;
const CR3_DMAR: u32 = 1 << 6;
const CR3_ONEBIT: u32 = 1 << 11;

/// What the transmit shift register holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Frame {
    Idle,
    Data(u8),
}

/// The device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stm32Usart {
    /// SR without TXE.
    flags: u32,
    /// The flags that the last read of SR showed, until the access to DR that clears them.
    seen: u32,
    brr: u32,
    cr1: u32,
    cr2: u32,
    cr3: u32,
    gtpr: u32,
    tx_data: Option<u16>,
    /// The transmitter was enabled and has not sent its idle frame.
    preamble: bool,
    /// The frame on the wire and the tick at which it ends.
    tx_shift: Option<(Frame, u64)>,
    rx_data: u16,
    /// The tick at which the stop bit of the byte on the wire ends.
    rx_end: Option<u64>,
    /// The tick at which the line will have been idle for a frame.
    rx_idle: Option<u64>,
    rx_line: VecDeque<u8>,
}

impl Default for Stm32Usart {
    fn default() -> Self {
        Self {
            flags: SR_TC,
            seen: 0,
            brr: 0,
            cr1: 0,
            cr2: 0,
            cr3: 0,
            gtpr: 0,
            tx_data: None,
            preamble: false,
            tx_shift: None,
            rx_data: 0,
            rx_end: None,
            rx_idle: None,
            rx_line: VecDeque::new(),
        }
    }
}

impl Stm32Usart {
    fn status(&self) -> u32 {
        self.flags | if self.tx_data.is_none() { SR_TXE } else { 0 }
    }

    fn transmits(&self) -> bool {
        self.cr1 & (CR1_UE | CR1_TE) == CR1_UE | CR1_TE
    }

    fn receives(&self) -> bool {
        self.cr1 & (CR1_UE | CR1_RE) == CR1_UE | CR1_RE
    }

    /// Clocks of a bit (RM 30.3.4): USARTDIV times the oversampling; `None` if the divider is less than one.
    fn bit(&self) -> Option<u64> {
        let bit = if self.cr1 & CR1_OVER8 == 0 { self.brr } else { (self.brr >> 4) * 8 + (self.brr & 0b111) };
        (self.brr >> 4 != 0).then_some(bit.into())
    }

    /// Bits of a frame without its stop bits.
    fn bits(&self) -> u64 {
        if self.cr1 & CR1_M == 0 { 9 } else { 10 }
    }

    /// Clocks of a transmitted frame.
    fn tx_frame(&self) -> Option<u64> {
        let halves_of_stop = match self.cr2 >> 12 & 0b11 {
            0b00 => 2,
            0b01 => 1,
            0b10 => 4,
            _ => 3,
        };
        self.bit().map(|bit| (2 * self.bits() + halves_of_stop) * bit / 2)
    }

    fn rx_frame(&self) -> Option<u64> {
        self.bit().map(|bit| (self.bits() + 1) * bit)
    }

    /// The bits of a word that carry data; with parity its most significant bit does not.
    fn data_mask(&self) -> u16 {
        let bits = if self.cr1 & CR1_M == 0 { 8 } else { 9 };
        (1 << (bits - u32::from(self.cr1 & CR1_PCE != 0))) - 1
    }

    /// What the receive data register shows of a byte from outside, with the parity bit that it came with.
    fn received(&self, byte: u8) -> u16 {
        let mask = self.data_mask();
        let word = u16::from(byte) & mask;
        let odd = self.cr1 & CR1_PS != 0;
        let parity = self.cr1 & CR1_PCE != 0 && word.count_ones().is_multiple_of(2) == odd;
        word | if parity { mask + 1 } else { 0 }
    }

    /// Starts what the current settings allow to start.
    fn start(&mut self, now: u64, context: &mut Context<'_>) {
        if self.transmits() && self.tx_shift.is_none() {
            self.feed(now, context);
        }
        let Some(frame) = self.rx_frame().filter(|_| self.receives()) else {
            (self.rx_end, self.rx_idle) = (None, None);
            return;
        };
        if self.rx_end.is_none() && !self.rx_line.is_empty() {
            (self.rx_end, self.rx_idle) = (Some(now + frame), None);
        }
    }

    /// Gives the transmit shift register its next frame.
    fn feed(&mut self, now: u64, context: &mut Context<'_>) {
        let frame = self.tx_frame();
        if std::mem::take(&mut self.preamble) && frame.is_some() {
            self.tx_shift = frame.map(|clocks| (Frame::Idle, now + clocks));
        } else if let Some(word) = self.tx_data.take() {
            let byte = (word & self.data_mask()) as u8;
            match frame {
                Some(clocks) => self.tx_shift = Some((Frame::Data(byte), now + clocks)),
                None => {
                    context.unmodelled();
                    context.transmit(byte);
                    self.flags |= SR_TC;
                }
            }
        }
    }

    /// A byte from outside is complete. What the data register holds is not overwritten (RM 30.3.3).
    fn arrive(&mut self, byte: u8, now: u64) {
        if self.flags & SR_RXNE != 0 {
            self.flags |= SR_ORE;
        } else {
            self.rx_data = self.received(byte);
            self.flags |= SR_RXNE;
        }
        self.rx_idle = self.rx_frame().map(|clocks| now + clocks);
    }

    fn write_cr1(&mut self, value: u32, context: &mut Context<'_>) {
        let transmitted = self.transmits();
        let nine_bits = value & (CR1_M | CR1_PCE) == CR1_M;
        if value & (CR1_SBK | CR1_RWU) != 0 || nine_bits {
            context.unmodelled();
        }
        // The break that is not sent is over.
        self.cr1 = value & 0xBFFF & !CR1_SBK;
        if self.cr1 & CR1_TE == 0 {
            // "The current data being transmitted will be lost" (RM 30.3.2). Without UE it is sent to its end (30.6.4).
            (self.preamble, self.tx_shift) = (false, None);
        }
        self.preamble |= self.transmits() && !transmitted;
    }
}

impl Device for Stm32Usart {
    fn read(&mut self, offset: u32, context: &mut Context<'_>) -> u32 {
        match offset {
            SR => {
                self.seen = self.flags;
                self.status()
            }
            DR => {
                self.flags &= !(SR_RXNE | self.seen & SR_CLEARED_BY_READING);
                self.seen &= !SR_CLEARED_BY_READING;
                self.rx_data.into()
            }
            BRR => self.brr,
            CR1 => self.cr1,
            CR2 => self.cr2,
            CR3 => self.cr3,
            GTPR => self.gtpr,
            _ => {
                context.unmodelled();
                0
            }
        }
    }

    fn write(&mut self, offset: u32, value: u32, context: &mut Context<'_>) {
        match offset {
            SR => self.flags &= value | !SR_CLEARED_BY_ZERO,
            DR => {
                self.flags &= !(self.seen & SR_TC);
                self.seen &= !SR_TC;
                self.tx_data = Some((value & 0x1FF) as u16);
            }
            BRR => self.brr = value & 0xFFFF,
            CR1 => self.write_cr1(value, context),
            CR2 => {
                self.cr2 = value & 0x7F6F;
                if self.cr2 & !CR2_MODELLED != 0 {
                    context.unmodelled();
                }
            }
            CR3 => {
                self.cr3 = value & 0x0FFF;
                if self.cr3 & !(CR3_EIE | CR3_ONEBIT) != 0 {
                    context.unmodelled();
                }
            }
            GTPR => self.gtpr = value & 0xFFFF,
            _ => context.unmodelled(),
        }
        self.start(context.ticks(), context);
    }

    fn deadline(&self, clock: &ClockDomain) -> Option<Picoseconds> {
        let shift = self.tx_shift.map(|(_, end)| end);
        [shift, self.rx_end, self.rx_idle].into_iter().flatten().min().map(|tick| clock.time_of(tick))
    }

    fn fire(&mut self, context: &mut Context<'_>) {
        let now = context.ticks();
        if let Some((frame, _)) = self.tx_shift.take_if(|(_, end)| *end <= now)
            && let Frame::Data(byte) = frame
        {
            context.transmit(byte);
            if self.tx_data.is_none() {
                self.flags |= SR_TC;
            }
        }
        if self.rx_idle.take_if(|end| *end <= now).is_some() {
            self.flags |= SR_IDLE;
        }
        if self.rx_end.take_if(|end| *end <= now).is_some()
            && let Some(byte) = self.rx_line.pop_front()
        {
            self.arrive(byte, now);
        }
        self.start(now, context);
    }

    /// RM 30.4: the requests, all on one line. Errors have a request of their own only with DMA.
    fn lines(&self) -> u32 {
        let with_dma = CR3_EIE | CR3_DMAR;
        let requests = [
            (self.cr1 & CR1_TXEIE, SR_TXE),
            (self.cr1 & CR1_TCIE, SR_TC),
            (self.cr1 & CR1_RXNEIE, SR_RXNE | SR_ORE),
            (self.cr1 & CR1_IDLEIE, SR_IDLE),
            (u32::from(self.cr3 & with_dma == with_dma), SR_ORE),
        ];
        let status = self.status();
        u32::from(requests.iter().any(|(enabled, flags)| *enabled != 0 && status & flags != 0))
    }

    fn line(&self, _: &str) -> Option<u8> {
        Some(0)
    }

    fn receive(&mut self, bytes: &[u8], context: &mut Context<'_>) -> bool {
        self.rx_line.extend(bytes);
        self.start(context.ticks(), context);
        true
    }

    /// Bytes that it has not received still wait outside.
    fn reset(&mut self, _: ResetCause, _: &mut Context<'_>) -> bool {
        *self = Self { rx_line: std::mem::take(&mut self.rx_line), ..Self::default() };
        true
    }

    fn input_can_wake(&self) -> bool {
        self.receives() && self.cr1 & (CR1_RXNEIE | CR1_IDLEIE) != 0
    }

    fn narrow_store(&self) -> NarrowStore {
        NarrowStore::Repeat
    }

    fn flush(&mut self, context: &mut Context<'_>) -> Option<Picoseconds> {
        let mut end = None;
        while let Some((_, tick)) = self.tx_shift {
            (self.rx_end, self.rx_idle) = (None, None);
            let due = context.clock.time_of(tick);
            if due == Picoseconds::MAX {
                break;
            }
            context.now = due;
            self.fire(context);
            end = Some(due);
        }
        end
    }
}
