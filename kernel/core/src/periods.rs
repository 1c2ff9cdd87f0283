//! How many periods fit into a span: a division of 64 bits.
//!
//! A processor of 32 bits has no instruction for it, and the compiler's function takes 900 bytes of flash. Here the
//! quotient is the number of periods that were missed, nearly always none; so it is found bit by bit, in a few dozen
//! bytes and a few steps.

/// How many whole periods `span` has, and what is left. No period at all is in there 0 times.
#[inline(never)]
pub(crate) fn periods(span: u64, period: u64) -> (u64, u64) {
    let (mut count, mut rest) = (0, span);
    let (mut part, mut place) = (period, u64::from(period > 0));
    // As far to the left as the span reaches.
    while place > 0 && part <= rest >> 1 {
        part <<= 1;
        place <<= 1;
    }
    while place > 0 {
        if part <= rest {
            rest -= part;
            count |= place;
        }
        part >>= 1;
        place >>= 1;
    }
    (count, rest)
}
