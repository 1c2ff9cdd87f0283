//! What Unicorn saves as a *context*: bytes whose layout nobody documents, in which fields are found by their value, or by
//! what changes when a register does. The version of Unicorn is pinned; still, a field counts as found only if there is
//! exactly one such place.

/// The only one.
pub(super) fn single(mut candidates: impl Iterator<Item = usize>) -> Option<usize> {
    candidates.next().filter(|_| candidates.next().is_none())
}

/// A word at an offset.
pub(super) fn word(context: &[u8], offset: usize) -> Option<u32> {
    let bytes = context.get(offset..)?.first_chunk::<4>()?;
    Some(u32::from_ne_bytes(*bytes))
}

/// Writes a word at an offset; outside of it, nothing.
pub(super) fn put(context: &mut [u8], offset: usize, value: u32) {
    if let Some(bytes) = context.get_mut(offset..).and_then(|rest| rest.first_chunk_mut::<4>()) {
        *bytes = value.to_ne_bytes();
    }
}
