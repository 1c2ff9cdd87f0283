//! The hardware that the program uses, on the LM3S6965 board: an LED, the serial console, and a timer that interrupts.
//! Nobody keeps a HAL for this chip; the registers are those of the LM3S6965 Data Sheet.

use crate::board::{CORE_HZ, GPIOA, GPIOF, Interrupt, SYSCTL, TIMER2, UART0};
use bluekernel::Semaphore;
use core::fmt;

/// What there is, each to be given to the task that uses it.
pub struct Hardware {
    pub led: Led,
    pub console: Console,
    pub ticker: Ticker,
}

/// Sets the processor's clock and the hardware up. Once, in `main`.
pub fn set_up() -> Hardware {
    // A panic or a fault is told on the console too, not only on RTT.
    bluekernel::fault::set_console(last_words);
    start_clock();

    // RCGC1: UART0 and TIMER2; RCGC2: ports A and F. Their registers answer three clocks later.
    change(SYSCTL + 0x104, 0, 1 << 18 | 1 << 0);
    change(SYSCTL + 0x108, 0, 1 << 5 | 1 << 0);
    read(SYSCTL + 0x108);
    read(SYSCTL + 0x108);

    // PA1 is UART0's output (GPIOAFSEL, GPIODEN), PF0 the LED's (GPIODIR, GPIODEN).
    change(GPIOA + 0x420, 0, 1 << 1);
    change(GPIOA + 0x51c, 0, 1 << 1);
    change(GPIOF + 0x400, 0, 1 << 0);
    change(GPIOF + 0x51c, 0, 1 << 0);

    // UARTIBRD and UARTFBRD: the clock by 16 times the rate, in 64ths; UARTLCRH: 8 bits, FIFOs; UARTCTL: on, transmitter.
    let divisor = (4 * CORE_HZ + BAUD / 2) / BAUD;
    write(UART0 + 0x24, divisor / 64);
    write(UART0 + 0x28, divisor % 64);
    write(UART0 + 0x2c, 0x70);
    write(UART0 + 0x30, 1 << 8 | 1 << 0);
    Hardware { led: Led(()), console: Console(()), ticker: Ticker(()) }
}

const BAUD: u32 = 115_200;

/// From the crystal of 8 MHz the PLL makes 400 MHz; half of that by 4 is 50 MHz (Data Sheet, "Initialization and
/// Configuration" of System Control).
fn start_clock() {
    const RIS: usize = SYSCTL + 0x050;
    const RCC: usize = SYSCTL + 0x060;
    const USESYSDIV: u32 = 1 << 22;
    const BYPASS: u32 = 1 << 11;
    const PLL_LOCKED: u32 = 1 << 6;

    change(RCC, USESYSDIV, BYPASS);
    // XTAL: 8 MHz; OSCSRC: the main oscillator; PWRDN and MOSCDIS off.
    change(RCC, 0xf << 6 | 3 << 4 | 1 << 13 | 1 << 0, 0xe << 6);
    // SYSDIV.
    change(RCC, 0xf << 23, 3 << 23 | USESYSDIV);
    while read(RIS) & PLL_LOCKED == 0 {}
    change(RCC, BYPASS, 0);
}

/// The status LED, at PF0.
pub struct Led(());

impl Led {
    /// On if it was off, and off if it was on.
    pub fn toggle(&mut self) {
        // GPIODATA of this pin alone: address bits 9 to 2 say which.
        let pin = GPIOF + (1 << 2);
        write(pin, !read(pin) & 1);
    }
}

/// UART0, to the debugger's serial port.
pub struct Console(());

impl fmt::Write for Console {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        text.bytes().for_each(|byte| send(byte, u32::MAX));
        Ok(())
    }
}

/// Sends a byte, and a carriage return before a new line, as a terminal wants it. Gives up after `patience` looks.
fn send(byte: u8, patience: u32) {
    if byte == b'\n' {
        send(b'\r', patience);
    }
    let mut looks = 0;
    // UARTFR.TXFF.
    while read(UART0 + 0x18) & 1 << 5 != 0 && looks < patience {
        looks += 1;
    }
    write(UART0, byte.into());
}

/// Writes to UART0, whoever has it: for last words. Before [`set_up`] has started it, nothing comes out.
fn last_words(text: &[u8]) {
    text.iter().for_each(|byte| send(*byte, 1_000_000));
}

/// A timer that can interrupt periodically.
pub struct Ticker(());

impl Ticker {
    /// Gives [`TICKS`] every `period_us` microseconds, up to 85 seconds, for ever.
    pub fn start(self, period_us: u32) {
        // GPTMCFG: 32 bits; GPTMTAMR: periodic; GPTMTAILR; GPTMIMR: the time-out; GPTMCTL: on.
        write(TIMER2, 0);
        write(TIMER2 + 0x04, 2);
        write(TIMER2 + 0x28, period_us * (CORE_HZ / 1_000_000) - 1);
        write(TIMER2 + 0x18, 1);
        write(TIMER2 + 0x0c, 1);
        Interrupt::TIMER2A.enable();
    }
}

/// The timer's interrupts that were not answered yet.
pub static TICKS: Semaphore = Semaphore::new(0, 10);

/// A handler is short: it silences the device and wakes a task. It must not wait.
#[bluekernel::interrupt]
fn TIMER2A() {
    // GPTMICR, and a read, so that the request is gone when this returns.
    write(TIMER2 + 0x24, 1);
    read(TIMER2 + 0x1c);
    TICKS.give().ok();
}

fn read(register: usize) -> u32 {
    // SAFETY: a register of a device that moves no data by itself, so that it cannot break anything in memory.
    unsafe { (register as *const u32).read_volatile() }
}

fn write(register: usize, value: u32) {
    // SAFETY: as above.
    unsafe { (register as *mut u32).write_volatile(value) };
}

/// Clears some bits of a register, then sets some.
fn change(register: usize, clear: u32, set: u32) {
    write(register, read(register) & !clear | set);
}
