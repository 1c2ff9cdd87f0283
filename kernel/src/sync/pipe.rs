//! The pipe: a stream of bytes.
#![expect(unsafe_code, reason = "moves bytes between the ring and the buffers of tasks that wait")]

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

/// Bytes on their way from any number of writers to any number of readers, first in, first out, with room for `N` that
/// nobody has asked for yet.
///
/// Tasks that wait on either side go on in the order of their priority, equals in the order they came. While a task waits
/// for bytes, they go straight into its buffer.
///
/// # Several writers or readers
/// Bytes are moved in pieces of at most [`Pipe::PIECE`], and interrupts are masked for no longer than it takes to move one
/// each way, however many there are. What one call writes of up to that length, where there is room for all of it, stays
/// together. Of longer writes, those of a more important task or handler may come in between two pieces; each byte goes to
/// one reader, and each call's bytes keep their order. Whoever needs longer ones in one piece locks a
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
    control: Protected<PipeControl>,
    bytes: [UnsafeCell<u8>; N],
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
    /// With another piece.
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

    /// The next `count` bytes were moved. Returns whether that is all that is needed.
    fn moved(&self, count: usize) -> bool {
        self.at.set(self.at.get().wrapping_add(count));
        self.length.set(self.length.get() - count);
        self.needed.set(self.needed.get().saturating_sub(count));
        self.needed.get() == 0
    }
}

impl<const N: usize> Pipe<N> {
    /// The most bytes that are moved at once, each way.
    pub const PIECE: usize = PIECE;

    /// An empty pipe. `N` is 1 to 65,535; anything else does not compile.
    #[must_use]
    pub const fn new() -> Self {
        const { assert!(N > 0 && N <= u16::MAX as usize, "a pipe has room for 1 to 65,535 bytes") };
        Self { control: Protected::new(PipeControl::new()), bytes: [const { UnsafeCell::new(0) }; N] }
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
        lock::with(|locked| self.control.get(locked).len())
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
        Ring { control: &self.control, bytes: UnsafeCell::raw_get(self.bytes.as_ptr()), capacity: N }
    }
}

/// A pipe whose size is not part of the type, so that the code is there once.
#[derive(Clone, Copy)]
struct Ring {
    control: &'static Protected<PipeControl>,
    bytes: *mut u8,
    capacity: usize,
}

impl Ring {
    /// Writes until at least `needed` bytes were written and there is no room, or all were; or until the time is over.
    /// Returns how many.
    fn write(self, bytes: &[u8], needed: usize, timeout: Duration) -> usize {
        // Never written to: the pointer is of this type for `Rest` alone.
        let rest = Rest::new(bytes.as_ptr().cast_mut(), bytes.len(), needed);
        self.piece_by_piece(&rest, timeout, BlockReason::PipeFull, |locked| self.write_piece(locked, &rest));
        bytes.len() - rest.length.get()
    }

    /// Reads until at least `needed` bytes were read and there are no more, or the buffer is full; or until the time is
    /// over. Returns how many.
    fn read(self, buffer: &mut [u8], needed: usize, timeout: Duration) -> usize {
        let length = buffer.len();
        let rest = Rest::new(buffer.as_mut_ptr(), length, needed);
        self.piece_by_piece(&rest, timeout, BlockReason::PipeEmpty, |locked| self.read_piece(locked, &rest));
        length - rest.length.get()
    }

