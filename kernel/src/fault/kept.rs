//! The last words, kept over a reset (feature `keep-report`).
//!
//! They lie in RAM that start-up code does not touch, with a mark and a check sum: after power-on, or when another image
//! used the RAM differently, there is nothing. Text, so that it needs no table to be read, whatever the processor.
#![expect(unsafe_code, reason = "the text's bytes are written while nothing else runs")]

use core::cell::UnsafeCell;
use core::sync::atomic::{AtomicU32, Ordering};

/// Bytes of text that are kept: a fault report with all registers is shorter.
const BYTES: usize = 640;
/// There is a text, and it is whole: `b"last"`.
const MAGIC: u32 = u32::from_le_bytes(*b"last");

/// The report of a fault or a panic, as it was told.
///
/// `Display` writes its text.
#[repr(C)]
pub struct Record {
    magic: AtomicU32,
    length: AtomicU32,
    /// Of the length and the text.
    checksum: AtomicU32,
    text: UnsafeCell<[u8; BYTES]>,
}

// SAFETY: the text is written by `keep` alone, which runs once, with interrupts masked for good, and behind which nothing
// but last words runs: they do not read it.
unsafe impl Sync for Record {}

/// In the section that start-up code leaves alone. Marked as used: what a former run left here is not what the compiler
/// thinks.
#[used]
#[cfg_attr(target_os = "none", unsafe(link_section = ".uninit.bk.last_words"))]
static RECORD: Record = Record::new();

/// The last words of the run before this reset, if it ended with a fault or a panic. From any context; does not block.
///
/// ```no_run
/// if let Some(report) = bluekernel::fault::take() {
///     bluekernel::println!("before the reset: {report}");
/// }
/// ```
/// The RAM must have kept its contents: a reset by [`Action::Reset`](super::Action::Reset), by a watchdog or by the pin does that,
/// power-off does not.
#[must_use]
pub fn last() -> Option<&'static Record> {
    RECORD.is_whole().then_some(&RECORD)
}

/// As [`last`], and after the next reset it is not told again. From any context; does not block.
#[must_use]
pub fn take() -> Option<&'static Record> {
    let record = last()?;
    record.magic.store(0, Ordering::Relaxed);
    Some(record)
}

/// Keeps what `tell` writes, up to [`BYTES`].
///
/// # Safety
/// Interrupts are masked for good.
#[cfg(all(any(feature = "fault", feature = "panic"), target_os = "none"))]
pub(super) unsafe fn keep(tell: &super::Words<'_>) {
    // SAFETY: the caller's.
    unsafe { RECORD.keep(tell) };
}

impl Record {
    const fn new() -> Self {
        Self {
            magic: AtomicU32::new(0),
            length: AtomicU32::new(0),
            checksum: AtomicU32::new(0),
            text: UnsafeCell::new([0; BYTES]),
        }
    }

    /// The text, several lines; its first 640 bytes if it was longer. From any context; does not block.
    #[must_use]
    pub fn text(&self) -> &str {
        let bytes = self.bytes();
        core::str::from_utf8(bytes).unwrap_or_else(|error| {
            // Cut in the middle of a character.
            core::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default()
        })
    }

    fn bytes(&self) -> &[u8] {
        let length = self.length.load(Ordering::Relaxed) as usize;
        // SAFETY: see `Sync`: nobody writes.
        let text = unsafe { &*self.text.get() };
        &text[..length.min(BYTES)]
    }

    fn is_whole(&self) -> bool {
        self.magic.load(Ordering::Relaxed) == MAGIC && self.checksum.load(Ordering::Relaxed) == self.computed()
    }

    fn computed(&self) -> u32 {
        let length = self.length.load(Ordering::Relaxed).to_le_bytes();
        !self.bytes().iter().chain(&length).fold(u32::MAX, |crc, byte| crc_32(crc, *byte))
    }

    /// # Safety
    /// Nobody else looks at the text, and nobody will but for a later run.
    #[cfg(any(test, all(any(feature = "fault", feature = "panic"), target_os = "none")))]
    unsafe fn keep(&self, tell: &super::Words<'_>) {
        self.magic.store(0, Ordering::Relaxed);
        let mut length = 0;
        tell(&mut |piece| {
            // SAFETY: the caller's.
            let text = unsafe { &mut *self.text.get() };
            for (place, byte) in text[length..].iter_mut().zip(piece) {
                *place = *byte;
                length += 1;
            }
        });
        self.length.store(length as u32, Ordering::Relaxed);
        self.checksum.store(self.computed(), Ordering::Relaxed);
        self.magic.store(MAGIC, Ordering::Relaxed);
    }
}

impl core::fmt::Display for Record {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.text())
    }
}

/// CRC-32 as in Ethernet (IEEE 802.3, 3.2.9), a bit at a time: it is small, and runs once.
fn crc_32(crc: u32, byte: u8) -> u32 {
    (0..8).fold(crc ^ u32::from(byte), |crc, _| crc >> 1 ^ if crc & 1 != 0 { 0xedb8_8320 } else { 0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(pieces: &[&[u8]]) -> Record {
        let record = Record::new();
        // SAFETY: nobody else has the record.
        unsafe { record.keep(&|say| pieces.iter().for_each(|piece| say(piece))) };
        record
    }

    #[test]
    fn the_checksum_is_ethernets() {
        // The check value of CRC-32/ISO-HDLC in the RevEng catalogue.
        assert_eq!(!b"123456789".iter().fold(u32::MAX, |crc, byte| crc_32(crc, *byte)), 0xcbf4_3926);
    }

    #[test]
    fn what_was_told_is_kept_in_one_piece() {
        let record = kept(&[b"\n*** panic", b" at here", b"\n"]);
        assert!(record.is_whole());
        assert_eq!(record.text(), "\n*** panic at here\n");
    }

    #[test]
    fn a_long_text_is_cut_before_a_character_that_does_not_fit() {
        let record = kept(&[&[b'x'; BYTES - 1], "é".as_bytes(), b"behind"]);
        assert!(record.is_whole());
        assert_eq!(record.text().len(), BYTES - 1);
        assert!(record.text().bytes().all(|byte| byte == b'x'));
    }

    #[test]
    fn every_bit_counts() {
        assert!(!Record::new().is_whole());
        let mut record = kept(&[b"words"]);
        for bit in 0..8 * 5 {
            record.text.get_mut()[bit / 8] ^= 1 << (bit % 8);
            assert!(!record.is_whole());
            record.text.get_mut()[bit / 8] ^= 1 << (bit % 8);
        }
        for word in [&record.magic, &record.length, &record.checksum] {
            for bit in 0..32 {
                word.fetch_xor(1 << bit, Ordering::Relaxed);
                assert!(!record.is_whole());
                word.fetch_xor(1 << bit, Ordering::Relaxed);
            }
        }
        assert!(record.is_whole());
    }
}
