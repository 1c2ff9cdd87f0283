//! The machine and its ghost trace, which is one more thing that it sends.

use bksim_protocol::frame;

use super::Machine;
use crate::ghost::{Ghost, GhostError};

impl Machine {
    /// Gives out a ghost trace from now on, which is when power comes on.
    ///
    /// # Errors
    /// [`GhostError::SeveralCores`]: such a core cannot be observed. [`GhostError::NoCalls`]: or not its calls.
    pub fn trace_ghost(&mut self, ghost: Ghost) -> Result<(), GhostError> {
        if !self.core.observe(&ghost.ranges()) {
            return Err(GhostError::SeveralCores);
        }
        if !self.core.observe_calls(ghost.functions()) {
            return Err(GhostError::NoCalls);
        }
        self.ghost = Some(ghost);
        Ok(())
    }

    /// Lets the ghost trace follow what the core has done.
    pub(super) fn follow_ghost(&mut self) {
        let Some(ghost) = &mut self.ghost else { return };
        let observed = self.core.take_observed();
        let peek = |address: u32, bytes: &mut [u8]| self.core.peek(address, bytes);
        observed.iter().for_each(|observation| ghost.see(observation, &peek));
        let bytes = ghost.take();
        if !bytes.is_empty() {
            self.pending.entry(frame::GHOST).or_default().extend(bytes);
        }
    }

    /// The same at the end of the run.
    pub(super) fn finish_ghost(&mut self) {
        if let Some(ghost) = &mut self.ghost {
            ghost.finish();
        }
        self.follow_ghost();
    }
}
