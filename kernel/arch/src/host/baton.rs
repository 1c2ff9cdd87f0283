//! The threads of the tasks, and whose turn it is.

use crate::port::Run;
use std::any::Any;
use std::boxed::Box;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::vec::Vec;

/// The slot of the idle loop.
pub(super) const IDLE: usize = 0;

/// Where a thread waits for its turn.
#[derive(Default)]
struct Slot {
    go: Mutex<bool>,
    wake: Condvar,
}

/// All slots; the first is [`IDLE`].
static SLOTS: Mutex<Vec<Arc<Slot>>> = Mutex::new(Vec::new());
/// What a task panicked with.
static PANIC: Mutex<Option<Box<dyn Any + Send>>> = Mutex::new(None);

std::thread_local! {
    static MY_SLOT: Cell<Option<usize>> = const { Cell::new(None) };
}

/// A panic while one of these locks is held is reported by the thread that panicked; the data stays whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// This thread's slot, `None` for a thread that is neither a task nor the idle loop.
pub(super) fn my_slot() -> Option<usize> {
    MY_SLOT.get()
}

/// Makes this thread the idle loop.
///
/// # Panics
/// If there is one already: a process has one kernel.
pub(super) fn become_idle() {
    let mut slots = lock(&SLOTS);
    assert!(slots.is_empty(), "the kernel was started twice in one process");
    slots.push(Arc::default());
    MY_SLOT.set(Some(IDLE));
}

/// A new thread that waits for its turn and then calls `run(argument)`. Returns its handle.
pub(super) fn spawn(run: Run, argument: *const ()) -> *mut u8 {
    let slot = Arc::<Slot>::default();
    let number = {
        let mut slots = lock(&SLOTS);
        slots.push(Arc::clone(&slot));
        slots.len() - 1
    };
    let argument = Argument(argument);
    thread::spawn(move || {
        MY_SLOT.set(Some(number));
        slot.wait();
        run(argument.take())
    });
    handle(number)
}

/// What a task is started with.
struct Argument(*const ());

// SAFETY: the pointer is only carried; what it points to is the kernel's, which is made for any context.
unsafe impl Send for Argument {}

impl Argument {
    /// A method, so that a closure captures the whole.
    fn take(self) -> *const () {
        self.0
    }
}

/// Calls this thread's task. Its panic becomes the idle loop's, and this thread never continues.
pub(super) fn call(task: impl FnOnce()) {
    // What a panic left half done is seen by nobody: the kernel ends with it.
    if let Err(panic) = catch_unwind(AssertUnwindSafe(task)) {
        *lock(&PANIC) = Some(panic);
        wake(IDLE);
        loop {
            thread::park();
        }
    }
}

/// Continues a task's panic on this thread, if there was one.
pub(super) fn resume_panic() {
    let panic = lock(&PANIC).take();
    if let Some(panic) = panic {
        resume_unwind(panic);
    }
}

/// The handle of a slot, as the kernel keeps it in place of a stack pointer. [`IDLE`]'s is null.
pub(super) fn handle(slot: usize) -> *mut u8 {
    core::ptr::without_provenance_mut(slot)
}

/// The slot of a handle.
pub(super) fn slot_of(handle: *mut u8) -> usize {
    handle.addr()
}

/// Lets `next` run and waits until it is the turn of `me` again.
pub(super) fn pass(me: usize, next: usize) {
    wake(next);
    let mine = Arc::clone(&lock(&SLOTS)[me]);
    mine.wait();
}

fn wake(slot: usize) {
    let slot = Arc::clone(&lock(&SLOTS)[slot]);
    *lock(&slot.go) = true;
    slot.wake.notify_one();
}

impl Slot {
    fn wait(&self) {
        let mut go = lock(&self.go);
        while !*go {
            go = self.wake.wait(go).unwrap_or_else(PoisonError::into_inner);
        }
        *go = false;
    }
}
