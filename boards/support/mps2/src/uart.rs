//! The CMSDK APB UART (Arm DDI 0479, 4.3): 8 data bits, no parity, 1 stop bit, one byte of buffer each way.

use crate::CLOCK_HZ;
use crate::map::MAP;
use crate::registers::Registers;
use core::convert::Infallible;
use core::fmt;
use embedded_io::{ErrorType, Read, ReadReady, Write, WriteReady};

/// DATA: the byte to send, the byte received.
const DATA: usize = 0x00;
/// STATE: what the buffers hold.
const STATE: usize = 0x04;
/// CTRL: what is enabled.
const CTRL: usize = 0x08;
/// INTCLEAR (read: INTSTATUS): a 1 clears the interrupt.
const INTCLEAR: usize = 0x0c;
/// BAUDDIV: clock cycles a bit, at least 16.
const BAUDDIV: usize = 0x10;

/// STATE: the transmit buffer is full.
const TX_FULL: u32 = 1 << 0;
/// STATE: the receive buffer holds a byte.
const RX_FULL: u32 = 1 << 1;
/// STATE: a byte came while the buffer was full; a 1 clears it.
const RX_OVERRUN: u32 = 1 << 3;

/// CTRL: the transmitter is on.
const TX_ENABLE: u32 = 1 << 0;
/// CTRL: the receiver is on.
const RX_ENABLE: u32 = 1 << 1;
/// CTRL: an interrupt when the transmit buffer becomes empty.
const TX_INTERRUPT: u32 = 1 << 2;
/// CTRL: an interrupt when a byte was received.
const RX_INTERRUPT: u32 = 1 << 3;

/// INTCLEAR: transmit.
const CLEAR_TX: u32 = 1 << 0;
/// INTCLEAR: receive.
const CLEAR_RX: u32 = 1 << 1;

/// Cycles a bit for a baud rate, to the nearest; the hardware wants 16 at least and has 20 bits.
fn divider(clock_hz: u32, baud: u32) -> u32 {
    let baud = baud.max(1);
    ((u64::from(clock_hz) + u64::from(baud) / 2) / u64::from(baud)).clamp(16, 0xf_ffff) as u32
}

/// A UART that is off.
pub struct StoppedUart(Registers);

impl StoppedUart {
    pub(crate) const fn new(registers: Registers) -> Self {
        Self(registers)
    }

    /// Turns transmitter and receiver on. `baud` is in bits a second; the nearest rate from about 24 to 1,562,500 that
    /// the clock allows is taken.
    #[must_use]
    pub fn start(self, baud: u32) -> Uart {
        self.0.write(CTRL, 0);
        self.0.write(BAUDDIV, divider(CLOCK_HZ, baud));
        self.0.write(CTRL, TX_ENABLE | RX_ENABLE);
        Uart(self.0)
    }
}

/// A UART that is on: `core::fmt::Write`, and `embedded-io`'s `Read` and `Write`.
///
/// They wait by polling: a byte takes 87 us at 115,200 baud. In a task of little importance that harms nobody.
pub struct Uart(Registers);

impl Uart {
    /// Sends a byte as soon as the one before it left the buffer.
    fn put(&mut self, byte: u8) {
        while self.0.read(STATE) & TX_FULL != 0 {}
        self.0.write(DATA, byte.into());
    }

    /// The byte that was received, if there is one. From any context; never blocks.
    pub fn try_read_byte(&mut self) -> Option<u8> {
        let state = self.0.read(STATE);
        if state & RX_OVERRUN != 0 {
            self.0.write(STATE, RX_OVERRUN);
        }
        (state & RX_FULL != 0).then(|| self.0.read(DATA) as u8)
    }

    /// Enables or disables the interrupt that a received byte makes. Its line must be enabled as well.
    pub fn interrupt_on_receive(&mut self, on: bool) {
        self.set_control(RX_INTERRUPT, on);
    }

    /// Enables or disables the interrupt that an emptied transmit buffer makes. Its line must be enabled as well.
    pub fn interrupt_on_transmit(&mut self, on: bool) {
        self.set_control(TX_INTERRUPT, on);
    }

    /// Takes the receive interrupt back; in its handler, before the byte is read.
    pub fn acknowledge_receive(&mut self) {
        self.0.write(INTCLEAR, CLEAR_RX);
    }

