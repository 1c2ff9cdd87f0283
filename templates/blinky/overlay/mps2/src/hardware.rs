//! The hardware that the program uses, on the MPS2: an LED, the serial console, and a timer that interrupts.

use crate::board::Interrupt;
use bluekernel::Semaphore;
use bluekernel_mps2::dual_timer::{self, Half, Timer};
use bluekernel_mps2::{Board, uart};

pub use bluekernel_mps2::{Led, Uart as Console};

/// What there is, each to be given to the task that uses it.
pub struct Hardware {
    pub led: Led,
    pub console: Console,
    pub ticker: Ticker,
}

/// Sets the hardware up. Once, in `main`.
pub fn set_up() -> Hardware {
    let board = Board::take().expect("the board is taken once");
    // A panic or a fault is told on the console too, not only on RTT.
    bluekernel::fault::set_console(uart::last_words);
    let [led, _] = board.leds;
    Hardware { led, console: board.uart0.start(115_200), ticker: Ticker(board.dual_timer.first) }
}

/// A timer that can interrupt periodically.
pub struct Ticker(Timer);

impl Ticker {
    /// Gives [`TICKS`] every `period_us` microseconds, for ever.
    pub fn start(mut self, period_us: u32) {
        self.0.start_periodic(period_us);
        Interrupt::DUALTIMER.enable();
    }
}

/// The timer's interrupts that were not answered yet.
pub static TICKS: Semaphore = Semaphore::new(0, 10);

/// A handler is short: it silences the device and wakes a task. It must not wait.
#[bluekernel::interrupt]
fn DUALTIMER() {
    dual_timer::acknowledge(Half::First);
    TICKS.give().ok();
}
