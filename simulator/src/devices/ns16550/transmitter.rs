//! From THR or its FIFO through the shift register to the wire.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::{DEPTH, LSR_TEMT, LSR_THRE};

/// The transmitting half.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Transmitter {
    buffer: VecDeque<u8>,
    /// The character on the wire and the tick at which its last stop bit ends.
    shift: Option<(u8, u64)>,
    /// The buffer has fallen empty, and nobody has seen it in IIR or written since.
    pub(super) empty_event: bool,
}

impl Transmitter {
    /// Without FIFOs a second character replaces the first; a full FIFO takes none.
    pub(super) fn put(&mut self, byte: u8, fifos: bool) {
        self.empty_event = false;
        if !fifos {
            self.buffer.clear();
        }
        if self.buffer.len() < DEPTH {
            self.buffer.push_back(byte);
        }
    }

    pub(super) fn clear(&mut self) {
        if !self.buffer.is_empty() {
            self.buffer.clear();
            self.empty_event = true;
        }
    }

    pub(super) fn is_buffer_empty(&self) -> bool {
        self.buffer.is_empty()
    }

    /// The next character, as it leaves the buffer.
    pub(super) fn take(&mut self) -> Option<u8> {
        let byte = self.buffer.pop_front()?;
        self.empty_event |= self.buffer.is_empty();
        Some(byte)
    }

    pub(super) fn start(&mut self, now: u64, character: u64) {
        if self.shift.is_none()
            && let Some(byte) = self.take()
        {
            self.shift = Some((byte, now.saturating_add(character)));
        }
    }

    /// The character whose last stop bit has ended.
    pub(super) fn finish(&mut self, now: u64) -> Option<u8> {
        self.shift.take_if(|(_, end)| *end <= now).map(|(byte, _)| byte)
    }

    pub(super) fn due(&self) -> Option<u64> {
        self.shift.map(|(_, end)| end)
    }

    /// Its bits of LSR.
    pub(super) fn status(&self) -> u8 {
        match (self.buffer.is_empty(), self.shift.is_some()) {
            (false, _) => 0,
            (true, true) => LSR_THRE,
            (true, false) => LSR_THRE | LSR_TEMT,
        }
    }
}
