//! Which translations in the code alias are still those of the bytes that are there.
//!
//! A store to code's real address does not invalidate what was translated in the alias. To translate there anew before
//! each run costs 30 us; to compare a few bytes with those of the last time costs nothing.

use std::cell::RefCell;

use super::super::memory::Memory;

/// So many bytes are remembered of each start: most runs are a few instructions long, and a longer one is translated anew.
const LONGEST: usize = 128;
/// How many starts are remembered.
const SLOTS: usize = 4096;

/// The bytes from an address on, as they were when the alias was translated from there.
#[derive(Clone, Copy, Debug)]
struct Run {
    start: u32,
    bytes: [u8; LONGEST],
}

/// The starts whose translations are known.
#[derive(Debug)]
pub(super) struct AliasRuns(RefCell<Box<[Run]>>);

impl Default for AliasRuns {
    fn default() -> Self {
        Self(RefCell::new(vec![Run { start: NOWHERE, bytes: [0; LONGEST] }; SLOTS].into()))
    }
}

/// Odd, so no instruction's address.
const NOWHERE: u32 = 1;

impl AliasRuns {
    /// Whether what was translated for a run from `start` on holds for `start..end` now. If not, the caller forgets the
    /// translations of that range, and this run is remembered.
    pub(super) fn is_fresh(&self, memory: &Memory, start: u32, end: u32) -> bool {
        let run = &mut self.0.borrow_mut()[(start as usize >> 1) % SLOTS];
        let mut now = [0; LONGEST];
        if end.wrapping_sub(start) as usize > LONGEST || !memory.read(start, &mut now) {
            // Too long, or at the end of a memory.
            run.start = NOWHERE;
            return false;
        }
        if run.start == start && run.bytes == now {
            return true;
        }
        *run = Run { start, bytes: now };
        false
    }
}
