//! The bytes that a trace was read from, as far as they are kept.

/// The end of a stream, or all of it. Offsets count from its first byte.
#[derive(Debug, Default)]
pub(in crate::tui) struct Stream {
    bytes: Vec<u8>,
    /// How many bytes were given back.
    forgotten: u64,
}

impl Stream {
    /// All of a stream.
    pub(in crate::tui) const fn of(bytes: Vec<u8>) -> Self {
        Self { bytes, forgotten: 0 }
    }

    pub(super) fn extend(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Gives back what lies before `offset`.
    pub(super) fn forget(&mut self, offset: u64) {
        let bytes = usize::try_from(offset.saturating_sub(self.forgotten)).unwrap_or(usize::MAX).min(self.bytes.len());
        self.bytes.drain(..bytes);
        self.forgotten += bytes as u64;
    }

    /// The bytes from `offset` on; none if not all of them are kept.
    pub(in crate::tui) fn from(&self, offset: u64) -> &[u8] {
        let kept = offset.checked_sub(self.forgotten).and_then(|place| usize::try_from(place).ok());
        kept.and_then(|place| self.bytes.get(place..)).unwrap_or_default()
    }

    /// How many bytes arrived in all.
    pub(in crate::tui) fn len(&self) -> u64 {
        self.forgotten + self.bytes.len() as u64
    }

    /// How many bytes are kept.
    pub(in crate::tui) const fn kept(&self) -> usize {
        self.bytes.len()
    }
}
