//! What both engines need to let instructions reach devices: the way to the system, and the way back of a load's value.

use std::cell::Cell;
use std::ptr::NonNull;

use super::memory::Memory;
use crate::bus::{Access, BusError};
use crate::cpu::cortex_m::bit_band::Bit;
use crate::cpu::cortex_m::config::CoreModel;
use crate::cpu::cortex_m::engine::System;

/// The system, while an engine runs.
#[derive(Default)]
pub(super) struct SystemSlot(Cell<Option<NonNull<dyn System>>>);

impl SystemSlot {
    /// Lets hooks reach `system` while `body` runs.
    pub(super) fn lend<R>(&self, system: &mut dyn System, body: impl FnOnce() -> R) -> R {
        struct Forget<'a>(&'a SystemSlot);
        impl Drop for Forget<'_> {
            fn drop(&mut self) {
                self.0.0.set(None);
            }
        }
        let pointer: NonNull<dyn System + '_> = NonNull::from(system);
        // SAFETY: only the lifetime changes. The pointer is taken back before that lifetime ends, also when `body`
        // unwinds.
        let pointer: NonNull<dyn System + 'static> = unsafe { std::mem::transmute(pointer) };
        self.0.set(Some(pointer));
        let _forget = Forget(self);
        body()
    }

    /// Calls the system; `None` if none was lent.
    pub(super) fn call<R>(&self, call: impl FnOnce(&mut dyn System) -> R) -> Option<R> {
        let mut pointer = self.0.get()?;
        // SAFETY: set by `lend`, whose `&mut` nobody uses while `body` runs; `call` does not come here again, since a
        // `System` must not call the engine.
        Some(call(unsafe { pointer.as_mut() }))
    }

    /// Makes one access; the value, and whether a stop is asked for.
    pub(super) fn access(&self, access: Access, write: Option<u32>, privileged: bool) -> Result<(u32, bool), BusError> {
        let answer = self.call(|system| {
            let value = match write {
                Some(value) => system.write(access, value, privileged).map(|()| value),
                None => system.read(access, privileged),
            }?;
            Ok((value, system.take_attention()))
        });
        answer.unwrap_or(Err(BusError))
    }

    /// Tells of an access of what is watched; whether a stop is asked for.
    pub(super) fn transferred(&self, access: Access, value: u32, write: bool) -> bool {
        self.call(|system| system.transferred(access, value, write)).unwrap_or(false)
    }
}

/// A load or store of a bit of the memories through its alias: the address of the bit's word, and the answer. `None`: the
/// address is no alias, or there is no memory behind it.
pub(super) fn access_bit(
    memory: &Memory,
    model: CoreModel,
    address: u32,
    write: Option<u32>,
) -> Option<(u32, Result<u32, BusError>)> {
    let bit = Bit::in_ram(model, address)?;
    let word = memory.access(bit.word, 4, None)?;
    let answer = word.and_then(|word| match write {
        Some(value) => memory.access(bit.word, 4, Some(bit.set(word, value))).unwrap_or(Err(BusError)),
        None => Ok(bit.get(word)),
    });
    Some((bit.word, answer))
}

/// Whether an access that is not aligned faults because of where it goes: to Device or Strongly-ordered memory of the
/// default memory map (Arm DDI 0403E, A3.2.1 and B3.1). A Cortex-M3 or M4 makes several of it (DDI 0337I and 0439,
/// "Unaligned accesses that cross regions").
pub(super) fn refuses_unaligned(model: CoreModel, memory: &Memory, address: u32, size: u32) -> bool {
    let splits = matches!(model, CoreModel::CortexM3 | CoreModel::CortexM4 | CoreModel::CortexM4F);
    let is_device = matches!(address >> 29, 2 | 5 | 6 | 7);
    !splits && is_device && !is_aligned(address, size.min(4)) && memory.find(address, 1).is_none()
}

/// What a load that a hook has accepted will find: eight bytes, found by the low three bits of their addresses.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Window([u8; 8]);

impl Window {
    /// Puts the low `size` bytes of `value` at `address`.
    pub(super) fn put(&mut self, address: u32, size: u32, value: u32) {
        for (offset, byte) in value.to_le_bytes().into_iter().take(size as usize).enumerate() {
            self.0[(address as usize + offset) % 8] = byte;
        }
    }

    /// Takes `size` bytes, at most 8, from `address`, of which the low bits suffice.
    pub(super) fn get(self, address: u64, size: u32) -> u64 {
        (0..size.min(8)).fold(0, |value, index| {
            value | u64::from(self.0[((address as u32).wrapping_add(index) % 8) as usize]) << (8 * index)
        })
    }
}

