//! ACR: wait states, prefetch and caches, and what they make of instruction fetches (RM 3.5.1 and 3.5.2).
//!
//! In core cycles, for L wait states (LATENCY) and lines of 128 bits:
//!
//! | ICEN | PRFTEN | the next line | the line of a branch's target |
//! |---|---|---|---|
//! | 0 | 0 | L | L |
//! | 0 | 1 | 0: it was read meanwhile | L |
//! | 1 | any | 0 | 0: as if the cache had every line |
//!
//! The figures are approximate: a branch inside its line would not wait; a line that takes less time to execute than to
//! read would, with prefetch; so would one that the cache does not have yet, or, of more than 64, not any more. Loads of
//! data do not wait, whatever DCEN says.

use serde::{Deserialize, Serialize};

use crate::cpu::FetchWaits;
use crate::devices::Context;

const BITS: u32 = 0x1F07;
const LATENCY: u32 = 0b111;
pub(super) const PRFTEN: u32 = 1 << 8;
pub(super) const ICEN: u32 = 1 << 9;
const DCEN: u32 = 1 << 10;
pub(super) const ICRST: u32 = 1 << 11;
pub(super) const DCRST: u32 = 1 << 12;

/// Bytes that are read at once.
const LINE: u32 = 16;
/// The core's frequency that one more wait state is good for, at 2.7 to 3.6 V (3.5.1).
const HERTZ_PER_WAIT_STATE: u64 = 30_000_000;

/// The register.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Access(u32);

impl Access {
    pub(super) fn register(self) -> u32 {
        self.0
    }

    pub(super) fn write(&mut self, value: u32, context: &mut Context<'_>) {
        // A cache's reset can be written only while the cache is off.
        let mut kept = 0;
        for (enable, reset) in [(ICEN, ICRST), (DCEN, DCRST)] {
            kept |= if self.0 & enable != 0 { reset } else { 0 };
        }
        let value = context.merge(self.0, value) & BITS;
        self.0 = self.0 & kept | value & !kept;
        context.change_waits();
        let needed = context.clock.hertz().saturating_sub(1) / HERTZ_PER_WAIT_STATE;
        if u64::from(self.0 & LATENCY) < needed {
            context.unmodelled();
        }
    }

    /// What fetches cost.
    pub(super) fn waits(self) -> Option<FetchWaits> {
        let latency = (self.0 & LATENCY) as u8;
        if latency == 0 || self.0 & ICEN != 0 {
            return None;
        }
        let sequential = if self.0 & PRFTEN != 0 { 0 } else { latency };
        Some(FetchWaits { line: LINE, sequential, branch: latency })
    }
}
