//! Several cores with the same memories and devices, which the machine drives as one.
//!
//! **The interleave.** Each core has a clock of its own; all of them count the same cycles. At any time it is the turn of
//! the core whose clock is furthest behind, of the first one among equals, and it runs to the end of the quantum that its
//! clock is in: the next multiple of [`QUANTUM`] cycles. A turn ends earlier
//!
//! - at the machine's next event;
//! - in front of an access of a device, as long as another core has not come to its time yet;
//! - behind an access that asks for attention, and behind SEV.
//!
//! ```text
//!  core 0  ├───────────────┤a              ├─────▶          a: an access of a device, at its time
//!  core 1                   ├──────────┤w        ├──────▶   w: WFE
//!          0               1              2                 quanta
//! ```
//!
//! So devices see the accesses of all cores in the order of their times, each at its exact time, and so do cores the events
//! that SEV sends, interrupt lines, and what devices say. What a core stores to *memory* another one sees when it is its
//! turn: as if it had been stored up to a quantum earlier or later. Cores are never further apart than a quantum and one
//! instruction. A core that sleeps takes no turns, and its clock follows the one that is furthest behind.
//!
//! Nothing of this depends on where a run is cut: the turn is decided by the clocks alone, and from outside, cores that run
//! can only be stopped where they meet, at the end of a quantum.
//!
//! **What belongs to one core.** Each has its own NVIC, SysTick and System Control Block. An interrupt of a peripheral goes
//! to all of them, and each enables what it wants; a device may have lines into one core besides
//! ([`crate::devices::CoreLine`]). After reset all cores begin at the same vector table. A stop that ends a run, ends it for
//! all: a breakpoint, a lockup, a semihosting exit. A debug port is core 0's: its debugger sees core 0 and all of the
//! memory; while that core is halted the others stand still, and a breakpoint instruction of theirs is a fault.

mod saved;
mod turn;

pub use saved::State;

use std::collections::BTreeMap;

use bksim_protocol::message::{FaultReport, Statistics};

use super::{Core, CoreState, CoreStop, DebugPort, FamilyState, WaitRegion};
use crate::bus::{Bus, BusError};
use turn::Turn;

/// Cycles of a quantum: so far can cores be apart. A shorter one costs speed, since a turn takes the host about a
/// microsecond; a longer one lets a core wait longer for what another one has stored.
pub const QUANTUM: u64 = 256;

/// An event that SEV has sent, on its way to another core.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
struct Event {
    to: usize,
    at: u64,
}

/// Several cores.
pub struct Cluster {
    cores: Vec<Box<dyn Core>>,
    /// Cycles from the beginning of an instruction to its access.
    delay: u64,
    events: Vec<Event>,
    /// Whose stop was told last.
    stopped: usize,
}

impl Cluster {
    /// Cores that were built alike, with the same memories; there is at least one. `delay`: cycles from the beginning of an
    /// instruction to its access of a device.
    #[must_use]
    pub(crate) fn new(cores: Vec<Box<dyn Core>>, delay: u64) -> Self {
        Self { cores, delay, events: Vec::new(), stopped: 0 }
    }

    /// Whose turn it is; `None`: all cores sleep.
    fn next(&self) -> Option<usize> {
        let awake = (0..self.cores.len()).filter(|core| !self.cores[*core].is_asleep());
        awake.min_by_key(|core| self.cores[*core].cycles())
    }

    /// The first event that is on its way to a core.
    fn event_of(&self, core: usize) -> Option<u64> {
        self.events.iter().filter(|event| event.to == core).map(|event| event.at).min()
    }

    /// Hands over the events whose time has come.
    fn hand_over_events(&mut self) {
        let cores = &mut self.cores;
        self.events.retain(|Event { to, at }| {
            let has_come = cores[*to].cycles() >= *at;
            if has_come {
                cores[*to].receive_event();
            }
            !has_come
        });
    }

    /// Lets the clocks of those that sleep run to a cycle, or to what may wake them.
    fn draw_along(&mut self, cycle: u64) {
        for core in 0..self.cores.len() {
            let to = self.event_of(core).map_or(cycle, |at| at.min(cycle));
            let sleeper = &mut self.cores[core];
            while sleeper.is_asleep() && sleeper.cycles() < to {
                let before = sleeper.cycles();
                sleeper.sleep_until(to);
                if sleeper.cycles() == before {
                    break;
                }
            }
        }
        self.hand_over_events();
    }

