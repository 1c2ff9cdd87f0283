//! The stream out of a serial line ([`bluekernel_abi::uart`]): whole frames give their records, and in the place of what
//! is damaged or missing stands how many bytes that is.

use bluekernel_abi::uart::{MAX_FRAME_BYTES, OVERHEAD_BYTES};
use bluekernel_abi::wire::SYNC_ZEROS;
use crc::{CRC_16_IBM_3740, Crc};

use super::encoder::Encoder;

const CRC: Crc<u16> = Crc::<u16>::new(&CRC_16_IBM_3740);

/// Takes a line's bytes in pieces of any size; gives the stream.
#[derive(Clone, Debug, Default)]
pub struct Uart {
    /// The frame that has begun, up to [`MAX_FRAME_BYTES`].
    frame: Vec<u8>,
    /// Its bytes on the line, also those beyond.
    length: u64,
    /// The offset behind the last whole frame.
    next: Option<u32>,
    /// Bytes of damaged frames since the last whole one.
    damaged: u64,
    /// Bytes of the stream that are missing and not told yet: they are when a SYNC follows.
    missing: u64,
    /// Whether a SYNC was there. What is missing before is not a loss: the line was joined in its middle.
    joined: bool,
    frames: u64,
}

impl Uart {
    /// A line of which nothing was heard.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whole frames so far.
    #[must_use]
    pub const fn frames(&self) -> u64 {
        self.frames
    }

    /// The stream that comes out of these bytes and those before.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut stream = Encoder::new();
        for byte in bytes {
            if *byte == 0 {
                self.end(&mut stream);
            } else {
                self.length += 1;
                if self.frame.len() < MAX_FRAME_BYTES {
                    self.frame.push(*byte);
                }
            }
        }
        stream.into_bytes()
    }

    /// No bytes will follow: tells what is missing behind the last whole frame.
    pub fn finish(&mut self) -> Vec<u8> {
        let mut stream = Encoder::new();
        self.end(&mut stream);
        let missing = std::mem::take(&mut self.missing) + std::mem::take(&mut self.damaged);
        if self.joined && missing > 0 {
            stream.lost(missing);
        }
        stream.into_bytes()
    }

    /// A frame ends.
    fn end(&mut self, stream: &mut Encoder) {
        let length = std::mem::take(&mut self.length);
        if length == 0 {
            return;
        }
        let whole = self.frame.len() as u64 == length;
        let decoded = whole.then(|| decode(&mut self.frame)).flatten();
        match decoded {
            Some((offset, records)) => {
                self.missing += match self.next {
                    None => 0,
                    Some(next) => match offset.wrapping_sub(next).cast_signed() {
                        ahead @ 0.. => ahead.cast_unsigned().into(),
                        // A reset: nobody knows where the run before it ended.
                        _ => self.damaged + u64::from(offset),
                    },
                };
                let begins = records.starts_with(&[0; SYNC_ZEROS]);
                if self.joined && self.missing > 0 && !begins {
                    // Times of these records count from what is missing.
                    self.missing += records.len() as u64;
                } else {
                    if self.joined && self.missing > 0 {
                        stream.lost(self.missing);
                    }
                    self.missing = 0;
                    self.joined |= begins;
                    stream.records(records);
                }
                self.next = Some(offset.wrapping_add(records.len() as u32));
                self.damaged = 0;
                self.frames += 1;
            }
            None => self.damaged += length,
        }
        self.frame.clear();
    }
}

/// Offset and records of a frame without its zero; `None` if it is damaged.
fn decode(frame: &mut [u8]) -> Option<(u32, &[u8])> {
    let length = cobs::decode_in_place(frame).ok()?;
    let (content, crc) = frame.get(..length).filter(|_| length > OVERHEAD_BYTES)?.split_last_chunk()?;
    if CRC.checksum(content) != u16::from_le_bytes(*crc) {
        return None;
    }
    let (offset, records) = content.split_first_chunk()?;
    Some((u32::from_le_bytes(*offset), records))
}
