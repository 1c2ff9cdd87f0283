//! Unicorn's C interface with types. No policy; nothing here knows what a hook does.

use std::ffi::{c_int, c_void};
use std::ptr;

use unicorn_engine::{
    Arch, ArmCpuModel, ControlType, HookType, Mode, Prot, RegisterARM, uc_context, uc_context_alloc, uc_context_free,
    uc_context_restore, uc_context_save, uc_context_size, uc_ctl, uc_emu_start, uc_emu_stop, uc_engine, uc_error,
    uc_hook, uc_hook_add, uc_mem_map_ptr, uc_mem_protect, uc_mmio_map, uc_open, uc_reg_read, uc_reg_read_batch,
    uc_reg_write, uc_reg_write_batch,
};

use crate::cpu::cortex_m::config::CoreModel;
use crate::cpu::cortex_m::engine::{Masks, Register};
use crate::cpu::cortex_m::thumb::{IT_BITS, T_BIT};

/// One Unicorn instance. Lives on one thread.
///
/// Holding one proves that the handle is open. It does not prove that the user data of its hooks is alive: whoever
/// adds a hook answers for that.
#[derive(Debug)]
pub(super) struct Shell {
    handle: *mut uc_engine,
    context: *mut uc_context,
}

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

/// `uc_ctl` requests: type, number of arguments in bits 29:26, direction in bits 31:30 (1 is write).
const fn control(request: ControlType, arguments: u32) -> ControlType {
    ControlType(request.0 | arguments << 26 | 1 << 30)
}

