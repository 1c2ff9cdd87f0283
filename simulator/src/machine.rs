//! A board with firmware in it: core, system, RTT and semihosting, and the loop that drives them.
//!
//! Virtual time is cut into slices of one millisecond, at fixed times. At each cut, and nowhere else, the machine
//! collects what the firmware has sent, and the world outside may act: bytes arrive, a pause takes effect, a slow reader
//! holds the run. So the host's own time, the pace and the reader's speed cannot change what happens. A run may be asked to
//! stop between two cuts; that changes nothing of what happens either.

mod core;
mod create;
mod debug;
mod flash;
mod haunt;
mod load;
mod output;
mod snapshot;
mod spend;
#[cfg(test)]
mod tests;

pub use create::{CreateError, Options};
pub use debug::BATCH;
pub use output::Output;
pub use snapshot::{OtherMachine, Snapshot, StateHash};

use std::collections::BTreeMap;

use bksim_protocol::frame;
use bksim_protocol::message::{Registers, Statistics, Stop, Stopped};

use crate::chip::{Chip, ChipError};
use crate::clock::{MILLISECOND, Picoseconds};
use crate::cpu::{Core, CoreStop};
use crate::devices::ResetCause;
use crate::ghost::Ghost;
use crate::rtt::Rtt;
use crate::semihosting::{self, Reply};
use crate::spent::Spent;
use crate::system::System;
use output::Outlet;

/// The time between two collections of output.
pub const SLICE: Picoseconds = MILLISECOND;

/// So much semihosting text is collected before its slice is over, or a firmware that floods it would fill the host's
/// memory. It is the firmware that decides when that is, so a replay is the same.
const MOST_PENDING: usize = 1 << 20;

/// How far a piece of a run got.
enum Ran {
    /// To where it should.
    There,
    /// To where output must be collected first.
    Full,
    /// To where only a debugger, or somebody else from outside, can make anything happen.
    Still,
    /// To an end for good.
    Ended(Stop),
}

/// A machine. It lives on one thread, since its engine does.
pub struct Machine {
    core: Box<dyn Core>,
    system: System,
    rtt: Rtt,
    /// Bytes since the last collection, by stream.
    pending: BTreeMap<u8, Vec<u8>>,
    /// How many bytes were collected, by stream.
    collected: BTreeMap<u8, u64>,
    outlet: Outlet,
    now: Picoseconds,
    /// When the current slice ends.
    cut: Picoseconds,
    asleep: bool,
    /// What the core waits for at the flash memory.
    wait: flash::Wait,
    /// Where the chip is kept.
    chip: Option<Chip>,
    /// Why it is not kept any more.
    chip_failure: Option<ChipError>,
    /// Instructions at the last look at RTT: memory of a core that slept has not changed.
    polled_at: Option<u64>,
    /// Why it will never go on.
    ended: Option<Stop>,
    /// A debug probe is at the chip's pins.
    probe_wired: bool,
    /// It pulls the reset pin low.
    held_in_reset: bool,
    /// See [`Core::quantum`].
    quantum: Option<u64>,
    /// Time stands still until something happens from outside.
    still: bool,
    /// The ghost trace, if somebody wants one.
    ghost: Option<Ghost>,
    /// What tracing costs, if somebody wants to know.
    spent: Option<Spent>,
    /// It went back, and what it does has happened before: the chip's files know it.
    repeats: bool,
}

impl Machine {
    /// A machine of parts; the core has been reset and has the firmware in its memories.
    #[must_use]
    pub fn of(core: Box<dyn Core>, system: System, rtt: Rtt) -> Self {
        Self {
            quantum: core.quantum(),
            core,
            system,
            rtt,
            pending: BTreeMap::new(),
            collected: BTreeMap::new(),
            outlet: Outlet::default(),
            now: 0,
            cut: SLICE,
            asleep: false,
            wait: flash::Wait::default(),
            chip: None,
            chip_failure: None,
            polled_at: None,
            ended: None,
            probe_wired: false,
            held_in_reset: false,
            still: false,
            ghost: None,
            spent: None,
            repeats: false,
        }
    }

    /// Virtual time since power came on.
    #[must_use]
    pub fn now(&self) -> Picoseconds {
        self.now
    }

    /// When the current slice ends.
    #[must_use]
    pub fn cut(&self) -> Picoseconds {
        self.cut
    }

    /// Whether a run until then has nothing left to do: the time has come, and output was collected at every cut up to it.
    #[must_use]
    pub fn has_come_to(&self, until: Picoseconds) -> bool {
        until <= self.now && until < self.cut
    }

