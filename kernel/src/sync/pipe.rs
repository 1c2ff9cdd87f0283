//! The pipe: a stream of bytes.
#![expect(unsafe_code, reason = "moves bytes between the ring and the buffers of tasks that wait")]

use crate::asynch::{self, Told, Waiters};
use crate::error::TimedOut;
use crate::kernel::{self, Mask};
use crate::lock::{self, Locked, Protected};
use crate::table::Tasks;
use crate::time::Duration;
use crate::trace;
use bluekernel_abi::{BlockReason, ObjectOp};
use bluekernel_core::pipe::{PIECE, Segment, Write};
use bluekernel_core::{Outcome, PipeControl, Table, TaskId};
use core::cell::{Cell, UnsafeCell};

#[cfg(feature = "async")]
mod futures;

/// Bytes on their way from any number of writers to any number of readers, first in, first out, with room for `N` that
/// nobody has asked for yet.
///
/// Tasks that wait on either side go on in the order of their priority, equals in the order they came. While a task waits
/// for bytes, they go straight into its buffer.
///
/// # Several writers or readers
/// Bytes are moved in pieces of at most [`Pipe::PIECE`], and interrupts are masked for no longer than it takes to move one,
/// however many there are. A piece also ends where the room in the ring does, where the ring begins anew, and where the buffer
/// of the task that waits is full. Between two pieces of one call those of a more important task or handler may come; each
/// byte goes to one reader, and each call's bytes keep their order. Whoever needs several bytes in one piece locks a
/// [`Mutex`](crate::Mutex) around them, or sends messages ([`MessageQueue`](crate::MessageQueue)).
///
/// ```
/// use bluekernel::Pipe;
///
/// static CONSOLE: Pipe<8> = Pipe::new();
/// assert_eq!(CONSOLE.try_write(b"0123456789"), 8);
/// let mut buffer = [0; 3];
/// assert_eq!(CONSOLE.read(&mut buffer), 3);
/// assert_eq!(&buffer, b"012");
/// assert_eq!(CONSOLE.len(), 5);
/// ```
/// A pipe without room does not compile:
/// ```compile_fail,E0080
/// static CONSOLE: bluekernel::Pipe<0> = bluekernel::Pipe::new();
/// ```
#[repr(C)]
pub struct Pipe<const N: usize> {
    head: Head,
    bytes: [UnsafeCell<u8>; N],
}

/// What of a pipe does not depend on its size.
#[repr(C)]
struct Head {
    control: Protected<PipeControl>,
    readers: Waiters,
    writers: Waiters,
}

// SAFETY: the bytes are touched under the kernel's lock only.
unsafe impl<const N: usize> Sync for Pipe<N> {}

/// The rest of a buffer that a task writes from or reads into.
///
/// It is on the stack of that task, and so is whatever makes the buffer its own. Another task reaches both, through
/// [`bluekernel_core::TaskControl::transfer`], only while this one waits in the pipe's list, and under the lock. This task
/// touches the buffer under the lock too, while it does not wait.
struct Rest {
    at: Cell<*mut u8>,
    length: Cell<usize>,
    /// How many more bytes must be moved before the call may return.
    needed: Cell<usize>,
}

/// How a call goes on when the lock is open again.
enum Next {
    /// With another step.
    Again,
    /// When the task was woken.
    Wait,
    /// Not at all: it is done.
    Done,
}

impl Rest {
    /// A buffer that is read from only, or written to only.
    fn new(at: *mut u8, length: usize, needed: usize) -> Self {
        Self { at: Cell::new(at), length: Cell::new(length), needed: Cell::new(needed.min(length)) }
    }

    /// The rest of the buffer of a task that waits in a pipe.
    ///
    /// # Safety
    /// It waits in a pipe's list, and the result is used under this lock only.
    unsafe fn of<'l>(locked: Locked<'l>, id: TaskId) -> &'l Self {
        // SAFETY: `Ring::wait` put a `Rest` there, which lives until the wait is over.
        unsafe { &*Tasks(locked).task(id).transfer().cast::<Self>() }
    }

    /// The next `count` bytes were moved.
    fn moved(&self, count: usize) {
        self.at.set(self.at.get().wrapping_add(count));
        self.length.set(self.length.get() - count);
        self.needed.set(self.needed.get().saturating_sub(count));
    }
}

