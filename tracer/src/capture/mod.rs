//! A trace in a file of any form: the stream as it left the kernel, what a serial line carried, a picture of memory.
//!
//! ```text
//!            ┌── streams.rs  raw stream, serial line   told by how they begin, then read piece by piece
//! bytes ─▶ mod.rs                                                                          ─▶ stream
//!            └── memory.rs   memory image, ELF core    read whole: the ring may lie anywhere
//!                  └ rtt.rs  the ring of RTT; that of the flight recorder is read by wire
//! ```
//!
//! What is none of these is refused by as little of it as that takes: a source without end fills no memory.

mod error;
mod memory;
mod rtt;
mod streams;

use std::io::Read;

pub use error::CaptureError;
use memory::Memory;
use streams::Line;

/// Bytes by whose end a stream or a serial line is told. A stream has a SYNC in every KiB.
const TELLING: usize = 16 << 10;

/// The largest picture of memory that is read, in bytes: more than any chip has.
const LARGEST_MEMORY: usize = 64 << 20;

/// Bytes of a piece.
const PIECE: usize = 64 << 10;

/// What a source is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// The stream ([`bluekernel_abi::wire`]).
    Stream,
    /// What a serial line carried ([`bluekernel_abi::uart`]).
    Line,
    /// Memory with the ring of RTT channel `bk-trace` in it.
    Rtt,
    /// Memory with the ring of a flight recorder in it ([`bluekernel_abi::flight`]).
    Flight,
}

impl Form {
    /// In words, for messages.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Stream => "a raw trace stream",
            Self::Line => "what a serial line carried",
            Self::Rtt => "memory with the ring of RTT",
            Self::Flight => "memory with a flight recorder",
        }
    }
}

/// Which firmware sent the trace, as the trace itself says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The first eight bytes (little endian) of the ELF's build id, 0 if it has none.
    pub build_id: u64,
    /// Trace-clock cycles in a second.
    pub clock_hz: u64,
}

/// A source that was recognised. [`Capture::next`] gives its stream.
#[derive(Debug)]
pub struct Capture<R> {
    /// What it is.
    pub form: Form,
    /// Which firmware sent it; `None` if that does not stand near the beginning.
    pub identity: Option<Identity>,
    /// What is known of the stream and was not given yet.
    first: Vec<u8>,
    /// What follows; `None` if nothing does.
    rest: Option<(R, Line)>,
}

impl<R: Read> Capture<R> {
    /// Reads as much of a source as tells what it is.
    ///
    /// `rtt` is the address of the firmware's symbol `_SEGGER_RTT`, if that is known: in a memory image without addresses
    /// the ring of RTT is found by it.
    ///
    /// # Errors
    /// [`CaptureError`].
    pub fn open(mut from: R, rtt: Option<u64>) -> Result<Self, CaptureError> {
        let mut bytes = Vec::new();
        let mut wanted = 1 << 10;
        loop {
            let is_whole = fill(&mut from, &mut bytes, wanted)?;
            error::refuse(&bytes)?;
            if (bytes.len() <= TELLING || is_whole)
                && !Memory::may_be(&bytes)
                && let Some((form, first, line)) = streams::recognise(&bytes)
            {
                let identity = streams::identity(&first);
                if identity.is_some() || is_whole || bytes.len() == TELLING {
                    return Ok(Self { form, identity, first, rest: Some((from, line)) });
                }
            }
            if is_whole {
                let (form, first) = Memory::parse(bytes)?.ring(rtt)?;
                return Ok(Self { form, identity: streams::identity(&first), first, rest: None });
            }
            if bytes.len() >= LARGEST_MEMORY {
                return Err(CaptureError::Endless { bytes: bytes.len() });
            }
            wanted *= 2;
        }
    }

    /// The next piece of the stream, which may be empty; `None` at its end. Blocks for as long as the source does.
    ///
    /// # Errors
    /// What the source says.
    #[expect(clippy::should_implement_trait, reason = "an error does not end a source that can be read again")]
    pub fn next(&mut self) -> Result<Option<Vec<u8>>, CaptureError> {
        if !self.first.is_empty() {
            return Ok(Some(std::mem::take(&mut self.first)));
        }
        let Some((from, line)) = &mut self.rest else { return Ok(None) };
        let mut piece = vec![0; PIECE];
        let count = loop {
            match from.read(&mut piece) {
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                done => break done?,
            }
        };
        piece.truncate(count);
        if count > 0 {
            return Ok(Some(line.push(piece)));
        }
        let last = line.finish();
        self.rest = None;
        Ok(Some(last))
    }
}

/// Reads until there are `wanted` bytes; whether the source ended before.
fn fill(from: &mut impl Read, bytes: &mut Vec<u8>, wanted: usize) -> Result<bool, CaptureError> {
    let missing = wanted.saturating_sub(bytes.len());
    let count = from.take(missing as u64).read_to_end(bytes)?;
    Ok(count < missing)
}
