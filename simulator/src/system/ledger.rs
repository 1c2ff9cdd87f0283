//! The list of what firmware touched that is not modelled.

use std::collections::BTreeMap;

use bksim_protocol::message::{Unmodelled, UnmodelledAccess};
use serde::{Deserialize, Serialize};

/// How many different accesses are listed; firmware that walks over an empty region is told enough by then.
const LONGEST: usize = 1024;

/// One line for each address and direction, with the first instruction that did it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "Stored", into = "Stored")]
pub struct Ledger {
    policy: Unmodelled,
    entries: BTreeMap<(u32, bool), UnmodelledAccess>,
}

/// As it is saved: JSON has no maps with pairs for keys.
#[derive(Clone, Serialize, Deserialize)]
struct Stored {
    policy: Unmodelled,
    entries: Vec<UnmodelledAccess>,
}

impl From<Stored> for Ledger {
    fn from(stored: Stored) -> Self {
        let entries = stored.entries.into_iter().map(|entry| ((entry.address as u32, entry.write), entry)).collect();
        Self { policy: stored.policy, entries }
    }
}

impl From<Ledger> for Stored {
    fn from(ledger: Ledger) -> Self {
        Self { policy: ledger.policy, entries: ledger.entries.into_values().collect() }
    }
}

impl Ledger {
    /// An empty list under a policy.
    #[must_use]
    pub fn new(policy: Unmodelled) -> Self {
        Self { policy, entries: BTreeMap::new() }
    }

    /// Notes an access; gives it back if the policy is to stop the run.
    pub fn note(&mut self, address: u32, pc: u32, write: bool, peripheral: Option<String>) -> Option<UnmodelledAccess> {
        if self.policy == Unmodelled::Allow {
            return None;
        }
        let full = self.entries.len() >= LONGEST;
        let known = self.entries.get_mut(&(address, write));
        let entry = match known {
            Some(entry) => {
                entry.count += 1;
                entry.clone()
            }
            None => {
                let entry = UnmodelledAccess { address: address.into(), peripheral, write, pc: pc.into(), count: 1 };
                if !full {
                    self.entries.insert((address, write), entry.clone());
                }
                entry
            }
        };
        (self.policy == Unmodelled::Fail).then_some(entry)
    }

    /// The list by address, reads before writes.
    #[must_use]
    pub fn list(&self) -> Vec<UnmodelledAccess> {
        self.entries.values().cloned().collect()
    }
}