impl<const N: usize> Pipe<N> {
    /// The most bytes that are moved at once.
    pub const PIECE: usize = PIECE;

    /// An empty pipe. `N` is 1 to 65,535; anything else does not compile.
    #[must_use]
    pub const fn new() -> Self {
        const { assert!(N > 0 && N <= u16::MAX as usize, "a pipe has room for 1 to 65,535 bytes") };
        let head =
            Head { control: Protected::new(PipeControl::new()), readers: Waiters::new(), writers: Waiters::new() };
        Self { head, bytes: [const { UnsafeCell::new(0) }; N] }
    }

    /// Writes as many of the bytes as there is room for; waits while there is none. Returns how many: at least 1, if
    /// there are any.
    ///
    /// # Panics
    /// If it must wait, outside of a task or inside a critical section.
    pub fn write(&'static self, bytes: &[u8]) -> usize {
        self.ring().write(bytes, 1, Duration::MAX)
    }

    /// Writes all of the bytes; waits whenever there is no room.
    ///
    /// # Panics
    /// If it must wait, outside of a task or inside a critical section.
    pub fn write_all(&'static self, bytes: &[u8]) {
        self.ring().write(bytes, bytes.len(), Duration::MAX);
    }

    /// Writes as [`Pipe::write`]; waits while there is no room, but not longer than `timeout`. No time does not wait, and
    /// is for any context.
    ///
    /// # Errors
    /// [`TimedOut`] if there was no room in time; nothing was written.
    ///
    /// # Panics
    /// If it must wait, outside of a task or inside a critical section.
    pub fn write_timeout(&'static self, bytes: &[u8], timeout: Duration) -> Result<usize, TimedOut> {
        in_time(bytes.len(), self.ring().write(bytes, 1, timeout))
    }

    /// Writes as many of the bytes as there is room for, and returns how many: 0 if there is none. From any context; does
    /// not block.
    pub fn try_write(&'static self, bytes: &[u8]) -> usize {
        self.ring().write(bytes, 0, Duration::ZERO)
    }

    /// Reads the bytes that are there, as many as fit into `buffer`; waits while there are none. Returns how many: at
    /// least 1, if the buffer has room.
    ///
    /// # Panics
    /// If it must wait, outside of a task or inside a critical section.
    pub fn read(&'static self, buffer: &mut [u8]) -> usize {
        self.ring().read(buffer, 1, Duration::MAX)
    }

    /// Reads as [`Pipe::read`], but waits until at least `trigger` bytes were read, or the buffer is full: so a task that
    /// handles many at a time is not woken for each.
    ///
    /// # Panics
    /// If it must wait, outside of a task or inside a critical section.
    pub fn read_at_least(&'static self, buffer: &mut [u8], trigger: usize) -> usize {
        self.ring().read(buffer, trigger, Duration::MAX)
    }

    /// Reads as [`Pipe::read_at_least`], but waits not longer than `timeout`: then it returns how many bytes came until
    /// then, maybe 0. No time does not wait, and is for any context.
    ///
    /// # Panics
    /// If it must wait, outside of a task or inside a critical section.
    pub fn read_at_least_timeout(&'static self, buffer: &mut [u8], trigger: usize, timeout: Duration) -> usize {
        self.ring().read(buffer, trigger, timeout)
    }

    /// Reads as [`Pipe::read`]; waits while there are no bytes, but not longer than `timeout`. No time does not wait, and
    /// is for any context.
    ///
    /// # Errors
    /// [`TimedOut`] if none came in time.
    ///
    /// # Panics
    /// If it must wait, outside of a task or inside a critical section.
    pub fn read_timeout(&'static self, buffer: &mut [u8], timeout: Duration) -> Result<usize, TimedOut> {
        in_time(buffer.len(), self.ring().read(buffer, 1, timeout))
    }

    /// Reads the bytes that are there, as many as fit into `buffer`, and returns how many: 0 if there are none. From any
    /// context; does not block.
    pub fn try_read(&'static self, buffer: &mut [u8]) -> usize {
        self.ring().read(buffer, 0, Duration::ZERO)
    }

    /// The number of bytes that can be read. From any context; does not block; may be outdated when it is looked at.
    #[must_use]
    pub fn len(&self) -> usize {
        lock::with(|locked| self.head.control.get(locked).len())
    }

