//! The state of several cores as plain data.

use serde::{Deserialize, Serialize};
use sha2::Sha256;

use super::{Cluster, Event};
use crate::cpu::image::Image;
use crate::cpu::{CoreState, FamilyState, hash_value};

/// What several cores are beyond their memories.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct State {
    cores: Vec<FamilyState>,
    events: Vec<Event>,
    stopped: usize,
}

impl State {
    /// Adds to a hash what decides what is to come.
    pub(in crate::cpu) fn feed(&self, hasher: &mut Sha256) {
        hash_value(hasher, &self.events);
        self.cores.iter().for_each(|core| core.feed(hasher));
    }
}

impl Cluster {
    /// What the memories hold, which all cores share, and the rest.
    pub(super) fn state(&mut self) -> (Vec<Image>, State) {
        let mut memories = Vec::new();
        let save = |core: &mut Box<dyn super::Core>| {
            let state = core.save();
            memories = state.memories;
            state.family
        };
        let cores = self.cores.iter_mut().map(save).collect();
        (memories, State { cores, events: self.events.clone(), stopped: self.stopped })
    }

    /// Goes back to a state; `false` if it is that of other cores.
    pub(super) fn set_state(&mut self, memories: &[Image], state: &State) -> bool {
        let fits = state.cores.len() == self.cores.len() && state.stopped < self.cores.len();
        let restored = fits
            && self
                .cores
                .iter_mut()
                .zip(&state.cores)
                .all(|(core, family)| core.restore(&CoreState { memories: memories.to_vec(), family: family.clone() }));
        if restored {
            (self.events, self.stopped) = (state.events.clone(), state.stopped);
        }
        restored
    }
}
