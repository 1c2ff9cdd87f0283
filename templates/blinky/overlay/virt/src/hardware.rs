//! The hardware that the program uses, on QEMU's RISC-V machine: its serial console. There is no LED, and no timer beside
//! the kernel's own that the simulator has, too: a variable stands for the one, and a task for the other.

use crate::board::{Interrupt, UART0};
use bluekernel::{Channel, Duration, Instant, Semaphore, sleep_until};
use core::fmt;
use core::sync::atomic::{AtomicBool, Ordering};

/// What there is, each to be given to the task that uses it.
pub struct Hardware {
    pub led: Led,
    pub console: Console,
    pub ticker: Ticker,
}

/// Sets the hardware up. Once, in `main`.
pub fn set_up() -> Hardware {
    // A panic or a fault is told on the console too, not only on RTT.
    bluekernel::fault::set_console(write);
    Hardware { led: Led(()), console: Console(()), ticker: Ticker(()) }
}

/// What would be an LED.
static LED_IS_ON: AtomicBool = AtomicBool::new(false);

/// The LED that there is not.
pub struct Led(());

impl Led {
    /// Off becomes on, on becomes off.
    pub fn toggle(&mut self) {
        LED_IS_ON.store(!LED_IS_ON.load(Ordering::Relaxed), Ordering::Relaxed);
    }
}

/// The serial console: a 16550, which QEMU has ready.
pub struct Console(());

impl fmt::Write for Console {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        write(text.as_bytes());
        Ok(())
    }
}

/// Writes to the console, with the line ends that a terminal wants.
fn write(text: &[u8]) {
    for byte in text {
        if *byte == b'\n' {
            put(b'\r');
        }
        put(*byte);
    }
}

/// Waits for room, and sends a byte.
fn put(byte: u8) {
    /// Transmitter holding register.
    const THR: *mut u8 = UART0 as *mut u8;
    /// Line status register.
    const LSR: *const u8 = (UART0 + 5) as *const u8;
    /// LSR: the transmitter holding register is empty.
    const THRE: u8 = 1 << 5;
    // SAFETY: registers of the UART, which nothing else in this program uses.
    unsafe {
        while LSR.read_volatile() & THRE == 0 {}
        THR.write_volatile(byte);
    }
}

/// A timer that can interrupt periodically.
pub struct Ticker(());

impl Ticker {
    /// Gives [`TICKS`] every `period_us` microseconds, for ever.
    pub fn start(self, period_us: u32) {
        Interrupt::RTC.enable();
        PERIOD.try_send(period_us).ok();
    }
}

/// The timer's interrupts that were not answered yet.
pub static TICKS: Semaphore = Semaphore::new(0, 10);

/// How often `tick` asks, in microseconds.
static PERIOD: Channel<u32, 1> = Channel::new();

/// Stands for the timer: asks for the interrupt, as a device would.
#[bluekernel::task(priority = 11, stack = 512)]
fn tick() {
    let period = Duration::from_micros(PERIOD.receive().into());
    let mut next = Instant::now();
    loop {
        next += period;
        sleep_until(next);
        Interrupt::RTC.pend();
    }
}

/// A handler is short: it wakes a task. It must not wait.
#[bluekernel::interrupt]
fn RTC() {
    TICKS.give().ok();
}