/// A translated block (`uc_tb` of unicorn.h).
#[repr(C)]
#[derive(Debug)]
pub(super) struct Block {
    /// Its first address.
    pub(super) pc: u64,
    /// Instructions.
    pub(super) icount: u16,
    /// Bytes.
    pub(super) size: u16,
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
        let mut handle = ptr::null_mut();
        // THUMB and a CPU model: the MCLASS mode would always be a Cortex-M33.
        // SAFETY: `handle` is a valid place for the result.
        check(unsafe { uc_open(Arch::ARM, Mode::THUMB, &raw mut handle) })?;
        let mut shell = Self { handle, context: ptr::null_mut() };
        // SAFETY: the handle was just opened; the variadic arguments are those which each request names in unicorn.h:
        // the model as int before anything else; "use exits" as int.
        unsafe {
            check(uc_ctl(handle, control(ControlType::CPU_MODEL, 1), model as c_int))?;
            // An `until` address costs microseconds in hot code; with exits on and none set a start costs 0.15 us.
            check(uc_ctl(handle, control(ControlType::UC_USE_EXITS, 1), 1 as c_int))?;
            check(uc_context_alloc(handle, &raw mut shell.context))?;
        }
        Ok(shell)
    }

    /// The program counter as Unicorn left it.
    pub(super) fn pc(&self) -> u32 {
        let mut pc = 0_u32;
        // SAFETY: `self` proves the handle.
        unsafe { uc_reg_read(self.handle, RegisterARM::PC as c_int, (&raw mut pc).cast()) };
        pc
    }

    /// Reads a register.
    #[inline]
    pub(super) fn read(&self, register: Register) -> u32 {
        // SAFETY: `self` proves the handle.
        unsafe { read(self.handle, register) }
    }

    /// Writes a register. Not the program counter: it lives in the engine, and is an argument of [`Shell::start`].
    #[inline]
    pub(super) fn write(&self, register: Register, value: u32) {
        // SAFETY: `self` proves the handle.
        unsafe { write_raw(self.handle, number(register), value) }
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
        unsafe { uc_reg_read_batch(self.handle, numbers.as_ptr(), places.as_mut_ptr(), count as c_int) };
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
        unsafe { uc_reg_write_batch(self.handle, numbers.as_ptr(), places.as_ptr(), count as c_int) };
    }

    /// Sets IT and T from bits of xPSR, nothing else.
    pub(super) fn write_execution_state(&self, xpsr: u32) {
        // SAFETY: `self` proves the handle.
        unsafe { write_execution_state(self.handle, xpsr) }
    }

    /// The registers that decide what may interrupt. Bits of BASEPRI outside `priority_mask` do not exist and are taken
    /// back: Unicorn has all eight.
    pub(super) fn masks(&self, priority_mask: u8) -> Masks {
        let mut values = [0; 4];
        self.read_batch(&[Register::Primask, Register::Faultmask, Register::Basepri, Register::Control], &mut values);
        let [primask, faultmask, mut basepri, control] = values;
        if basepri & !u32::from(priority_mask) != 0 {
            basepri &= u32::from(priority_mask);
            self.write(Register::Basepri, basepri);
        }
        Masks {
            primask: primask & 1 != 0,
            faultmask: faultmask & 1 != 0,
            basepri: basepri as u8,
            control: control as u8,
        }
    }

    /// Sets IPSR, flags, IT and CONTROL as [`crate::cpu::cortex_m::engine::Engine::set_mode`] says; T stays set.
    pub(super) fn set_mode(&self, xpsr: u32, control: u8) {
        const HANDLER: u32 = 3;
        let old = self.read(Register::Control);
        if old != u32::from(control) {
            // CONTROL.SPSEL can be written in privileged thread mode only, nPRIV in privileged mode only.
            self.set_ipsr(HANDLER);
            self.write(Register::Control, old & !1);
            self.set_ipsr(0);
            self.write(Register::Control, u32::from(control));
        }
        // As `set_ipsr`, `write_execution_state` and `write_flags`, but at once: an interrupt comes here twice.
        use RegisterARM as U;
        let numbers = [U::IPSR, U::EPSR, U::APSR_NZCVQG, U::APSR_NZCV].map(|register| register as c_int);
        let values = [xpsr & 0x1ff, xpsr & IT_BITS | T_BIT, xpsr, xpsr];
        let places = values.each_ref().map(|value| ptr::from_ref(value).cast_mut().cast::<c_void>());
        // SAFETY: `self` proves the handle; four registers of 32 bits and their values. Unicorn only reads through the places.
        unsafe { uc_reg_write_batch(self.handle, numbers.as_ptr(), places.as_ptr(), 4) };
    }

    /// Sets IPSR; Unicorn switches the stack bank.
    pub(super) fn set_ipsr(&self, number: u32) {
        // SAFETY: `self` proves the handle.
        unsafe { write_raw(self.handle, RegisterARM::IPSR as c_int, number) }
    }

    /// Sets the flags from bits of xPSR, and then rebuilds Unicorn's translation flags: after a write of IPSR or
    /// CONTROL they are stale, and it would not know an EXC_RETURN any more.
    pub(super) fn write_flags(&self, xpsr: u32) {
        // SAFETY: `self` proves the handle.
        unsafe {
            write_raw(self.handle, RegisterARM::APSR_NZCVQG as c_int, xpsr);
            write_raw(self.handle, RegisterARM::APSR_NZCV as c_int, xpsr);
        }
    }

    /// Runs from `address` in Thumb state until a hook stops it or something goes wrong.
    #[inline]
    pub(super) fn start(&self, address: u32) -> uc_error {
        // SAFETY: `self` proves the handle; the hooks' user data is alive by the contract of `add_hook`.
        unsafe { uc_emu_start(self.handle, u64::from(address | 1), 0, 0, 0) }
    }

    /// Maps host memory at an address of the core.
    ///
    /// # Safety
    /// `host` points to `size` bytes that outlive this instance, and nobody holds a reference into them while it runs.
    pub(super) unsafe fn map(&self, base: u32, size: u32, rights: Prot, host: *mut u8) -> Result<(), uc_error> {
        // SAFETY: `self` proves the handle; the caller answers for the memory.
        check(unsafe { uc_mem_map_ptr(self.handle, u64::from(base), u64::from(size), rights.0, host.cast()) })?;
        if rights.0 & Prot::WRITE.0 == 0 {
            // Only this makes it ROM, whose stores are dropped once a hook has accepted them; the mapping alone does not.
            self.protect(base, size, rights);
        }
        Ok(())
    }

    /// Maps a range whose accesses all go through a PROT hook first; what the hook accepts is then asked of `read` and
    /// `write`.
    ///
    /// # Safety
    /// `data` stays valid for the callbacks as long as this instance.
    pub(super) unsafe fn map_guarded(
        &self,
        base: u32,
        size: u64,
        read: unsafe extern "C" fn(*mut uc_engine, u64, u32, *mut c_void) -> u64,
        write: unsafe extern "C" fn(*mut uc_engine, u64, u32, u64, *mut c_void),
        data: *mut c_void,
    ) -> Result<(), uc_error> {
        // SAFETY: `self` proves the handle; the caller answers for the data.
        unsafe {
            check(uc_mmio_map(self.handle, u64::from(base), size, Some(read), data, Some(write), data))?;
            check(uc_mem_protect(self.handle, u64::from(base), size, Prot::NONE.0))
        }
    }

    /// Changes what the core may do with a mapped range.
    pub(super) fn protect(&self, base: u32, size: u32, rights: Prot) {
        // SAFETY: `self` proves the handle.
        unsafe { protect(self.handle, base, size, rights) }
    }

    /// Adds a hook on addresses `first..=last`.
    ///
    /// # Safety
    /// `callback` has the signature that unicorn.h gives for `kind`; `data` stays valid for it as long as this
    /// instance; it holds no `&mut` to anything that the code around [`Shell::start`] also reaches.
    pub(super) unsafe fn add_hook(
        &self,
        kind: HookType,
        callback: *const c_void,
        data: *mut c_void,
        first: u32,
        last: u32,
    ) -> Result<(), uc_error> {
        let mut hook: uc_hook = Default::default();
        // SAFETY: `self` proves the handle; the caller answers for callback and data.
        check(unsafe {
            uc_hook_add(
                self.handle,
                &raw mut hook,
                kind.0 as c_int,
                callback.cast_mut(),
                data,
                u64::from(first),
                u64::from(last),
            )
        })
    }

    /// Forgets the translations of `first..end`.
    pub(super) fn forget(&self, first: u32, end: u32) {
        // SAFETY: `self` proves the handle; the request takes two addresses of 64 bits.
        unsafe {
            uc_ctl(self.handle, control(ControlType::TB_REMOVE_CACHE, 2), u64::from(first), u64::from(end));
        }
    }

    /// Forgets all translations.
    pub(super) fn forget_all(&self) {
        // SAFETY: `self` proves the handle; the request takes no argument.
        unsafe {
            uc_ctl(self.handle, control(ControlType::TB_FLUSH, 0));
        }
    }

    /// Stops at these addresses, and no others.
    pub(super) fn set_exits(&self, exits: &[u64]) {
        // SAFETY: `self` proves the handle; the request takes a pointer and a count, and copies.
        unsafe {
            uc_ctl(self.handle, control(ControlType::UC_EXITS, 2), exits.as_ptr(), exits.len());
        }
    }

    /// Keeps the registers for [`Shell::restore_registers`].
    pub(super) fn save_registers(&self) {
        // SAFETY: `self` proves the handle and the context.
        unsafe { uc_context_save(self.handle, self.context) };
    }

    /// Brings back the registers of the last [`Shell::save_registers`].
    pub(super) fn restore_registers(&self) {
        // SAFETY: `self` proves the handle and the context; it was saved from this very instance.
        unsafe { uc_context_restore(self.handle, self.context) };
    }

    /// What Unicorn saves of the core's state, as bytes without a documented layout.
    pub(super) fn context(&self) -> Vec<u8> {
        self.with_context(<[u8]>::to_vec)
    }

    /// Looks at what Unicorn saves. It takes the place of the registers that [`Shell::save_registers`] keeps.
    pub(super) fn with_context<R>(&self, look: impl FnOnce(&[u8]) -> R) -> R {
        self.save_registers();
        // SAFETY: `self` proves the context, which C allocated and filled; it is as long as `uc_context_size` says, and
        // nobody changes it while `look` runs.
        look(unsafe { std::slice::from_raw_parts(self.context.cast::<u8>(), uc_context_size(self.handle)) })
    }

    /// Changes bytes of what Unicorn saves and makes that the core's state. Its translation flags are stale then.
    pub(super) fn edit_registers(&self, edit: impl FnOnce(&mut [u8])) {
        self.save_registers();
        // SAFETY: as in `context`; nobody else has the context, and nothing else runs. That the edited bytes mean what
        // the caller thinks is checked where they are looked for, by `execute_never` and the others.
        unsafe {
            let len = uc_context_size(self.handle);
            edit(std::slice::from_raw_parts_mut(self.context.cast::<u8>(), len));
        }
        self.restore_registers();
    }

    /// As [`Shell::edit_registers`], for what decides about memory: drops what was derived from the old state.
    pub(super) fn edit_context(&self, edit: impl FnOnce(&mut [u8])) {
        self.edit_registers(edit);
        // SAFETY: `self` proves the handle; the request takes no argument.
        unsafe {
            uc_ctl(self.handle, control(ControlType::TLB_FLUSH, 0));
        }
    }

    /// Ends the running [`Shell::start`]; for hooks.
    #[inline]
    pub(super) fn stop(&self) {
        // SAFETY: `self` proves the handle.
        unsafe { uc_emu_stop(self.handle) };
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        // SAFETY: both were made by `open`, and nobody uses them after this.
        unsafe {
            if !self.context.is_null() {
                uc_context_free(self.context);
            }
            unicorn_engine::uc_close(self.handle);
        }
    }
}

