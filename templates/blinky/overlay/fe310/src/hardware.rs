//! The hardware that the program uses, on the HiFive1: an LED and the serial console. The chip's other timers are not
//! simulated yet: a task stands for one.

use crate::board::{CORE_HZ, GPIO, Interrupt, PRCI, UART0};
use bluekernel::{Channel, Duration, Instant, Semaphore, sleep_until};
use core::fmt;

/// What there is, each to be given to the task that uses it.
pub struct Hardware {
    pub led: Led,
    pub console: Console,
    pub ticker: Ticker,
}

/// A register at an offset from a peripheral's first address (FE310-G000 manual).
const fn register(base: usize, offset: usize) -> *mut u32 {
    (base + offset) as *mut u32
}

/// Sets bits of a register.
///
/// # Safety
/// It is a register of a peripheral that nothing else uses meanwhile.
unsafe fn set(register: *mut u32, bits: u32) {
    // SAFETY: the caller's.
    unsafe { register.write_volatile(register.read_volatile() | bits) }
}

/// Sets the hardware up. Once, in `main`.
pub fn set_up() -> Hardware {
    // SAFETY: no task runs yet, and nothing else in this program uses these peripherals.
    unsafe {
        // The core runs from the 16 MHz crystal (hfxosccfg: enable, ready), past the PLL (pllcfg: bypass, refsel, sel).
        set(register(PRCI, 0x04), 1 << 30);
        while register(PRCI, 0x04).read_volatile() >> 31 == 0 {}
        register(PRCI, 0x08).write_volatile(1 << 18 | 1 << 17 | 1 << 16);
        // Pin 17 is the UART's (iof_en; iof_sel is 0). div, then txctrl: txen.
        set(register(GPIO, 0x38), 1 << 17);
        register(UART0, 0x18).write_volatile(CORE_HZ / 115_200 - 1);
        register(UART0, 0x08).write_volatile(1);
        // The green LED: high is off (output_val, output_en).
        set(register(GPIO, 0x0c), Led::PIN);
        set(register(GPIO, 0x08), Led::PIN);
    }
    // A panic or a fault is told on the console too, not only on RTT.
    bluekernel::fault::set_console(write);
    Hardware { led: Led(()), console: Console(()), ticker: Ticker(()) }
}

/// The green LED.
pub struct Led(());

impl Led {
    /// GPIO 19.
    const PIN: u32 = 1 << 19;

    /// Off becomes on, on becomes off.
    pub fn toggle(&mut self) {
        let output_val = register(GPIO, 0x0c);
        // SAFETY: nothing else in this program changes this register once there are tasks.
        unsafe { output_val.write_volatile(output_val.read_volatile() ^ Self::PIN) };
    }
}

/// The serial console.
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
    let txdata = register(UART0, 0);
    // SAFETY: nothing else in this program uses the UART. Bit 31: there is no room.
    unsafe {
        while txdata.read_volatile() >> 31 != 0 {}
        txdata.write_volatile(u32::from(byte));
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
