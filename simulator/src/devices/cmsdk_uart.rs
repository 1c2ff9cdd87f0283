//! Arm CMSDK APB UART (Arm DDI 0479, section "APB UART"): 8N1, one character of buffer in each direction, a shift
//! register behind it.
//!
//! A character takes ten bit times on the wire, a bit time is BAUDDIV clocks. An idle transmitter takes a character
//! from the buffer at the next sixteenth of a bit; the phase of that sixteenth, which runs freely in hardware, is taken
//! as "from the write". With BAUDDIV below 16, which the manual forbids, there is no wire time: characters leave at
//! once, and the access is listed as unmodelled. QEMU does the same always.
//!
//! Bytes from outside wait while the receiver is off, as if the sender had not begun; with the receiver on they arrive
//! at the speed of the wire, and overrun firmware that is too slow.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::{Context, Device, cmsdk_id};
use crate::clock::{ClockDomain, Picoseconds};

const DATA: u32 = 0x00;
const STATE: u32 = 0x04;
const CTRL: u32 = 0x08;
const INTSTATUS: u32 = 0x0C;
const BAUDDIV: u32 = 0x10;

const STATE_TXFULL: u32 = 1 << 0;
const STATE_RXFULL: u32 = 1 << 1;
const STATE_TXOVERRUN: u32 = 1 << 2;
const STATE_RXOVERRUN: u32 = 1 << 3;

const CTRL_TX_EN: u32 = 1 << 0;
const CTRL_RX_EN: u32 = 1 << 1;
const CTRL_TX_INTEN: u32 = 1 << 2;
const CTRL_RX_INTEN: u32 = 1 << 3;
const CTRL_HSTEST: u32 = 1 << 6;

const INT_TX: u32 = 1 << 0;
const INT_RX: u32 = 1 << 1;
/// The overrun bits have the same places in STATE and INTSTATUS, and their enables lie two bits up in CTRL.
const OVERRUNS: u32 = STATE_TXOVERRUN | STATE_RXOVERRUN;

const BITS_PER_CHARACTER: u64 = 10;
const LEAST_BAUDDIV: u32 = 16;

/// The device.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CmsdkUart {
    ctrl: u32,
    bauddiv: u32,
    overruns: u32,
    /// INT_TX and INT_RX; the overrun bits are computed.
    pending: u32,
    tx_buffer: Option<u8>,
    /// The tick at which an idle shift register takes what is in the buffer.
    tx_load: Option<u64>,
    /// The character on the wire and the tick at which its stop bit ends.
    tx_shift: Option<(u8, u64)>,
    rx_buffer: u8,
    rx_full: bool,
    /// The tick at which the stop bit of the character on the wire ends.
    rx_end: Option<u64>,
    rx_line: VecDeque<u8>,
}

impl CmsdkUart {
    fn interrupts(&self) -> u32 {
        self.pending | (self.overruns & (self.ctrl >> 2))
    }

    fn has_wire_time(&self) -> bool {
        self.bauddiv >= LEAST_BAUDDIV
    }

    /// Ticks of a transmitted character: "high-speed test mode" sends a bit each clock.
    fn tx_character(&self) -> u64 {
        let bit = if self.ctrl & CTRL_HSTEST != 0 { 1 } else { self.bauddiv };
        BITS_PER_CHARACTER * u64::from(bit)
    }

    fn rx_character(&self) -> u64 {
        BITS_PER_CHARACTER * u64::from(self.bauddiv.max(LEAST_BAUDDIV))
    }

    /// The buffer falls empty, which is what raises the transmit interrupt.
    fn take_tx_buffer(&mut self) -> Option<u8> {
        let byte = self.tx_buffer.take()?;
        if self.ctrl & CTRL_TX_INTEN != 0 {
            self.pending |= INT_TX;
        }
        Some(byte)
    }

    /// Starts what the current settings allow to start.
    fn start(&mut self, now: u64, context: &mut Context<'_>) {
        if self.ctrl & CTRL_TX_EN == 0 {
            self.tx_load = None;
        } else if self.tx_buffer.is_some() && self.tx_shift.is_none() && self.tx_load.is_none() {
            if self.has_wire_time() {
                self.tx_load = Some(now + u64::from(self.bauddiv / 16));
            } else if let Some(byte) = self.take_tx_buffer() {
                context.unmodelled();
                context.transmit(byte);
            }
        }
        if self.ctrl & CTRL_RX_EN == 0 {
            self.rx_end = None;
        } else if self.rx_end.is_none() && !self.rx_line.is_empty() {
            self.rx_end = Some(now + self.rx_character());
        }
    }

