//! A heap for programs that use `alloc` (feature `alloc`). The kernel itself never allocates.
//!
//! The allocator is the crate `rlsf`: two-level segregated fit (M. Masmano et al., "TLSF: a new dynamic memory allocator for
//! real-time systems", ECRTS 2004), behind the kernel's lock. Both allocating and freeing take a bounded time, whatever is
//! on the heap. Growing an allocation copies its contents with the mask open.
//!
//! What does not fit is refused: `Vec::try_reserve` and the like return an error; anything else panics, and the panic's
//! report tells how many bytes were refused. Allocating is for any context, but a handler that needs memory in time is
//! better off with what is there already.
#![expect(unsafe_code, reason = "implements an allocator")]

use crate::{lock, trace};
use core::alloc::{GlobalAlloc, Layout};
use core::cell::UnsafeCell;
use core::mem::MaybeUninit;
use core::ptr::{self, NonNull};
use core::sync::atomic::{AtomicUsize, Ordering};
use rlsf::Tlsf;

/// Makes a heap of so many bytes the program's global allocator; on the host there is one already, and it stays. Use it
/// once, at the program's root.
///
/// ```
/// # #[cfg(target_os = "none")]
/// extern crate alloc;
///
/// bluekernel::heap!(8 * 1024);
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! heap {
    ($bytes:expr) => {
        #[cfg(target_os = "none")]
        #[global_allocator]
        static HEAP: $crate::heap::Heap<{ $bytes }> = $crate::heap::Heap::new();
    };
}

/// Sixteen classes of block sizes, each twice as large as the one before, and eight steps in each: blocks of up to 1 MiB, and
/// a table of 0.5 KB. A block is looked for from the next step upwards, so the largest free block serves requests of up to
/// eight ninths of it.
type Blocks = Tlsf<'static, u16, u8, 16, 8>;

/// `BYTES` bytes of memory, and what is known of them. All bytes 0 as long as nothing was allocated.
pub struct Heap<const BYTES: usize> {
    state: UnsafeCell<State>,
    memory: UnsafeCell<MaybeUninit<[u8; BYTES]>>,
    account: trace::HeapAccount,
}

struct State {
    blocks: Blocks,
    /// The memory is in `blocks`.
    is_ready: bool,
}

// SAFETY: the state is reached under the kernel's lock only, and the memory belongs to whom it was given.
unsafe impl<const BYTES: usize> Sync for Heap<BYTES> {}

/// The bytes of the last allocation that was refused, 0 if none was.
static REFUSED: AtomicUsize = AtomicUsize::new(0);

/// The bytes of the last allocation that did not fit; `None` if all did. From any context; does not block.
#[must_use]
pub fn refused() -> Option<usize> {
    match REFUSED.load(Ordering::Relaxed) {
        0 => None,
        bytes => Some(bytes),
    }
}

impl<const BYTES: usize> Heap<BYTES> {
    /// A heap.
    #[must_use]
    pub const fn new() -> Self {
        let state = State { blocks: Blocks::new(), is_ready: false };
        let memory = UnsafeCell::new(MaybeUninit::uninit());
        Self { state: UnsafeCell::new(state), memory, account: trace::HeapAccount::new() }
    }

    /// Calls `f` with the blocks, under the lock.
    fn with<R>(&'static self, f: impl FnOnce(&mut Blocks) -> R) -> R {
        lock::with(|_| {
            // SAFETY: the lock keeps all others out, and what runs under it here, the allocator's code, does not come back.
            let state = unsafe { &mut *self.state.get() };
            if !state.is_ready {
                state.is_ready = true;
                let memory = ptr::slice_from_raw_parts_mut(self.memory.get().cast::<u8>(), BYTES);
                if let Some(memory) = NonNull::new(memory) {
                    // SAFETY: a static's memory, given once.
                    unsafe { state.blocks.insert_free_block_ptr(memory) };
                }
            }
            f(&mut state.blocks)
        })
    }

    /// The heap itself, as the static that it is.
    ///
    /// # Safety
    /// It is one.
    unsafe fn as_static(&self) -> &'static Self {
        // SAFETY: the caller's.
        unsafe { &*ptr::from_ref(self) }
    }
}

impl<const BYTES: usize> Default for Heap<BYTES> {
    fn default() -> Self {
        Self::new()
    }
}

// SAFETY: `rlsf` hands out blocks of its memory that do not overlap, as large and as aligned as asked for.
unsafe impl<const BYTES: usize> GlobalAlloc for Heap<BYTES> {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: a global allocator is a static.
        let block = unsafe { self.as_static() }.with(|blocks| blocks.allocate(layout));
        let Some(block) = block else {
            REFUSED.store(layout.size(), Ordering::Relaxed);
            return ptr::null_mut();
        };
        trace::heap_alloc(&self.account, layout.size(), BYTES);
        block.as_ptr()
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if let Some(block) = NonNull::new(block) {
            // SAFETY: a global allocator is a static; and `block` is one of its blocks, of this alignment.
            unsafe { self.as_static() }.with(|blocks| unsafe { blocks.deallocate(block, layout.align()) });
            trace::heap_free(&self.account, layout.size(), BYTES);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    static HEAP: Heap<4096> = Heap::new();

    /// As many blocks as there are.
    fn fill(layout: Layout) -> Vec<usize> {
        // SAFETY: not of size 0.
        let blocks = core::iter::from_fn(|| NonNull::new(unsafe { HEAP.alloc(layout) }));
        blocks.map(|block| block.addr().get()).collect()
    }

    #[test]
    fn blocks_are_apart_and_come_back() {
        let layout = Layout::from_size_align(100, 32).unwrap();
        let mut first = fill(layout);
        // A block costs its header of two words, and is rounded up to four words and its alignment.
        assert!(first.len() > 4096 / 200, "only {}", first.len());
        assert_eq!(refused(), Some(100));
        first.sort_unstable();
        let start = HEAP.memory.get().addr();
        assert!(first[0] >= start && first[first.len() - 1] + 100 <= start + 4096);
        assert!(first.windows(2).all(|pair| pair[0] + 100 <= pair[1]));
        assert!(first.iter().all(|block| block.is_multiple_of(32)));
        for block in &first {
            // SAFETY: it was allocated with this layout.
            unsafe { HEAP.dealloc(HEAP.memory.get().cast::<u8>().wrapping_add(block - start), layout) };
        }
        // Nothing was lost: they are one block again.
        let whole = Layout::from_size_align(3500, 8).unwrap();
        assert_eq!(fill(whole).len(), 1);
    }
}
