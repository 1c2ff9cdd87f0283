//! Debug events without a debugger (Arm DDI 0403E, C1.3 to C1.5): the DebugMonitor exception, and what breakpoints,
//! watchpoints and steps come to.
//!
//! | event | with a debugger (C_DEBUGEN) | with MON_EN, DebugMonitor being important enough | else |
//! |---|---|---|---|
//! | BKPT | Debug state | DebugMonitor, in front of the instruction | HardFault (see [`super::debug`]) |
//! | breakpoint unit | Debug state | the same | ignored |
//! | watchpoint, behind its instruction | Debug state | DebugMonitor becomes pending, important enough or not; without MON_EN ignored | |
//! | step | Debug state | MON_STEP: DebugMonitor becomes pending behind each instruction less important than it is | ignored |
//!
//! A watchpoint is taken exactly behind the instruction that makes the access, or is at the address, where a chip may take
//! it some instructions later. MON_PEND makes DebugMonitor pending without MON_EN, too.

use super::CortexM;
use super::debug::dfsr;
use super::engine::Stop;
use super::nvic::number;
use super::ppb::CoreSystem;
use crate::bus::Bus;

impl CortexM {
    /// Whether a debug event is taken as DebugMonitor now.
    fn monitors(&self) -> bool {
        let nvic = &self.ppb.nvic;
        self.ppb.debug.monitor_enabled()
            && nvic.group_priority(number::DEBUG_MONITOR) < nvic.execution_priority(self.ppb.masks)
    }

    /// Whether the next instruction is one step for DebugMonitor.
    pub(crate) fn monitor_steps(&self) -> bool {
        self.ppb.debug.monitor_stepping() && self.monitors()
    }

    /// One instruction was executed, or one exception was entered: that ends a step of DebugMonitor.
    pub(crate) fn end_monitor_step(&mut self, stepping: bool) {
        if stepping && !self.lockup {
            self.pend_monitor(dfsr::HALTED);
        }
    }

    fn pend_monitor(&mut self, reason: u32) {
        let now = self.engine.cycle();
        self.ppb.debug.dfsr |= reason;
        self.ppb.nvic.pend(number::DEBUG_MONITOR, now);
    }

    /// A breakpoint was reached at `pc`: whether DebugMonitor was entered for it.
    pub(crate) fn enter_monitor(&mut self, pc: u32) -> bool {
        let monitors = self.monitors();
        if monitors {
            let now = self.engine.cycle();
            self.ppb.debug.dfsr |= dfsr::BKPT;
            self.enter(number::DEBUG_MONITOR, pc, now);
        }
        monitors
    }

    /// A watchpoint has matched; the instruction is complete.
    pub(crate) fn watchpoint(&mut self) {
        if self.ppb.debug.enabled() {
            self.enter_debug(dfsr::DWTTRAP);
        } else if self.ppb.debug.monitor_enabled() {
            self.pend_monitor(dfsr::DWTTRAP);
        }
    }

    /// Whether the breakpoint unit stops the instruction that the engine has stopped in front of.
    pub(crate) fn stops_here(&self) -> bool {
        let matches = self.ppb.breakpoints.addresses().contains(&self.engine.pc());
        matches && (self.ppb.debug.enabled() || self.monitors())
    }

    /// Executes the instruction that the engine has stopped in front of all the same: the breakpoint unit's match is
    /// ignored, or it is the DWT that compares the address, behind the instruction.
    pub(crate) fn run_over_breakpoint(&mut self, bus: &mut dyn Bus) -> Stop {
        let (pc, before) = (self.engine.pc(), self.engine.instructions());
        let until = self.engine.cycle() + 1;
        self.engine.set_breakpoints(&[]);
        let mut system = CoreSystem { ppb: &mut self.ppb, bus, delay: self.costs.access_delay() };
        let stop = self.engine.run(&mut system, until);
        self.engine.set_breakpoints(&self.breakpoints);
        if self.engine.instructions() != before {
            self.ppb.dwt.executed(pc);
        }
        stop
    }
}
