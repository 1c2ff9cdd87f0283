//! A core's state as plain data.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::image::Image;
use super::{cluster, cortex_m, riscv};

/// A core's state: what [`Core::save`](super::Core::save) gives, for a core of the same kind to go on from.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CoreState {
    /// What its memories hold, in the order in which it was given them.
    pub memories: Vec<Image>,
    /// The rest.
    pub family: FamilyState,
}

/// What a core of one family is beyond its memories. A family that is new adds a variant here, and a line to
/// [`CoreState::feed`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum FamilyState {
    /// A Cortex-M.
    CortexM(Box<cortex_m::State>),
    /// A RISC-V hart.
    Riscv(Box<riscv::State>),
    /// Several cores.
    Cluster(cluster::State),
    /// The unit tests' core.
    #[cfg(test)]
    Scripted(serde_json::Value),
}

impl CoreState {
    /// Adds to a hash what decides what is to come: registers and memories, but nothing that was only measured.
    pub fn feed(&self, hasher: &mut Sha256) {
        self.family.feed(hasher);
        self.memories.iter().for_each(|memory| memory.feed(hasher));
    }
}

impl FamilyState {
    pub(super) fn feed(&self, hasher: &mut Sha256) {
        match self {
            Self::CortexM(state) => hash_value(hasher, &state.architectural()),
            Self::Riscv(state) => hash_value(hasher, &state.architectural()),
            Self::Cluster(state) => state.feed(hasher),
            #[cfg(test)]
            Self::Scripted(state) => hash_value(hasher, state),
        }
    }
}

/// Adds a value to a hash, as its JSON: the same on every host.
pub(crate) fn hash_value(hasher: &mut Sha256, value: &impl Serialize) {
    struct Sink<'a>(&'a mut Sha256);
    impl std::io::Write for Sink<'_> {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.update(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let written = serde_json::to_writer(std::io::BufWriter::new(Sink(hasher)), value);
    debug_assert!(written.is_ok(), "plain data with names for keys: {written:?}");
    hasher.update([0]);
}
