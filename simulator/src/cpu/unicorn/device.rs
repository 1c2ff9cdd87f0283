//! What all engines need to let instructions reach devices: the way to the system, what was done there, and the way back
//! of a load's value.

use std::cell::{Cell, RefCell};
use std::ptr::NonNull;

use crate::bus::{Access, BusError};

/// What answers the accesses of instructions. `privileged`: the instruction asks as privileged code does.
pub(super) trait Answers {
    /// A load.
    fn load(&mut self, access: Access, privileged: bool) -> Result<u32, BusError>;

    /// A store.
    fn store(&mut self, access: Access, value: u32, privileged: bool) -> Result<(), BusError>;

    /// Whether the access just made asks for a stop.
    fn wants_stop(&mut self) -> bool;
}

/// The system, while an engine runs. What that is, is the architecture's.
pub(super) struct SystemSlot<S: ?Sized>(Cell<Option<NonNull<S>>>);

impl<S: ?Sized> Default for SystemSlot<S> {
    fn default() -> Self {
        Self(Cell::new(None))
    }
}

impl<S: ?Sized> SystemSlot<S> {
    /// Lets hooks reach the system behind `pointer` while `body` runs.
    ///
    /// # Safety
    /// Nobody else uses what the pointer points to while `body` runs, and it is alive until then.
    pub(super) unsafe fn lend<R>(&self, pointer: NonNull<S>, body: impl FnOnce() -> R) -> R {
        struct Forget<'a, S: ?Sized>(&'a SystemSlot<S>);
        impl<S: ?Sized> Drop for Forget<'_, S> {
            fn drop(&mut self) {
                self.0.0.set(None);
            }
        }
        self.0.set(Some(pointer));
        // The pointer is taken back before its lifetime ends, also when `body` unwinds.
        let _forget = Forget(self);
        body()
    }

    /// Calls the system; `None` if none was lent.
    pub(super) fn call<R>(&self, call: impl FnOnce(&mut S) -> R) -> Option<R> {
        let mut pointer = self.0.get()?;
        // SAFETY: set by `lend`, whose caller answers for it while `body` runs; `call` does not come here again, since a
        // system must not call the engine.
        Some(call(unsafe { pointer.as_mut() }))
    }
}

impl<S: Answers + ?Sized> SystemSlot<S> {
    /// Makes one access; the value, and whether a stop is asked for.
    pub(super) fn access(&self, access: Access, write: Option<u32>, privileged: bool) -> Result<(u32, bool), BusError> {
        let answer = self.call(|system| {
            let value = match write {
                Some(value) => system.store(access, value, privileged).map(|()| value),
                None => system.load(access, privileged),
            }?;
            Ok((value, system.wants_stop()))
        });
        answer.unwrap_or(Err(BusError))
    }
}

/// The device accesses of one instruction, made once each and kept for a replay of the instruction.
#[derive(Default)]
pub(super) struct AccessLog {
    made: RefCell<Vec<Logged>>,
    /// The cycle of that instruction.
    cycle: Cell<Option<u64>>,
    /// How many of them a replay has used; `None` when there is none.
    used: Cell<Option<usize>>,
}

/// One device access that was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Logged {
    write: bool,
    value: u32,
}

impl AccessLog {
    /// Makes one device access, or takes it from the log. The second value: it asks for a stop.
    pub(super) fn device<S: Answers + ?Sized>(
        &self,
        system: &SystemSlot<S>,
        access: Access,
        write: Option<u32>,
        privileged: bool,
    ) -> Result<(u32, bool), BusError> {
        if let Some(used) = self.used.get() {
            if let Some(logged) = self.made.borrow().get(used) {
                debug_assert_eq!(logged.write, write.is_some());
                self.used.set(Some(used + 1));
                return Ok((logged.value, false));
            }
            // The log is used up: this access and those behind it have not been made yet.
            self.used.set(None);
        }
        let (value, attention) = system.access(access, write, privileged)?;
        let mut made = self.made.borrow_mut();
        if self.cycle.replace(Some(access.cycle)) != Some(access.cycle) {
            made.clear();
        }
        made.push(Logged { write: write.is_some(), value });
        Ok((value, attention))
    }

    /// Whether it is one store and nothing else.
    pub(super) fn is_one_store(&self) -> bool {
        matches!(self.made.borrow()[..], [Logged { write: true, .. }])
    }

    /// Answers accesses from the log while `body` runs, and then makes them again.
    pub(super) fn replay<R>(&self, body: impl FnOnce() -> R) -> R {
        self.used.set(Some(0));
        let result = body();
        self.used.set(None);
        result
    }

    /// Forgets all accesses.
    pub(super) fn clear(&self) {
        self.made.borrow_mut().clear();
        self.cycle.set(None);
    }
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
    // The step is a power of two, and a division is slow.
    (0..size >> step.trailing_zeros()).map(move |index| (address.wrapping_add(index * step), step, 8 * index * step))
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
