//! From DR through its FIFO and the shift register to the wire.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

/// The transmitting half.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Transmitter {
    buffer: VecDeque<u8>,
    /// The character on the wire and the tick at which its last stop bit ends.
    shift: Option<(u8, u64)>,
}

impl Transmitter {
    pub(super) fn waiting(&self) -> usize {
        self.buffer.len()
    }

    pub(super) fn is_sending(&self) -> bool {
        self.shift.is_some()
    }

    pub(super) fn put(&mut self, byte: u8) {
        self.buffer.push_back(byte);
    }

    pub(super) fn take(&mut self) -> Option<u8> {
        self.buffer.pop_front()
    }

    pub(super) fn clear(&mut self) {
        self.buffer.clear();
    }

    pub(super) fn send(&mut self, byte: u8, end: u64) {
        self.shift = Some((byte, end));
    }

    /// The character whose last stop bit has ended.
    pub(super) fn finish(&mut self, now: u64) -> Option<u8> {
        self.shift.take_if(|(_, end)| *end <= now).map(|(byte, _)| byte)
    }

    pub(super) fn due(&self) -> Option<u64> {
        self.shift.map(|(_, end)| end)
    }
}
