//! The hardware that the program uses, on the micro:bit: an LED, the serial console, and a timer that interrupts.
//! "RM" is Nordic's nRF51 Series Reference Manual 3.0.

use crate::board::Interrupt;
use bluekernel::{Channel, Semaphore};
use core::fmt;
use nrf51_pac::{GPIO, Peripherals, TIMER1, UART0};

/// What there is, each to be given to the task that uses it.
pub struct Hardware {
    pub led: Led,
    pub console: Console,
    pub ticker: Ticker,
}

/// Row and column of the LED in the upper left corner, and the line to the chip that is a serial port on USB: pins of the
/// port (schematics of the micro:bit v1.5).
const ROW: usize = 13;
const COLUMN: usize = 4;
const TXD: usize = 24;

/// Sets the hardware up. Once, in `main`.
pub fn set_up() -> Hardware {
    let chip = Peripherals::take().expect("the chip is taken once");
    // A panic or a fault is told on the console too, not only on RTT.
    bluekernel::fault::set_console(last_words);

    // High first, so that the LED is off and the line idles.
    for pin in [ROW, COLUMN, TXD] {
        // SAFETY: a bit a pin.
        chip.GPIO.outset.write(|w| unsafe { w.bits(1 << pin) });
        chip.GPIO.pin_cnf[pin].write(|w| w.dir().output());
    }
    // SAFETY: the number of the pin that was made the output.
    chip.UART0.pseltxd.write(|w| unsafe { w.bits(TXD as u32) });
    chip.UART0.baudrate.write(|w| w.baudrate().baud115200());
    chip.UART0.enable.write(|w| w.enable().enabled());
    // SAFETY: 1 triggers the task.
    chip.UART0.tasks_starttx.write(|w| unsafe { w.bits(1) });
    Hardware { led: Led { port: chip.GPIO, on: false }, console: Console(chip.UART0), ticker: Ticker(chip.TIMER1) }
}

/// An LED: on while its row is high and its column low.
pub struct Led {
    port: GPIO,
    on: bool,
}

impl Led {
    /// On if it was off, and off if it was on.
    pub fn toggle(&mut self) {
        self.on = !self.on;
        // SAFETY: a bit a pin.
        unsafe {
            if self.on {
                self.port.outclr.write(|w| w.bits(1 << COLUMN));
            } else {
                self.port.outset.write(|w| w.bits(1 << COLUMN));
            }
        }
    }
}

/// UART0, to the chip that is a serial port on USB.
pub struct Console(UART0);

impl fmt::Write for Console {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        text.bytes().for_each(|byte| send(&self.0, byte, u32::MAX));
        Ok(())
    }
}

/// Sends a byte, and a carriage return before a new line, as a terminal wants it: waits until it has gone, with at most
/// `patience` looks.
fn send(uart: &nrf51_pac::uart0::RegisterBlock, byte: u8, patience: u32) {
    if byte == b'\n' {
        send(uart, b'\r', patience);
    }
    uart.events_txdrdy.reset();
    // SAFETY: any byte can be sent.
    uart.txd.write(|w| unsafe { w.bits(byte.into()) });
    let mut looks = 0;
    while uart.events_txdrdy.read().bits() == 0 && looks < patience {
        looks += 1;
    }
}

/// Writes to UART0, whoever has it: for last words. Before [`set_up`] has started it, nothing comes out.
fn last_words(text: &[u8]) {
    // SAFETY: nothing else runs any more, and whoever had the device does not go on.
    let uart = unsafe { &*UART0::ptr() };
    text.iter().for_each(|byte| send(uart, *byte, 1_000_000));
}

/// A timer that can interrupt periodically.
pub struct Ticker(TIMER1);

/// The timer, for its handler.
static TIMER: Channel<TIMER1, 1> = Channel::new();

impl Ticker {
    /// Gives [`TICKS`] every `period_us` microseconds, up to 65535, for ever.
    pub fn start(self, period_us: u32) {
        let timer = self.0;
        timer.bitmode.write(|w| w.bitmode()._16bit());
        // SAFETY: 16 MHz / 2^4 (RM 18.1.1).
        timer.prescaler.write(|w| unsafe { w.bits(4) });
        // SAFETY: the register takes any value.
        timer.cc[0].write(|w| unsafe { w.bits(period_us) });
        timer.shorts.write(|w| w.compare0_clear().enabled());
        timer.intenset.write(|w| w.compare0().set());
        // SAFETY: 1 triggers the task.
        timer.tasks_start.write(|w| unsafe { w.bits(1) });
        TIMER.try_send(timer).ok();
        Interrupt::TIMER1.enable();
    }
}

/// The timer's interrupts that were not answered yet.
pub static TICKS: Semaphore = Semaphore::new(0, 10);

/// A handler is short: it silences the device and wakes a task. It must not wait.
#[bluekernel::interrupt]
fn TIMER1() {
    if let Some(timer) = TIMER.try_receive() {
        timer.events_compare[0].reset();
        TIMER.try_send(timer).ok();
    }
    TICKS.give().ok();
}
