//! Peripherals, one a file.
//!
//! A device is a state machine of plain data: it is cloned and serialised with the machine, so it holds no time source,
//! no channel and no handle. Whoever calls it brings the time. A device never asks to be called every tick; it states
//! its next [`Device::deadline`] and computes what a register shows in between from the time that has passed.

mod cmsdk_dualtimer;
mod cmsdk_id;
mod cmsdk_timer;
mod cmsdk_uart;
mod context;
mod mps2_fpgaio;
mod mps2_scc;
mod nrf51;
mod ns16550;
mod pl011;
mod riscv;
mod rp2040;
mod sifive;
mod stellaris;
mod stm32;
#[cfg(test)]
mod testing;

pub use cmsdk_dualtimer::CmsdkDualTimer;
pub use cmsdk_timer::CmsdkTimer;
pub use cmsdk_uart::CmsdkUart;
pub use context::{
    CORE_CLOCK, ClockChange, Context, Effects, Gate, MemoryChange, NarrowStore, Protection, ResetCause, Signal,
};
pub use mps2_fpgaio::Mps2FpgaIo;
pub use mps2_scc::Mps2Scc;
pub use nrf51::{Nrf51Clock, Nrf51Gpio, Nrf51Information, Nrf51Nvmc, Nrf51Rng, Nrf51Rtc, Nrf51Timer, Nrf51Uart};
pub use ns16550::Ns16550;
pub use pl011::Pl011;
pub use riscv::{RiscvClint, RiscvPlic};
pub use rp2040::Rp2040Sio;
pub use sifive::{SifiveGpio, SifivePrci, SifiveTest, SifiveUart};
pub use stellaris::{StellarisGptm, StellarisSysctl};
pub use stm32::{
    Stm32Dbgmcu, Stm32Exti, Stm32Gpio, Stm32Iwdg, Stm32Signature, Stm32Timer, Stm32Usart, Stm32f4Flash, Stm32f4Pwr,
    Stm32f4Rcc, Stm32f4Syscfg,
};

use bluekernel_boards::model::Board;
use serde::{Deserialize, Serialize};

use crate::clock::{ClockDomain, Picoseconds};
use crate::cpu::FetchWaits;

/// What a device is built from.
#[derive(Clone, Copy, Debug)]
pub struct Setup<'a> {
    /// The peripheral's name, like `GPIOD`.
    pub name: &'a str,
    /// The board that it is on.
    pub board: &'a Board,
}

/// An output of a device that leads into a core.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CoreLine {
    /// The output, a bit of [`Device::lines`].
    pub output: u8,
    /// The core.
    pub core: u8,
    /// The line, as [`crate::cpu::Core::set_irq`] numbers it.
    pub irq: u16,
}

