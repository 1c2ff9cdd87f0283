//! The mask as a lock: one thread at a time, and it may close it again.

use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// The tag of the thread that closed the mask, 0 if it is open.
static OWNER: AtomicUsize = AtomicUsize::new(0);
/// It is closed for everything. Under the mask.
static FOR_ALL: AtomicBool = AtomicBool::new(false);
/// It was open before it was closed for everything. Under the mask.
static OPEN_BEFORE: AtomicBool = AtomicBool::new(false);
/// The next tag.
static TAGS: AtomicUsize = AtomicUsize::new(1);

std::thread_local! {
    static TAG: usize = TAGS.fetch_add(1, Ordering::Relaxed);
}

/// Closes the mask. Returns whether it was open for this thread; then, and only then, [`open`] must follow.
pub(super) fn close() -> bool {
    let me = TAG.with(|tag| *tag);
    if OWNER.load(Ordering::Relaxed) == me {
        return false;
    }
    while OWNER.compare_exchange_weak(0, me, Ordering::Acquire, Ordering::Relaxed).is_err() {
        std::thread::yield_now();
    }
    true
}

/// Opens the mask.
pub(super) fn open() {
    OWNER.store(0, Ordering::Release);
}

/// Closes the mask for everything. Returns whether it was not closed so yet; then, and only then, [`open_for_all`] must follow.
pub(super) fn close_for_all() -> bool {
    let was_open = close();
    let is_outermost = !FOR_ALL.swap(true, Ordering::Relaxed);
    if is_outermost {
        OPEN_BEFORE.store(was_open, Ordering::Relaxed);
    }
    is_outermost
}

/// The mask is closed as it was before. Returns whether it was open.
pub(super) fn open_for_all() -> bool {
    FOR_ALL.store(false, Ordering::Relaxed);
    OPEN_BEFORE.load(Ordering::Relaxed)
}

/// Whether this thread has the mask closed for everything.
pub(super) fn is_closed_for_all() -> bool {
    is_mine() && FOR_ALL.load(Ordering::Relaxed)
}

/// Whether this thread has the mask closed.
pub(super) fn is_mine() -> bool {
    OWNER.load(Ordering::Relaxed) == TAG.with(|tag| *tag)
}
