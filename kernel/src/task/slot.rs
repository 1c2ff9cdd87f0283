//! Tasks that are made while the program runs, on stacks that the program gives them.

use super::{Control, Stack, Task, claim, end, launch};
use crate::table;
use bluekernel_arch::{Current, Port};
use bluekernel_core::{Priority, TaskId};
use core::fmt;

/// A place for a task, with a stack of `BYTES` bytes: `#[bluekernel::slot] static NAME: Slot<1024>;`. One task at a time can
/// be spawned in it; when that has returned, another can. With 0 bytes the slot has no stack, and each task must be given
/// one: [`Slot::spawn_on`].
///
/// ```standalone_crate
/// use bluekernel::task::Slot;
///
/// #[bluekernel::slot]
/// static WORKER: Slot<1024>;
///
/// #[bluekernel::task(priority = 5, stack = 1024)]
/// fn supervisor() {
///     for unit in 0..3 {
///         let worker = WORKER.spawn(4, move || assert!(unit < 3)).unwrap();
///         worker.join().unwrap();
///     }
/// }
/// # #[bluekernel::main]
/// # fn main() {}
/// ```
pub struct Slot<const BYTES: usize> {
    control: &'static Control,
    stack: &'static Stack<BYTES>,
}

/// From a slot's type to its stack's, for what `#[bluekernel::slot]` makes.
#[doc(hidden)]
pub trait __HasStack {
    /// The stack.
    type Stack;
}

impl<const BYTES: usize> __HasStack for Slot<BYTES> {
    type Stack = Stack<BYTES>;
}

/// Why no task was spawned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpawnError {
    /// The slot's last task has not returned.
    Busy,
    /// A priority is 0 to 31.
    NoSuchPriority,
    /// What the closure captures leaves less of the stack than the smallest one.
    StackTooSmall,
}

impl<const BYTES: usize> Slot<BYTES> {
    /// The slot of a control block and a stack. Called by what `#[bluekernel::slot]` makes.
    ///
    /// # Safety
    /// Both are in no other slot or definition.
    #[doc(hidden)]
    #[must_use]
    pub const unsafe fn __new(control: &'static Control, stack: &'static Stack<BYTES>) -> Self {
        Self { control, stack }
    }

    /// Spawns a task that runs `body` with `priority`, 0 to 31. It is ready when this returns; if it is more important than
    /// the caller, it has run. What `body` captures is kept at the end of the stack. In a task or in `main`; does not block.
    ///
    /// # Errors
    /// [`SpawnError`]; `body` is dropped.
    pub fn spawn<F: FnOnce() + Send + 'static>(&'static self, priority: u8, body: F) -> Result<Task, SpawnError> {
        const { assert!(BYTES > 0, "this slot has no stack of its own: give it one with `spawn_on`") };
        // SAFETY: the stack is this slot's alone.
        unsafe { self.spawn_at(self.stack.0.get().cast(), BYTES, priority, body) }
    }

    /// As [`Slot::spawn`] on a stack that is given. It is the task's for ever. In a task or in `main`; does not block.
    ///
    /// # Errors
    /// [`SpawnError`]; `body` is dropped, and the stack is lost.
    pub fn spawn_on<F: FnOnce() + Send + 'static, const GIVEN: usize>(
        &'static self,
        stack: &'static mut Stack<GIVEN>,
        priority: u8,
        body: F,
    ) -> Result<Task, SpawnError> {
        // SAFETY: the stack is borrowed uniquely, for ever.
        unsafe { self.spawn_at(stack.0.get().cast(), GIVEN, priority, body) }
    }

    /// # Safety
    /// The `bytes` from `stack` are aligned to 8, and used by this slot's tasks only.
    unsafe fn spawn_at<F: FnOnce() + Send + 'static>(
        &'static self,
        stack: *mut u8,
        bytes: usize,
        priority: u8,
        body: F,
    ) -> Result<Task, SpawnError> {
        let priority = Priority::new(priority).ok_or(SpawnError::NoSuchPriority)?;
        let offset = place::<F>(stack.addr(), bytes).ok_or(SpawnError::StackTooSmall)?;
        let id = TaskId::new(table::control_number(self.control));
        claim(id).map_err(|_| SpawnError::Busy)?;
        let argument = stack.wrapping_add(offset);
        // SAFETY: `place` found room for the closure at this offset, aligned for it; the slot was dormant and is ours, so
        // nobody uses the stack; and what is left of it is large enough, and aligned.
        let saved = unsafe {
            argument.cast::<F>().write(body);
            Current::prepare(stack, offset, run::<F>, argument.cast())
        };
        launch(id, saved, priority, offset as u32);
        Ok(Task(id))
    }
}

/// Where in a stack, at its end, what a closure captures is kept. `None` if it leaves too little.
fn place<F>(stack: usize, bytes: usize) -> Option<usize> {
    let align = align_of::<F>().max(8);
    let at = (stack + bytes).checked_sub(size_of::<F>())? / align * align;
    at.checked_sub(stack).filter(|offset| *offset >= Current::MIN_STACK)
}

/// Where a spawned task begins and ends.
extern "C" fn run<F: FnOnce()>(body: *const ()) -> ! {
    // SAFETY: `spawn_at` put it there, for this task alone, which starts once.
    let body = unsafe { body.cast::<F>().read() };
    Current::call(body);
    end()
}

impl fmt::Display for SpawnError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Busy => "the slot's last task has not returned",
            Self::NoSuchPriority => "a priority is 0 to 31",
            Self::StackTooSmall => "the stack is too small for what the task begins with",
        })
    }
}

impl core::error::Error for SpawnError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closure_is_aligned_and_leaves_a_stack() {
        assert_eq!(place::<()>(0x1000, 1024), Some(1024));
        assert_eq!(place::<[u8; 3]>(0x1000, 1024), Some(1016));
        assert_eq!(place::<[u64; 2]>(0x1008, 1024), Some(1008));
        assert_eq!(place::<[u8; 1024 - Current::MIN_STACK]>(0x1000, 1024), Some(Current::MIN_STACK));
        assert_eq!(place::<[u8; 1025 - Current::MIN_STACK]>(0x1000, 1024), None);
        assert_eq!(place::<[u8; 9000]>(0x1000, 1024), None);
    }
}
