//! A hart's state as plain data, all of it but the bytes of the memories.

use bksim_protocol::message::FaultReport;
use serde::{Deserialize, Serialize};

use super::Riscv;
use super::csr::Csrs;
use super::engine::Reservation;
use super::statistics::Measurements;

/// What a hart is beyond its memories. What it was built from is not in it: it goes back to a core of the same kind.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct State {
    pc: u64,
    integers: Vec<u64>,
    /// None on a core without floating point.
    floats: Vec<u64>,
    fcsr: u32,
    reservation: Option<Reservation>,
    cycle: u64,
    instructions: u64,
    csrs: Csrs,
    asleep: bool,
    lockup: bool,
    handling_fault: bool,
    fault: Option<FaultReport>,
    measurements: Measurements,
}

impl State {
    /// The same without what was only measured or noted, and decides nothing of what is to come.
    pub(in crate::cpu) fn architectural(&self) -> Self {
        Self { fault: None, measurements: Measurements::default(), ..self.clone() }
    }
}

impl Riscv {
    /// The state.
    pub(super) fn state(&self) -> State {
        let engine = &self.engine;
        let floats = (0..32).filter(|_| self.isa.float).map(|index| engine.float_register(index)).collect();
        State {
            pc: engine.pc(),
            integers: (0..32).map(|index| engine.register(index)).collect(),
            floats,
            fcsr: engine.fcsr(),
            reservation: engine.reservation(),
            cycle: engine.cycle(),
            instructions: engine.instructions(),
            csrs: self.csrs.clone(),
            asleep: self.asleep,
            lockup: self.lockup,
            handling_fault: self.handling_fault,
            fault: self.fault.clone(),
            measurements: self.measurements.clone(),
        }
    }

    /// Whether a state is of a hart that was built as this one.
    pub(super) fn is_like(&self, state: &State) -> bool {
        self.csrs.is_like(&state.csrs)
    }

    /// Goes back to a state.
    pub(super) fn set_state(&mut self, state: &State) {
        self.csrs.clone_from(&state.csrs);
        (self.asleep, self.lockup, self.handling_fault) = (state.asleep, state.lockup, state.handling_fault);
        self.fault.clone_from(&state.fault);
        self.measurements.clone_from(&state.measurements);
        for (index, value) in (0..).zip(&state.integers) {
            self.engine.set_register(index, *value);
        }
        for (index, value) in (0..).zip(&state.floats) {
            self.engine.set_float_register(index, *value);
        }
        self.engine.set_fcsr(state.fcsr);
        self.engine.set_clock(state.cycle, state.instructions);
        self.engine.set_pc(state.pc);
        self.engine.set_protection(&self.csrs.protection());
        self.update_rights();
        self.update_float_trap();
        self.engine.set_reservation(state.reservation);
    }
}