    /// Whether there is no byte to read. From any context; does not block; may be outdated when it is looked at.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many bytes it can hold.
    #[must_use]
    pub const fn capacity(&self) -> usize {
        N
    }

    fn ring(&'static self) -> Ring {
        Ring { head: &self.head, bytes: UnsafeCell::raw_get(self.bytes.as_ptr()), capacity: N }
    }
}

/// A pipe whose size is not part of the type, so that the code is there once.
#[derive(Clone, Copy)]
struct Ring {
    head: &'static Head,
    bytes: *mut u8,
    capacity: usize,
}

impl Ring {
    /// Writes until at least `needed` bytes were written and there is no room, or all were; or until the time is over.
    /// Returns how many.
    #[inline(never)]
    fn write(self, bytes: &[u8], needed: usize, timeout: Duration) -> usize {
        let _call = (!timeout.is_zero()).then(|| trace::call(ObjectOp::Send, self.head));
        // Never written to: the pointer is of this type for `Rest` alone.
        let rest = Rest::new(bytes.as_ptr().cast_mut(), bytes.len(), needed);
        self.step_by_step(&rest, timeout, BlockReason::PipeFull, |locked| self.write_step(locked, &rest));
        bytes.len() - rest.length.get()
    }

    /// Reads until at least `needed` bytes were read and there are no more, or the buffer is full; or until the time is
    /// over. Returns how many.
    #[inline(never)]
    fn read(self, buffer: &mut [u8], needed: usize, timeout: Duration) -> usize {
        let _call = (!timeout.is_zero()).then(|| trace::call(ObjectOp::Receive, self.head));
        let length = buffer.len();
        let rest = Rest::new(buffer.as_mut_ptr(), length, needed);
        self.step_by_step(&rest, timeout, BlockReason::PipeEmpty, |locked| self.read_step(locked, &rest));
        length - rest.length.get()
    }