    fn load_shifter(&mut self, now: u64) {
        self.tx_load = None;
        if let Some(byte) = self.take_tx_buffer() {
            self.tx_shift = Some((byte, now + self.tx_character()));
        }
    }

    fn arrive(&mut self, byte: u8) {
        if self.rx_full {
            self.overruns |= STATE_RXOVERRUN;
        }
        self.rx_buffer = byte;
        self.rx_full = true;
        if self.ctrl & CTRL_RX_INTEN != 0 {
            self.pending |= INT_RX;
        }
    }
}

impl Device for CmsdkUart {
    fn read(&mut self, offset: u32, context: &mut Context<'_>) -> u32 {
        match offset {
            DATA => {
                self.rx_full = false;
                u32::from(self.rx_buffer)
            }
            STATE => {
                let mut state = self.overruns;
                if self.tx_buffer.is_some() {
                    state |= STATE_TXFULL;
                }
                if self.rx_full {
                    state |= STATE_RXFULL;
                }
                state
            }
            CTRL => self.ctrl,
            INTSTATUS => self.interrupts(),
            BAUDDIV => self.bauddiv,
            _ => cmsdk_id::register(0x21, offset).unwrap_or_else(|| {
                context.unmodelled();
                0
            }),
        }
    }

    fn write(&mut self, offset: u32, value: u32, context: &mut Context<'_>) {
        match offset {
            DATA => {
                if self.tx_buffer.is_some() {
                    self.overruns |= STATE_TXOVERRUN;
                }
                self.tx_buffer = Some(value as u8);
            }
            STATE => self.overruns &= !(value & OVERRUNS),
            CTRL => self.ctrl = value & 0x7F,
            INTSTATUS => {
                self.overruns &= !(value & OVERRUNS);
                self.pending &= !value;
            }
            BAUDDIV => self.bauddiv = value & 0xF_FFFF,
            _ if cmsdk_id::register(0x21, offset).is_some() => {}
            _ => context.unmodelled(),
        }
        self.start(context.ticks(), context);
    }

    fn deadline(&self, clock: &ClockDomain) -> Option<Picoseconds> {
        let shift = self.tx_shift.map(|(_, end)| end);
        [self.tx_load, shift, self.rx_end].into_iter().flatten().min().map(|tick| clock.time_of(tick))
    }

    fn fire(&mut self, context: &mut Context<'_>) {
        let now = context.ticks();
        if let Some((byte, _)) = self.tx_shift.take_if(|(_, end)| *end <= now) {
            context.transmit(byte);
            // The next character follows without a gap.
            if self.ctrl & CTRL_TX_EN != 0 && self.has_wire_time() {
                self.load_shifter(now);
            }
        }
        if self.tx_load.is_some_and(|at| at <= now) {
            self.load_shifter(now);
        }
        if self.rx_end.take_if(|end| *end <= now).is_some()
            && let Some(byte) = self.rx_line.pop_front()
        {
            self.arrive(byte);
        }
        self.start(now, context);
    }

    /// Line 0: transmit, 1: receive, 2: both overruns, 3: all of them combined.
    fn lines(&self) -> u32 {
        let interrupts = self.interrupts();
        (interrupts & (INT_TX | INT_RX)) | u32::from(interrupts & OVERRUNS != 0) << 2 | u32::from(interrupts != 0) << 3
    }

    fn line(&self, interrupt: &str) -> Option<u8> {
        // Boards name them UART0_TX, UARTRX0, UART_OVF, UART3, ...
        Some(match interrupt.trim_start_matches("USART").trim_start_matches("UART") {
            name if name.contains("TX") && name.contains("RX") => 3,
            name if name.contains("OV") => 2,
            name if name.contains("TX") => 0,
            name if name.contains("RX") => 1,
            _ => 3,
        })
    }

    fn receive(&mut self, bytes: &[u8], context: &mut Context<'_>) -> bool {
        self.rx_line.extend(bytes);
        self.start(context.ticks(), context);
        true
    }

    fn input_can_wake(&self) -> bool {
        let enabled = CTRL_RX_EN | CTRL_RX_INTEN;
        self.ctrl & enabled == enabled
    }

