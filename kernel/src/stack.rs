//! How much of a task's stack was ever used, by its paint.
//!
//! A stack is painted before its task starts ([`STACK_PAINT`](bluekernel_abi::inspect::STACK_PAINT)). What is still painted
//! at its low end was never written.
//!
//! Blind spot: a function may take room on the stack and not write to it, such as a buffer that it does not fill, or the
//! place that the processor keeps for floating-point registers. If that room reaches below everything that was written,
//! the task has needed more than the figure says; and what it did write may look like paint. So leave some room, and
//! trust the figure only after the task has done all that it does. The host does not paint: its tasks are threads.
#![cfg_attr(target_os = "none", expect(unsafe_code, reason = "reads the stacks of other tasks"))]

use crate::table;
#[cfg(target_os = "none")]
use core::ops::ControlFlow;

/// A task's stack, and how much of it was never used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// Its lowest address.
    pub start: usize,
    /// Its bytes.
    pub bytes: usize,
    /// Bytes at its low end that were never written. On the host 0.
    pub unused: usize,
}

impl Usage {
    /// The most bytes that were in use at once, as far as it can be seen ([the module](self) has the blind spot).
    #[must_use]
    pub const fn used(&self) -> usize {
        self.bytes - self.unused
    }
}

/// The stack of the task at place `number` in the order of file name and line; `None` if there are not so many.
///
/// Reads the unused words, four or five instructions each, without masking anything. From any context; does not block.
///
/// ```no_run
/// for (number, stack) in (0..).map_while(|number| Some((number, bluekernel::stack::usage(number)?))) {
///     let name = bluekernel::task::name(number).unwrap_or("");
///     bluekernel::println!("{name}: {} of {} bytes", stack.used(), stack.bytes);
/// }
/// ```
#[must_use]
pub fn usage(number: u8) -> Option<Usage> {
    let (start, bytes) = table::definition(number)?.stack();
    Some(Usage { start: start.addr(), bytes, unused: unused(start, bytes) })
}

/// Bytes at the low end of a stack that still hold their paint, in whole words.
#[cfg(target_os = "none")]
fn unused(start: *const u8, bytes: usize) -> usize {
    match look(start, bytes, 0, bytes) {
        ControlFlow::Break(unused) => unused,
        ControlFlow::Continue(_) => bytes,
    }
}

/// Looks at up to `most` words of a stack, from word `from` on: the bytes at its low end that still hold their paint, if that
/// is certain by then; or the word from which on to look further.
#[cfg(target_os = "none")]
#[inline(always)]
pub(crate) fn look(start: *const u8, bytes: usize, from: usize, most: usize) -> ControlFlow<usize, usize> {
    const PAINT: usize = usize::from_ne_bytes([bluekernel_abi::inspect::STACK_PAINT; WORD]);
    const WORD: usize = size_of::<usize>();
    // A guard at the low end of the running task's stack must not be read. What would have been written there was not.
    #[cfg(guarded)]
    let from = from.max((bluekernel_arch::guard::end(start.addr()) - start.addr()) / WORD);
    let (words, count) = (start.cast::<usize>(), bytes / WORD);
    // SAFETY: inside the stack of a definition, which is a static, aligned to 8, and written before any task runs. Its
    // task may write meanwhile: the read is volatile, a word is read whole, and every value of it is good.
    let is_painted = |word: usize| unsafe { words.add(word).read_volatile() } == PAINT;
    let mut word = from;
    while word < from + most {
        if word >= count || !is_painted(word) {
            return ControlFlow::Break(word * WORD);
        }
        word += 1;
    }
    ControlFlow::Continue(word)
}

/// Nothing is painted.
#[cfg(not(target_os = "none"))]
fn unused(_start: *const u8, _bytes: usize) -> usize {
    0
}
