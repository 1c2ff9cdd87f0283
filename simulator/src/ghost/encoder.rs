//! The trace wire ([`bluekernel_abi::wire`]), written by the simulator. Nothing is ever lost here, and time is the core's
//! cycles since power came on.

use bluekernel_abi::Named;
use bluekernel_abi::wire::{self, head};
use serde::{Deserialize, Serialize};

/// The longest LEB128 of 64 bits.
const LONGEST: usize = 10;

/// What the encoder remembers between events, and the bytes that nobody has taken yet.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Encoder {
    bytes: Vec<u8>,
    /// The cycle of the last record.
    last: u64,
    /// SYNCs so far.
    sequence: u32,
    since_sync: u32,
    /// What the next SYNC says besides: a reset.
    pending: u64,
    /// The running task's number + 1, 0 for idle.
    pub(super) running: u32,
    /// Handlers that were told and have not ended.
    pub(super) handlers: u32,
}

impl Encoder {
    /// After a reset: a SYNC that says so comes first.
    pub(super) fn boot(&mut self) {
        self.pending = wire::FLAG_BOOT;
        (self.running, self.handlers) = (0, 0);
    }

    /// An event without a length, with its fields.
    pub(super) fn event(&mut self, cycle: u64, head: u8, fields: &[u64]) {
        let delta = self.advance(cycle);
        let before = self.bytes.len();
        self.bytes.push(head);
        fields.iter().for_each(|field| self.number(*field));
        self.number(delta);
        self.since_sync += (self.bytes.len() - before) as u32;
    }

    /// An event with a number in its head as long as it fits there: heads from `first` to below `extended`.
    pub(super) fn numbered(&mut self, cycle: u64, first: u8, extended: u8, number: u32) {
        match u8::try_from(number) {
            Ok(small) if small < extended - first => self.event(cycle, first + small, &[]),
            _ => self.event(cycle, extended, &[number.into()]),
        }
    }

    /// Who speaks.
    pub(super) fn info(&mut self, cycle: u64, build_id: u64, clock_hz: u64) {
        let mut payload = leb128(build_id);
        payload.extend(leb128(clock_hz));
        self.with_length(cycle, head::INFO, &payload);
    }

    /// A task's name.
    pub(super) fn name(&mut self, cycle: u64, task: u64, name: &[u8]) {
        let mut payload = leb128(Named::Task as u64);
        payload.extend(leb128(task));
        payload.extend(name);
        self.with_length(cycle, head::NAME, &payload);
    }

    /// An event with a length.
    fn with_length(&mut self, cycle: u64, head: u8, payload: &[u8]) {
        let delta = self.advance(cycle);
        let before = self.bytes.len();
        self.bytes.push(head);
        self.number(payload.len() as u64);
        self.bytes.extend(payload);
        self.number(delta);
        self.since_sync += (self.bytes.len() - before) as u32;
    }

    /// The bytes since the last call.
    pub(super) fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.bytes)
    }

    /// Follows the clock, and writes a SYNC if one is due. The cycles since the record before.
    fn advance(&mut self, cycle: u64) -> u64 {
        let cycle = cycle.max(self.last);
        let delta = cycle - std::mem::replace(&mut self.last, cycle);
        let due = self.sequence == 0 || self.pending != 0 || self.since_sync >= wire::SYNC_INTERVAL_BYTES;
        if !due {
            return delta;
        }
        self.sequence = wire::next_sequence(self.sequence);
        self.since_sync = 0;
        let in_handler = if self.handlers > 0 { wire::FLAG_IN_ISR } else { 0 };
        self.bytes.extend([0; wire::SYNC_ZEROS]);
        self.bytes.push(wire::SYNC_MARK);
        let (core, drops) = (0, 0);
        let flags = std::mem::take(&mut self.pending) | in_handler;
        let fields = [wire::VERSION.into(), core, self.sequence.into(), cycle + 1, drops, self.running.into(), flags];
        fields.iter().for_each(|field| self.number(*field));
        0
    }

    fn number(&mut self, value: u64) {
        self.bytes.extend(leb128(value));
    }
}

/// Canonical LEB128.
fn leb128(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(LONGEST);
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}
