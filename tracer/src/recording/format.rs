//! The fixed part in front of a recording.

/// The first eight bytes of every recording.
pub const MAGIC: [u8; 8] = *b"\x89BKT\r\n\x1a\n";

/// The version of the file format that this crate writes. It reads this one and older ones.
pub const FORMAT_VERSION: u16 = 1;

/// Bytes in front of the header.
pub(super) const PREAMBLE: usize = 16;

/// The largest header that is believed, in bytes.
pub(super) const MAX_HEADER: usize = 16 << 20;