    /// Whether it has stopped for good.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.ended.is_some()
    }

    /// Instructions executed since power came on.
    #[must_use]
    pub fn instructions(&self) -> u64 {
        self.core.instructions()
    }

    /// A stop, at the present time.
    #[must_use]
    pub fn stopped(&self, stop: Stop) -> Stopped {
        Stopped { stop, time_ps: self.now, cycles: self.core.cycles(), core_hz: self.system.clock().hertz() }
    }

    /// Bytes from outside, for the UART or the RTT down channel of a stream; `false` if there is none. They take effect
    /// from the present time on, which is the end of a slice.
    pub fn input(&mut self, stream: u8, bytes: &[u8]) -> bool {
        self.still = false;
        match stream.checked_sub(frame::RTT_UP) {
            Some(channel) if channel < 16 => self.rtt.send(channel, bytes),
            _ => self.system.receive(stream, bytes, self.now),
        }
    }

    /// The world outside drives a pin, or lets go of it with `None`; port 0 is port A. `false` if the chip has no such pin.
    pub fn drive_pin(&mut self, port: u8, pin: u8, level: Option<bool>) -> bool {
        let exists = self.system.pin_level(port, pin).is_some();
        if exists {
            self.still = false;
            self.system.drive_pin(port, pin, level, self.now);
        }
        exists
    }

    /// Memory as the core sees it, without side effects: as many bytes from `address` on as there are.
    #[must_use]
    pub fn read(&self, address: u64, len: usize) -> Vec<u8> {
        let Ok(address) = u32::try_from(address) else { return Vec::new() };
        let mut bytes = vec![0; len];
        if self.core.peek(address, &mut bytes) {
            return bytes;
        }
        let mut byte = [0];
        let present = (0..len as u32)
            .take_while(|offset| address.checked_add(*offset).is_some_and(|at| self.core.peek(at, &mut byte)))
            .count();
        bytes.truncate(present);
        if !self.core.peek(address, &mut bytes) {
            bytes.clear();
        }
        bytes
    }

    /// The core's registers.
    #[must_use]
    pub fn registers(&self) -> Registers {
        let general = (0..32).map(|index| self.core.register(index)).collect();
        Registers { pc: self.core.pc(), general, interrupted: self.core.interrupted_stack() }
    }

    /// What was measured since reset.
    #[must_use]
    pub fn statistics(&self) -> Statistics {
        let tracing_cycles = self.spent.as_ref().map(Spent::total);
        Statistics { unmodelled: self.system.unmodelled(), tracing_cycles, ..self.core.statistics() }
    }

    /// Whether the core sleeps and only bytes from outside could wake it.
    #[must_use]
    pub fn waits_for_input(&self) -> bool {
        self.asleep && self.wake_time().is_none() && self.system.input_can_wake()
    }

    /// Runs to the end of the current slice, or to `until` if that is earlier. `None` if there was no stop: the caller
    /// may go on. After a stop that is final, every further call gives the same stop.
    pub fn step(&mut self, until: Option<Picoseconds>) -> Option<Stop> {
        if let Some(stop) = &self.ended {
            return Some(stop.clone());
        }
        if until.is_some_and(|until| self.has_come_to(until)) {
            return Some(Stop::Time);
        }
        let target = until.map_or(self.cut, |until| until.min(self.cut));
        match self.advance(target, until.is_some()) {
            Ran::There if target == self.cut => self.collect(target),
            Ran::There => self.give_ahead(target),
            ran @ (Ran::Full | Ran::Still) => {
                self.still = matches!(ran, Ran::Still);
                self.collect(self.now);
                return None;
            }
            Ran::Ended(stop) => {
                self.finish_ghost();
                self.finish_spent();
                self.give_rest();
                self.ended = Some(stop.clone());
                return Some(stop);
            }
        }
        if target == self.cut {
            self.cut += SLICE;
        }
        (until == Some(target)).then_some(Stop::Time)
    }

    /// Runs to `target` at most. `timed`: somebody waits for a time to come.
    fn advance(&mut self, target: Picoseconds, timed: bool) -> Ran {
        loop {
            self.system.advance(self.now);
            self.deliver();
            if let Some(cause) = self.system.take_reset_request() {
                if !self.probe_wired {
                    return Ran::Ended(Stop::Reset);
                }
                self.reset(cause);
            }
            if let Some(code) = self.system.take_exit_request() {
                return Ran::Ended(Stop::Exit { code });
            }
            if self.held_in_reset {
                return Ran::Still;
            }
            if self.now >= target {
                return Ran::There;
            }
            if self.asleep {
                let wake = match self.wake_time() {
                    Some(wake) => wake,
                    None if self.system.input_can_wake() || self.probe_wired && timed => target,
                    None if self.probe_wired => return Ran::Still,
                    None => return Ran::Ended(Stop::Asleep { pc: self.core.pc() }),
                };
                let own = self.core.next_event();
                self.core.sleep_until(self.system.clock().tick_from(wake.min(target)));
                self.asleep = own.is_none_or(|at| self.core.cycles() < at);
                self.now = self.system.clock().time_of(self.core.cycles());
                continue;
            }
            let target = self.quantum.map_or(target, |quantum| self.meeting(target, quantum));
            let horizon = self.system.next_event().map_or(target, |event| event.min(target));
            if self.wait_for_bus(horizon) {
                continue;
            }
            self.system.set_horizon(horizon);
            let until = self.system.clock().tick_from(horizon);
            let stop = self.core.run(&mut self.system, until);
            self.now = self.system.clock().time_of(self.core.cycles());
            self.settle_memory();
            self.follow_ghost();
            self.follow_spent();
            if let Some(access) = self.system.take_refused() {
                return Ran::Ended(Stop::Unmodelled { access });
            }
            match stop {
                CoreStop::Horizon | CoreStop::Attention | CoreStop::Early => {}
                CoreStop::Asleep => self.asleep = true,
                CoreStop::Stalled => self.wait_for_fetch(horizon),
                CoreStop::Semihosting { operation, parameter } => match self.semihosting(operation, parameter) {
                    Ran::There => {}
                    other => return other,
                },
                CoreStop::Halted => return Ran::Still,
                CoreStop::Lockup if self.probe_wired => {
                    if self.system.next_event().is_none() && !timed {
                        return Ran::Still;
                    }
                    self.core.stand_until(until);
                    self.now = self.system.clock().time_of(self.core.cycles());
                }
                CoreStop::ResetRequest if self.probe_wired => self.reset(ResetCause::Software),
                CoreStop::Breakpoint { pc } => return Ran::Ended(self.breakpoint(pc)),
                CoreStop::Lockup => {
                    return Ran::Ended(Stop::Lockup { report: self.core.fault_report().unwrap_or_default() });
                }
                CoreStop::ResetRequest => return Ran::Ended(Stop::Reset),
            }
        }
    }

    /// Where several cores meet next on the way to a time: at the last end of a quantum in front of it, and then at the first
    /// one behind it. Nobody stops them anywhere else, so that the way is the same whoever asks.
    fn meeting(&self, target: Picoseconds, quantum: u64) -> Picoseconds {
        let (clock, now) = (self.system.clock(), self.core.cycles());
        let before = clock.tick_from(target) / quantum * quantum;
        clock.time_of(if before > now { before } else { (now / quantum + 1) * quantum })
    }

    /// A BKPT behind a fault is how a fault handler ends.
    fn breakpoint(&self, pc: u64) -> Stop {
        match self.core.fault_report() {
            Some(report) => Stop::Fault { report },
            None => Stop::Breakpoint { pc },
        }
    }

    /// Tells the core which interrupt lines have changed.
    fn deliver(&mut self) {
        while let Some(change) = self.system.take_change() {
            let at = self.system.clock().tick_from(change.at);
            match change.core {
                None => self.core.set_irq(change.irq, change.level, at),
                Some(core) => self.core.set_irq_of(core, change.irq, change.level, at),
            }
            self.asleep = false;
        }
    }

    /// When something that is modelled happens next.
    fn wake_time(&self) -> Option<Picoseconds> {
        let own = self.core.next_event().map(|cycle| self.system.clock().time_of(cycle));
        self.system.next_event().into_iter().chain(own).min()
    }

    fn semihosting(&mut self, operation: u32, parameter: u64) -> Ran {
        let output = self.pending.entry(frame::SEMIHOSTING).or_default();
        match semihosting::call(operation, parameter, &mut *self.core, self.now, output) {
            Reply::Exit(code) => return Ran::Ended(Stop::Exit { code }),
            Reply::Continue(result) => self.core.answer_semihosting(result),
        }
        let full = self.pending.get(&frame::SEMIHOSTING).is_some_and(|output| output.len() >= MOST_PENDING);
        if full { Ran::Full } else { Ran::There }
    }
}
