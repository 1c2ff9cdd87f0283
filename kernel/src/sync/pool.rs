//! The pool of blocks.
#![expect(unsafe_code, reason = "hands blocks out, each to one owner, and keeps links in the free ones")]

use crate::asynch::{self, Waiters};
use crate::error::AllocTimedOut;
use crate::kernel::{self, Mask};
use crate::lock::{self, Locked, Protected};
use crate::table::Tasks;
use crate::time::Duration;
use crate::trace;
use bluekernel_abi::{BlockReason, ObjectOp};
use bluekernel_core::pool::{Alloc, Freed};
use bluekernel_core::{Outcome, PoolControl, Table};
use core::cell::UnsafeCell;
use core::mem::{ManuallyDrop, MaybeUninit};
use core::ops::{Deref, DerefMut};
use core::ptr::NonNull;

#[cfg(feature = "async")]
mod futures;

/// `N` blocks of memory, each for one `T`.
///
/// A block is taken with a value, owned by the [`PoolBox`] that it comes in, and comes back where that is dropped. Both
/// take the same time whatever happened before. Tasks that wait for a block get it in the order of their priority, equals
/// in the order they came; a block that comes back while a task waits is that task's at once.
///
/// ```
/// use bluekernel::{Channel, Pool, PoolBox};
///
/// static FRAMES: Pool<[u8; 128], 2> = Pool::new();
/// // Eight bytes go through the channel, not 128.
/// static QUEUE: Channel<PoolBox<[u8; 128]>, 2> = Channel::new();
///
/// let mut frame = FRAMES.try_alloc([0; 128]).unwrap();
/// frame[0] = 7;
/// QUEUE.send(frame);
/// assert_eq!(QUEUE.receive()[0], 7);
/// assert_eq!(FRAMES.available(), 2);
/// ```
/// A pool without blocks does not compile, nor one for values that cannot leave their task:
/// ```compile_fail,E0080
/// static FRAMES: bluekernel::Pool<u32, 0> = bluekernel::Pool::new();
/// ```
/// ```compile_fail,E0277
/// static FRAMES: bluekernel::Pool<*const u8, 1> = bluekernel::Pool::new();
/// ```
#[repr(C)]
pub struct Pool<T, const N: usize> {
    head: Head,
    blocks: [UnsafeCell<MaybeUninit<Block<T>>>; N],
}

/// What of a pool does not depend on its blocks: the way back for them.
#[repr(C)]
struct Head {
    control: Protected<PoolControl<Address>>,
    futures: Waiters,
}

/// What a block is known by while nobody owns it.
type Address = NonNull<()>;

/// Never a value of its own: it gives a block its size and alignment.
#[repr(C)]
union Block<T> {
    /// While it is free: the next free one.
    next: Option<Address>,
    value: ManuallyDrop<T>,
}

// SAFETY: a block is reached by whoever owns it, or while nobody does under the kernel's lock. Values are made in one
// task or handler and dropped in another: so `T: Send`.
unsafe impl<T: Send, const N: usize> Sync for Pool<T, N> {}

/// Where a task that waits finds its block.
///
/// Another task writes to it, through [`bluekernel_core::TaskControl::transfer`], only while this one waits in the pool's
/// list, and under the lock. This task reads it after it was woken.
type Place = UnsafeCell<MaybeUninit<Address>>;

impl<T, const N: usize> Pool<T, N> {
    /// A pool whose blocks are all free. `N` is 1 to 65,535; anything else does not compile.
    #[must_use]
    pub const fn new() -> Self {
        const { assert!(N > 0 && N <= u16::MAX as usize, "a pool has 1 to 65,535 blocks") };
        Self {
            head: Head { control: Protected::new(PoolControl::new()), futures: Waiters::new() },
            blocks: [const { UnsafeCell::new(MaybeUninit::uninit()) }; N],
        }
    }

    /// Takes a block and puts `value` into it; waits while there is none.
    ///
    /// # Panics
    /// If it must wait, outside of a task or inside a critical section.
    #[inline]
    pub fn alloc(&'static self, value: T) -> PoolBox<T> {
        let _call = trace::call(ObjectOp::Alloc, &self.head);
        let place = Place::new(MaybeUninit::uninit());
        let block = self.take_or_wait(&place, Duration::MAX, BlockReason::Pool).unwrap_or_else(|| {
            kernel::settle();
            // SAFETY: who ended the wait wrote to the place; without a time-out nothing else ends it.
            unsafe { (*place.get()).assume_init() }
        });
        PoolBox::new(&self.head, block, value)
    }

    /// Takes a block and puts `value` into it; waits while there is none, but not longer than `timeout`. No time does not
    /// wait, and is for any context.
    ///
    /// # Errors
    /// [`AllocTimedOut`], with the value, if there was no block in time.
    ///
    /// # Panics
    /// If it must wait, outside of a task or inside a critical section.
    #[inline]
    pub fn alloc_timeout(&'static self, value: T, timeout: Duration) -> Result<PoolBox<T>, AllocTimedOut<T>> {
        self.alloc_for(value, timeout, BlockReason::Pool).map_err(AllocTimedOut)
    }

    /// Takes a block and puts `value` into it, if there is one. From any context; does not block.
    ///
    /// # Errors
    /// The value, if all blocks are in use.
    #[inline]
    pub fn try_alloc(&'static self, value: T) -> Result<PoolBox<T>, T> {
        match lock::with(|locked| self.take(locked)) {
            Some(block) => Ok(PoolBox::new(&self.head, block, value)),
            None => Err(value),
        }
    }

    /// The blocks that are free. From any context; does not block; may be outdated when it is looked at.
    #[must_use]
    pub fn available(&self) -> usize {
        N - lock::with(|locked| self.head.control.get(locked).used())
    }