    /// Does `step`, under a lock of its own, again and again. A task that must wait is woken when it needs no more, so it
    /// waits once at most, and no longer than `timeout`.
    #[inline(always)]
    fn step_by_step(self, rest: &Rest, timeout: Duration, reason: BlockReason, step: impl Fn(Locked<'_>) -> Next) {
        if rest.length.get() == 0 {
            return;
        }
        loop {
            let next = asynch::with_mask(|locked, mask, told| {
                if self.wakes_satisfied(locked) {
                    return Next::Again;
                }
                let before = self.head.control.get(locked).len();
                match step(locked) {
                    Next::Wait if timeout.is_zero() => Next::Done,
                    Next::Wait => {
                        self.wait(locked, mask, rest, timeout, reason);
                        Next::Wait
                    }
                    next => {
                        self.tell_future(locked, told, before);
                        next
                    }
                }
            });
            match next {
                Next::Again => {}
                Next::Wait if kernel::outcome() == Outcome::Woken => {}
                Next::Wait | Next::Done => return,
            }
        }
    }

    /// A step was made where there were `before` bytes: if that changed what futures wait for, the first one tries again. It
    /// lets the next one try when it has.
    #[inline(always)]
    fn tell_future(self, locked: Locked<'_>, told: &Told, before: usize) {
        let length = self.head.control.get(locked).len();
        if before == 0 && length > 0 {
            self.head.readers.tell(locked, told);
        } else if before == self.capacity && length < self.capacity {
            self.head.writers.tell(locked, told);
        }
    }

    /// Wakes the first that waits, if it has what it needs.
    #[inline(always)]
    fn wakes_satisfied(self, locked: Locked<'_>) -> bool {
        let satisfied = self.satisfied(locked);
        if let Some(id) = satisfied {
            kernel::wake(locked, self.head.control.get(locked).list(), id);
        }
        satisfied.is_some()
    }

    /// The first that waits, if it has what it needs.
    #[inline(always)]
    fn satisfied(self, locked: Locked<'_>) -> Option<TaskId> {
        let first = self.head.control.get(locked).list().first()?;
        // SAFETY: it waits in this pipe's list.
        let rest = unsafe { Rest::of(locked, first) };
        if rest.needed.get() == 0 { Some(first) } else { None }
    }

    #[inline(always)]
    fn wait(self, locked: Locked<'_>, mask: Mask, rest: &Rest, timeout: Duration, reason: BlockReason) {
        let control = self.head.control.get_static(locked);
        let id = kernel::block(locked, mask, Some(control.list()), timeout, reason);
        Tasks(locked).task(id).set_transfer(core::ptr::from_ref(rest).cast_mut().cast());
        control.begin(reason == BlockReason::PipeFull);
    }

    /// Moves a piece of `rest`, or one of a writer that waits, to where it belongs.
    #[inline(always)]
    fn write_step(self, locked: Locked<'_>, rest: &Rest) -> Next {
        if rest.length.get() == 0 {
            return Next::Done;
        }
        let control = self.head.control.get(locked);
        match control.write(self.capacity) {
            Write::Deliver(reader) => {
                // SAFETY: it waits in this pipe's list.
                let buffer = unsafe { Rest::of(locked, reader) };
                let count = rest.length.get().min(buffer.length.get()).min(PIECE);
                // SAFETY: both have so many bytes left, and a reader's buffer is nobody else's.
                unsafe { move_bytes(rest.at.get(), buffer.at.get(), count) };
                rest.moved(count);
                buffer.moved(count);
                self.tell(locked, ObjectOp::Send);
            }
            // SAFETY: it waits in this pipe's list.
            Write::Refill(room, writer) => self.store(locked, room, unsafe { Rest::of(locked, writer) }),
            Write::Store(room) => {
                self.store(locked, room, rest);
                if rest.length.get() == 0 {
                    return Next::Done;
                }
            }
            Write::Full => return if rest.needed.get() == 0 { Next::Done } else { Next::Wait },
        }
        Next::Again
    }

    /// Moves a piece to `rest`; or, if it has all or there is none, one of a writer that waits to where there is room.
    #[inline(always)]
    fn read_step(self, locked: Locked<'_>, rest: &Rest) -> Next {
        let control = self.head.control.get(locked);
        // Looked at first: it is what most calls wait for.
        let oldest = if control.is_empty() || rest.length.get() == 0 { None } else { control.read(self.capacity) };
        if let Some(Segment { at, most }) = oldest {
            let count = most.min(rest.length.get());
            // SAFETY: the buffer has so many bytes left; the control says that the ring has bytes there.
            unsafe { move_bytes(self.place(at), rest.at.get(), count) };
            rest.moved(count);
            control.took(self.capacity, count);
            self.tell(locked, ObjectOp::Receive);
            return if rest.length.get() == 0 && control.list().is_empty() { Next::Done } else { Next::Again };
        }
        match control.refill(self.capacity) {
            // SAFETY: it waits in this pipe's list.
            Some((room, writer)) => self.store(locked, room, unsafe { Rest::of(locked, writer) }),
            None if rest.needed.get() > 0 => return Next::Wait,
            None => return Next::Done,
        }
        Next::Again
    }

    /// Moves a piece of `rest` into the ring.
    #[inline(always)]
    fn store(self, locked: Locked<'_>, Segment { at, most }: Segment, rest: &Rest) {
        let count = most.min(rest.length.get());
        // SAFETY: there are so many bytes left; the control says that the ring has room there.
        unsafe { move_bytes(rest.at.get(), self.place(at), count) };
        self.head.control.get(locked).stored(count);
        rest.moved(count);
        self.tell(locked, ObjectOp::Send);
    }

    /// The place of a byte and those behind it.
    fn place(self, at: usize) -> *mut u8 {
        self.bytes.wrapping_add(at)
    }

    fn tell(self, locked: Locked<'_>, op: ObjectOp) {
        trace::object(locked, op, core::ptr::from_ref(self.head).addr(), self.head.control.get(locked).len() as u32);
    }
}

/// Moves a piece.
///
/// # Safety
/// `count` bytes can be read from `from` and written to `to`, and nobody else touches either.
#[inline(always)]
unsafe fn move_bytes(from: *const u8, to: *mut u8, count: usize) {
    for at in 0..count {
        // Volatile, so that the loop stays one: for so few bytes the library's function takes longer.
        // SAFETY: by contract.
        unsafe { to.add(at).write_volatile(from.add(at).read_volatile()) };
    }
}

/// What was moved of `length` bytes, before the time was over.
fn in_time(length: usize, moved: usize) -> Result<usize, TimedOut> {
    if moved == 0 && length > 0 { Err(TimedOut) } else { Ok(moved) }
}

impl<const N: usize> Default for Pipe<N> {
    fn default() -> Self {
        Self::new()
    }
}
