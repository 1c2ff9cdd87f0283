//! Which handlers run, and how the trace numbers them.
//!
//! On a Cortex-M an exception has its number and ends with its return. On RISC-V a trap is not a handler yet: an external
//! interrupt's number is known once the firmware claims it from the PLIC, and that of an interrupt which the program has made
//! pending once its bit is taken. A handler ends where its trap puts mepc back, since handlers of one trap may follow each
//! other, and since a trap may end in another task. In a firmware that does none of this it ends with MRET.

use serde::{Deserialize, Serialize};

/// Exceptions that are the kernel at work (Arm DDI 0403E, table B1-4).
const SV_CALL: u32 = 11;
const PEND_SV: u32 = 14;
/// Interrupt codes (privileged specification 20211203, table 3.6).
const SOFTWARE: u32 = 3;
const EXTERNAL: u32 = 11;
/// Source 1 of a PLIC, or bit 1 of those made pending, is exception 17.
const FIRST_SOURCE: u32 = super::FIRST_EXTERNAL;

/// What is to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// A handler begins, since a cycle that may be past.
    Begins {
        /// The cycle.
        at: u64,
        /// The exception.
        exception: u32,
    },
    /// The innermost one ends.
    Ends,
}

/// A handler or trap that has not returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Entered {
    /// It was told.
    Told,
    /// It is not to be told, or has been told to have ended.
    Silent,
    /// Which handler it is will be seen: an external interrupt's, since a cycle.
    External(u64),
    /// The same of one that the program has made pending.
    Software(u64),
}

/// The handlers that run, the innermost one last.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Handlers {
    entered: Vec<Entered>,
    riscv: bool,
    /// There is a PLIC to claim interrupts from.
    claims: bool,
    /// The bits of interrupts that the program has made pending.
    pended: Vec<u8>,
}

/// More traps in traps than any stack holds: whoever enters them never returns.
const MOST: usize = 1024;

impl Handlers {
    pub(super) fn new(riscv: bool, claims: bool) -> Self {
        Self { entered: Vec::new(), riscv, claims, pended: Vec::new() }
    }

    pub(super) fn clear(&mut self) {
        self.entered.clear();
        self.pended.clear();
    }

    /// A handler's first instruction is next, or a trap's.
    pub(super) fn entered(&mut self, cycle: u64, exception: Option<u32>) -> Option<Change> {
        if self.entered.len() >= MOST {
            self.entered.remove(0);
        }
        let entered = match exception {
            None => Entered::Silent,
            Some(SV_CALL | PEND_SV) if !self.riscv => Entered::Silent,
            Some(EXTERNAL) if self.riscv && self.claims => Entered::External(cycle),
            Some(SOFTWARE) if self.riscv => Entered::Software(cycle),
            Some(_) => Entered::Told,
        };
        self.entered.push(entered);
        let exception = exception.filter(|_| entered == Entered::Told)?;
        Some(Change::Begins { at: cycle, exception })
    }

    /// The firmware has claimed this source from the PLIC.
    pub(super) fn claimed(&mut self, source: u32) -> Option<Change> {
        let Some(Entered::External(since)) = self.entered.last().copied() else { return None };
        self.begin(since, source)
    }

    /// A byte of the bits of interrupts that the program has made pending was stored.
    pub(super) fn pended(&mut self, cycle: u64, place: usize, byte: u8) -> Option<Change> {
        if self.pended.len() <= place {
            self.pended.resize(place + 1, 0);
        }
        let before = std::mem::replace(&mut self.pended[place], byte);
        let taken = before & !byte;
        let since = match self.entered.last() {
            Some(Entered::Software(since)) => *since,
            // The next one of the same trap.
            Some(Entered::Silent) => cycle,
            _ => return None,
        };
        if taken == 0 { None } else { self.begin(since, place as u32 * 8 + taken.trailing_zeros()) }
    }

    /// The innermost trap turns out to be this source's. 0 is none.
    fn begin(&mut self, since: u64, source: u32) -> Option<Change> {
        let innermost = self.entered.last_mut().filter(|_| source != 0)?;
        *innermost = Entered::Told;
        Some(Change::Begins { at: since, exception: FIRST_SOURCE + source })
    }

    /// mepc was put back.
    pub(super) fn way_back(&mut self) -> Option<Change> {
        let innermost = self.entered.last_mut()?;
        let told = std::mem::replace(innermost, Entered::Silent) == Entered::Told;
        told.then_some(Change::Ends)
    }

    /// The innermost handler or trap has returned.
    pub(super) fn left(&mut self) -> Option<Change> {
        let told = self.entered.pop() == Some(Entered::Told);
        told.then_some(Change::Ends)
    }

    /// Another task was chosen. On RISC-V the traps end with that, one at each call, for the handlers that were told.
    pub(super) fn switched(&mut self) -> Option<Change> {
        while self.riscv {
            if self.entered.pop()? == Entered::Told {
                return Some(Change::Ends);
            }
        }
        None
    }
}
