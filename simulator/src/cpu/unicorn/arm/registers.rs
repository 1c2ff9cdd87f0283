//! The registers of an Arm core as Unicorn has them.

use std::ffi::{c_int, c_void};
use std::ptr;

use unicorn_engine::{
    Arch, ArmCpuModel, Mode, RegisterARM, uc_engine, uc_error, uc_reg_read, uc_reg_read_batch, uc_reg_write,
    uc_reg_write_batch,
};

use super::super::shell::Shell;
use crate::cpu::cortex_m::config::CoreModel;
use crate::cpu::cortex_m::engine::{Masks, Register};
use crate::cpu::cortex_m::thumb::{IT_BITS, T_BIT};

/// A register's number in Unicorn.
const fn number(register: Register) -> c_int {
    use RegisterARM as U;
    let number = match register {
        Register::R0 => U::R0,
        Register::R1 => U::R1,
        Register::R2 => U::R2,
        Register::R3 => U::R3,
        Register::R4 => U::R4,
        Register::R5 => U::R5,
        Register::R6 => U::R6,
        Register::R7 => U::R7,
        Register::R8 => U::R8,
        Register::R9 => U::R9,
        Register::R10 => U::R10,
        Register::R11 => U::R11,
        Register::R12 => U::R12,
        Register::Sp => U::SP,
        Register::Lr => U::LR,
        Register::Xpsr => U::XPSR,
        Register::Msp => U::MSP,
        Register::Psp => U::PSP,
        Register::Control => U::CONTROL,
        Register::Primask => U::PRIMASK,
        Register::Basepri => U::BASEPRI,
        Register::Faultmask => U::FAULTMASK,
        Register::S(index) => return U::S0 as c_int + (index % 32) as c_int,
        Register::Fpscr => U::FPSCR,
    };
    number as c_int
}

impl Shell {
    /// Opens an instance of a Cortex-M core.
    pub(super) fn open(model: CoreModel) -> Result<Self, uc_error> {
        let model = match model {
            // Its Cortex-M0 has less than ours: see `arm::armv6m`.
            CoreModel::CortexM0 | CoreModel::CortexM0Plus | CoreModel::CortexM3 => ArmCpuModel::CORTEX_M3,
            CoreModel::CortexM4 | CoreModel::CortexM4F => ArmCpuModel::CORTEX_M4,
            CoreModel::CortexM7 | CoreModel::CortexM7F => ArmCpuModel::CORTEX_M7,
            CoreModel::CortexM33 | CoreModel::CortexM33F => ArmCpuModel::CORTEX_M33,
        };
        // THUMB and a CPU model: the MCLASS mode would always be a Cortex-M33.
        Self::open_model(Arch::ARM, Mode::THUMB, model as c_int)
    }

    /// The program counter as Unicorn left it, and xPSR.
    pub(super) fn pc_and_xpsr(&self) -> (u32, u32) {
        // SAFETY: `self` proves the handle.
        unsafe { read_pc_and_xpsr(self.handle()) }
    }

    /// The program counter as Unicorn left it.
    pub(super) fn pc(&self) -> u32 {
        let mut pc = 0_u32;
        // SAFETY: `self` proves the handle.
        unsafe { uc_reg_read(self.handle(), RegisterARM::PC as c_int, (&raw mut pc).cast()) };
        pc
    }

    /// Reads a register.
    #[inline]
    pub(super) fn read(&self, register: Register) -> u32 {
        // SAFETY: `self` proves the handle.
        unsafe { read(self.handle(), register) }
    }

    /// Reads a general register, 0-14; 0 for others.
    #[inline]
    pub(super) fn general(&self, index: u8) -> u32 {
        Register::general(index).map_or(0, |register| self.read(register))
    }

    /// Writes a register. Not the program counter: it lives in the engine, and is an argument of [`Shell::start`].
    #[inline]
    pub(super) fn write(&self, register: Register, value: u32) {
        // SAFETY: `self` proves the handle.
        unsafe { write_raw(self.handle(), number(register), value) }
    }

    /// Whether code runs privileged.
    pub(super) fn is_privileged(&self) -> bool {
        // SAFETY: `self` proves the handle.
        unsafe { is_privileged(self.handle(), self.read(Register::Xpsr)) }
    }

    /// Reads several registers at once.
    pub(super) fn read_batch(&self, registers: &[Register], values: &mut [u32]) {
        let count = registers.len().min(values.len()).min(BATCH);
        let mut numbers = [0; BATCH];
        let mut places = [ptr::null_mut::<c_void>(); BATCH];
        for index in 0..count {
            numbers[index] = number(registers[index]);
            places[index] = (&raw mut values[index]).cast();
        }
        // SAFETY: `self` proves the handle; the first `count` entries name registers of 32 bits and places for them.
        unsafe { uc_reg_read_batch(self.handle(), numbers.as_ptr(), places.as_mut_ptr(), count as c_int) };
    }

