//! The bitmap of the ready queue: a bit a priority, and the search for the most important one.
//!
//! There are two orders of the bits. Where the processor counts leading zeros by an instruction, bit `p` is priority `p`.
//! Where it does not, that would be some 30 instructions. There the most important priority is bit 0: the lowest bit that is
//! set is found by two instructions, and told by a multiplication and a table of 32 bytes. (Leiserson, Prokop and Randall,
//! "Using de Bruijn Sequences to Index a 1 in a Computer Word", 1998.)

#[cfg(not(slow_leading_zeros))]
pub(crate) use leading::{bit, is_above, most_important};
#[cfg(slow_leading_zeros)]
pub(crate) use trailing::{bit, is_above, most_important};

/// For processors that count leading zeros.
#[cfg(any(test, not(slow_leading_zeros)))]
pub(crate) mod leading {
    use crate::priority::Priority;
    use bluekernel_abi::PRIORITIES;

    /// A priority's bit.
    #[inline(always)]
    pub(crate) const fn bit(priority: Priority) -> u32 {
        1 << priority as u32
    }

    /// The number of the most important priority; any number if there is none.
    #[inline(always)]
    pub(crate) const fn most_important(bitmap: u32) -> usize {
        // Where a bit is set the number of zeros is below 32. The mask spares a check.
        31 - bitmap.leading_zeros() as usize % PRIORITIES
    }

    /// Whether `bit` is more important than all of a bitmap, in which it is not.
    #[inline(always)]
    pub(crate) const fn is_above(bit: u32, bitmap: u32) -> bool {
        bitmap < bit
    }
}

/// For processors that do not.
#[cfg(any(test, slow_leading_zeros))]
pub(crate) mod trailing {
    use crate::priority::Priority;
    use bluekernel_abi::PRIORITIES;

    /// A de Bruijn sequence: each five bits of it, read on behind its end as zeros, are another number.
    const SEQUENCE: u32 = 0x077c_b531;

    /// The priority of a bit, by the upper five bits of its product with the sequence.
    static PRIORITY: [Priority; PRIORITIES] = {
        let mut priorities = [Priority::P0; PRIORITIES];
        let mut number = 0;
        while let Some(priority) = Priority::new(number) {
            priorities[place(bit(priority))] = priority;
            number += 1;
        }
        priorities
    };

    /// A bit's place in that table.
    #[inline(always)]
    const fn place(bit: u32) -> usize {
        (bit.wrapping_mul(SEQUENCE) >> 27) as usize
    }

    /// A priority's bit.
    #[inline(always)]
    pub(crate) const fn bit(priority: Priority) -> u32 {
        1 << (31 - priority as u32)
    }

    /// The number of the most important priority; any number if there is none.
    #[inline(always)]
    pub(crate) fn most_important(bitmap: u32) -> usize {
        PRIORITY[place(bitmap & bitmap.wrapping_neg())] as usize
    }

    /// Whether `bit` is more important than all of a bitmap, in which it is not.
    #[inline(always)]
    pub(crate) const fn is_above(bit: u32, bitmap: u32) -> bool {
        bitmap & (bit - 1) == 0
    }
}
