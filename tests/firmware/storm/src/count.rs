//! A number that one context changes and the others read.

use core::sync::atomic::{AtomicU32, Ordering};

/// A count. One task or handler adds to it.
pub struct Count(AtomicU32);

impl Count {
    pub const fn new() -> Self {
        Self(AtomicU32::new(0))
    }

    /// Load and store: also for processors without atomic addition.
    pub fn add(&self, number: u32) {
        self.0.store(self.0.load(Ordering::Relaxed).wrapping_add(number), Ordering::Relaxed);
    }

    pub fn set(&self, number: u32) {
        self.0.store(number, Ordering::Relaxed);
    }

    pub fn get(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }
}

/// All of them together.
pub fn sum(counts: &[Count]) -> u32 {
    counts.iter().map(Count::get).sum()
}