    /// Writes several registers at once, in order.
    pub(super) fn write_batch(&self, registers: &[Register], values: &[u32]) {
        let count = registers.len().min(values.len()).min(BATCH);
        let mut numbers = [0; BATCH];
        let mut places = [ptr::null_mut::<c_void>(); BATCH];
        for index in 0..count {
            numbers[index] = number(registers[index]);
            places[index] = (&raw const values[index]).cast_mut().cast();
        }
        // SAFETY: as above; Unicorn only reads through the places.
        unsafe { uc_reg_write_batch(self.handle(), numbers.as_ptr(), places.as_ptr(), count as c_int) };
    }

    /// Sets IT and T from bits of xPSR, nothing else.
    pub(super) fn write_execution_state(&self, xpsr: u32) {
        // SAFETY: `self` proves the handle.
        unsafe { write_execution_state(self.handle(), xpsr) }
    }

    /// The registers that decide what may interrupt, and whether code runs privileged. Bits of BASEPRI outside
    /// `priority_mask` do not exist and are taken back: Unicorn has all eight.
    pub(super) fn masks(&self, priority_mask: u8) -> (Masks, bool) {
        use Register::{Basepri, Control, Faultmask, Primask, Xpsr};
        let mut values = [0; 5];
        self.read_batch(&[Primask, Faultmask, Basepri, Control, Xpsr], &mut values);
        let [primask, faultmask, mut basepri, control, xpsr] = values;
        if basepri & !u32::from(priority_mask) != 0 {
            basepri &= u32::from(priority_mask);
            self.write(Register::Basepri, basepri);
        }
        let masks = Masks {
            primask: primask & 1 != 0,
            faultmask: faultmask & 1 != 0,
            basepri: basepri as u8,
            control: control as u8,
        };
        (masks, is_privileged_with(xpsr, control))
    }

    /// Sets IPSR, flags, IT and CONTROL as [`crate::cpu::cortex_m::engine::Engine::set_mode`] says; T stays set.
    pub(super) fn set_mode(&self, xpsr: u32, control: u8) {
        self.switch(self.read(Register::Control), xpsr, control, &[], &[]);
    }

    /// As [`Shell::set_mode`], in a core whose CONTROL is `old`, and then writes registers: all of it at once, since each
    /// call costs more than the register that it writes, and an interrupt comes here twice.
    pub(super) fn switch(&self, old: u32, xpsr: u32, control: u8, registers: &[Register], values: &[u32]) {
        use RegisterARM as U;
        const HANDLER: u32 = 3;
        let mut batch = Batch::default();
        if old != u32::from(control) {
            // CONTROL.SPSEL can be written in privileged thread mode only, nPRIV in privileged mode only.
            if old & 1 != 0 {
                batch.put(U::IPSR as c_int, HANDLER);
                batch.put(U::CONTROL as c_int, old & !1);
            }
            batch.put(U::IPSR as c_int, 0);
            batch.put(U::CONTROL as c_int, control.into());
        }
        // All of xPSR. What rebuilds Unicorn's translation flags is the flags alone: see `write_flags`.
        batch.put(U::XPSR_NZCVQG as c_int, xpsr | T_BIT);
        batch.put(U::APSR_NZCV as c_int, xpsr);
        for (&register, &value) in registers.iter().zip(values) {
            batch.put(number(register), value);
        }
        batch.write(self);
    }

    /// Sets IPSR; Unicorn switches the stack bank.
    pub(super) fn set_ipsr(&self, number: u32) {
        // SAFETY: `self` proves the handle.
        unsafe { write_raw(self.handle(), RegisterARM::IPSR as c_int, number) }
    }

    /// Sets the flags from bits of xPSR, and then rebuilds Unicorn's translation flags: after a write of IPSR or
    /// CONTROL they are stale, and it would not know an EXC_RETURN any more.
    pub(super) fn write_flags(&self, xpsr: u32) {
        // SAFETY: `self` proves the handle.
        unsafe {
            write_raw(self.handle(), RegisterARM::APSR_NZCVQG as c_int, xpsr);
            write_raw(self.handle(), RegisterARM::APSR_NZCV as c_int, xpsr);
        }
    }

    /// Runs from `address` in Thumb state until a hook stops it or something goes wrong.
    #[inline]
    pub(super) fn start(&self, address: u32) -> uc_error {
        self.start_at(u64::from(address | 1))
    }
}

