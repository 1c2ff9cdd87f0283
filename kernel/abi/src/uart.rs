//! The trace stream over a serial line, version 1: a channel that may damage and lose bytes.
//!
//! ```text
//! line   = { frame }
//! frame  = COBS( offset:u32  records  crc:u16 )  0x00        (offset and crc little endian)
//! ```
//!
//! * `records` are whole records of the stream ([`crate::wire`]), at least one; a SYNC only at their beginning. A frame
//!   begins with a SYNC wherever the sender can have one, so that a lost frame takes no other with it.
//! * `offset` is how many bytes of the stream came before these since reset, modulo 2^32: so what is missing is known to the
//!   byte, also where whole frames are.
//! * `crc` is CRC-16/IBM-3740 (polynomial 0x1021, from 0xffff, not reflected, nothing added at the end; of the text
//!   `123456789` it is 0x29b1) over `offset` and `records`. It finds every error of up to three bits in a frame of up to 4 KiB.
//! * COBS (Cheshire and Baker, "Consistent Overhead Byte Stuffing", 1999) leaves no zero in a frame. Zeros between frames
//!   mean nothing; a sender may begin with one.
//!
//! A reader that joins, or meets a frame that is damaged, goes on behind the next zero.

/// Bytes of a frame besides its records, before COBS: offset and CRC.
pub const OVERHEAD_BYTES: usize = 6;

/// The longest frame that is believed, in bytes on the line.
pub const MAX_FRAME_BYTES: usize = 8192;

/// What the CRC starts from.
pub const CRC_INIT: u16 = 0xffff;

/// The bytes that `length` bytes take on the line at most, with the zero behind them.
#[must_use]
pub const fn encoded_bytes(length: usize) -> usize {
    length + length / 254 + 2
}
