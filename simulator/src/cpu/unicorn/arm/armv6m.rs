//! Makes an Armv6-M core of Unicorn's Cortex-M3.
//!
//! Unicorn has a Cortex-M0, but not the Cortex-M0+: thread mode is always privileged there, and without a protection unit
//! its stores are slow (see [`super::execute_never`]). Its Cortex-M3 has both. What it has too much is taken away:
//!
//! | what | how |
//! |---|---|
//! | accesses that are not aligned | Unicorn itself refuses them once the Main Extension is not among its features |
//! | instructions that Armv6-M has not | the cost table calls them [`FOREIGN`], the engines stop in front of them |
//! | BASEPRI, FAULTMASK | gone with the Main Extension |
//! | APSR.Q, and IPSR as a target of MSR | MSR is done here |
//!
//! With the Main Extension goes Unicorn's way to write CONTROL.nPRIV, so that this is done here too. The features and
//! CONTROL are words of what Unicorn saves as a *context*, found by value and by what changes when CONTROL is written.
//! Without them there is no such core: that they do what they should is looked at once, when the core is built.
//!
//! [`FOREIGN`]: crate::cpu::cortex_m::cycles::after::FOREIGN

use super::super::shell::Shell;
use super::execute_never::{put, single, word};
use crate::cpu::cortex_m::config::{Architecture, CoreModel, CpuError};
use crate::cpu::cortex_m::engine::Register;
use crate::cpu::cortex_m::thumb::T_BIT;
use crate::cpu::cortex_m::thumb::armv6m::writes_status_or_control;

/// A bit of Unicorn's features (target/arm/cpu.h, enum arm_features).
const MAIN_EXTENSION: u64 = 1 << 38;
/// The features of its Cortex-M3: V6, V7, THUMB2, PMSA, M, V4T, V5, VAPA, MPIDR, VBAR, and the Main Extension.
const CORTEX_M3: u64 =
    1 << 3 | 1 << 5 | 1 << 6 | 1 << 7 | 1 << 9 | 1 << 14 | 1 << 15 | 1 << 17 | 1 << 24 | 1 << 36 | MAIN_EXTENSION;

const NPRIV: u8 = 1;
const SPSEL: u8 = 1 << 1;
/// Any exception's number.
const HANDLER: u32 = 3;
const IPSR: u32 = 0x1ff;
/// N, Z, C, V: all of APSR (B1.4.2).
const FLAGS: u32 = 0xf << 28;

/// Unicorn is such a core now.
#[derive(Debug)]
pub(super) struct Armv6m {
    /// Where the context has CONTROL.
    control: usize,
    has_npriv: bool,
}

impl Armv6m {
    /// Makes an Armv6-M core of `shell`, if `model` is one: `None` for others.
    ///
    /// # Errors
    /// [`CpuError::Engine`] if Unicorn is not built as expected.
    pub(super) fn restrict(shell: &Shell, model: CoreModel) -> Result<Option<Self>, CpuError> {
        if model.architecture() != Architecture::V6M {
            return Ok(None);
        }
        let unexpected = |what: &str| {
            let reason = format!("Armv6-M is not possible: {what}. Was bksim built with another version of Unicorn?");
            CpuError::Engine(reason)
        };
        let control = control_offset(shell).ok_or_else(|| unexpected("CONTROL was not found"))?;
        let context = shell.context();
        let features = u64::to_ne_bytes(CORTEX_M3);
        let places = (0..context.len()).step_by(4).filter(|&at| context[at..].starts_with(&features));
        let place = single(places).ok_or_else(|| unexpected("the features were not found"))?;
        shell.edit_context(|context| {
            context[place..place + 8].copy_from_slice(&u64::to_ne_bytes(CORTEX_M3 & !MAIN_EXTENSION));
        });
        // What has BASEPRI, checks no alignment, and the other way round.
        shell.write(Register::Basepri, 0x80);
        if shell.read(Register::Basepri) != 0 {
            return Err(unexpected("the features do not count"));
        }
        Ok(Some(Self { control, has_npriv: model.has_privilege_and_vtor() }))
    }

    /// As [`Shell::set_mode`]; also the bits that cannot be written there.
    pub(super) fn set_mode(&self, shell: &Shell, xpsr: u32, control: u8) {
        let control = if self.has_npriv { control } else { control & !NPRIV };
        let old = shell.read(Register::Control) as u8;
        if old != control && (old | control) & NPRIV != 0 {
            // The stacks follow SPSEL when IPSR changes: in a handler nothing depends on it.
            shell.set_ipsr(HANDLER);
            shell.edit_registers(|context| put(context, self.control, control.into()));
        }
        // There are neither IT nor Q.
        shell.set_mode(xpsr & (FLAGS | IPSR), control);
    }

    /// Executes an instruction that the cost table calls foreign; `false` if there is no such instruction.
    pub(super) fn execute(&self, shell: &Shell, first: u16, second: u16) -> bool {
        if !writes_status_or_control(first, second) {
            return false;
        }
        let value = Register::general((first & 0xf) as u8).map_or(0, |register| shell.read(register));
        let [xpsr, control] = [Register::Xpsr, Register::Control].map(|register| shell.read(register));
        let (handler, control) = (xpsr & IPSR != 0, control as u8);
        match second & 0xff {
            0..=3 => self.set_mode(shell, xpsr & IPSR | value & FLAGS, control),
            20 if handler => self.set_mode(shell, xpsr, control & SPSEL | value as u8 & NPRIV),
            20 if control & NPRIV == 0 => self.set_mode(shell, xpsr, value as u8 & (NPRIV | SPSEL)),
            _ => {}
        }
        true
    }
}

/// Where the context has CONTROL.
fn control_offset(shell: &Shell) -> Option<usize> {
    let contexts = [1, 2, 0].map(|control| {
        shell.set_mode(T_BIT, control);
        shell.context()
    });
    let places = (0..contexts[0].len()).step_by(4);
    single(places.filter(|&at| [0, 1, 2].map(|index| word(&contexts[index], at)) == [Some(1), Some(2), Some(0)]))
}
