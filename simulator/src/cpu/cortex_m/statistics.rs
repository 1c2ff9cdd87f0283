//! What is measured from outside, without the firmware's help.

use std::collections::BTreeMap;

use bksim_protocol::message::{ExceptionLatency, Latency};
use serde::{Deserialize, Serialize};

use super::nvic::{EXCEPTIONS, number};
use crate::cpu::delays::Delays;
use crate::cpu::distribution::Distribution;
use crate::cpu::masked::{MaskedTime, Moment};

/// A context switch on its way.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Switch {
    pended_at: u64,
    /// PendSV's handler has returned.
    handled: bool,
}

/// The measurements of a core.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Measurements {
    switches: Distribution,
    latencies: BTreeMap<u16, Distribution>,
    delays: Delays,
    switch: Option<Switch>,
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

    /// The first instruction of a handler is next.
    pub(crate) fn entered(&mut self, exception: u16, pended_at: u64, now: Moment) {
        self.latencies.entry(exception).or_default().add(now.cycle.saturating_sub(pended_at));
        self.delays.entered(exception.into(), pended_at, now);
        if exception == number::PEND_SV && self.switch.is_none() {
            self.switch = Some(Switch { pended_at, handled: false });
        }
    }

    /// A handler has ended.
    pub(crate) fn left(&mut self, exception: u16, now: u64) {
        self.delays.left(exception.into(), now);
        if exception == number::PEND_SV
            && let Some(switch) = &mut self.switch
        {
            switch.handled = true;
        }
    }

    /// What was interrupted goes on: its next instruction is due at `cycle`. `handler`: it is itself a handler.
    pub(crate) fn resumed(&mut self, handler: bool, cycle: u64) {
        if !handler && let Some(switch) = self.switch.take_if(|switch| switch.handled) {
            self.switches.add(cycle.saturating_sub(switch.pended_at));
        }
    }

    /// A system reset: nothing that was under way comes to its end.
    pub(crate) fn reset(&mut self) {
        self.delays.reset();
    }

    pub(crate) fn context_switch(&self) -> Option<Latency> {
        self.switches.summary()
    }

    pub(crate) fn exceptions(&self) -> Vec<ExceptionLatency> {
        let entry = |(&exception, distribution): (&u16, &Distribution)| {
            Some(ExceptionLatency {
                exception: u32::from(exception),
                name: name(exception),
                latency: distribution.summary()?,
                longest: self.delays.longest(exception.into()),
            })
        };
        self.latencies.iter().filter_map(entry).collect()
    }
}

/// An exception's name as the architecture has it; external interrupts by number: a board may know better.
pub(crate) fn name(exception: u16) -> String {
    let name = match exception {
        1 => "Reset",
        number::NMI => "NMI",
        number::HARD_FAULT => "HardFault",
        number::MEM_MANAGE => "MemManage",
        number::BUS_FAULT => "BusFault",
        number::USAGE_FAULT => "UsageFault",
        number::SV_CALL => "SVCall",
        number::DEBUG_MONITOR => "DebugMonitor",
        number::PEND_SV => "PendSV",
        number::SYS_TICK => "SysTick",
        external if external >= number::EXTERNAL && usize::from(external) < EXCEPTIONS => {
            return format!("IRQ{}", external - number::EXTERNAL);
        }
        other => return format!("exception {other}"),
    };
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_switch_ends_when_a_task_goes_on() {
        let mut measurements = Measurements::default();
        let at = |cycle| Moment { cycle, pc: 0 };
        measurements.entered(number::PEND_SV, 100, at(112));
        measurements.entered(20, 120, at(132));
        measurements.left(20, 145);
        measurements.resumed(true, 150);
        measurements.left(number::PEND_SV, 155);
        measurements.entered(21, 160, at(170));
        measurements.left(21, 180);
        measurements.resumed(false, 190);
        assert_eq!(measurements.context_switch().map(|latency| (latency.count, latency.min)), Some((1, 90)));
        measurements.resumed(false, 300);
        assert_eq!(measurements.context_switch().map(|latency| latency.count), Some(1));
    }
}
