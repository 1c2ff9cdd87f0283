//! What an event begins with, and of what it consists.

use crate::trace::filter;

/// An event's head, the fields behind it that take a byte each, and how many numbers follow. One word: each register that
/// an event's parts need less is one that need not be saved.
///
/// | bits | |
/// |---|---|
/// | 0 to 23 | up to three bytes, the first one lowest |
/// | 24, 25 | how many; 0 if there is nothing but a head |
/// | 26 | a second number follows the first one |
/// | 27 | an event of an object, whose address the hooks pass in place of its number |
/// | from 28 on | the group's [`filter::tag`] |
#[derive(Clone, Copy)]
pub(crate) struct Prefix(u32);

impl Prefix {
    /// The most bytes that are written at once, of which those behind the event's own are nothing.
    pub(super) const WRITTEN: usize = size_of::<u32>();
    /// The most bytes.
    const MOST: usize = 3;
    /// One byte.
    const BYTE: u32 = 1 << 24;
    /// All bytes there may be.
    const LENGTH: u32 = Self::MOST as u32 * Self::BYTE;
    /// A second number.
    const SECOND: u32 = 1 << 26;
    /// An event of an object.
    #[cfg(feature = "trace")]
    const OBJECT: u32 = 1 << 27;

    /// An event that is nothing but a head.
    #[inline(always)]
    pub(crate) const fn bare(head: u8) -> Self {
        Self(head as u32 | filter::tag(head))
    }

    /// An event with a number behind its head.
    #[inline(always)]
    pub(crate) const fn new(head: u8) -> Self {
        Self::bare(head).with_number()
    }

    /// The same with a head that is `number` further, of the same group.
    #[cfg(feature = "trace")]
    #[inline(always)]
    pub(crate) const fn plus(self, number: u32) -> Self {
        Self(self.0 + number)
    }

    /// A number follows what was nothing but a head.
    #[inline(always)]
    pub(crate) const fn with_number(self) -> Self {
        Self(self.0 + Self::BYTE)
    }

    /// One more byte, in front of the numbers: a field below 128.
    #[inline(always)]
    pub(crate) const fn small(self, field: u8) -> Self {
        debug_assert!(field < 0x80 && self.length() < Self::MOST);
        Self((self.0 | (field as u32) << (8 * self.length())) + Self::BYTE)
    }

    /// A second number follows.
    #[inline(always)]
    pub(crate) const fn second(self) -> Self {
        Self(self.0 | Self::SECOND)
    }

    /// An event with an object, whose address is passed, and a number behind its head.
    #[cfg(feature = "trace")]
    #[inline(always)]
    pub(crate) const fn object(head: u8) -> Self {
        Self(Self::new(head).0 | Self::OBJECT)
    }

    /// Which no filter suspects.
    #[inline(always)]
    pub(crate) const fn without_tag(self) -> Self {
        Self(self.0 & !filter::TAGS)
    }

    /// Whether it is nothing but a head.
    #[cfg(feature = "trace")]
    #[inline(always)]
    pub(crate) const fn is_bare(self) -> bool {
        self.0 & Self::LENGTH == 0
    }

    /// Whether two numbers follow.
    #[inline(always)]
    pub(super) const fn has_second(self) -> bool {
        self.0 & Self::SECOND != 0
    }

    /// Whether an object's address is passed.
    #[cfg(feature = "trace")]
    #[inline(always)]
    pub(crate) const fn has_object(self) -> bool {
        self.0 & Self::OBJECT != 0
    }

    /// The bytes, where there is not only a head, and something above them.
    #[inline(always)]
    pub(super) const fn word(self) -> u32 {
        self.0
    }

    /// How many there are.
    #[inline(always)]
    pub(super) const fn length(self) -> usize {
        ((self.0 & Self::LENGTH) / Self::BYTE) as usize
    }

    #[inline(always)]
    pub(super) const fn head(self) -> u8 {
        self.0 as u8
    }

    #[inline(always)]
    pub(super) const fn tag(self) -> u32 {
        self.0 & filter::TAGS
    }
}
