//! How long interrupts waited for their handlers, and what kept them waiting.
//!
//! No recording holds this: a masked stretch leaves no event, and an interrupt is first heard of when its handler runs. The
//! simulator sees both from outside and tells them when a run ends; whoever has its answer hands it in here. Times are
//! cycles of the core, not of the trace clock; [`Moments`] finds where in the recording they are.

mod moments;

use serde::Serialize;

use crate::time;

pub use moments::Moments;

/// What was seen of one run besides its recording.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Latencies {
    /// Cycles of the core in a second.
    pub core_hz: u64,
    /// The core's cycle since power came on at which the trace's clock stood at the recording's first time, if that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub began_at: Option<u64>,
    /// The longest stretch that kept an interrupt waiting; `None` if none did.
    pub longest_masked: Option<Masked>,
    /// One entry per exception that was taken.
    pub exceptions: Vec<ExceptionLatency>,
}

/// A stretch with interrupts masked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Masked {
    /// Where the mask was closed, in words.
    pub from: String,
    /// Where it was opened again, in words.
    pub to: String,
    /// How long it was, in cycles of the core.
    pub cycles: u64,
}

/// How long one exception waited, in cycles of the core from pend to the handler's first instruction.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ExceptionLatency {
    /// The exception number.
    pub exception: u32,
    /// Its name.
    pub name: String,
    /// How often it was taken.
    pub count: u64,
    /// The shortest.
    pub min: u64,
    /// The median.
    pub p50: u64,
    /// The 99th percentile.
    pub p99: u64,
    /// The longest.
    pub max: u64,
    /// The longest of its waits, as many as the simulator keeps (five), the longest first.
    pub longest: Vec<Wait>,
}

impl ExceptionLatency {
    /// Those of the longest waits in which the mask was most of what was waited for.
    pub fn masked(&self) -> impl Iterator<Item = (&Wait, &Masked)> {
        self.longest.iter().filter_map(|wait| match &wait.waited_for {
            Some(WaitedFor::Mask(mask)) => Some((wait, mask)),
            _ => None,
        })
    }
}

/// How long an exception waited for its handler, once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Wait {
    /// How long, in cycles of the core.
    pub cycles: u64,
    /// The core's cycle since power came on at which it became pending.
    pub pended_at: u64,
    /// What took most of that time; `None` if nothing but the entry itself did.
    pub waited_for: Option<WaitedFor>,
}

/// What an exception waited for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum WaitedFor {
    /// Interrupts were masked.
    Mask(Masked),
    /// A handler ran that is as important.
    Handler {
        /// Its exception's name.
        name: String,
        /// Its first instruction, in words.
        entry: String,
        /// How long it ran, in cycles of the core.
        cycles: u64,
    },
}

impl Wait {
    /// What it waited for, as people read it.
    #[must_use]
    pub fn cause(&self, core_hz: u64) -> String {
        let length = |cycles| time::duration(cycles, core_hz);
        match &self.waited_for {
            None => "nothing but its entry".to_owned(),
            Some(WaitedFor::Mask(Masked { from, to, cycles })) if from == to => {
                format!("masked for {} at {from}", length(*cycles))
            }
            Some(WaitedFor::Mask(Masked { from, to, cycles })) => {
                format!("masked for {} from {from} to {to}", length(*cycles))
            }
            Some(WaitedFor::Handler { name, entry, cycles }) => {
                format!("the handler of {name} ran for {}, {entry}", length(*cycles))
            }
        }
    }
}
