//! What somebody outside wants to know of a core while it runs: stores to some addresses, and exceptions, each with its
//! cycle and in its order.
//!
//! Nobody has asked, as a rule, and then nothing of this costs anything. Who asks slows the pages down that hold the
//! addresses, and changes nothing of what happens, nor when.

use std::ops::Range;

/// One thing that happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Observation {
    /// The core's cycle: the one at which the instruction began that did it.
    pub cycle: u64,
    /// What.
    pub what: Observed,
}

/// Code has run that is counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// The core's cycles; what runs without one in between is one, if it is of one kind.
    pub cycles: Range<u64>,
    /// It was what the code calls, which others may call, too.
    pub called: bool,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Observed {
    /// An instruction stored something at watched addresses. One that is not aligned is told byte by byte.
    Store {
        /// Where.
        address: u32,
        /// Bytes: 1, 2, 4, or 8.
        size: u8,
        /// What, little endian.
        value: u64,
    },
    /// An instruction loaded a word of a device from a watched address.
    Load {
        /// Where.
        address: u32,
        /// What.
        value: u32,
    },
    /// The first instruction of a handler is next.
    Enter {
        /// The exception: on a Cortex-M its number, on RISC-V an interrupt's code; `None` for a RISC-V exception that an
        /// instruction raised.
        exception: Option<u32>,
    },
    /// The innermost handler returns: by its EXC_RETURN, or by MRET or SRET.
    Leave,
    /// On RISC-V: the handler has put back where it will go on, in mepc.
    WayBack,
    /// A function that was asked for is called, or a call of one has returned to this address.
    At {
        /// The address of the instruction, which is the function's first one, or the one that it was called in front of.
        address: u32,
        /// The function's first argument, if it is called.
        argument: u32,
        /// The stack pointer.
        stack: u32,
        /// Where it will return to, if it is called.
        link: u32,
    },
    /// The core waits for an interrupt or event, and there is none.
    Sleep,
    /// A system reset.
    Reset,
}

/// What a core has noticed, if somebody asked for it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Observer {
    /// Addresses (first, last).
    ranges: Option<Vec<(u32, u32)>>,
    /// The first instructions of functions.
    functions: Vec<u32>,
    /// Where calls of them have returned to, or will.
    returns: Vec<u32>,
    seen: Vec<Observation>,
}

impl Observer {
    /// Notices stores to these addresses (first, last) and exceptions from now on.
    pub(crate) fn ask(&mut self, ranges: &[(u32, u32)]) {
        self.ranges = Some(ranges.to_vec());
    }

    /// Notices calls of these functions from now on, and their ends.
    pub(crate) fn ask_calls(&mut self, functions: &[u32]) {
        self.functions = functions.to_vec();
    }

    /// The addresses of instructions in front of which to stop and look, (first, last).
    pub(crate) fn stops(&self) -> impl Iterator<Item = (u32, u32)> {
        self.functions.iter().chain(&self.returns).map(|address| (*address, *address))
    }

    /// Whether this is one of them.
    pub(crate) fn is_stop(&self, pc: u32) -> bool {
        self.functions.contains(&pc) || self.returns.contains(&pc)
    }

    /// If a function begins at `pc`, its end will be noticed, too: whether that is one stop more.
    pub(crate) fn returns_to(&mut self, pc: u32, link: u32) -> bool {
        let is_new = self.functions.contains(&pc) && !self.returns.contains(&link);
        if is_new {
            self.returns.push(link);
        }
        is_new
    }

    /// The addresses.
    pub(crate) fn ranges(&self) -> &[(u32, u32)] {
        self.ranges.as_deref().unwrap_or_default()
    }

    /// Whether one of some bytes is at such an address.
    pub(crate) fn covers(&self, address: u32, size: u8) -> bool {
        let last = address.saturating_add(u32::from(size) - 1);
        self.ranges().iter().any(|range| range.0 <= last && address <= range.1)
    }

    /// Writes something down, if somebody asked.
    pub(crate) fn note(&mut self, cycle: u64, what: Observed) {
        let observation = Observation { cycle, what };
        // An access that asks for a stop is told twice.
        if self.ranges.is_some() && self.seen.last() != Some(&observation) {
            self.seen.push(observation);
        }
    }

    /// Writes down what somebody else has noticed.
    pub(crate) fn add(&mut self, seen: Vec<Observation>) {
        self.seen.extend(seen);
    }

    /// What was noticed since the last call.
    pub(crate) fn take(&mut self) -> Vec<Observation> {
        std::mem::take(&mut self.seen)
    }
}