    /// How far a core may run, at most to `until`, and how far it may go in accesses of devices.
    fn bounds(&self, core: usize, until: u64) -> (u64, u64) {
        let now = self.cores[core].cycles();
        let mut limit = self.event_of(core).map_or(until, |at| at.min(until));
        let mut open = u64::MAX;
        for (index, other) in self.cores.iter().enumerate().filter(|(index, _)| *index != core) {
            if other.is_asleep() {
                let wakes = other.next_event().into_iter().chain(self.event_of(index)).min().unwrap_or(u64::MAX);
                open = open.min(wakes);
                limit = limit.min(wakes);
            } else {
                // Of equal times, the first core's comes first.
                open = open.min(other.cycles().saturating_sub(u64::from(index < core)));
                limit = limit.min((now / QUANTUM + 1) * QUANTUM);
            }
        }
        (limit.max(now + 1), open)
    }

    /// One turn; `Some` goes to the machine.
    fn turn(&mut self, bus: &mut dyn Bus, core: usize, until: u64) -> Option<CoreStop> {
        let (limit, open) = self.bounds(core, until);
        let mut turn = Turn::new(bus, core as u8, open.saturating_add(self.delay));
        let stop = self.cores[core].run(&mut turn, limit);
        let (sent, last) = turn.end();
        if sent {
            let at = self.cores[core].cycles();
            self.events.extend((0..self.cores.len()).filter(|to| *to != core).map(|to| Event { to, at }));
        }
        match stop {
            CoreStop::Horizon | CoreStop::Early | CoreStop::Asleep => None,
            CoreStop::Attention => {
                // An interrupt may be what the access has asked for, and it finds those that sleep at its time.
                if let Some(cycle) = last {
                    self.draw_along(cycle);
                }
                Some(stop)
            }
            _ => {
                self.stopped = core;
                Some(stop)
            }
        }
    }

    fn clocks(&self) -> impl Iterator<Item = u64> {
        self.cores.iter().map(|core| core.cycles())
    }
}

impl Core for Cluster {
    fn reset(&mut self) {
        (self.stopped, self.events) = (0, Vec::new());
        self.cores.iter_mut().for_each(|core| core.reset());
    }

    /// The cores begin together, when the one that had come furthest had.
    fn system_reset(&mut self) {
        self.events.clear();
        let furthest = self.clocks().max().unwrap_or(0);
        for core in &mut self.cores {
            core.stand_until(furthest);
            core.system_reset();
        }
    }

    fn run(&mut self, bus: &mut dyn Bus, until: u64) -> CoreStop {
        loop {
            if self.is_halted() {
                return CoreStop::Halted;
            }
            self.hand_over_events();
            let Some(core) = self.next() else {
                let level = self.clocks().max().unwrap_or(0).min(until);
                match self.events.iter().map(|event| event.at).min() {
                    Some(event) => self.draw_along(event),
                    None if self.cycles() < level => self.draw_along(level),
                    None => {
                        self.stopped = 0;
                        return CoreStop::Asleep;
                    }
                }
                continue;
            };
            let now = self.cores[core].cycles();
            self.draw_along(now.min(until));
            if self.next() != Some(core) {
                continue;
            }
            if now >= until {
                return CoreStop::Horizon;
            }
            if let Some(stop) = self.turn(bus, core, until) {
                return stop;
            }
        }
    }

    /// The clock of the core that is furthest behind.
    fn cycles(&self) -> u64 {
        self.clocks().min().unwrap_or(0)
    }

    /// Of all cores together.
    fn instructions(&self) -> u64 {
        self.cores.iter().map(|core| core.instructions()).sum()
    }

    fn sleep_until(&mut self, until: u64) {
        self.draw_along(until);
    }

    fn stall_fetches(&mut self, stall: bool) {
        self.cores.iter_mut().for_each(|core| core.stall_fetches(stall));
    }

    fn set_waits(&mut self, waits: &[WaitRegion]) {
        self.cores.iter_mut().for_each(|core| core.set_waits(waits));
    }

    fn next_event(&self) -> Option<u64> {
        self.cores.iter().filter_map(|core| core.next_event()).min()
    }

