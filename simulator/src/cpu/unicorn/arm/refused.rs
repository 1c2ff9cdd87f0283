//! What comes of the accesses and fetches that the pages or the system refuse: see [`pages`](super::super::pages).

use super::super::shell::Shell;
use super::fast::Fast;
use super::tail::NO_LIMIT;
use crate::cpu::cortex_m::engine::{AccessKind, Register, Stop};
use crate::cpu::cortex_m::thumb;
use crate::cpu::protection::Right;

/// An instruction whose access was refused can be tried again, so it still has its base: LDRD may have overwritten that with
/// its first word, if it was the second one that was refused.
pub(super) fn restore_base(shell: &Shell, (first, second): (u16, u16), stop: Stop) {
    let (Stop::Violation { address } | Stop::Fault { address, .. }) = stop else { return };
    let Some((register, offset)) = thumb::overwritten_base(first, second) else { return };
    let Some(register) = Register::general(register) else { return };
    if shell.read(register).wrapping_add_signed(offset) != address {
        shell.write(register, address.wrapping_sub(4).wrapping_add_signed(-offset));
    }
}

impl Fast {
    /// An access was refused: back to its instruction.
    pub(super) fn refused(&mut self, stop: Stop) -> Stop {
        self.state.thaw();
        self.pc = self.state.access_pc.get();
        restore_base(&self.state.shell, self.state.memory.instruction(self.pc), stop);
        self.state.cut(self.pc);
        self.state.settle(self.pc);
        self.state.log.clear();
        stop
    }

    /// A load from the edge has failed: the first of its page, which will succeed now, or one that goes on into the page
    /// behind.
    pub(super) fn edge_load(&mut self, pc: u32) -> Result<(), Stop> {
        self.back_to(pc);
        let now = self.state.now.get();
        let again = self.edge_load.replace((pc, now)) == Some((pc, now));
        // The tail finds out for itself.
        if again && now < self.state.horizon.get() { self.run_tail(now + 1, NO_LIMIT) } else { Ok(()) }
    }

    /// A page of the instruction at `pc` may not be fetched from; or not yet, if it is of memory that the core can write.
    pub(super) fn refused_fetch(&mut self, pc: u32) -> Result<(), Stop> {
        let (memory, pages) = (&self.state.memory, &self.state.pages);
        let (page, privileged) = (pages.refused(), self.state.shell.is_privileged());
        let kind = match pages.check(page.max(pc), 2, Right::Execute, privileged) {
            Ok(()) if memory.find(page, 2).is_none() => AccessKind::Fetch,
            _ => AccessKind::FetchNoExecute,
        };
        self.not_executed(pc, Stop::Fault { kind, address: pc }).or_else(|stop| {
            let state = &*self.state;
            if !state.pages.admit(&state.memory, privileged) {
                return Err(stop);
            }
            state.shell.flush_pages();
            Ok(())
        })
    }
}
