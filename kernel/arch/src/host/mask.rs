//! The mask as a lock: one thread at a time, and it may close it again.

use core::sync::atomic::{AtomicUsize, Ordering};

/// The tag of the thread that closed the mask, 0 if it is open.
static OWNER: AtomicUsize = AtomicUsize::new(0);
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

/// Whether this thread has the mask closed.
pub(super) fn is_mine() -> bool {
    OWNER.load(Ordering::Relaxed) == TAG.with(|tag| *tag)
}
