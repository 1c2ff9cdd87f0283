//! What is measured from outside, without the firmware's help.

use std::collections::BTreeMap;

use bksim_protocol::message::ExceptionLatency;
use serde::{Deserialize, Serialize};

use crate::cpu::delays::Delays;
use crate::cpu::distribution::Distribution;
use crate::cpu::masked::{MaskedTime, Moment};

/// The measurements of a core.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Measurements {
    latencies: BTreeMap<u8, Distribution>,
    delays: Delays,
    pub(crate) masked: MaskedTime,
    pub(crate) sleep_cycles: u64,
}

impl Measurements {
    /// The mask keeps interrupts waiting from now on, or not.
    pub(crate) fn mask(&mut self, masked: bool, now: Moment) {
        if let Some(since) = self.masked.set(masked, now) {
            self.delays.masked(since, now);
        }
    }

    /// The first instruction of an interrupt's handler is next.
    pub(crate) fn entered(&mut self, interrupt: u8, pending_since: u64, now: Moment) {
        self.latencies.entry(interrupt).or_default().add(now.cycle.saturating_sub(pending_since));
        self.delays.entered(interrupt.into(), pending_since, now);
        // Where it ends is the mask's business.
        self.delays.reset();
    }

    pub(crate) fn exceptions(&self) -> Vec<ExceptionLatency> {
        let entry = |(&interrupt, distribution): (&u8, &Distribution)| {
            Some(ExceptionLatency {
                exception: u32::from(interrupt),
                name: name(interrupt),
                latency: distribution.summary()?,
                longest: self.delays.longest(interrupt.into()),
            })
        };
        self.latencies.iter().filter_map(entry).collect()
    }
}

/// An interrupt's name as the architecture has it.
fn name(interrupt: u8) -> String {
    let mode = match interrupt & 3 {
        1 => "Supervisor",
        _ => "Machine",
    };
    let kind = match interrupt >> 2 {
        0 => "software",
        1 => "timer",
        _ => "external",
    };
    format!("{mode} {kind} interrupt")
}
