//! A core's state as plain data, all of it but the bytes of the memories.

use bksim_protocol::message::FaultReport;
use serde::{Deserialize, Serialize};

use super::engine::EngineState;
use super::exception::Entering;
use super::ppb::Ppb;
use super::{CortexM, Sleep};

/// What a Cortex-M is beyond its memories. What it was built from is not in it, and whether
/// a probe is wired to it: it goes back to a core of the same kind.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct State {
    engine: EngineState,
    ppb: Ppb,
    fetches_stalled: bool,
    sleep: Option<Sleep>,
    entering: Option<Entering>,
    lockup: bool,
    fault: Option<FaultReport>,
}

impl State {
    /// The same without what was only measured or noted, and decides nothing of what is to come.
    pub(in crate::cpu) fn architectural(&self) -> Self {
        let mut state = self.clone();
        state.ppb.forget_measurements();
        state.fault = None;
        state
    }
}

impl CortexM {
    /// The state. What has become due by now has been noticed in it, as the next run would notice it first of all.
    pub(crate) fn state(&mut self) -> State {
        let now = self.engine.cycle();
        self.ppb.catch_up(now);
        // Whoever adds a field decides here whether it belongs to the state.
        let Self {
            engine,
            ppb,
            costs: _,
            vector_table: _,
            read_only: _,
            fetches_stalled,
            sleep,
            entering,
            lockup,
            fault,
            protection_map: _,
            breakpoints: _,
            watched: _,
            traps: _,
            probe_wired: _,
        } = self;
        State {
            engine: engine.save(),
            ppb: ppb.clone(),
            fetches_stalled: *fetches_stalled,
            sleep: *sleep,
            entering: *entering,
            lockup: *lockup,
            fault: fault.clone(),
        }
    }

    /// Whether a state is of a core that was built as this one.
    pub(crate) fn is_like(&self, state: &State) -> bool {
        let built = |ppb: &Ppb| (ppb.scb.model(), ppb.nvic.irqs(), ppb.nvic.implemented(), ppb.float.is_some());
        built(&self.ppb) == built(&state.ppb)
    }

    /// Goes back to a state.
    pub(crate) fn set_state(&mut self, state: &State) {
        let (model, observer) = (self.ppb.model, std::mem::take(&mut self.ppb.observer));
        let State { engine, ppb, fetches_stalled, sleep, entering, lockup, fault } = state.clone();
        self.engine.restore(&engine);
        self.ppb = ppb;
        (self.ppb.model, self.ppb.observer) = (model, observer);
        (self.sleep, self.entering, self.lockup, self.fault) = (sleep, entering, lockup, fault);
        // What the engine was told to stop at.
        self.fetches_stalled = fetches_stalled;
        self.engine.stall_fetches(fetches_stalled);
        self.engine.trap_float(self.ppb.float_trapped);
        self.forget_protection();
        self.follow_debugger();
    }
}
