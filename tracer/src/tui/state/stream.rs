//! The bytes that a trace was read from, as far as they are kept.

use std::collections::VecDeque;

/// The end of a stream, or all of it. Offsets count from its first byte.
#[derive(Debug, Default)]
pub(in crate::tui) struct Stream {
    /// A ring: what lies before some byte is given back without moving the rest.
    bytes: VecDeque<u8>,
    /// How many bytes were given back.
    forgotten: u64,
}

impl Stream {
    /// All of a stream.
    pub(in crate::tui) fn of(bytes: Vec<u8>) -> Self {
        Self { bytes: bytes.into(), forgotten: 0 }
    }

    pub(super) fn extend(&mut self, bytes: &[u8]) {
        self.bytes.extend(bytes);
    }

    /// Gives back what lies before `offset`.
    pub(super) fn forget(&mut self, offset: u64) {
        let bytes = usize::try_from(offset.saturating_sub(self.forgotten)).unwrap_or(usize::MAX).min(self.bytes.len());
        self.bytes.drain(..bytes);
        self.forgotten += bytes as u64;
    }

    /// The bytes from `offset` on, in two pieces of which each may be empty; none if not all of them are kept.
    pub(in crate::tui) fn from(&self, offset: u64) -> [&[u8]; 2] {
        let (first, second) = self.bytes.as_slices();
        let kept = offset.checked_sub(self.forgotten).and_then(|place| usize::try_from(place).ok());
        let place = kept.unwrap_or(usize::MAX);
        let behind = place.saturating_sub(first.len());
        [first.get(place..).unwrap_or_default(), second.get(behind..).unwrap_or_default()]
    }

    /// How many bytes arrived in all.
    pub(in crate::tui) fn len(&self) -> u64 {
        self.forgotten + self.bytes.len() as u64
    }

    /// How many bytes are kept.
    pub(in crate::tui) fn kept(&self) -> usize {
        self.bytes.len()
    }
}