/// A peripheral.
pub trait Device {
    /// Reads the register at `offset`, a multiple of 4.
    fn read(&mut self, offset: u32, context: &mut Context<'_>) -> u32;

    /// Writes the register at `offset`, a multiple of 4.
    fn write(&mut self, offset: u32, value: u32, context: &mut Context<'_>);

    /// When the device next changes by itself in a way that somebody could see: an interrupt line, a byte on the wire.
    fn deadline(&self, clock: &ClockDomain) -> Option<Picoseconds> {
        let _ = clock;
        None
    }

    /// The deadline has come; `context.now` is its time. Called before any access at the same or a later time.
    fn fire(&mut self, context: &mut Context<'_>) {
        let _ = context;
    }

    /// The levels of the outputs, bit n for line n of [`Device::line`].
    fn lines(&self) -> u32 {
        0
    }

    /// Which output a board's interrupt of this name is wired to.
    fn line(&self, interrupt: &str) -> Option<u8> {
        let _ = interrupt;
        None
    }

    /// The outputs that lead into a core, past the interrupt controller or out of it.
    fn core_lines(&self) -> Vec<CoreLine> {
        Vec::new()
    }

    /// Whether this is the chip's interrupt controller: the interrupts of the other peripherals are its sources, and come
    /// by [`Device::source`].
    fn controls_interrupts(&self) -> bool {
        false
    }

    /// The level of an interrupt source has changed.
    fn source(&mut self, number: u16, level: bool, context: &mut Context<'_>) {
        let _ = (number, level, context);
    }

    /// Bytes from outside; `false` if the device takes none.
    fn receive(&mut self, bytes: &[u8], context: &mut Context<'_>) -> bool {
        let _ = (bytes, context);
        false
    }

    /// Whether bytes from outside could raise an interrupt as the device is set up now.
    fn input_can_wake(&self) -> bool {
        false
    }

    /// Puts the device in its reset state, but for what outlives a reset of this cause, and for what the world outside does
    /// to it: a pressed button, bytes that have not been received. `false` if there is no such thing: whoever calls puts
    /// the device back as it was built. A clock controller tells what becomes of clocks and gates.
    fn reset(&mut self, cause: ResetCause, context: &mut Context<'_>) -> bool {
        let _ = (cause, context);
        false
    }

    /// Whether [`Device::hear`] is to be called for signals like this one. A pin may change often, and most devices do not
    /// care.
    fn listens(&self, signal: Signal) -> bool {
        let _ = signal;
        false
    }

    /// Another device, or the world outside, has done something that this one listens to.
    fn hear(&mut self, signal: Signal, context: &mut Context<'_>) {
        let _ = (signal, context);
    }

    /// The level of a pin, if this is its port; `port` 0 is port A.
    fn pin_level(&self, port: u8, pin: u8) -> Option<bool> {
        let _ = (port, pin);
        None
    }

    /// What becomes of narrow stores.
    fn narrow_store(&self) -> NarrowStore {
        NarrowStore::default()
    }

    /// Whether this is the clock controller, and if so, the clocks that run now.
    fn clocks(&self) -> Option<Vec<ClockChange>> {
        None
    }

    /// The clock controller's gate of this name, like `APB1ENR.17`.
    fn gate(&self, name: &str) -> Option<u16> {
        let _ = name;
        None
    }

    /// Whether stores to the chip's flash memory come here, by [`Device::program`].
    fn programs_flash(&self) -> bool {
        false
    }

    /// A store of 1, 2 or 4 bytes to flash memory; `address` is at the memory's base and not at an alias.
    fn program(&mut self, address: u32, size: u8, value: u32, context: &mut Context<'_>) {
        let _ = (address, size, value);
        context.bus_error();
    }

    /// What it costs the core to fetch instructions from the flash memory that this programs; `None` for nothing. Who
    /// changes it says so by [`Context::change_waits`], but for a reset.
    fn fetch_waits(&self) -> Option<FetchWaits> {
        None
    }

    /// The chip's option bytes, if this is what they are programmed by.
    fn options(&self) -> Option<Vec<u8>> {
        None
    }

    /// Takes the chip's option bytes, as at the end of a reset.
    fn load_options(&mut self, bytes: &[u8]) {
        let _ = bytes;
    }

    /// Whom the chip's flash memory is closed to.
    fn protection(&self) -> Protection {
        Protection::default()
    }

    /// The core has stopped for good: lets out what is on its way to the wire, and says when the last of it is out.
    fn flush(&mut self, context: &mut Context<'_>) -> Option<Picoseconds> {
        let _ = context;
        None
    }
}

/// Any device: an enum rather than a trait object, so that the machine clones and serialises.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "model", rename_all = "kebab-case")]
pub enum AnyDevice {
    /// Arm CMSDK APB UART.
    CmsdkUart(CmsdkUart),
    /// Arm CMSDK APB timer.
    CmsdkTimer(CmsdkTimer),
    /// Arm CMSDK APB dual timer.
    CmsdkDualtimer(CmsdkDualTimer),
    /// System control and I/O of the MPS2 FPGA images.
    Mps2Fpgaio(Mps2FpgaIo),
    /// Serial configuration controller of the MPS2 board.
    Mps2Scc(Mps2Scc),
    /// Clocks and resets of the nRF51.
    Nrf51Clock(Nrf51Clock),
    /// Port of the nRF51.
    Nrf51Gpio(Nrf51Gpio),
    /// Factory and user information of the nRF51.
    Nrf51Information(Nrf51Information),
    /// Flash memory controller of the nRF51.
    Nrf51Nvmc(Nrf51Nvmc),
    /// Random number generator of the nRF51.
    Nrf51Rng(Nrf51Rng),
    /// Real-time counter of the nRF51.
    Nrf51Rtc(Nrf51Rtc),
    /// Timer of the nRF51.
    Nrf51Timer(Nrf51Timer),
    /// UART of the nRF51.
    Nrf51Uart(Nrf51Uart),
    /// 16550A UART.
    Ns16550(Ns16550),
    /// Arm PrimeCell UART.
    Pl011(Pl011),
    /// Core-local interruptor of RISC-V harts.
    RiscvClint(RiscvClint),
    /// Platform-level interrupt controller of RISC-V harts.
    RiscvPlic(RiscvPlic),
    /// Single-cycle IO block of the RP2040.
    Rp2040Sio(Rp2040Sio),
    /// Port of the FE310.
    SifiveGpio(SifiveGpio),
    /// Clock controller of the FE310.
    SifivePrci(SifivePrci),
    /// Test finisher of QEMU's virt machine.
    SifiveTest(SifiveTest),
    /// UART of the FE310.
    SifiveUart(SifiveUart),
    /// General-purpose timer module of the Stellaris.
    StellarisGptm(StellarisGptm),
    /// System control of the Stellaris.
    StellarisSysctl(StellarisSysctl),
    /// Debug support of the STM32.
    Stm32Dbgmcu(Stm32Dbgmcu),
    /// External interrupt controller of the STM32F4.
    Stm32Exti(Stm32Exti),
    /// Port of the STM32F4.
    Stm32Gpio(Stm32Gpio),
    /// Independent watchdog of the STM32.
    Stm32Iwdg(Stm32Iwdg),
    /// Device signature of the STM32.
    Stm32Signature(Stm32Signature),
    /// General-purpose timer of the STM32F4.
    Stm32Timer(Stm32Timer),
    /// USART of the STM32F4.
    Stm32Usart(Stm32Usart),
    /// Flash memory interface of the STM32F4.
    Stm32f4Flash(Stm32f4Flash),
    /// Power controller of the STM32F4.
    Stm32f4Pwr(Stm32f4Pwr),
    /// Reset and clock control of the STM32F4.
    Stm32f4Rcc(Stm32f4Rcc),
    /// System configuration controller of the STM32F4.
    Stm32f4Syscfg(Stm32f4Syscfg),
}

/// The names of the models, as a chip's file writes them.
pub const MODELS: &[&str] = &[
    "cmsdk-uart",
    "cmsdk-timer",
    "cmsdk-dualtimer",
    "mps2-fpgaio",
    "mps2-scc",
    "nrf51-clock",
    "nrf51-gpio",
    "nrf51-information",
    "nrf51-nvmc",
    "nrf51-rng",
    "nrf51-rtc",
    "nrf51-timer",
    "nrf51-uart",
    "ns16550",
    "pl011",
    "riscv-clint",
    "riscv-plic",
    "rp2040-sio",
    "sifive-gpio",
    "sifive-prci",
    "sifive-test",
    "sifive-uart",
    "stellaris-gptm",
    "stellaris-sysctl",
    "stm32-dbgmcu",
    "stm32-exti",
    "stm32-gpio",
    "stm32-iwdg",
    "stm32-signature",
    "stm32-timer",
    "stm32-usart",
    "stm32f4-flash",
    "stm32f4-pwr",
    "stm32f4-rcc",
    "stm32f4-syscfg",
];

impl AnyDevice {
    /// The device of a model in its reset state; `None` for a name that is not in [`MODELS`].
    #[must_use]
    pub fn new(model: &str, setup: Setup<'_>) -> Option<Self> {
        Some(match model {
            "cmsdk-uart" => Self::CmsdkUart(CmsdkUart::default()),
            "cmsdk-timer" => Self::CmsdkTimer(CmsdkTimer::default()),
            "cmsdk-dualtimer" => Self::CmsdkDualtimer(CmsdkDualTimer::default()),
            "mps2-fpgaio" => Self::Mps2Fpgaio(Mps2FpgaIo::default()),
            "mps2-scc" => Self::Mps2Scc(Mps2Scc::default()),
            "nrf51-clock" => Self::Nrf51Clock(Nrf51Clock::default()),
            "nrf51-gpio" => Self::Nrf51Gpio(Nrf51Gpio::new(setup)),
            "nrf51-information" => Self::Nrf51Information(Nrf51Information::new(setup)),
            "nrf51-nvmc" => Self::Nrf51Nvmc(Nrf51Nvmc::new(setup.board)),
            "nrf51-rng" => Self::Nrf51Rng(Nrf51Rng::default()),
            "nrf51-rtc" => Self::Nrf51Rtc(Nrf51Rtc::new(setup)),
            "nrf51-timer" => Self::Nrf51Timer(Nrf51Timer::new(setup)),
            "nrf51-uart" => Self::Nrf51Uart(Nrf51Uart::default()),
            "ns16550" => Self::Ns16550(Ns16550::default()),
            "pl011" => Self::Pl011(Pl011::new(setup)),
            "riscv-clint" => Self::RiscvClint(RiscvClint::new(setup.board.chip.cores)),
            "riscv-plic" => Self::RiscvPlic(RiscvPlic::new(setup.board)),
            "rp2040-sio" => Self::Rp2040Sio(Rp2040Sio::default()),
            "sifive-gpio" => Self::SifiveGpio(SifiveGpio::default()),
            "sifive-prci" => Self::SifivePrci(SifivePrci::new(setup.board)),
            "sifive-test" => Self::SifiveTest(SifiveTest::default()),
            "sifive-uart" => Self::SifiveUart(SifiveUart::default()),
            "stellaris-gptm" => Self::StellarisGptm(StellarisGptm::default()),
            "stellaris-sysctl" => Self::StellarisSysctl(StellarisSysctl::new(setup.board)),
            "stm32-dbgmcu" => Self::Stm32Dbgmcu(Stm32Dbgmcu::default()),
            "stm32-exti" => Self::Stm32Exti(Stm32Exti::new(setup)),
            "stm32-gpio" => Self::Stm32Gpio(Stm32Gpio::new(setup)),
            "stm32-iwdg" => Self::Stm32Iwdg(Stm32Iwdg::default()),
            "stm32-signature" => Self::Stm32Signature(Stm32Signature::new(setup.board)),
            "stm32-timer" => Self::Stm32Timer(Stm32Timer::new(setup)),
            "stm32-usart" => Self::Stm32Usart(Stm32Usart::default()),
            "stm32f4-flash" => Self::Stm32f4Flash(Stm32f4Flash::new(setup.board)),
            "stm32f4-pwr" => Self::Stm32f4Pwr(Stm32f4Pwr::default()),
            "stm32f4-rcc" => Self::Stm32f4Rcc(Stm32f4Rcc::new(setup.board)),
            "stm32f4-syscfg" => Self::Stm32f4Syscfg(Stm32f4Syscfg::default()),
            _ => return None,
        })
    }

    /// Whether it is a UART, whose bytes are a stream of their own.
    #[must_use]
    pub fn is_uart(&self) -> bool {
        matches!(
            self,
            Self::CmsdkUart(_)
                | Self::Nrf51Uart(_)
                | Self::Ns16550(_)
                | Self::Pl011(_)
                | Self::SifiveUart(_)
                | Self::Stm32Usart(_)
        )
    }

    /// See [`Device::reset`]; `pristine` is the device as it was built.
    pub fn reset(&mut self, pristine: &Self, cause: ResetCause, context: &mut Context<'_>) {
        if !self.device_mut().reset(cause, context) {
            self.clone_from(pristine);
        }
    }

    /// The device behind its trait.
    #[must_use]
    pub fn device(&self) -> &dyn Device {
        match self {
            Self::CmsdkUart(device) => device,
            Self::CmsdkTimer(device) => device,
            Self::CmsdkDualtimer(device) => device,
            Self::Mps2Fpgaio(device) => device,
            Self::Mps2Scc(device) => device,
            Self::Nrf51Clock(device) => device,
            Self::Nrf51Gpio(device) => device,
            Self::Nrf51Information(device) => device,
            Self::Nrf51Nvmc(device) => device,
            Self::Nrf51Rng(device) => device,
            Self::Nrf51Rtc(device) => device,
            Self::Nrf51Timer(device) => device,
            Self::Nrf51Uart(device) => device,
            Self::Ns16550(device) => device,
            Self::Pl011(device) => device,
            Self::RiscvClint(device) => device,
            Self::RiscvPlic(device) => device,
            Self::Rp2040Sio(device) => device,
            Self::SifiveGpio(device) => device,
            Self::SifivePrci(device) => device,
            Self::SifiveTest(device) => device,
            Self::SifiveUart(device) => device,
            Self::StellarisGptm(device) => device,
            Self::StellarisSysctl(device) => device,
            Self::Stm32Dbgmcu(device) => device,
            Self::Stm32Exti(device) => device,
            Self::Stm32Gpio(device) => device,
            Self::Stm32Iwdg(device) => device,
            Self::Stm32Signature(device) => device,
            Self::Stm32Timer(device) => device,
            Self::Stm32Usart(device) => device,
            Self::Stm32f4Flash(device) => device,
            Self::Stm32f4Pwr(device) => device,
            Self::Stm32f4Rcc(device) => device,
            Self::Stm32f4Syscfg(device) => device,
        }
    }

    /// The device behind its trait.
    #[must_use]
    pub fn device_mut(&mut self) -> &mut dyn Device {
        match self {
            Self::CmsdkUart(device) => device,
            Self::CmsdkTimer(device) => device,
            Self::CmsdkDualtimer(device) => device,
            Self::Mps2Fpgaio(device) => device,
            Self::Mps2Scc(device) => device,
            Self::Nrf51Clock(device) => device,
            Self::Nrf51Gpio(device) => device,
            Self::Nrf51Information(device) => device,
            Self::Nrf51Nvmc(device) => device,
            Self::Nrf51Rng(device) => device,
            Self::Nrf51Rtc(device) => device,
            Self::Nrf51Timer(device) => device,
            Self::Nrf51Uart(device) => device,
            Self::Ns16550(device) => device,
            Self::Pl011(device) => device,
            Self::RiscvClint(device) => device,
            Self::RiscvPlic(device) => device,
            Self::Rp2040Sio(device) => device,
            Self::SifiveGpio(device) => device,
            Self::SifivePrci(device) => device,
            Self::SifiveTest(device) => device,
            Self::SifiveUart(device) => device,
            Self::StellarisGptm(device) => device,
            Self::StellarisSysctl(device) => device,
            Self::Stm32Dbgmcu(device) => device,
            Self::Stm32Exti(device) => device,
            Self::Stm32Gpio(device) => device,
            Self::Stm32Iwdg(device) => device,
            Self::Stm32Signature(device) => device,
            Self::Stm32Timer(device) => device,
            Self::Stm32Usart(device) => device,
            Self::Stm32f4Flash(device) => device,
            Self::Stm32f4Pwr(device) => device,
            Self::Stm32f4Rcc(device) => device,
            Self::Stm32f4Syscfg(device) => device,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_model_exists_under_its_name() {
        let board = crate::testing::board();
        let setup = Setup { name: "X", board: &board };
        for model in MODELS {
            let device = AnyDevice::new(model, setup).unwrap_or_else(|| panic!("{model} is listed and does not exist"));
            let json = serde_json::to_value(&device).unwrap();
            assert_eq!(json["model"], *model);
            assert_eq!(serde_json::from_value::<AnyDevice>(json).unwrap(), device);
        }
        assert_eq!(AnyDevice::new("pl012", setup), None);
    }
}