    fn set_irq(&mut self, line: u16, level: bool, at: u64) {
        (0..self.cores.len()).for_each(|core| self.set_irq_of(core as u8, line, level, at));
    }

    fn set_irq_of(&mut self, core: u8, line: u16, level: bool, at: u64) {
        if let Some(core) = self.cores.get_mut(usize::from(core)) {
            // With an access at its instruction's end the time may be one that the core has not quite come to.
            core.set_irq(line, level, at.min(core.cycles()));
        }
    }

    fn set_nmi(&mut self) {
        self.cores.iter_mut().for_each(|core| core.set_nmi());
    }

    fn is_asleep(&self) -> bool {
        self.next().is_none()
    }

    fn receive_event(&mut self) {
        self.cores.iter_mut().for_each(|core| core.receive_event());
    }

    fn quantum(&self) -> Option<u64> {
        Some(QUANTUM)
    }

    /// Of the core that stopped last, as all registers here.
    fn pc(&self) -> u64 {
        self.cores[self.stopped].pc()
    }

    fn register(&self, index: u8) -> u64 {
        self.cores[self.stopped].register(index)
    }

    fn set_register(&mut self, index: u8, value: u64) {
        self.cores[self.stopped].set_register(index, value);
    }

    fn answer_semihosting(&mut self, result: u64) {
        self.cores[self.stopped].answer_semihosting(result);
    }

    fn register_size(&self) -> u8 {
        self.cores[self.stopped].register_size()
    }

    fn peek(&self, address: u32, buffer: &mut [u8]) -> bool {
        self.cores[0].peek(address, buffer)
    }

    fn poke(&mut self, address: u32, bytes: &[u8]) -> bool {
        self.cores[0].poke(address, bytes)
    }

    fn stimuli(&self) -> BTreeMap<u8, Vec<u8>> {
        gather(self.cores.iter().map(|core| core.stimuli()))
    }

    fn take_stimuli(&mut self) -> BTreeMap<u8, Vec<u8>> {
        gather(self.cores.iter_mut().map(|core| core.take_stimuli()))
    }

    fn save(&mut self) -> CoreState {
        let (memories, family) = self.state();
        CoreState { memories, family: FamilyState::Cluster(family) }
    }

    fn restore(&mut self, state: &CoreState) -> bool {
        let FamilyState::Cluster(family) = &state.family else { return false };
        self.set_state(&state.memories, family)
    }

    fn fault_report(&self) -> Option<FaultReport> {
        let report = self.cores[self.stopped].fault_report()?;
        Some(FaultReport { summary: format!("core {}: {}", self.stopped, report.summary), ..report })
    }

    /// What was measured of core 0, but the instructions, which are those of all cores.
    fn statistics(&self) -> Statistics {
        Statistics { instructions: self.instructions(), ..self.cores[0].statistics() }
    }
}

/// What several cores have sent, one core's behind the other's.
fn gather(sent: impl Iterator<Item = BTreeMap<u8, Vec<u8>>>) -> BTreeMap<u8, Vec<u8>> {
    sent.flatten().fold(BTreeMap::new(), |mut all: BTreeMap<u8, Vec<u8>>, (port, bytes)| {
        all.entry(port).or_default().extend(bytes);
        all
    })
}

impl DebugPort for Cluster {
    fn is_debugged(&self) -> bool {
        self.cores[0].is_debugged()
    }

    fn is_halted(&self) -> bool {
        self.cores[0].is_halted()
    }

    fn wire_probe(&mut self) {
        self.cores.iter_mut().for_each(|core| core.wire_probe());
    }

    fn take_reset_request(&mut self) -> bool {
        // All are asked, so that all are cleared.
        self.cores.iter_mut().filter_map(|core| core.take_reset_request().then_some(())).count() > 0
    }

    fn stand_until(&mut self, until: u64) {
        self.cores.iter_mut().for_each(|core| core.stand_until(until));
    }

    fn debugger_read(&mut self, bus: &mut dyn Bus, address: u32, size: u8) -> Result<u32, BusError> {
        bus.grant(0);
        self.cores[0].debugger_read(bus, address, size)
    }

    fn debugger_write(&mut self, bus: &mut dyn Bus, address: u32, size: u8, value: u32) -> Result<(), BusError> {
        bus.grant(0);
        self.cores[0].debugger_write(bus, address, size, value)
    }
}
