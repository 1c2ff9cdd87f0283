//! Which translations in the code alias are still those of the bytes that are there.
//!
//! A store to code's real address does not invalidate what was translated in the alias. To translate there anew before
//! each run costs 30 us; to compare a few bytes with those of the last time costs nothing.

use std::cell::RefCell;

use super::super::memory::Memory;

/// The longest run that is remembered, in bytes. Most are a few instructions long.
const LONGEST: usize = 64;
/// How many runs are remembered.
const SLOTS: usize = 512;

/// A run in the alias, by its real address.
#[derive(Clone, Copy, Debug)]
struct Run {
    start: u32,
    len: usize,
    bytes: [u8; LONGEST],
}

/// The runs whose translations are known.
#[derive(Debug)]
pub(super) struct AliasRuns(RefCell<Vec<Run>>);

impl Default for AliasRuns {
    fn default() -> Self {
        Self(RefCell::new(vec![Run { start: 0, len: 0, bytes: [0; LONGEST] }; SLOTS]))
    }
}

impl AliasRuns {
    /// Whether what was translated for a run from `start` on holds for `start..end` now. If not, the caller forgets the
    /// translations of that range, and this run is remembered.
    pub(super) fn is_fresh(&self, memory: &Memory, start: u32, end: u32) -> bool {
        let mut runs = self.0.borrow_mut();
        let run = &mut runs[(start as usize >> 1) % SLOTS];
        let len = end.wrapping_sub(start) as usize;
        let mut now = [0; LONGEST];
        if run.start == start && run.len >= len {
            let now = &mut now[..run.len];
            if memory.read(start, now) && now == &run.bytes[..run.len] {
                return true;
            }
        }
        run.len = 0;
        if len <= LONGEST && memory.read(start, &mut now[..len]) {
            *run = Run { start, len, bytes: now };
        }
        false
    }
}
