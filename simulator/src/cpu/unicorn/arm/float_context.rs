//! Keeps Unicorn from beginning floating-point contexts itself.
//!
//! Its first floating-point instruction with CONTROL.FPCA clear sets that bit and clears FPSCR: what ASPEN, a bit of
//! FPCCR, asks for, and FPDSCR, which is zero there. Neither register can be reached, but here they belong to the firmware
//! (Arm DDI 0403E, B3.2.21 and B3.2.22); and translated code gets it wrong where an IT block skips the block's first such
//! instruction and not the second. So the core model does it, at a [`Stop::Float`](crate::cpu::cortex_m::engine::Stop::Float), and
//! Unicorn's ASPEN is cleared, in what it saves as a *context*: no register of its interface reaches it. The version of
//! Unicorn is pinned; still, what is not found exactly once is left alone.

use super::super::shell::Shell;
use crate::cpu::cortex_m::config::CoreModel;

/// FPCCR.ASPEN.
const ASPEN: u32 = 1 << 31;
/// FPCAR, FPCCR and FPDSCR after reset, each for both security states, of which this core uses the first.
const AFTER_RESET: [u32; 6] = [0, 0, ASPEN, ASPEN | 1 << 30 | 1 << 2, 0, 0];
/// Where FPCCR is among them, in bytes.
const FPCCR: usize = 8;

/// Clears Unicorn's ASPEN. Should Unicorn not be built as expected, firmware that clears ASPEN itself will see it set.
pub(super) fn leave_to_host(shell: &Shell, model: CoreModel) {
    if !model.has_float() {
        return;
    }
    let pattern: Vec<u8> = AFTER_RESET.iter().flat_map(|word| word.to_ne_bytes()).collect();
    let context = shell.context();
    let mut places = (0..context.len()).step_by(4).filter(|&at| context[at..].starts_with(&pattern));
    let (Some(place), None) = (places.next(), places.next()) else {
        tracing::warn!("FPCCR.ASPEN is always set: the instruction engine's own was not found");
        return;
    };
    shell.edit_context(|context| {
        for (bytes, word) in context[place + FPCCR..].chunks_exact_mut(4).zip(&AFTER_RESET[2..4]) {
            bytes.copy_from_slice(&(word & !ASPEN).to_ne_bytes());
        }
    });
}
