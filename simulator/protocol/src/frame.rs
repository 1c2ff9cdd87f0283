//! Frames: `stream:u8, len:u32 (little endian), payload`.

use std::io::{self, Read, Write};

/// The stream of JSON-RPC messages.
pub const RPC: u8 = 0;
/// The stream of UART 0; UART n is `UART + n`, n < 16. Payload: [`Chunk`]. The n is the number at the end of the
/// peripheral's name in the board file.
pub const UART: u8 = 0x10;
/// The stream of RTT up channel 0; channel n is `RTT_UP + n`, n < 16. Payload: [`Chunk`].
pub const RTT_UP: u8 = 0x20;
/// The stream of text written by semihosting. Payload: [`Chunk`].
pub const SEMIHOSTING: u8 = 0x30;
/// The stream of stimulus port 0 of an Arm core's trace unit, the ITM; port n is `ITM + n`, n < 32. Payload: [`Chunk`]: what
/// was stored there, in order, the low byte of each store first.
pub const ITM: u8 = 0x40;
/// The stream of the ghost trace: see [`crate::message::Create::ghost`]. Payload: [`Chunk`], of the trace's wire.
pub const GHOST: u8 = 0x60;

/// The longest payload that either side accepts, in bytes: 16 MiB.
pub const MAX_PAYLOAD: u32 = 16 << 20;

/// The most data bytes in a [`Chunk`] that bksim sends. It sends a chunk whole or not yet, so that where the firmware's
/// bytes are cut depends on nothing but the firmware: a client whose window of credit is smaller than this gets nothing.
pub const MAX_CHUNK: usize = 4096;

/// One frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Which stream it belongs to.
    pub stream: u8,
    /// Its bytes.
    pub payload: Vec<u8>,
}

impl Frame {
    /// Writes the frame; the caller flushes.
    ///
    /// # Errors
    /// What the writer says; `InvalidInput` for a payload over [`MAX_PAYLOAD`].
    pub fn write(&self, to: &mut impl Write) -> io::Result<()> {
        let len = u32::try_from(self.payload.len()).ok().filter(|len| *len <= MAX_PAYLOAD);
        let len = len.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "frame payload too long"))?;
        let mut header = [self.stream, 0, 0, 0, 0];
        header[1..].copy_from_slice(&len.to_le_bytes());
        to.write_all(&header)?;
        to.write_all(&self.payload)
    }

    /// Reads one frame; `None` at a clean end of the input, that is, between two frames.
    ///
    /// # Errors
    /// What the reader says; `UnexpectedEof` inside a frame; `InvalidData` for a length over [`MAX_PAYLOAD`].
    pub fn read(from: &mut impl Read) -> io::Result<Option<Self>> {
        let mut header = [0; 5];
        loop {
            match from.read(&mut header[..1]) {
                Ok(0) => return Ok(None),
                Ok(_) => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        from.read_exact(&mut header[1..])?;
        let len = u32::from_le_bytes([header[1], header[2], header[3], header[4]]);
        if len > MAX_PAYLOAD {
            return Err(io::Error::new(io::ErrorKind::InvalidData, format!("frame of {len} bytes")));
        }
        let mut payload = vec![0; len as usize];
        from.read_exact(&mut payload)?;
        Ok(Some(Self { stream: header[0], payload }))
    }
}

/// The payload of every stream but [`RPC`]: bytes of the firmware and the virtual time at which they were collected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// Virtual time in picoseconds since reset.
    pub time_ps: u64,
    /// The bytes.
    pub bytes: Vec<u8>,
}

impl Chunk {
    /// As a frame's payload: time (u64, little endian), bytes.
    #[must_use]
    pub fn to_payload(&self) -> Vec<u8> {
        let mut payload = Vec::with_capacity(8 + self.bytes.len());
        payload.extend_from_slice(&self.time_ps.to_le_bytes());
        payload.extend_from_slice(&self.bytes);
        payload
    }

    /// From a frame's payload; `None` if it is too short.
    #[must_use]
    pub fn from_payload(payload: &[u8]) -> Option<Self> {
        let (time, bytes) = payload.split_first_chunk::<8>()?;
        Some(Self { time_ps: u64::from_le_bytes(*time), bytes: bytes.to_vec() })
    }
}
