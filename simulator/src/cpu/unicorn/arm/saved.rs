//! The registers as plain data, for both engines.

use super::super::shell::Shell;
use super::exclusive::ExclusiveMonitor;
use crate::cpu::cortex_m::engine::{Register, Registers};

/// Registers of which unprivileged code reads zeros, and so do we while it runs.
const PRIVILEGED: [Register; 5] =
    [Register::Msp, Register::Psp, Register::Primask, Register::Basepri, Register::Faultmask];
/// Any handler's number.
const HANDLER: u32 = 3;
/// xPSR[8:0].
const IPSR: u32 = 0x1ff;

fn general() -> Vec<Register> {
    (0..13).chain([14]).filter_map(Register::general).collect()
}

fn floating() -> impl Iterator<Item = Register> {
    (0..32).map(Register::S).chain([Register::Fpscr])
}

/// Reads them all but the stack limits.
pub(super) fn save(shell: &Shell, monitor: Option<ExclusiveMonitor>, float: bool) -> Registers {
    let mut saved = Registers::default();
    shell.read_batch(&general(), &mut saved.general);
    [saved.xpsr, saved.control] = [Register::Xpsr, Register::Control].map(|register| shell.read(register));
    let unprivileged = saved.control & 1 != 0 && saved.xpsr & IPSR == 0;
    if unprivileged {
        shell.set_ipsr(HANDLER);
    }
    shell.read_batch(&PRIVILEGED, &mut saved.privileged);
    if unprivileged {
        shell.set_ipsr(0);
        shell.write_flags(saved.xpsr);
    }
    if float {
        saved.float = floating().map(|register| shell.read(register)).collect();
    }
    saved.monitor = monitor.and_then(|monitor| monitor.read(shell));
    saved
}

/// Writes what only privileged code may write; the core is in a handler then, and its mode is to be set next.
pub(super) fn restore_privileged(shell: &Shell, monitor: Option<ExclusiveMonitor>, saved: &Registers) {
    if let Some(monitor) = monitor {
        monitor.write(shell, saved.monitor);
    }
    shell.set_ipsr(HANDLER);
    shell.write_batch(&PRIVILEGED, &saved.privileged);
}

/// Writes the others; the core is in its mode.
pub(super) fn restore_general(shell: &Shell, saved: &Registers) {
    shell.write_batch(&general(), &saved.general);
    floating().zip(&saved.float).for_each(|(register, value)| shell.write(register, *value));
}
