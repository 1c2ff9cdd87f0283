//! The hardware that the program uses, on the micro:bit: an LED, the serial console, and a timer that interrupts.

use crate::board::Interrupt;
use bluekernel::{Channel, Semaphore};
use core::convert::Infallible;
use core::fmt::{self, Write};
use embedded_hal::digital::StatefulOutputPin;
use nrf51_hal::gpio::{Level, Output, PushPull, p0};
use nrf51_hal::pac::{Peripherals, TIMER1, UART0};
use nrf51_hal::uart::{Baudrate, Parity, Pins, Uart};

/// What there is, each to be given to the task that uses it.
pub struct Hardware {
    pub led: Led,
    pub console: Console,
    pub ticker: Ticker,
}

/// Sets the hardware up. Once, in `main`.
pub fn set_up() -> Hardware {
    let chip = Peripherals::take().expect("the chip is taken once");
    // A panic or a fault is told on the console too, not only on RTT.
    bluekernel::fault::set_console(last_words);

    let pins = p0::Parts::new(chip.GPIO);
    let lines = Pins {
        txd: pins.p0_24.into_push_pull_output(Level::High).degrade(),
        rxd: pins.p0_25.into_floating_input().degrade(),
        cts: None,
        rts: None,
    };
    Hardware {
        led: Led {
            _row: pins.p0_13.into_push_pull_output(Level::High),
            column: pins.p0_04.into_push_pull_output(Level::High),
        },
        console: Console(Uart::new(chip.UART0, lines, Parity::EXCLUDED, Baudrate::BAUD115200)),
        ticker: Ticker(chip.TIMER1),
    }
}

/// The LED in the upper left corner: on while its row is high and its column low.
pub struct Led {
    _row: p0::P0_13<Output<PushPull>>,
    column: p0::P0_04<Output<PushPull>>,
}

impl Led {
    /// On if it was off, and off if it was on.
    pub fn toggle(&mut self) {
        self.column.toggle().unwrap_or_else(|never: Infallible| match never {});
    }
}

/// UART0, to the chip that is a serial port on USB.
pub struct Console(Uart<UART0>);

impl Write for Console {
    /// A new line becomes carriage return and new line, as a terminal wants it.
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for line in text.split_inclusive('\n') {
            match line.strip_suffix('\n') {
                Some(line) => write!(self.0, "{line}\r\n")?,
                None => self.0.write_str(line)?,
            }
        }
        Ok(())
    }
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
        timer.prescaler.write(|w| w.prescaler().variant(4)); // 16 MHz / 2^4
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

/// Writes to UART0, whoever has it: for last words. Before [`set_up`] has started it, nothing comes out.
fn last_words(text: &[u8]) {
    // SAFETY: nothing else runs any more, and whoever had the device does not go on.
    let uart = unsafe { &*UART0::ptr() };
    let send = |byte: u8| {
        uart.events_txdrdy.reset();
        // SAFETY: any byte can be sent.
        uart.txd.write(|w| unsafe { w.bits(byte.into()) });
        let mut patience = 1_000_000;
        while uart.events_txdrdy.read().bits() == 0 && patience > 0 {
            patience -= 1;
        }
    };
    for byte in text {
        if *byte == b'\n' {
            send(b'\r');
        }
        send(*byte);
    }
}
