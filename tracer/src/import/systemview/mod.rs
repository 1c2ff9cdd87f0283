//! SEGGER SystemView: recordings of its program (`.SVDat`), and what firmware writes to the RTT channel `SysView`.
//!
//! ```text
//! bytes ─▶ packets.rs ─┬─▶ dictionary.rs   first: names, priorities, numbers for tasks    ─▶ Header
//!                      └─▶ stream.rs       then: what happened, in our wire               ─▶ stream
//! ```
//!
//! The packets are those of SystemView 3 (the head of SEGGER's own `SEGGER_SYSVIEW.c` describes them).
//!
//! | theirs | ours |
//! |---|---|
//! | start and stop of execution, ready, idle, interrupts | the same |
//! | stop of ready | the task waits, for an object of an unknown kind; dormant if another task stopped it |
//! | overflow | a counted loss |
//! | pause of the recording, bytes that are no packets | a loss that nobody counted |
//! | markers, functions of software timers | spans and moments |
//! | samples | values over time; of numbers with a fraction the whole part |
//! | text, calls and other events of the operating system | moments |
//! | heaps | one heap, the sum of all |
//!
//! Objects are not in their stream: who waits for which mutex can be read in ours alone.

mod dictionary;
mod packets;
mod reader;
mod stream;

use crate::recording::Recording;
use dictionary::Dictionary;
use packets::Packets;

/// Why bytes are not a recording of SystemView's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SystemViewError {
    /// The packet that every recording begins with is not there.
    #[error("this is no SystemView recording: nothing in it tells how fast its clock runs")]
    Foreign,
}

/// Reads a recording.
///
/// It takes memory in proportion to `bytes`, whatever they hold.
///
/// # Errors
/// [`SystemViewError`]. What is damaged in a recording is told in it, as a loss.
pub fn read(bytes: &[u8]) -> Result<Recording, SystemViewError> {
    let dictionary = Dictionary::read(Packets::new(bytes));
    if dictionary.hz == 0 {
        return Err(SystemViewError::Foreign);
    }
    Ok(Recording { header: dictionary.header(), stream: stream::write(Packets::new(bytes), &dictionary) })
}