    /// Does `piece`, under a lock of its own, again and again. A task that must wait is woken when it needs no more, so it
    /// waits once at most, and no longer than `timeout`.
    #[inline]
    fn piece_by_piece(self, rest: &Rest, timeout: Duration, reason: BlockReason, piece: impl Fn(Locked<'_>) -> Next) {
        if rest.length.get() == 0 {
            return;
        }
        loop {
            let next = lock::with_mask(|locked, mask| match piece(locked) {
                Next::Wait if timeout.is_zero() => Next::Done,
                Next::Wait => {
                    self.wait(locked, mask, rest, timeout, reason);
                    Next::Wait
                }
                next => next,
            });
            match next {
                Next::Again => {}
                Next::Wait if kernel::outcome() == Outcome::Woken => {}
                Next::Wait | Next::Done => return,
            }
        }
    }

    fn wait(self, locked: Locked<'_>, mask: Mask, rest: &Rest, timeout: Duration, reason: BlockReason) {
        let id = kernel::waiting_task(locked, mask, reason);
        Tasks(locked).task(id).set_transfer(core::ptr::from_ref(rest).cast_mut().cast());
        kernel::block(locked, mask, Some(self.control.get_static(locked).list()), timeout, reason);
    }

    /// Moves a piece of `rest`, or one of a writer that waits, to where it belongs.
    fn write_piece(self, locked: Locked<'_>, rest: &Rest) -> Next {
        let control = self.control.get(locked);
        match control.write(self.capacity) {
            Write::Deliver(reader) => {
                // SAFETY: it waits in this pipe's list.
                let buffer = unsafe { Rest::of(locked, reader) };
                let count = rest.length.get().min(buffer.length.get()).min(PIECE);
                // SAFETY: both have so many bytes left, and a reader's buffer is nobody else's.
                unsafe { buffer.at.get().copy_from_nonoverlapping(rest.at.get(), count) };
                rest.moved(count);
                self.tell(locked, ObjectOp::Send);
                if buffer.moved(count) {
                    kernel::wake(locked, control.list(), reader);
                }
            }
            Write::Refill(room, writer) => self.refill(locked, room, writer),
            Write::Store(room) => {
                self.store(locked, room, rest);
            }
            Write::Full => return if rest.needed.get() == 0 { Next::Done } else { Next::Wait },
        }
        if rest.length.get() == 0 { Next::Done } else { Next::Again }
    }

    /// Moves a piece to `rest`, and one of a writer that waits to where there is room then.
    fn read_piece(self, locked: Locked<'_>, rest: &Rest) -> Next {
        let control = self.control.get(locked);
        let refill = match control.read(self.capacity).filter(|_| rest.length.get() > 0) {
            Some(Segment { at, most }) => {
                let count = most.min(rest.length.get());
                // SAFETY: the buffer has so many bytes left; the control says that the ring has bytes there.
                unsafe { rest.at.get().copy_from_nonoverlapping(self.place(at), count) };
                rest.moved(count);
                let refill = control.took(self.capacity, count);
                self.tell(locked, ObjectOp::Receive);
                refill
            }
            None => control.refill(self.capacity),
        };
        if let Some((room, writer)) = refill {
            self.refill(locked, room, writer);
        }
        if rest.length.get() > 0 && !control.is_empty() || control.refill(self.capacity).is_some() {
            Next::Again
        } else if rest.needed.get() > 0 {
            Next::Wait
        } else {
            Next::Done
        }
    }

    /// Moves a piece of the first writer that waits into the ring, and wakes it if that is all it needs.
    fn refill(self, locked: Locked<'_>, room: Segment, writer: TaskId) {
        // SAFETY: it waits in this pipe's list.
        if self.store(locked, room, unsafe { Rest::of(locked, writer) }) {
            kernel::wake(locked, self.control.get(locked).list(), writer);
        }
    }

    /// Moves a piece of `rest` into the ring. Returns whether its task needs no more.
    fn store(self, locked: Locked<'_>, Segment { at, most }: Segment, rest: &Rest) -> bool {
        let count = most.min(rest.length.get());
        // SAFETY: there are so many bytes left; the control says that the ring has room there.
        unsafe { self.place(at).copy_from_nonoverlapping(rest.at.get(), count) };
        self.control.get(locked).stored(count);
        self.tell(locked, ObjectOp::Send);
        rest.moved(count)
    }

    /// The place of a byte and those behind it.
    fn place(self, at: usize) -> *mut u8 {
        self.bytes.wrapping_add(at)
    }

    fn tell(self, locked: Locked<'_>, op: ObjectOp) {
        trace::object(locked, op, core::ptr::from_ref(self.control).addr(), self.control.get(locked).len() as u32);
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
