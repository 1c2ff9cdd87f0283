//! Without feature `trace-filter`: nothing is held back, and nothing asked.

use bluekernel_abi::wire::group;

/// There are no tags.
pub(super) const TAGS: u32 = 0;

/// No group.
pub(super) const fn tag(_head: u8) -> u32 {
    0
}

/// What is held back: nothing.
pub(crate) struct Filter;

#[expect(clippy::unused_self, reason = "as with the feature")]
impl Filter {
    pub(crate) const fn new() -> Self {
        Self
    }

    #[inline(always)]
    pub(super) fn suspects(&self, _tag: u32) -> bool {
        false
    }

    #[inline(always)]
    pub(super) fn holds_back(&self, _tag: u32, _first: Option<u64>, _task: Option<u8>) -> bool {
        false
    }

    pub(super) fn groups(&self) -> u32 {
        group::ALL
    }

    pub(super) fn muted(&self) -> u32 {
        0
    }
}