/// The accesses that one load or store of `size` bytes makes: (address, size, how many bits of the value come before). An
/// unaligned one is made of bytes, one of eight bytes of words.
pub(super) fn pieces(address: u32, size: u32) -> impl Iterator<Item = (u32, u32, u32)> {
    let step = if is_aligned(address, size.min(4)) { size.clamp(1, 4) } else { 1 };
    (0..size / step).map(move |index| (address.wrapping_add(index * step), step, 8 * index * step))
}

/// Stores that Unicorn makes byte by byte, since their address is not a multiple of their size. It asks for the whole one
/// first, and then for each byte.
///
/// Of a double register only its two words need be aligned: such a store is made when the whole one is asked for, and the
/// eight bytes that follow are not made again.
#[derive(Default)]
pub(super) struct ByteStores {
    /// How many of the bytes are still to come that were made with the whole.
    made: Cell<u32>,
    /// The last store whose bytes are made: its address and size.
    by_bytes: Cell<(u32, u32)>,
}

impl ByteStores {
    /// Whether nothing is to be made of a store that Unicorn asks for: of this one, its bytes were or will be.
    pub(super) fn skip(&self, address: u32, size: u32) -> bool {
        if let Some(left) = self.made.get().checked_sub(1) {
            self.made.set(left);
            return true;
        }
        let by_bytes = !is_aligned(address, size) && !Self::are_words(address, size);
        if by_bytes {
            self.by_bytes.set((address, size));
        }
        by_bytes
    }

    /// Whether this is a byte of a larger store, so that others may follow.
    pub(super) fn is_part(&self, address: u32, size: u32) -> bool {
        let (first, whole) = self.by_bytes.get();
        size == 1 && address.wrapping_sub(first) < whole
    }

    /// A store was made; its bytes may follow.
    pub(super) fn made(&self, address: u32, size: u32) {
        if !is_aligned(address, size) {
            self.made.set(size);
        }
    }

    /// Two words, in the same page of whatever engine: what the other page has may be memory.
    fn are_words(address: u32, size: u32) -> bool {
        const SMALLEST_PAGE: u32 = 0x400;
        size == 8 && is_aligned(address, 4) && address % SMALLEST_PAGE <= SMALLEST_PAGE - 8
    }
}

/// Whether the address is a multiple of the size.
pub(super) fn is_aligned(address: u32, size: u32) -> bool {
    address & size.saturating_sub(1) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unaligned_word_comes_back_from_the_two_aligned_ones_around_it() {
        let mut window = Window::default();
        for ((address, size, _), byte) in pieces(0x4000_0006, 4).zip([0x11, 0x22, 0x33, 0x44]) {
            assert_eq!(size, 1);
            window.put(address, size, byte);
        }
        // Unicorn asks for the words at 4 and at 8, and shifts: the upper half of one, the lower half of the other.
        assert_eq!(window.get(0x4, 4) >> 16 | window.get(0x8, 4) << 16 & 0xffff_0000, 0x4433_2211);
        assert_eq!(pieces(0x4000_0004, 4).collect::<Vec<_>>(), [(0x4000_0004, 4, 0)]);
        assert_eq!(pieces(0x4000_0008, 8).collect::<Vec<_>>(), [(0x4000_0008, 4, 0), (0x4000_000c, 4, 32)]);
        assert_eq!(pieces(0x4000_0004, 8).collect::<Vec<_>>(), [(0x4000_0004, 4, 0), (0x4000_0008, 4, 32)]);
    }

    #[test]
    fn bytes_follow_a_store_that_is_not_aligned() {
        // A word: its bytes are made. A double at a multiple of four: it is made whole, and its bytes are not.
        let stores = ByteStores::default();
        assert!(stores.skip(0x4000_0002, 4) && !stores.skip(0x4000_0002, 1));
        assert!(!stores.skip(0x4000_0004, 8));
        stores.made(0x4000_0004, 8);
        assert!((0x4000_0004..0x4000_000c).all(|byte| stores.skip(byte, 1)));
        assert!(!stores.skip(0x4000_0004, 1));
        // Across a page, and at any other address, its bytes are made.
        assert!(stores.skip(0x4000_07fc, 8) && stores.skip(0x4000_0006, 8));
        stores.made(0x4000_0008, 8);
        assert!(!stores.skip(0x4000_0008, 1), "an aligned one has no bytes");
    }
}
