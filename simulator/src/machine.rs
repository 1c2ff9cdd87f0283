//! A board with firmware in it: core, system, RTT and semihosting, and the loop that drives them.
//!
//! Virtual time is cut into slices of one millisecond, at fixed times. At each cut, and nowhere else, the machine
//! collects what the firmware has sent, and the world outside may act: bytes arrive, a pause takes effect, a slow reader
//! holds the run. So the host's own time, the pace and the reader's speed cannot change what happens.

mod core;
mod create;
mod debug;
mod flash;
mod load;
#[cfg(test)]
mod tests;

pub use create::{CreateError, Options};
pub use debug::BATCH;

use std::collections::BTreeMap;

use bksim_protocol::frame::{self, Chunk};
use bksim_protocol::message::{Channel, Statistics, Stop, Stopped};

use crate::chip::{Chip, ChipError};
use crate::clock::{MILLISECOND, Picoseconds};
use crate::cpu::{Core, CoreStop};
use crate::devices::ResetCause;
use crate::rtt::{Found, Rtt};
use crate::semihosting::{self, Reply};
use crate::system::System;

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

/// What the machine gives out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Bytes of the firmware.
    Data {
        /// The data stream.
        stream: u8,
        /// At most [`frame::MAX_CHUNK`] bytes, and the time of the collection.
        chunk: Chunk,
    },
    /// An RTT up channel that was not known before.
    Channel(Channel),
}

/// A machine. It lives on one thread, since its engine does.
pub struct Machine {
    core: Box<dyn Core>,
    system: System,
    rtt: Rtt,
    /// Bytes since the last collection, by stream.
    pending: BTreeMap<u8, Vec<u8>>,
    output: Vec<Output>,
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
    /// Time stands still until something happens from outside.
    still: bool,
}

impl Machine {
    /// A machine of parts; the core has been reset and has the firmware in its memories.
    #[must_use]
    pub fn of(core: Box<dyn Core>, system: System, rtt: Rtt) -> Self {
        Self {
            core,
            system,
            rtt,
            pending: BTreeMap::new(),
            output: Vec::new(),
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
        }
    }

    /// Virtual time since power came on.
    #[must_use]
    pub fn now(&self) -> Picoseconds {
        self.now
    }

    /// A stop, at the present time.
    #[must_use]
    pub fn stopped(&self, stop: Stop) -> Stopped {
        Stopped { stop, time_ps: self.now, cycles: self.core.cycles(), core_hz: self.system.clock().hertz() }
    }

    /// Output since the last call, in order.
    pub fn take_output(&mut self) -> Vec<Output> {
        std::mem::take(&mut self.output)
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

    /// What was measured since reset.
    #[must_use]
    pub fn statistics(&self) -> Statistics {
        Statistics { unmodelled: self.system.unmodelled(), ..self.core.statistics() }
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
        if until.is_some_and(|until| until <= self.now) {
            return Some(Stop::Time);
        }
        let target = until.map_or(self.cut, |until| until.min(self.cut));
        match self.advance(target, until.is_some()) {
            Ran::There => self.collect(target),
            ran @ (Ran::Full | Ran::Still) => {
                self.still = matches!(ran, Ran::Still);
                self.collect(self.now);
                return None;
            }
            Ran::Ended(stop) => {
                self.system.flush(self.now);
                self.collect(self.now);
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
            let horizon = self.system.next_event().map_or(target, |event| event.min(target));
            if self.wait_for_bus(horizon) {
                continue;
            }
            self.system.set_horizon(horizon);
            let until = self.system.clock().tick_from(horizon);
            let stop = self.core.run(&mut self.system, until);
            self.now = self.system.clock().time_of(self.core.cycles());
            self.settle_memory();
            if let Some(access) = self.system.take_refused() {
                return Ran::Ended(Stop::Unmodelled { access });
            }
            match stop {
                CoreStop::Horizon | CoreStop::Attention => {}
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

    /// A BKPT behind a fault is how a fault handler ends.
    fn breakpoint(&self, pc: u64) -> Stop {
        match self.core.fault_report() {
            Some(report) => Stop::Fault { report },
            None => Stop::Breakpoint { pc },
        }
    }

    /// Tells the core which interrupt lines have changed.
    fn deliver(&mut self) {
        for change in self.system.take_changes() {
            self.core.set_irq(change.irq, change.level, self.system.clock().tick_from(change.at));
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

    /// Collects what the firmware has sent; `time` is what the chunks say.
    fn collect(&mut self, time: Picoseconds) {
        for sent in self.system.take_sent() {
            self.pending.entry(sent.stream).or_default().extend(sent.bytes);
        }
        self.poll_rtt(time);
        for (stream, bytes) in std::mem::take(&mut self.pending) {
            for piece in bytes.chunks(frame::MAX_CHUNK) {
                let chunk = Chunk { time_ps: time, bytes: piece.to_vec() };
                self.output.push(Output::Data { stream, chunk });
            }
        }
    }

    /// Looks at RTT, if anything can have changed there.
    fn poll_rtt(&mut self, time: Picoseconds) {
        let instructions = self.core.instructions();
        if self.polled_at == Some(instructions) && !self.rtt.has_input() {
            return;
        }
        self.polled_at = Some(instructions);
        for found in self.rtt.poll(&mut *self.core, time) {
            match found {
                Found::Channel(channel) => self.output.push(Output::Channel(channel)),
                Found::Bytes { stream, bytes } => self.pending.entry(stream).or_default().extend(bytes),
            }
        }
    }
}
