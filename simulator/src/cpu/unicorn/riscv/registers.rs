//! The registers of a RISC-V core as Unicorn has them.

use std::ffi::c_int;

use unicorn_engine::{
    Arch, Mode, RegisterRISCV, Riscv32CpuModel, Riscv64CpuModel, uc_engine, uc_error, uc_reg_read, uc_reg_write,
};

use super::super::shell::Shell;
use crate::cpu::riscv::config::Isa;

/// Unicorn's privilege modes.
const SUPERVISOR: u64 = 1;
const USER: u64 = 0;

/// mstatus.FS: the floating-point unit is on.
const FLOAT_ON: u64 = 3 << 13;

impl Shell {
    /// Opens an instance of a RISC-V core that has everything but S-mode: what the real core does not have is refused by
    /// the engine. Its floating-point unit is on. It is in S-mode, so that whatever is M-mode's traps.
    pub(super) fn open_riscv(isa: Isa) -> Result<Self, uc_error> {
        let (mode, model) = if isa.wide {
            (Mode::RISCV64, Riscv64CpuModel::ANY as c_int)
        } else {
            (Mode::RISCV32, Riscv32CpuModel::ANY as c_int)
        };
        let shell = Self::open_model(Arch::RISCV, mode, model)?;
        shell.write_number(RegisterRISCV::MSTATUS as c_int, FLOAT_ON);
        shell.set_mode_of_machine(true);
        Ok(shell)
    }

    /// The program counter as Unicorn left it.
    pub(super) fn program_counter(&self) -> u64 {
        self.read_number(RegisterRISCV::PC as c_int)
    }

    /// Reads an integer register.
    #[inline]
    pub(super) fn integer(&self, index: u8) -> u64 {
        self.read_number(RegisterRISCV::X0 as c_int + c_int::from(index % 32))
    }

    /// Writes an integer register, but x0.
    #[inline]
    pub(super) fn set_integer(&self, index: u8, value: u64) {
        if !index.is_multiple_of(32) {
            self.write_number(RegisterRISCV::X0 as c_int + c_int::from(index % 32), value);
        }
    }

    /// Reads a floating-point register.
    pub(super) fn float(&self, index: u8) -> u64 {
        self.read_number(RegisterRISCV::F0 as c_int + c_int::from(index % 32))
    }

    /// Writes a floating-point register.
    pub(super) fn set_float(&self, index: u8, value: u64) {
        self.write_number(RegisterRISCV::F0 as c_int + c_int::from(index % 32), value);
    }

    /// Reads fcsr.
    pub(super) fn float_status(&self) -> u32 {
        self.read_number(RegisterRISCV::FCSR as c_int) as u32
    }

    /// Writes fcsr.
    pub(super) fn set_float_status(&self, value: u32) {
        self.write_number(RegisterRISCV::FCSR as c_int, u64::from(value));
    }

    /// Sets the mode, of which there are two here: M-mode is Unicorn's S-mode, S- and U-mode are its U-mode. Each has a TLB
    /// of its own. The reservation of LR is given up.
    pub(super) fn set_mode_of_machine(&self, machine: bool) {
        self.write_number(RegisterRISCV::PRIV as c_int, if machine { SUPERVISOR } else { USER });
    }

    fn read_number(&self, number: c_int) -> u64 {
        // SAFETY: `self` proves the handle.
        unsafe { read(self.handle(), number) }
    }

    fn write_number(&self, number: c_int, value: u64) {
        // A core of 32 bits takes the first four bytes.
        let value = value.to_le();
        // SAFETY: `self` proves the handle; no register is wider than 64 bits.
        unsafe { uc_reg_write(self.handle(), number, (&raw const value).cast()) };
    }
}

/// # Safety
/// `handle` is open, and this is its thread.
#[inline]
unsafe fn read(handle: *mut uc_engine, number: c_int) -> u64 {
    // A core of 32 bits writes the first four bytes.
    let mut value = 0_u64;
    // SAFETY: the caller proves the handle; no register is wider than 64 bits.
    unsafe { uc_reg_read(handle, number, (&raw mut value).cast()) };
    u64::from_le(value)
}