/// The longest batch: the floating-point part of a stack frame, S0-S15 and FPSCR.
const BATCH: usize = 17;

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
    let (mut pc, mut xpsr) = (0_u32, 0_u32);
    // SAFETY: the caller proves the handle; both registers are 32 bits wide.
    unsafe {
        uc_reg_read(handle, RegisterARM::PC as c_int, (&raw mut pc).cast());
        uc_reg_read(handle, RegisterARM::XPSR as c_int, (&raw mut xpsr).cast());
    }
    (pc, xpsr)
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

/// Changes what the core may do with a mapped range, also from inside a hook that then answers `false`.
///
/// # Safety
/// `handle` is open, and this is its thread.
pub(super) unsafe fn protect(handle: *mut uc_engine, base: u32, size: u32, rights: Prot) {
    // SAFETY: the caller proves the handle.
    unsafe { uc_mem_protect(handle, u64::from(base), u64::from(size), rights.0) };
}

/// # Safety
/// `handle` is open, this is its thread, and `number` is a 32-bit register.
#[inline]
unsafe fn write_raw(handle: *mut uc_engine, number: c_int, value: u32) {
    // SAFETY: the caller proves all of it.
    unsafe { uc_reg_write(handle, number, (&raw const value).cast()) };
}

fn check(error: uc_error) -> Result<(), uc_error> {
    if error == uc_error::OK { Ok(()) } else { Err(error) }
}

/// Clears T in what was read of xPSR: Unicorn is never told of it, since it would leave Thumb state.
pub(super) fn clear_thumb(registers: &[Register], values: &mut [u32]) {
    let psr = registers.iter().zip(values).filter(|(register, _)| **register == Register::Xpsr);
    psr.for_each(|(_, value)| *value &= !T_BIT);
}
