//! The hardware that the program uses, on the STM32F4DISCOVERY: an LED, the serial console, and a timer that interrupts.

use crate::board::{self, Interrupt};
use bluekernel::{Channel, Semaphore};
use core::fmt;
use stm32f4xx_hal::gpio::{Output, PD12};
use stm32f4xx_hal::pac::{Peripherals, TIM3, USART2};
use stm32f4xx_hal::prelude::*;
use stm32f4xx_hal::rcc::Config;
use stm32f4xx_hal::serial::Tx;
use stm32f4xx_hal::timer::{CounterUs, Event, Flag};

/// The green LED.
pub type Led = PD12<Output>;

/// What there is, each to be given to the task that uses it.
pub struct Hardware {
    pub led: Led,
    pub console: Console,
    pub ticker: Ticker,
}

/// Sets the processor's clocks and the hardware up. Once, in `main`.
pub fn set_up() -> Hardware {
    let chip = Peripherals::take().expect("the chip is taken once");
    // A panic or a fault is told on the console too, not only on RTT.
    bluekernel::fault::set_console(last_words);

    // APB1's timers run at twice its frequency: that is what the kernel's clock was told.
    let clocks = Config::hse(board::HSE_HZ.Hz()).sysclk(board::CORE_HZ.Hz()).pclk1((board::TIME_CLOCK_HZ / 2).Hz());
    let mut rcc = chip.RCC.freeze(clocks);
    assert!(rcc.clocks.timclk1().raw() == board::TIME_CLOCK_HZ, "the kernel's clock has another frequency");

    let (a, d) = (chip.GPIOA.split(&mut rcc), chip.GPIOD.split(&mut rcc));
    Hardware {
        led: d.pd12.into_push_pull_output(),
        console: Console(chip.USART2.tx(a.pa2, 115_200.bps(), &mut rcc).expect("the clock is fast enough")),
        ticker: Ticker(chip.TIM3.counter_us(&mut rcc)),
    }
}

/// The transmitter of USART2, on PA2.
pub struct Console(Tx<USART2>);

impl fmt::Write for Console {
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
pub struct Ticker(CounterUs<TIM3>);

/// The timer, for its handler.
static TIMER: Channel<CounterUs<TIM3>, 1> = Channel::new();

impl Ticker {
    /// Gives [`TICKS`] every `period_us` microseconds, for ever.
    pub fn start(mut self, period_us: u32) {
        self.0.start(period_us.micros()).expect("the period fits the timer");
        self.0.listen(Event::Update);
        TIMER.try_send(self.0).ok();
        Interrupt::TIM3.enable();
    }
}

/// The timer's interrupts that were not answered yet.
pub static TICKS: Semaphore = Semaphore::new(0, 10);

/// A handler is short: it silences the device and wakes a task. It must not wait.
#[bluekernel::interrupt]
fn TIM3() {
    if let Some(mut timer) = TIMER.try_receive() {
        timer.clear_flags(Flag::Update);
        TIMER.try_send(timer).ok();
    }
    TICKS.give().ok();
}

/// Writes to USART2, whoever has it: for last words. Before [`set_up`] has started it, nothing comes out.
fn last_words(text: &[u8]) {
    // SAFETY: nothing else runs any more, and whoever had the device does not go on.
    let usart = unsafe { USART2::steal() };
    let send = |byte: u8| {
        let mut patience = 1_000_000;
        while usart.sr().read().txe().bit_is_clear() && patience > 0 {
            patience -= 1;
        }
        usart.dr().write(|w| w.dr().set(byte.into()));
    };
    for byte in text {
        if *byte == b'\n' {
            send(b'\r');
        }
        send(*byte);
    }
}
