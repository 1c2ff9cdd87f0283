//! Futures that wait at the barrier.

use super::{Arrival, Barrier, BarrierWaitResult};
use crate::asynch;
use crate::lock::{self, Locked};
use crate::sync::generation::wake_one;

impl Barrier {
    /// Waits until as many tasks and futures have come as the barrier is for; the future comes when it is polled first, and
    /// is ready then. When the last one has come, tasks go on before futures. A future that is dropped before that has not
    /// come. From any context; does not block.
    ///
    /// ```standalone_crate
    /// static READY: bluekernel::Barrier = bluekernel::Barrier::new(2);
    ///
    /// #[bluekernel::task(priority = 5, stack = 1024)]
    /// fn left() {
    ///     bluekernel::block_on(READY.wait_async());
    /// }
    ///
    /// #[bluekernel::task(priority = 4, stack = 1024)]
    /// fn right() {
    ///     assert!(READY.wait().is_leader());
    /// }
    /// # #[bluekernel::main]
    /// # fn main() {}
    /// ```
    pub async fn wait_async(&'static self) -> BarrierWaitResult {
        let mut place = Place { barrier: self, generation: None };
        loop {
            match asynch::until(&self.futures, |locked, _| place.arrive(locked)).await {
                Arrival::Later => {}
                Arrival::Last => {
                    self.let_go();
                    return BarrierWaitResult { leader: true };
                }
                Arrival::Waits(_) | Arrival::NoTime => return BarrierWaitResult { leader: false },
            }
        }
    }
}

/// Where a future is.
struct Place {
    barrier: &'static Barrier,
    /// It has come, in this generation.
    generation: Option<u64>,
}

impl Place {
    /// Comes, if it has not come yet. `None`: it is to wait.
    fn arrive(&mut self, locked: Locked<'_>) -> Option<Arrival> {
        let generations = self.barrier.control.get(locked).generations();
        if let Some(generation) = self.generation {
            if generations.present() == generation {
                return None;
            }
            self.generation = None;
            return Some(Arrival::Waits(generation));
        }
        if wake_one(locked, generations) {
            return Some(Arrival::Later);
        }
        if self.barrier.come(locked) {
            return Some(Arrival::Last);
        }
        self.generation = Some(generations.present());
        None
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(generation) = self.generation {
            // If the last one has come, it counted on this one.
            let _ = lock::with(|locked| self.barrier.control.get(locked).withdraw(generation));
        }
    }
}
