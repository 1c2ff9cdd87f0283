//! The peripherals of Arm's MPS2 boards with the AN385 image (Cortex-M3), in silicon and in QEMU's `mps2-an385`; AN386
//! (Cortex-M4F) and AN500 (Cortex-M7) have the same. With the feature `an505` those of that image (Cortex-M33), from Secure
//! state.
//!
//! ```no_run
//! use core::fmt::Write;
//!
//! let board = bluekernel_mps2::Board::take().expect("nobody took it yet");
//! let mut console = board.uart0.start(115_200);
//! writeln!(console, "hello").ok();
//! ```
//!
//! [`Board::take`] hands every peripheral out once, so nobody else has it: the types need no lock, and drivers written
//! for `embedded-hal` and `embedded-io` take them as they are. TIMER0 and TIMER1 are not here: they are the kernel's
//! clock. The registers are those of Arm DDI 0479 (Cortex-M System Design Kit) and DAI 0385 (application note AN385).
#![no_std]

pub mod dual_timer;
pub mod fpgaio;
mod map;
mod registers;
pub mod uart;

pub use dual_timer::DualTimer;
pub use fpgaio::{Button, Led};
pub use uart::{StoppedUart, Uart};

use core::sync::atomic::{AtomicBool, Ordering};
use map::MAP;
use registers::Registers;

/// The clock of the core, the timers and the UARTs, in hertz.
pub const CLOCK_HZ: u32 = MAP.clock_hz;

/// Everything the board has.
pub struct Board {
    /// UART0, the console.
    pub uart0: StoppedUart,
    /// UART1.
    pub uart1: StoppedUart,
    /// UART2.
    pub uart2: StoppedUart,
    /// UART3.
    pub uart3: StoppedUart,
    /// UART4.
    pub uart4: StoppedUart,
    /// Two timers that share one interrupt.
    pub dual_timer: DualTimer,
    /// The two green LEDs next to the switches.
    pub leds: [Led; 2],
    /// The two push buttons.
    pub buttons: [Button; 2],
}

impl Board {
    /// The board, the first time it is asked for. From any context; never blocks.
    pub fn take() -> Option<Self> {
        static TAKEN: AtomicBool = AtomicBool::new(false);
        (!TAKEN.swap(true, Ordering::AcqRel)).then(Self::steal)
    }

    /// The board, whoever has it.
    fn steal() -> Self {
        let [uart0, uart1, uart2, uart3, uart4] = MAP.uarts.map(|base| StoppedUart::new(Registers::at(base)));
        let fpgaio = || Registers::at(MAP.fpgaio);
        Self {
            uart0,
            uart1,
            uart2,
            uart3,
            uart4,
            dual_timer: DualTimer::new(MAP.dual_timer),
            leds: [Led::new(fpgaio(), 0), Led::new(fpgaio(), 1)],
            buttons: [Button::new(fpgaio(), 0), Button::new(fpgaio(), 1)],
        }
    }
}
