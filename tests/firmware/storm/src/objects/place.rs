//! A place for one at a time, if the lock around it is right.

use crate::count::Count;
use core::sync::atomic::{AtomicBool, Ordering};

pub struct Place {
    taken: AtomicBool,
    two: Count,
}

impl Place {
    pub const fn new() -> Self {
        Self { taken: AtomicBool::new(false), two: Count::new() }
    }

    pub fn enter(&self) {
        self.two.add_if(self.is_taken());
        self.taken.store(true, Ordering::Relaxed);
    }

    pub fn leave(&self) {
        self.taken.store(false, Ordering::Relaxed);
    }

    pub fn is_taken(&self) -> bool {
        self.taken.load(Ordering::Relaxed)
    }

    /// How often another one was inside.
    pub fn two(&self) -> u32 {
        self.two.get()
    }
}
