//! From the wire through the shift register and the FIFO to DR.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

/// OE, in DR and in RSR.
const DR_OE: u32 = 1 << 11;
const RSR_OE: u32 = 1 << 3;

/// The receiving half.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Receiver {
    buffer: VecDeque<u8>,
    /// What DR shows while there is nothing.
    last: u8,
    /// A character was lost, and none has found a place since.
    lost: bool,
    /// A character was lost since firmware has cleared the status.
    overrun: bool,
    /// The tick at which the last stop bit of the character on the wire ends.
    end: Option<u64>,
    /// The tick at which characters in the FIFO have waited too long.
    timeout: Option<u64>,
    /// What is to come on the wire.
    pub(super) line: VecDeque<u8>,
}

impl Receiver {
    pub(super) fn waiting(&self) -> usize {
        self.buffer.len()
    }

    pub(super) fn status(&self) -> u32 {
        if self.overrun { RSR_OE } else { 0 }
    }

    pub(super) fn clear_status(&mut self) {
        self.overrun = false;
    }

    /// A read of DR.
    pub(super) fn take(&mut self) -> u32 {
        if let Some(byte) = self.buffer.pop_front() {
            self.last = byte;
        }
        if self.buffer.is_empty() {
            self.timeout = None;
        }
        u32::from(self.last) | if self.lost { DR_OE } else { 0 }
    }

    pub(super) fn clear(&mut self) {
        self.buffer.clear();
        self.timeout = None;
    }

    /// A character is complete; `false` if there is no place for it.
    pub(super) fn arrive(&mut self, byte: u8, depth: usize, timeout: u64) -> bool {
        self.timeout = Some(timeout);
        self.lost = self.buffer.len() >= depth;
        self.overrun |= self.lost;
        if !self.lost {
            self.buffer.push_back(byte);
        }
        !self.lost
    }

    /// The next character begins, if there is one and the wire is free; it ends at `end`.
    pub(super) fn start(&mut self, end: u64) {
        if self.end.is_none() && !self.line.is_empty() {
            self.end = Some(end);
        }
    }

    /// The character whose last stop bit has ended.
    pub(super) fn finish(&mut self, now: u64) -> Option<u8> {
        self.end.take_if(|end| *end <= now)?;
        self.line.pop_front()
    }

    /// Whether the FIFO's time is out.
    pub(super) fn time_out(&mut self, now: u64) -> bool {
        self.timeout.take_if(|at| *at <= now).is_some()
    }

    pub(super) fn due(&self) -> Option<u64> {
        self.timeout.into_iter().chain(self.end).min()
    }

    /// Nothing of it happens any more.
    pub(super) fn stop(&mut self) {
        (self.timeout, self.end) = (None, None);
    }
}
