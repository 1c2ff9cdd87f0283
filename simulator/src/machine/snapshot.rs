//! A machine at one moment, as plain data: to go back to, to go on from in a second machine, to compare.
//!
//! It holds all that decides what happens next, and what was measured. It does not hold what belongs to the world outside:
//! who listens and what they have been given, a debug probe, the files of a chip that is kept.
//!
//! **The chip's files** hold what the chip held last, and time does not run backwards for them: as long as a machine that
//! went back only repeats what has happened, they stay as they are. They follow where something else begins to happen, with
//! [`Machine::begin_future`].

use std::collections::BTreeMap;
use std::fmt;

use bksim_protocol::message::Stop;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Machine, flash};
use crate::clock::Picoseconds;
use crate::cpu::{CoreState, hash_value};
use crate::ghost::Ghost;
use crate::rtt::Rtt;
use crate::spent::Spent;
use crate::system::System;

/// A machine's state. Two that were taken one after the other share all memory that has not changed in between.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Snapshot {
    core: CoreState,
    system: System,
    rtt: Rtt,
    pending: BTreeMap<u8, Vec<u8>>,
    collected: BTreeMap<u8, u64>,
    now: Picoseconds,
    cut: Picoseconds,
    asleep: bool,
    wait: flash::Wait,
    polled_at: Option<u64>,
    ended: Option<Stop>,
    held_in_reset: bool,
    still: bool,
    ghost: Option<Ghost>,
    spent: Option<Spent>,
}

/// SHA-256 of all that decides what happens next: registers, memories, devices, time. The same state has the same hash,
/// whichever way it was reached.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct StateHash(pub [u8; 32]);

impl fmt::Display for StateHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for StateHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A snapshot that is not of a machine like this one: another board, or another version of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the snapshot is that of another machine")]
pub struct OtherMachine;

impl Snapshot {
    /// Its virtual time.
    #[must_use]
    pub fn time(&self) -> Picoseconds {
        self.now
    }

    /// How many chunks of memory ([`crate::cpu::image::CHUNK`]) the host would get back if this one went and `other`
    /// stayed.
    #[must_use]
    pub fn own_chunks(&self, other: &Self) -> usize {
        let pairs = self.core.memories.iter().zip(&other.core.memories);
        pairs.map(|(ours, theirs)| ours.own_chunks(theirs)).sum()
    }

    /// The hash of the state.
    #[must_use]
    pub fn hash(&self) -> StateHash {
        let mut hasher = Sha256::new();
        self.core.feed(&mut hasher);
        self.system.feed(&mut hasher);
        hash_value(&mut hasher, &(self.now, self.wait.since(self.now), &self.rtt, self.held_in_reset));
        StateHash(hasher.finalize().into())
    }
}

impl Machine {
    /// The state now.
    pub fn snapshot(&mut self) -> Snapshot {
        Snapshot {
            core: self.core.save(),
            system: self.system.clone(),
            rtt: self.rtt.clone(),
            pending: self.pending.clone(),
            collected: self.collected.clone(),
            now: self.now,
            cut: self.cut,
            asleep: self.asleep,
            wait: self.wait,
            polled_at: self.polled_at,
            ended: self.ended.clone(),
            held_in_reset: self.held_in_reset,
            still: self.still,
            ghost: self.ghost.clone(),
            spent: self.spent.clone(),
        }
    }

    /// Goes back, or wherever the snapshot is from: it may be another machine's of the same board, and so this is how to
    /// fork one. Until [`Machine::begin_future`] the machine is taken to repeat what has happened.
    ///
    /// # Errors
    /// [`OtherMachine`]; nothing has changed then.
    pub fn restore(&mut self, snapshot: &Snapshot) -> Result<(), OtherMachine> {
        if !self.system.is_like(&snapshot.system) || !self.core.restore(&snapshot.core) {
            return Err(OtherMachine);
        }
        self.repeats = true;
        self.system.clone_from(&snapshot.system);
        self.settle_waits();
        self.core.stall_fetches(snapshot.wait.stalls_fetches());
        self.rtt.clone_from(&snapshot.rtt);
        if self.probe_wired {
            self.rtt.make_passive();
        }
        self.pending.clone_from(&snapshot.pending);
        self.collected.clone_from(&snapshot.collected);
        (self.now, self.cut) = (snapshot.now, snapshot.cut);
        (self.asleep, self.wait, self.polled_at) = (snapshot.asleep, snapshot.wait, snapshot.polled_at);
        self.ended.clone_from(&snapshot.ended);
        (self.held_in_reset, self.still) = (snapshot.held_in_reset, snapshot.still);
        self.ghost.clone_from(&snapshot.ghost);
        self.spent.clone_from(&snapshot.spent);
        Ok(())
    }

    /// What happens from now on has not happened before: output is new, and the chip's files are what the chip holds.
    /// `replaced`: something else had happened from here on, which the files may know of.
    pub fn begin_future(&mut self, replaced: bool) {
        self.repeats = false;
        if replaced {
            self.forget_what_was_given();
            self.keep_chip();
        }
    }

    /// The hash of the state now.
    pub fn state_hash(&mut self) -> StateHash {
        self.snapshot().hash()
    }
}
