//! Conversions from fixed point, which always round to nearest (Arm DDI 0403E, A7.7.228): Unicorn lets them round as FPSCR
//! says. So while FPSCR says something else, each of them runs alone, and FPSCR says "to nearest" meanwhile.

use super::super::shell::Shell;
use crate::cpu::cortex_m::engine::Register;
use crate::cpu::cortex_m::thumb::float::is_from_fixed_point;

/// FPSCR.RMode: 0 is to nearest.
const RMODE: u32 = 3 << 22;

/// Whether everything rounds to nearest.
pub(super) fn is_to_nearest(shell: &Shell) -> bool {
    shell.read(Register::Fpscr) & RMODE == 0
}

/// Whether Unicorn would round an instruction as it must not.
pub(super) fn is_misrounded(shell: &Shell, first: u16, second: u16) -> bool {
    is_from_fixed_point(first, second) && !is_to_nearest(shell)
}

/// Before an instruction runs alone: lets it round to nearest, if Unicorn would not. Returns FPSCR.RMode for [`back`].
pub(super) fn to_nearest(shell: &Shell, first: u16, second: u16) -> u32 {
    if !is_misrounded(shell, first, second) {
        return 0;
    }
    let status = shell.read(Register::Fpscr);
    shell.write(Register::Fpscr, status & !RMODE);
    status & RMODE
}

/// Behind it.
pub(super) fn back(shell: &Shell, mode: u32) {
    if mode != 0 {
        shell.write(Register::Fpscr, shell.read(Register::Fpscr) | mode);
    }
}