    /// How many blocks there are.
    #[must_use]
    pub const fn capacity(&self) -> usize {
        N
    }

    /// As [`Pool::alloc_timeout`]; the trace is told `reason`.
    #[inline]
    pub(crate) fn alloc_for(&'static self, value: T, timeout: Duration, reason: BlockReason) -> Result<PoolBox<T>, T> {
        if timeout.is_zero() {
            return self.try_alloc(value);
        }
        let _call = trace::call(ObjectOp::Alloc, &self.head);
        let place = Place::new(MaybeUninit::uninit());
        let block = match self.take_or_wait(&place, timeout, reason) {
            Some(block) => block,
            None if kernel::outcome() == Outcome::TimedOut => return Err(value),
            // SAFETY: who ended the wait wrote to the place, since the time-out did not end it.
            None => unsafe { (*place.get()).assume_init() },
        };
        Ok(PoolBox::new(&self.head, block, value))
    }

    /// Takes a block, or makes the task wait for one, which will be in `place`.
    #[cfg_attr(not(feature = "small"), inline(always))]
    #[cfg_attr(feature = "small", inline(never))]
    fn take_or_wait(&'static self, place: &Place, timeout: Duration, reason: BlockReason) -> Option<Address> {
        lock::with_mask(|locked, mask| {
            let block = self.take(locked);
            if block.is_none() {
                wait(self.head.control.get_static(locked), locked, mask, place, timeout, reason);
            }
            block
        })
    }

    #[cfg_attr(not(feature = "small"), inline(always))]
    #[cfg_attr(feature = "small", inline(never))]
    fn take(&'static self, locked: Locked<'_>) -> Option<Address> {
        let control = self.head.control.get(locked);
        // SAFETY: the block is free, so its link was written by `PoolBox::drop`; the lock is held.
        let block = match control.alloc(N, |block| unsafe { block.cast::<Option<Address>>().read() }) {
            Alloc::Again(block) => block,
            // SAFETY: the control says that the number is below N.
            Alloc::New(number) => NonNull::from_ref(unsafe { self.blocks.get_unchecked(number) }).cast(),
            Alloc::Empty => return None,
        };
        tell(locked, &self.head, ObjectOp::Alloc);
        Some(block)
    }
}

/// Makes the running task wait for a block.
#[cold]
#[inline(never)]
fn wait(
    control: &'static PoolControl<Address>,
    locked: Locked<'_>,
    mask: Mask,
    place: &Place,
    timeout: Duration,
    reason: BlockReason,
) {
    let id = kernel::block(locked, mask, Some(control.list()), timeout, reason);
    Tasks(locked).task(id).set_transfer(place.get().cast());
}

/// The trace shows how many blocks are in use.
#[inline(always)]
fn tell(locked: Locked<'_>, head: &Head, op: ObjectOp) {
    trace::object(locked, op, core::ptr::from_ref(head).addr(), head.control.get(locked).used() as u32);
}

impl<T, const N: usize> Default for Pool<T, N> {
    fn default() -> Self {
        Self::new()
    }
}

/// A value in a block of a [`Pool`]. Where it is dropped, the value is dropped and the block goes back: from any context;
/// does not block. If a more important task was waiting for the block, that task runs before the drop is over.
///
/// It may go to other tasks and handlers if its value may.
/// ```compile_fail,E0277
/// fn send<T: Send>(_: T) {}
/// fn is_refused(value: bluekernel::PoolBox<*const u8>) {
///     send(value);
/// }
/// ```
pub struct PoolBox<T: 'static> {
    head: &'static Head,
    value: NonNull<T>,
}

// SAFETY: it owns its value, as a box does, and giving the block back takes the lock.
unsafe impl<T: Send> Send for PoolBox<T> {}
// SAFETY: sharing it shares the value, and nothing else can be done with `&PoolBox`.
unsafe impl<T: Sync> Sync for PoolBox<T> {}

impl<T> PoolBox<T> {
    /// Moves `value` into `block`, which nobody owns.
    #[inline(always)]
    fn new(head: &'static Head, block: Address, value: T) -> Self {
        let place = block.cast();
        // SAFETY: the block is a `Block<T>` of a static pool, and the pool gave it to nobody else.
        unsafe { place.write(value) };
        Self { head, value: place }
    }
}

impl<T> Deref for PoolBox<T> {
    type Target = T;

    #[inline(always)]
    fn deref(&self) -> &T {
        // SAFETY: the box owns the block, in which there is a value.
        unsafe { self.value.as_ref() }
    }
}

impl<T> DerefMut for PoolBox<T> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as above, and the box itself is borrowed uniquely.
        unsafe { self.value.as_mut() }
    }
}

impl<T> Drop for PoolBox<T> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: the value is there, and nobody looks at it again. What dropping it does, it does without the lock.
        unsafe { self.value.drop_in_place() };
        give_back(self.head, self.value.cast());
    }
}

/// Gives a block back, without a value in it.
#[cfg_attr(not(feature = "small"), inline(always))]
#[cfg_attr(feature = "small", inline(never))]
fn give_back(head: &'static Head, block: Address) {
    asynch::with(|locked, told| {
        let pool = head.control.get(locked);
        // SAFETY: the block is large enough for a link, aligned for it, and nobody's.
        let freed = pool.free(block, |block, next| unsafe { block.cast().write(next) });
        tell(locked, head, ObjectOp::Free);
        match freed {
            Freed::ToWaiter(waiter) => {
                // SAFETY: the task waits, so its place is there.
                unsafe { Tasks(locked).task(waiter).transfer().cast::<Address>().write(block) };
                kernel::wake(locked, pool.list(), waiter);
            }
            Freed::Kept => head.futures.tell(locked, told),
        }
    });
}
