//! Calls of functions that somebody outside wants to know of ([`Core::observe_calls`](crate::cpu::Core::observe_calls)).
//!
//! The engine stops in front of their first instructions, and of those that they return to, as it does for a breakpoint
//! that nobody stops for. So what runs is the same, at the same cycles.

use super::CortexM;
use super::engine::{Register, Stop};
use crate::bus::Bus;
use crate::cpu::Observed;

impl CortexM {
    /// Executes the instruction that the engine has stopped in front of, and tells of it if it was asked for.
    pub(crate) fn run_on(&mut self, bus: &mut dyn Bus) -> Stop {
        let (address, cycle, before) = (self.engine.pc(), self.engine.cycle(), self.engine.instructions());
        if !self.ppb.observer.is_stop(address) {
            return self.run_over_breakpoint(bus);
        }
        let mut values = [0; 3];
        self.engine.read_registers(&[Register::R0, Register::Sp, Register::Lr], &mut values);
        let [argument, stack, link] = values;
        let stop = self.run_over_breakpoint(bus);
        // It may still be to come, as a floating-point instruction that was only prepared.
        if self.engine.instructions() != before {
            let link = link & !1;
            self.ppb.observer.note(cycle, Observed::At { address, argument, stack, link });
            if self.ppb.observer.returns_to(address, link) {
                self.follow_debugger();
            }
        }
        stop
    }
}
