//! What can be wrong with a source, in words for the person who named it.

use std::io;

use bluekernel_inspect::ImageError;

use crate::recording::MAGIC;
use crate::wire::flight::FlightError;

/// Why no trace comes out of a source. The words follow its name.
#[derive(Debug, thiserror::Error)]
pub enum CaptureError {
    /// It cannot be read.
    #[error("it cannot be read")]
    Io(#[from] io::Error),
    /// There is nothing.
    #[error("it is empty")]
    Empty,
    /// It is a recording.
    #[error("it is a recording already")]
    Recording,
    /// Something else.
    #[error(
        "it is no trace: neither the stream as the kernel sends it, nor what a serial line carried, nor memory with a \
         flight recorder or the ring of RTT in it"
    )]
    Foreign,
    /// It does not end, and is no stream.
    #[error("it is no trace stream, and no picture of a chip's memory has more than {} MiB", bytes >> 20)]
    Endless {
        /// How many bytes were looked at.
        bytes: usize,
    },
    /// An ELF file that cannot be read.
    #[error("it looks like an ELF core file")]
    Elf(#[from] ImageError),
    /// An ELF file without a ring: the firmware itself, most likely.
    #[error(
        "it is an ELF file without a trace in its memory: a core file has one, the firmware as it was built has not"
    )]
    Firmware,
    /// A flight recorder that cannot be read.
    #[error("it holds a flight recorder, but that cannot be read")]
    Flight(#[from] FlightError),
    /// A flight recorder without events.
    #[error("its flight recorder holds no event")]
    NoEvents,
    /// RTT's rings are told by their addresses, and the image does not say where it lay.
    #[error("it is memory with a control block of RTT, and does not say at which address it lay")]
    NoAddress,
    /// RTT without our channel, or a ring that nothing was written to.
    #[error("it is memory with a control block of RTT, but no ring of it that is there holds a trace")]
    NoChannel,
}

/// Refuses what is known by its first bytes.
pub(super) fn refuse(bytes: &[u8]) -> Result<(), CaptureError> {
    if bytes.is_empty() {
        return Err(CaptureError::Empty);
    }
    if bytes.starts_with(&MAGIC) {
        return Err(CaptureError::Recording);
    }
    Ok(())
}
