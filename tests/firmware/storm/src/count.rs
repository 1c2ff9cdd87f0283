//! Numbers that many contexts change.

use core::sync::atomic::{AtomicU32, Ordering};

/// A count. Any context adds to it.
pub struct Count(AtomicU32);

impl Count {
    pub const fn new() -> Self {
        Self(AtomicU32::new(0))
    }

    /// In a critical section: also for processors without atomic addition.
    pub fn add(&self, number: u32) {
        critical_section::with(|_| self.set(self.get().wrapping_add(number)));
    }

    /// One less.
    pub fn remove(&self) {
        self.add(u32::MAX);
    }

    /// One more, if something is wrong.
    pub fn add_if(&self, wrong: bool) {
        if wrong {
            self.add(1);
        }
    }

    pub fn set(&self, number: u32) {
        self.0.store(number, Ordering::Relaxed);
    }

    pub fn get(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }
}
