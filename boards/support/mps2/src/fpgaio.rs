//! FPGAIO (Arm DAI 0385, "FPGA system control and I/O"): two LEDs, two push buttons, counters.

use crate::registers::Registers;
use core::convert::Infallible;
use core::sync::atomic::{AtomicU32, Ordering};
use embedded_hal::digital::{ErrorType, InputPin, OutputPin, StatefulOutputPin};

/// LED0: a bit each LED.
const LED0: usize = 0x00;
/// BUTTON: a bit each button, 1 while it is pressed.
const BUTTON: usize = 0x08;

/// What LED0 was last written to. Two tasks may each own an LED, and the register has no set and clear of its own: the
/// bits are changed here in one step, and the register is written with what is here.
static LIT: AtomicU32 = AtomicU32::new(0);

/// A light-emitting diode.
pub struct Led {
    registers: Registers,
    bit: u32,
}

impl Led {
    pub(crate) const fn new(registers: Registers, number: u32) -> Self {
        Self { registers, bit: 1 << number }
    }

    /// Lights it, or not. From any context; never blocks.
    pub fn set(&mut self, on: bool) {
        if on {
            LIT.fetch_or(self.bit, Ordering::Relaxed);
        } else {
            LIT.fetch_and(!self.bit, Ordering::Relaxed);
        }
        // Whoever comes in between writes its own bit and ours, which is in LIT already; then we write the same again,
        // unless LIT changed meanwhile.
        loop {
            let lit = LIT.load(Ordering::Relaxed);
            self.registers.write(LED0, lit);
            if LIT.load(Ordering::Relaxed) == lit {
                break;
            }
        }
    }

    /// Lights it if it was dark, and the other way round.
    pub fn toggle(&mut self) {
        self.set(!self.is_on());
    }

    /// Whether it is lit.
    #[must_use]
    pub fn is_on(&self) -> bool {
        LIT.load(Ordering::Relaxed) & self.bit != 0
    }
}

impl ErrorType for Led {
    type Error = Infallible;
}

impl OutputPin for Led {
    fn set_low(&mut self) -> Result<(), Infallible> {
        self.set(false);
        Ok(())
    }

    fn set_high(&mut self) -> Result<(), Infallible> {
        self.set(true);
        Ok(())
    }
}

impl StatefulOutputPin for Led {
    fn is_set_high(&mut self) -> Result<bool, Infallible> {
        Ok(self.is_on())
    }

    fn is_set_low(&mut self) -> Result<bool, Infallible> {
        Ok(!self.is_on())
    }
}

/// A push button.
pub struct Button {
    registers: Registers,
    bit: u32,
}

impl Button {
    pub(crate) const fn new(registers: Registers, number: u32) -> Self {
        Self { registers, bit: 1 << number }
    }

    /// Whether it is pressed now. From any context; never blocks.
    #[must_use]
    pub fn is_pressed(&self) -> bool {
        self.registers.read(BUTTON) & self.bit != 0
    }
}

impl ErrorType for Button {
    type Error = Infallible;
}

impl InputPin for Button {
    fn is_high(&mut self) -> Result<bool, Infallible> {
        Ok(self.is_pressed())
    }

    fn is_low(&mut self) -> Result<bool, Infallible> {
        Ok(!self.is_pressed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_led_leaves_the_other_alone() {
        let mut memory = [0; 4];
        let register = memory.as_mut_ptr() as usize;
        let (mut left, mut right) = (Led::new(Registers::at(register), 0), Led::new(Registers::at(register), 1));
        left.set(true);
        right.set(true);
        assert_eq!(left.registers.read(LED0), 0b11);
        left.toggle();
        assert_eq!(left.registers.read(LED0), 0b10);
        assert!(!left.is_on() && right.is_on());
    }

    #[test]
    fn a_button_is_its_bit() {
        let mut memory = [0, 0, 0b10, 0];
        let register = memory.as_mut_ptr() as usize;
        assert!(!Button::new(Registers::at(register), 0).is_pressed());
        assert!(Button::new(Registers::at(register), 1).is_pressed());
    }
}