    fn flush(&mut self, context: &mut Context<'_>) -> Option<Picoseconds> {
        let mut end = None;
        while self.tx_load.is_some() || self.tx_shift.is_some() {
            self.rx_end = None;
            let Some(due) = self.deadline(context.clock) else { break };
            context.now = due;
            self.fire(context);
            end = Some(due);
        }
        end
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::Bench;
    use super::*;

    /// 25 MHz / 217 = 115,207 baud: what the MPS2 examples set.
    const DIV: u32 = 217;
    /// Ticks of a character, by hand: start bit, eight bits, stop bit.
    const CHARACTER: u64 = 2170;
    /// Until an idle transmitter takes the character: 217 / 16.
    const LOAD: u64 = 13;

    fn enabled(ctrl: u32) -> Bench<CmsdkUart> {
        let mut bench = Bench::new();
        bench.write(BAUDDIV, DIV).write(CTRL, ctrl);
        bench
    }

    /// DDI 0479, table "APB UART register summary": reset values; PID0 0x21.
    #[test]
    fn reset_values() {
        let mut bench = Bench::<CmsdkUart>::new();
        for (offset, value) in [(0x000, 0), (0x004, 0), (0x008, 0), (0x00C, 0), (0x010, 0)] {
            assert_eq!(bench.read(offset), value, "offset {offset:#x}");
        }
        let ids = [0x04, 0, 0, 0, 0x21, 0xB8, 0x1B, 0, 0x0D, 0xF0, 0x05, 0xB1];
        for (index, id) in ids.into_iter().enumerate() {
            assert_eq!(bench.read(0xFD0 + 4 * index as u32), id);
        }
        assert_eq!(bench.unmodelled, 0);
        bench.read(0x14);
        bench.write(0x18, 1);
        assert_eq!(bench.unmodelled, 2);
    }

    /// The same table: CTRL has bits 6:0, BAUDDIV has bits 19:0.
    #[test]
    fn widths() {
        let mut bench = Bench::<CmsdkUart>::new();
        bench.write(CTRL, 0xFFFF_FFFF).write(BAUDDIV, 0xFFFF_FFFF);
        assert_eq!(bench.read(CTRL), 0x7F);
        assert_eq!(bench.read(BAUDDIV), 0xF_FFFF);
    }

    #[test]
    fn a_character_takes_ten_bit_times() {
        let mut bench = enabled(CTRL_TX_EN);
        bench.at(100).write(DATA, u32::from(b'A'));
        assert_eq!(bench.read(STATE), STATE_TXFULL);
        assert_eq!(bench.at(100 + LOAD - 1).read(STATE), STATE_TXFULL);
        assert_eq!(bench.at(100 + LOAD).read(STATE), 0);
        // The second one waits in the buffer, and follows without a gap.
        bench.write(DATA, u32::from(b'B'));
        assert_eq!(bench.at(100 + LOAD + CHARACTER - 1).read(STATE), STATE_TXFULL);
        assert_eq!(bench.at(100 + LOAD + CHARACTER).read(STATE), 0);
        bench.at(100_000);
        assert_eq!(bench.sent, [(100 + LOAD + CHARACTER, b'A'), (100 + LOAD + 2 * CHARACTER, b'B')]);
        assert_eq!(bench.due(), None);
    }

    #[test]
    fn a_third_character_overruns_the_second() {
        let mut bench = enabled(CTRL_TX_EN | 1 << 4);
        bench.write(DATA, u32::from(b'1')).at(LOAD).write(DATA, u32::from(b'2')).write(DATA, u32::from(b'3'));
        assert_eq!(bench.read(STATE), STATE_TXFULL | STATE_TXOVERRUN);
        assert_eq!(bench.read(INTSTATUS), 1 << 2);
        assert_eq!(bench.device.lines(), 0b1100);
        bench.write(INTSTATUS, 1 << 2);
        assert_eq!((bench.read(STATE), bench.device.lines()), (STATE_TXFULL, 0));
        bench.at(100_000);
        assert_eq!(bench.sent.iter().map(|(_, byte)| *byte).collect::<Vec<_>>(), b"13");
    }

    /// "Write 1 to clear" in STATE too, and without the enable there is no interrupt.
    #[test]
    fn overrun_is_cleared_through_state() {
        let mut bench = enabled(CTRL_TX_EN);
        bench.write(DATA, 1).write(DATA, 2);
        assert_eq!(bench.read(STATE), STATE_TXFULL | STATE_TXOVERRUN);
        assert_eq!(bench.read(INTSTATUS), 0);
        bench.write(STATE, STATE_TXOVERRUN);
        assert_eq!(bench.read(STATE), STATE_TXFULL);
    }

    #[test]
    fn transmit_interrupt_comes_when_the_buffer_falls_empty() {
        let mut bench = enabled(CTRL_TX_EN | CTRL_TX_INTEN);
        bench.write(DATA, 0x55);
        assert_eq!(bench.at(LOAD - 1).device.lines(), 0);
        assert_eq!(bench.at(LOAD).device.lines(), 0b1001);
        assert_eq!(bench.read(INTSTATUS), INT_TX);
        // It stays until it is cleared, also when the enable goes.
        bench.write(CTRL, CTRL_TX_EN);
        assert_eq!(bench.device.lines(), 0b1001);
        bench.write(INTSTATUS, INT_TX);
        assert_eq!(bench.device.lines(), 0);
    }

    #[test]
    fn nothing_leaves_while_the_transmitter_is_off() {
        let mut bench = enabled(0);
        bench.write(DATA, u32::from(b'x'));
        assert_eq!(bench.at(50_000).read(STATE), STATE_TXFULL);
        assert_eq!(bench.due(), None);
        bench.write(CTRL, CTRL_TX_EN);
        bench.at(60_000);
        assert_eq!(bench.sent, [(50_000 + LOAD + CHARACTER, b'x')]);
    }

    #[test]
    fn without_a_baud_rate_characters_leave_at_once_and_it_is_said() {
        let mut bench = Bench::<CmsdkUart>::new();
        bench.write(CTRL, CTRL_TX_EN).at(5).write(DATA, u32::from(b'!'));
        assert_eq!(bench.sent, [(5, b'!')]);
        assert_eq!((bench.read(STATE), bench.unmodelled), (0, 1));
    }

    #[test]
    fn reception_at_the_speed_of_the_wire() {
        let mut bench = enabled(CTRL_RX_EN | CTRL_RX_INTEN | 1 << 5);
        assert!(bench.device.input_can_wake());
        assert!(bench.at(10).receive(b"ab"));
        assert_eq!(bench.at(10 + CHARACTER - 1).read(STATE), 0);
        assert_eq!(bench.at(10 + CHARACTER).read(STATE), STATE_RXFULL);
        assert_eq!(bench.device.lines(), 0b1010);
        assert_eq!(bench.read(DATA), u32::from(b'a'));
        // Reading the data frees the buffer; the interrupt is cleared by hand.
        assert_eq!((bench.read(STATE), bench.read(INTSTATUS)), (0, INT_RX));
        bench.write(INTSTATUS, INT_RX);
        assert_eq!(bench.at(10 + 2 * CHARACTER).read(DATA), u32::from(b'b'));
    }

    #[test]
    fn firmware_that_does_not_read_is_overrun() {
        let mut bench = enabled(CTRL_RX_EN | 1 << 5);
        bench.receive(b"ab");
        assert_eq!(bench.at(2 * CHARACTER).read(STATE), STATE_RXFULL | STATE_RXOVERRUN);
        assert_eq!((bench.read(INTSTATUS), bench.device.lines()), (1 << 3, 0b1100));
        assert_eq!(bench.read(DATA), u32::from(b'b'));
    }

    #[test]
    fn bytes_wait_for_the_receiver() {
        let mut bench = enabled(0);
        bench.receive(b"z");
        assert_eq!(bench.at(100_000).read(STATE), 0);
        bench.write(CTRL, CTRL_RX_EN);
        assert_eq!(bench.at(100_000 + CHARACTER).read(DATA), u32::from(b'z'));
    }

    #[test]
    fn high_speed_test_mode_sends_a_bit_each_clock() {
        let mut bench = enabled(CTRL_TX_EN | CTRL_HSTEST);
        bench.write(DATA, 7).at(1000);
        assert_eq!(bench.sent, [(LOAD + 10, 7)]);
    }

    #[test]
    fn the_wire_finishes_after_the_core() {
        let mut bench = enabled(CTRL_TX_EN);
        bench.write(DATA, 1).at(LOAD).write(DATA, 2);
        assert_eq!(bench.flush(), Some(LOAD + 2 * CHARACTER));
        assert_eq!(bench.sent.iter().map(|(_, byte)| *byte).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(bench.flush(), None);
    }

    #[test]
    fn lines_by_name() {
        let uart = CmsdkUart::default();
        for (name, line) in [("UART0_RX", 1), ("UART0_TX", 0), ("UARTTX1", 0), ("UART_OVERFLOW", 2), ("UART3", 3)] {
            assert_eq!(uart.line(name), Some(line), "{name}");
        }
    }
}
