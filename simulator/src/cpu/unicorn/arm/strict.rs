//! Makes Unicorn check alignment where the architecture always demands it, at no cost.
//!
//! Of a core without the Main Extension, an Armv6-M core, Unicorn translates every load and store so that it permits no
//! address that is not aligned: a comparison that is made anyway takes a few more bits into account. Whether it does is
//! decided when a block is translated, by a bit of the core's features, which nothing but translation and MSR look at. So
//! the blocks that need it are translated with that bit clear, and everything runs with it set:
//!
//! ```text
//!   Unicorn has translated a block ──▶ hooks::on_translated: does it demand alignment? ──no──▶ it runs
//!                                                                    │ yes
//!      it runs ◀── translate_strictly(): forgotten, and translated anew with the bit clear ◀──┘ Why::Fresh
//! ```
//!
//! In such a block an access that is in order but not aligned, like that of LDR with CCR.UNALIGN_TRP clear, is refused as
//! well: [`super::fast`] then runs that one instruction in the code alias, whose translations are never made so. With
//! CCR.UNALIGN_TRP set, all blocks that load or store words or halfwords are made so.
//!
//! Unicorn keeps a translation for each mode that a block runs in, and forgets them all together. So a block is translated
//! for all modes at once in which blocks that need it have been seen.

use super::super::shell::Shell;
use super::fast::Fast;
use super::state::{View, Why};
use crate::cpu::cortex_m::config::CoreModel;
use crate::cpu::cortex_m::engine::Register;
use crate::cpu::cortex_m::thumb::IT_BITS;

/// The bit of Unicorn's features that is the Main Extension (target/arm/cpu.h, enum arm_features).
const MAIN_EXTENSION: u64 = 1 << 38;
/// Cortex-M3: V6, V7, THUMB2, PMSA, M, V4T, V5, VAPA, MPIDR, VBAR, M_MAIN.
const ARMV7M: u64 = 0x50_0102_c2e8;
/// Cortex-M4 and M7: THUMB_DSP besides. Cortex-M33, once it has no M_SECURITY any more: V8 besides.
const ARMV7EM: u64 = ARMV7M | 1 << 34;
const ARMV8M: u64 = ARMV7EM | 1 << 27;

/// CONTROL.nPRIV.
const NPRIV: u8 = 1;
/// xPSR[8:0].
const IPSR: u32 = 0x1ff;
/// Some exception's number.
const HANDLER: u32 = 3;

/// Where Unicorn's context has the features.
#[derive(Clone, Copy, Debug)]
pub(super) struct Strict {
    offset: usize,
    features: u64,
}

impl Strict {
    /// Finds them, in a core that is otherwise what it is to be. `None`: Unicorn is not built as expected, and alignment has
    /// to be checked by looking at registers.
    pub(super) fn find(shell: &Shell, model: CoreModel) -> Option<Self> {
        let features = match model {
            CoreModel::CortexM0 | CoreModel::CortexM0Plus => return None,
            CoreModel::CortexM3 => ARMV7M,
            CoreModel::CortexM4 | CoreModel::CortexM4F | CoreModel::CortexM7 | CoreModel::CortexM7F => ARMV7EM,
            CoreModel::CortexM33 | CoreModel::CortexM33F => ARMV8M,
        };
        let (context, pattern) = (shell.context(), u64::to_ne_bytes(features));
        let mut places = (0..context.len()).step_by(8).filter(|&at| context[at..].starts_with(&pattern));
        if let (Some(offset), None) = (places.next(), places.next()) {
            return Some(Self { offset, features });
        }
        tracing::warn!("alignment is checked slowly: the instruction engine's features were not found");
        None
    }

    fn set(self, shell: &Shell, strict: bool) {
        let features = if strict { self.features & !MAIN_EXTENSION } else { self.features };
        shell.edit_context(|context| {
            if let Some(place) = context.get_mut(self.offset..self.offset + 8) {
                place.copy_from_slice(&features.to_ne_bytes());
            }
        });
    }
}

/// A mode that Unicorn translates code for apart.
fn mode(xpsr: u32, control: u8) -> usize {
    if xpsr & IPSR != 0 { 2 } else { usize::from(control & NPRIV) }
}

/// xPSR and CONTROL of a core in that mode, outside IT blocks, which has these otherwise.
fn in_mode(mode: usize, xpsr: u32, control: u8) -> (u32, u8) {
    let xpsr = xpsr & !(IPSR | IT_BITS);
    match mode {
        2 => (xpsr | HANDLER, control),
        _ => (xpsr, control & !NPRIV | mode as u8),
    }
}

impl Fast {
    /// Translates the blocks anew that were translated as if they demanded nothing.
    #[cold]
    pub(super) fn translate_strictly(&mut self) {
        let state = &*self.state;
        let fresh = state.fresh.take();
        let Some(strict) = self.strict else { return };
        let (xpsr, control) = (state.shell.read(Register::Xpsr), state.shell.read(Register::Control) as u8);
        self.modes |= 1 << mode(xpsr, control);
        strict.set(&state.shell, true);
        // The hook in front of the block stops.
        state.view.set(View::Translation);
        state.find_unusual();
        for address in fresh {
            state.pages.forget(&state.shell, address, address.wrapping_add(1));
            for (xpsr, control) in (0..3).filter(|it| self.modes >> it & 1 != 0).map(|it| in_mode(it, xpsr, control)) {
                state.shell.set_mode(xpsr, control);
                let _ = state.shell.start(address);
            }
            if xpsr & IT_BITS != 0 {
                state.shell.set_mode(xpsr, control);
                let _ = state.shell.start(address);
            }
        }
        state.view.set(View::Real);
        state.find_unusual();
        state.why.set(Why::None);
        state.fresh.take();
        strict.set(&state.shell, false);
        state.shell.set_mode(xpsr, control);
    }
}
