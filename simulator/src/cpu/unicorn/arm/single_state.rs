//! Takes the Security Extension away from Unicorn's Cortex-M33.
//!
//! Unicorn's begins in Secure state, knows BXNS and its like, and keeps its registers in the Secure bank; and a core in
//! Non-secure state could reach nothing, since all its memory is Secure. An Armv8-M core without the extension is what
//! Unicorn makes of one whose feature bit is clear. Neither that bit nor the state can be reached by a register, but both
//! are in what it saves as a *context* (see [`super::execute_never`] for that door): the bits of the features are known as
//! a whole, and the state stands a known way in front of the floating-point registers.
//!
//! The stack limits are there too, MSPLIM and PSPLIM: instructions read, write and obey them, but no register of Unicorn's
//! interface names them, and exception entry, which is done here, must obey them as well.

use super::super::shell::Shell;
use crate::cpu::cortex_m::config::{Architecture, CoreModel, CpuError};
use crate::cpu::cortex_m::engine::StackLimits;

/// The features of Unicorn's Cortex-M33 (target/arm/cpu.h, enum arm_features): V6, V7, THUMB2, PMSA, M, V4T, V5, VAPA,
/// MPIDR, V8, THUMB_DSP, VBAR, M_SECURITY, M_MAIN.
const FEATURES: u64 = 0x74_0902_c2e8;
/// The bit of the Security Extension among them.
const M_SECURITY: u64 = 1 << 37;

/// What stands from `secure` on, after reset; of each pair the first is for Non-secure state.
const AFTER_RESET: [u32; 15] = {
    const ASPEN: u32 = 1 << 31;
    const LSPEN: u32 = 1 << 30;
    const S: u32 = 1 << 2;
    // secure; CSSELR, SCR, MSPLIM, PSPLIM, FPCAR; FPCCR; FPDSCR.
    [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, ASPEN, ASPEN | LSPEN | S, 0, 0]
};
/// Where MSPLIM and PSPLIM are from there on, in bytes.
const MSPLIM: usize = 20;
const PSPLIM: usize = 28;

/// Unicorn's Cortex-M33, without the extension.
#[derive(Debug)]
pub(super) struct SingleState {
    /// Where `secure` is.
    place: usize,
}

impl SingleState {
    /// Takes the extension away; `None` if the core is none that could have it.
    ///
    /// # Errors
    /// [`CpuError::Engine`] if Unicorn is not built as expected.
    pub(super) fn enter(shell: &Shell, model: CoreModel) -> Result<Option<Self>, CpuError> {
        if model.architecture() != Architecture::V8M {
            return Ok(None);
        }
        let context = shell.context();
        let pattern: Vec<u8> = AFTER_RESET.iter().flat_map(|word| word.to_ne_bytes()).collect();
        let find = |pattern: &[u8]| {
            let mut places = (0..context.len()).step_by(4).filter(|&at| context[at..].starts_with(pattern));
            places.next().filter(|_| places.next().is_none())
        };
        let (Some(features), Some(place)) = (find(&FEATURES.to_ne_bytes()), find(&pattern)) else {
            return Err(CpuError::Engine("the security state of its Cortex-M33 was not found".into()));
        };
        shell.edit_context(|context| {
            context[features..features + 8].copy_from_slice(&(FEATURES & !M_SECURITY).to_ne_bytes());
            context[place..place + 4].copy_from_slice(&0_u32.to_ne_bytes());
        });
        Ok(Some(Self { place }))
    }

    /// The limits, as the firmware has set them.
    pub(super) fn stack_limits(&self, shell: &Shell) -> StackLimits {
        shell.with_context(|context| {
            let word = |offset| {
                let bytes = context.get(self.place + offset..).and_then(|rest| rest.first_chunk::<4>());
                bytes.map_or(0, |bytes| u32::from_ne_bytes(*bytes))
            };
            StackLimits { main: word(MSPLIM), process: word(PSPLIM) }
        })
    }

    /// Sets the limits.
    pub(super) fn set_stack_limits(&self, shell: &Shell, limits: StackLimits) {
        shell.edit_context(|context| {
            for (offset, limit) in [(MSPLIM, limits.main), (PSPLIM, limits.process)] {
                let at = self.place + offset;
                context[at..at + 4].copy_from_slice(&limit.to_ne_bytes());
            }
        });
    }
}
