//! The barrier: nobody goes on before a number of tasks has come.

use crate::generation::Generations;
use core::cell::Cell;

/// A barrier. Invariant: fewer have come than are awaited. A task whose time is over counts until it has said so.
#[repr(C)]
pub struct BarrierControl {
    generations: Generations,
    /// How many have come in the present generation.
    come: Cell<u32>,
    tasks: u32,
}

impl BarrierControl {
    /// A barrier for `tasks` tasks.
    ///
    /// # Panics
    /// If `tasks` is 0.
    #[must_use]
    pub const fn new(tasks: u32) -> Self {
        assert!(tasks > 0, "a barrier is for at least 1 task");
        Self { generations: Generations::new(), come: Cell::new(0), tasks }
    }

    /// Who waits, and who was let go.
    #[inline(always)]
    #[must_use]
    pub fn generations(&self) -> &Generations {
        &self.generations
    }

    /// How many have come and wait for the others.
    #[inline(always)]
    #[must_use]
    pub fn come(&self) -> u32 {
        self.come.get()
    }

    /// Whether only one more is awaited.
    #[inline(always)]
    #[must_use]
    pub fn awaits_one(&self) -> bool {
        self.come.get() + 1 == self.tasks
    }

    /// A task comes; not while anybody is still to be woken. Whether it is the last one: then all others are let go, and
    /// it goes on. If not it waits.
    #[must_use]
    pub fn arrive(&self) -> bool {
        let last = self.awaits_one();
        if last {
            self.generations.end();
            self.come.set(0);
        } else {
            self.come.set(self.come.get() + 1);
        }
        last
    }

    /// A task whose time is over, and which came in `generation`, gives up. `false`: it cannot, because the last one has
    /// come meanwhile.
    #[must_use]
    pub fn withdraw(&self, generation: u64) -> bool {
        let present = self.generations.present() == generation;
        if present {
            self.come.set(self.come.get() - 1);
        }
        present
    }
}
