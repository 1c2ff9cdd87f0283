//! From the wire through the shift register to RBR or its FIFO.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::DEPTH;

/// Characters without one arriving or being read after which a FIFO that is not empty asks for attention (NS 8.10).
const TIMEOUT: u64 = 4;

/// The receiving half.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Receiver {
    buffer: VecDeque<u8>,
    /// What RBR shows while there is nothing.
    last: u8,
    /// Characters that make the interrupt.
    pub(super) trigger: usize,
    pub(super) overrun: bool,
    pub(super) timed_out: bool,
    /// The tick at which characters in the FIFO have waited too long.
    timeout: Option<u64>,
    /// The tick at which the last stop bit of the character on the wire ends.
    end: Option<u64>,
    /// What is to come on the wire.
    pub(super) line: VecDeque<u8>,
}

impl Default for Receiver {
    fn default() -> Self {
        Self {
            buffer: VecDeque::new(),
            last: 0,
            trigger: 1,
            overrun: false,
            timed_out: false,
            timeout: None,
            end: None,
            line: VecDeque::new(),
        }
    }
}

impl Receiver {
    pub(super) fn has_data(&self) -> bool {
        !self.buffer.is_empty()
    }

    pub(super) fn reached_trigger(&self, fifos: bool) -> bool {
        self.buffer.len() >= if fifos { self.trigger } else { 1 }
    }

    pub(super) fn clear(&mut self) {
        self.buffer.clear();
        (self.timed_out, self.timeout) = (false, None);
    }

    /// A read of RBR.
    pub(super) fn take(&mut self, fifos: bool, now: u64, character: u64) -> u8 {
        if let Some(byte) = self.buffer.pop_front() {
            self.last = byte;
            self.wait(fifos, now, character);
        }
        self.last
    }

    /// Something has come or gone: the time-out begins anew.
    fn wait(&mut self, fifos: bool, now: u64, character: u64) {
        self.timed_out = false;
        let waits = fifos && self.has_data();
        self.timeout = waits.then(|| now.saturating_add(TIMEOUT * character));
    }

    /// A character is complete. A full FIFO keeps what it has, RBR does not.
    pub(super) fn arrive(&mut self, byte: u8, fifos: bool, now: u64, character: u64) {
        let full = self.buffer.len() >= if fifos { DEPTH } else { 1 };
        self.overrun |= full;
        if full && !fifos {
            self.buffer.clear();
        }
        if !full || !fifos {
            self.buffer.push_back(byte);
        }
        self.wait(fifos, now, character);
    }

    /// `loops`: the wire is cut off.
    pub(super) fn start(&mut self, now: u64, character: u64, loops: bool) {
        if loops {
            self.end = None;
        } else if self.end.is_none() && !self.line.is_empty() {
            self.end = Some(now.saturating_add(character));
        }
    }

    pub(super) fn fire(&mut self, fifos: bool, now: u64, character: u64) {
        if self.timeout.take_if(|at| *at <= now).is_some() {
            self.timed_out = true;
        }
        if self.end.take_if(|end| *end <= now).is_some()
            && let Some(byte) = self.line.pop_front()
        {
            self.arrive(byte, fifos, now, character);
        }
    }

    pub(super) fn due(&self) -> Option<u64> {
        self.timeout.into_iter().chain(self.end).min()
    }

    /// Nothing of it happens any more.
    pub(super) fn stop(&mut self) {
        (self.timeout, self.end) = (None, None);
    }
}