/// The longest batch: the floating-point part of a stack frame, S0-S15 and FPSCR.
const BATCH: usize = 17;

/// Registers to be written at once, in order. What is too much is left out.
#[derive(Default)]
struct Batch {
    numbers: [c_int; BATCH],
    values: [u32; BATCH],
    count: usize,
}

impl Batch {
    fn put(&mut self, number: c_int, value: u32) {
        if self.count < BATCH {
            (self.numbers[self.count], self.values[self.count]) = (number, value);
            self.count += 1;
        }
    }

    fn write(&self, shell: &Shell) {
        let mut places = [ptr::null_mut::<c_void>(); BATCH];
        for (place, value) in places.iter_mut().zip(&self.values).take(self.count) {
            *place = ptr::from_ref(value).cast_mut().cast();
        }
        // SAFETY: `shell` proves the handle; the first `count` entries name registers of 32 bits and their values, and
        // Unicorn only reads through the places.
        unsafe { uc_reg_write_batch(shell.handle(), self.numbers.as_ptr(), places.as_ptr(), self.count as c_int) };
    }
}

/// Reads a register, also from inside a hook.
///
/// # Safety
/// `handle` is open, and this is its thread.
#[inline]
pub(super) unsafe fn read(handle: *mut uc_engine, register: Register) -> u32 {
    let mut value = 0_u32;
    // SAFETY: the caller proves the handle; every `Register` is 32 bits wide.
    unsafe { uc_reg_read(handle, number(register), (&raw mut value).cast()) };
    value
}

/// Reads PC and xPSR from inside a hook.
///
/// # Safety
/// `handle` is open, and this is its thread.
#[inline]
pub(super) unsafe fn read_pc_and_xpsr(handle: *mut uc_engine) -> (u32, u32) {
    const NUMBERS: [c_int; 2] = [RegisterARM::PC as c_int, RegisterARM::XPSR as c_int];
    let (mut pc, mut xpsr) = (0_u32, 0_u32);
    let mut places = [(&raw mut pc).cast(), (&raw mut xpsr).cast()];
    // SAFETY: the caller proves the handle; both registers are 32 bits wide.
    unsafe { uc_reg_read_batch(handle, NUMBERS.as_ptr(), places.as_mut_ptr(), 2) };
    (pc, xpsr)
}

/// Whether code runs privileged: in a handler, by the bits of `xpsr`, or with CONTROL.nPRIV clear.
pub(super) fn is_privileged_with(xpsr: u32, control: u32) -> bool {
    xpsr & 0x1ff != 0 || control & 1 == 0
}

/// Whether code runs privileged, also from inside a hook: in a handler, by the bits of `xpsr`, or with CONTROL.nPRIV clear.
///
/// # Safety
/// `handle` is open, and this is its thread.
#[inline]
pub(super) unsafe fn is_privileged(handle: *mut uc_engine, xpsr: u32) -> bool {
    // SAFETY: the caller proves the handle.
    xpsr & 0x1ff != 0 || unsafe { read(handle, Register::Control) } & 1 == 0
}

/// Sets IT and T from bits of xPSR, also from inside a hook. (EPSR touches only these; a write of XPSR would do more.)
///
/// # Safety
/// `handle` is open, and this is its thread.
#[inline]
pub(super) unsafe fn write_execution_state(handle: *mut uc_engine, xpsr: u32) {
    // SAFETY: the caller proves the handle.
    unsafe { write_raw(handle, RegisterARM::EPSR as c_int, xpsr) };
}

/// Clears IT inside a hook of a device access: Unicorn has brought it up to date for this hook, and would leak it into the
/// next block.
///
/// # Safety
/// `handle` is open, and this is its thread.
#[inline]
pub(super) unsafe fn forget_it(handle: *mut uc_engine) {
    // SAFETY: the caller proves the handle.
    unsafe {
        if read(handle, Register::Xpsr) & IT_BITS != 0 {
            write_execution_state(handle, T_BIT);
        }
    }
}

/// # Safety
/// `handle` is open, this is its thread, and `number` is a 32-bit register.
#[inline]
unsafe fn write_raw(handle: *mut uc_engine, number: c_int, value: u32) {
    // SAFETY: the caller proves all of it.
    unsafe { uc_reg_write(handle, number, (&raw const value).cast()) };
}

/// Clears T in what was read of xPSR: Unicorn is never told of it, since it would leave Thumb state.
pub(super) fn clear_thumb(registers: &[Register], values: &mut [u32]) {
    let psr = registers.iter().zip(values).filter(|(register, _)| **register == Register::Xpsr);
    psr.for_each(|(_, value)| *value &= !T_BIT);
}
