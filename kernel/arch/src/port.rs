//! The seam between the kernel and a processor.
//!
//! The kernel calls a port through [`Port`]; the port calls the kernel through three functions that the kernel defines,
//! `extern "C"` and by name, since one of the callers is assembly:
//!
//! * `fn __bk_select(saved: *mut u8) -> *mut u8`: called with the mask closed, after the running task's registers were
//!   saved at `saved` (any value if the processor idled). Returns where the registers of the task to run are saved,
//!   null to idle. The port then restores them; it calls nothing else in between.
//! * `fn __bk_yield(saved: *mut u8) -> *mut u8`: the same on behalf of [`Port::yield_task`]: the running task's equals go
//!   first. Never null.
//! * `fn __bk_alarm()`: called in handler context, mask open, when the alarm of the time driver ran off.
#![expect(unsafe_code, reason = "declares an unsafe trait: kernel code relies on its postconditions")]

use bluekernel_abi::inspect::SavedLayout;

/// Where a task starts. It never returns.
pub type Run = extern "C" fn(argument: *const ()) -> !;

/// What the kernel needs of a processor.
///
/// # Contexts
/// *Task*: code of a task, on its own stack. *Handler*: an interrupt handler. *Start*: what runs before the first task,
/// and, once [`Port::idle`] was called, the idle loop; on the main stack.
///
/// # Safety
/// Kernel code is sound only if an implementation keeps every postcondition below. Above all: between [`Port::mask`]
/// and the matching [`Port::unmask`] no other context executes that may call the kernel, and what a context wrote under
/// the mask is seen by the next one to close it. A handler that is bound as `unmasked`, where the port has such, may not.
pub unsafe trait Port {
    /// The mask's state before it was closed.
    type Mask: Copy;

    /// The state of an open mask.
    const OPEN: Self::Mask;

    /// Closes the interrupt mask. Nests.
    ///
    /// *Pre*: none. *Post*: no other context runs until the matching [`Port::unmask`], but handlers that are bound as
    /// `unmasked`; the result is the state before.
    fn mask() -> Self::Mask;

    /// Opens the mask again, if `previous` says that it was open.
    ///
    /// *Post*: the mask is as it was before the matching [`Port::mask`]. If it is open now, whatever became pending
    /// meanwhile happens: handlers first, then a requested switch. From task context, [`Port::settle`] makes it
    /// certain that it has happened.
    ///
    /// # Safety
    /// `previous` must come from the innermost [`Port::mask`] that was not matched yet, or be [`Port::OPEN`] if the mask was
    /// open then.
    unsafe fn unmask(previous: Self::Mask);

    /// Whether the mask was open before it was closed, of which `previous` is the result. Also [`Port::mask_all`] closes it.
    ///
    /// *Pre*: that [`Port::mask`] was not matched yet.
    fn was_open(previous: Self::Mask) -> bool;

    /// Closes the mask for everything, also for handlers that [`Port::mask`] lets through, if the port has such. Nests.
    ///
    /// *Pre*: none. *Post*: no other code runs until the matching [`Port::unmask_all`]; the result says whether it is to be
    /// called: not for an inner one.
    #[inline(always)]
    fn mask_all() -> bool {
        Self::was_open(Self::mask())
    }

    /// Opens the mask again, as [`Port::unmask`] does; as far as [`Port::mask`] has not closed it.
    ///
    /// # Safety
    /// Matches a [`Port::mask_all`] whose result was true, and is called once.
    #[inline(always)]
    unsafe fn unmask_all() {
        // SAFETY: the mask was open, by contract.
        unsafe { Self::unmask(Self::OPEN) };
    }

    /// Asks for a call of `__bk_select` as soon as the mask is open and no handler is active.
    ///
    /// *Pre*: the mask is closed. *Post*: one call will follow, however often this was called before it.
    fn request_switch();

    /// Waits until a requested switch was carried out.
    ///
    /// *Pre*: task context, mask open. *Post*: no switch that was requested before the call is outstanding.
    fn settle();

    /// Calls `f` with the mask open, if the port can.
    ///
    /// *Pre*: inside `__bk_select`. *Post*: as of [`Port::let_handlers_in`].
    #[inline(always)]
    fn with_handlers<R>(f: impl FnOnce() -> R) -> R {
        f()
    }

    /// Opens the mask for a moment, so that handlers which are pending run.
    ///
    /// *Pre*: inside `__bk_select`. *Post*: the mask is closed, no task has run. A port whose `__bk_select` cannot be
    /// interrupted does nothing.
    fn let_handlers_in() {}

    /// Whether a task is executing with the mask open, so that it may wait or yield.
    fn may_switch() -> bool;

    /// Calls `__bk_yield` and carries its answer out.
    ///
    /// *Pre*: task context, mask open. *Post*: it is the calling task's turn again.
    fn yield_task();

    /// Whether a task is executing: not a handler, not the start-up code, not the idle loop.
    fn in_task() -> bool;

    /// Prepares a stack so that `__bk_select` may return the result: `run(argument)` starts, in task context, mask open.
    ///
    /// *Post*: every byte of the stack that the first frame does not need holds
    /// [`STACK_PAINT`](bluekernel_abi::inspect::STACK_PAINT) (targets only).
    ///
    /// # Safety
    /// The stack is `bytes` long from `stack`, aligned to 8, at least [`Port::MIN_STACK`] bytes, and nobody else uses it
    /// from now on.
    unsafe fn prepare(stack: *mut u8, bytes: usize, run: Run, argument: *const ()) -> *mut u8;

    /// Calls a task's function.
    ///
    /// *Pre*: task context. *Post*: it has returned; where panics unwind, they do not come out here.
    fn call(task: impl FnOnce());

    /// What lies at a result of [`Port::prepare`] or an argument of `__bk_select`, for tools.
    const SAVED_LAYOUT: SavedLayout;

    /// The smallest stack: the registers of a switched-out task that calls nothing, and one interrupt's frame.
    const MIN_STACK: usize;

    /// Sets the processor up: the switch gets the least important exception priority.
    ///
    /// *Pre*: start context, called once, before any other function but [`Port::mask`], [`Port::unmask`] and
    /// [`Port::prepare`].
    fn init();

    /// Becomes the idle loop: opens the mask and sleeps until something happens, for ever. The main stack is emptied
    /// before the mask is opened, so that only the idle loop itself is ever interrupted by the first switch.
    ///
    /// *Pre*: start context, the mask was closed once, a switch was requested.
    /// *Post*: on a target this does not return. The host returns when nothing can ever happen again: no task is ready
    /// and no alarm is set.
    ///
    /// # Safety
    /// Nothing of the caller's stack frame, or of its callers', is used again on a target.
    unsafe fn idle();
}