    /// Takes the transmit interrupt back; in its handler.
    pub fn acknowledge_transmit(&mut self) {
        self.0.write(INTCLEAR, CLEAR_TX);
    }

    fn set_control(&mut self, bit: u32, on: bool) {
        let control = self.0.read(CTRL);
        self.0.write(CTRL, if on { control | bit } else { control & !bit });
    }
}

impl fmt::Write for Uart {
    /// A new line becomes carriage return and new line, as a terminal wants it.
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            if byte == b'\n' {
                self.put(b'\r');
            }
            self.put(byte);
        }
        Ok(())
    }
}

impl ErrorType for Uart {
    type Error = Infallible;
}

impl Write for Uart {
    /// Bytes as they are.
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        for byte in bytes {
            self.put(*byte);
        }
        Ok(bytes.len())
    }

    /// Waits until the buffer is empty; the last byte may still be on the wire.
    fn flush(&mut self) -> Result<(), Infallible> {
        while self.0.read(STATE) & TX_FULL != 0 {}
        Ok(())
    }
}

impl WriteReady for Uart {
    fn write_ready(&mut self) -> Result<bool, Infallible> {
        Ok(self.0.read(STATE) & TX_FULL == 0)
    }
}

impl Read for Uart {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Infallible> {
        let Some(first) = buffer.first_mut() else { return Ok(0) };
        loop {
            if let Some(byte) = self.try_read_byte() {
                *first = byte;
                return Ok(1);
            }
        }
    }
}

impl ReadReady for Uart {
    fn read_ready(&mut self) -> Result<bool, Infallible> {
        Ok(self.0.read(STATE) & RX_FULL != 0)
    }
}

/// Writes to UART0, whoever has it, whatever state it is in: for last words, as `bluekernel::fault::set_console` wants
/// it. From any context; polls, and gives a stuck transmitter up.
pub fn last_words(text: &[u8]) {
    let registers = Registers::at(MAP.uarts[0]);
    if registers.read(CTRL) & TX_ENABLE == 0 {
        registers.write(BAUDDIV, divider(CLOCK_HZ, 115_200));
        registers.write(CTRL, TX_ENABLE);
    }
    for byte in text {
        let mut patience = 1_000_000;
        while registers.read(STATE) & TX_FULL != 0 && patience > 0 {
            patience -= 1;
        }
        if *byte == b'\n' {
            registers.write(DATA, b'\r'.into());
            while registers.read(STATE) & TX_FULL != 0 && patience > 0 {
                patience -= 1;
            }
        }
        registers.write(DATA, (*byte).into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_divider_is_the_nearest() {
        assert_eq!(divider(25_000_000, 115_200), 217); // 217.01
        assert_eq!(divider(25_000_000, 38_400), 651); // 651.04; the manual's example: 25 MHz, 38,400 -> 651
        assert_eq!(divider(25_000_000, 921_600), 27); // 27.13
        assert_eq!(divider(25_000_000, 10_000_000), 16, "the least the hardware takes");
        assert_eq!(divider(25_000_000, 0), 0xf_ffff);
    }

    #[test]
    fn starting_sets_rate_and_enables() {
        let mut memory = [0; 5];
        let _uart = StoppedUart::new(Registers::fake(&mut memory)).start(115_200);
        assert_eq!((memory[2], memory[4]), (0b11, 217));
    }

    #[test]
    fn a_received_byte_is_read_once_it_is_there() {
        let mut memory = [u32::from(b'A'), 0, 0, 0, 0];
        let mut uart = Uart(Registers::fake(&mut memory));
        assert_eq!(uart.try_read_byte(), None);
        uart.0.write(STATE, RX_FULL);
        assert_eq!(uart.try_read_byte(), Some(b'A'));
    }

    #[test]
    fn interrupts_are_enabled_apart() {
        let mut memory = [0; 5];
        let mut uart = StoppedUart::new(Registers::fake(&mut memory)).start(115_200);
        uart.interrupt_on_receive(true);
        assert_eq!(uart.0.read(CTRL), 0b1011);
        uart.interrupt_on_transmit(true);
        uart.interrupt_on_receive(false);
        assert_eq!(uart.0.read(CTRL), 0b0111);
    }
}
