//! Where an event's bytes go on the short way.

use super::Prefix;
use crate::trace::opaque::{opaque, opaque_pointer};
use crate::trace::ring::Ring;

/// Where the next byte goes. Made by [`Self::new`] only, with room behind it for the record to come.
pub(super) struct Cursor(*mut u8);

impl Cursor {
    /// Where the record at offset `at` begins.
    ///
    /// # Safety
    /// `at` is at most `SIZE`, and not more than what the ring has behind it is written.
    #[inline(always)]
    pub(super) unsafe fn new<const SIZE: usize>(ring: &mut Ring<'_, SIZE>, at: usize) -> Self {
        // SAFETY: the caller's word.
        Self(unsafe { ring.start().add(at) })
    }

    /// The distance from the start of the ring.
    #[inline(always)]
    pub(super) fn offset<const SIZE: usize>(self, ring: &mut Ring<'_, SIZE>) -> usize {
        self.0 as usize - ring.start() as usize
    }

    /// One byte.
    #[inline(always)]
    pub(super) fn byte(self, byte: u8) -> Self {
        // SAFETY: whoever made the cursor vouches for the room of the whole record.
        unsafe {
            self.0.write(byte);
            Self(self.0.add(1))
        }
    }

    /// The bytes of a prefix, in one word. What is too much is written over by what follows, or lies behind the record.
    #[inline(always)]
    pub(super) fn prefix(self, prefix: Prefix) -> Self {
        // SAFETY: as above; there is room for the longest record of the short way, which is longer than this.
        unsafe {
            self.0.cast::<u32>().write_unaligned(prefix.word().to_le());
            Self(self.0.add(prefix.length()))
        }
    }

    /// A number of up to 32 bits, canonical: no superfluous byte.
    #[inline(always)]
    pub(super) fn leb32(mut self, mut value: u32) -> Self {
        // It would carry the place of the byte in front along, in a register that must be saved then.
        self.0 = opaque_pointer(self.0);
        while value >= 0x80 {
            self = self.byte(value as u8 | 0x80);
            // It would take this for a loop of many turns, for which a longer way in pays; but most numbers have a byte or two.
            value = opaque(value >> 7);
        }
        self.byte(value as u8)
    }
}
