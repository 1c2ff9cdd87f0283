//! Who had the processor, and how long: each task, the interrupt handlers, and nobody.
//!
//! Every moment belongs to exactly one of them, so their times add up to the time since the start. The kernel's own time is
//! the task's that runs when it begins; a switch belongs to the task that is switched from, up to the choice, and to the one
//! that is chosen, behind it. Handlers that interrupt handlers are told as one. The resolution is a tick of the board's clock.

use crate::clock;
use crate::kernel::KERNEL;
use crate::lock::{self, Locked, Protected};
use crate::table::Tasks;
use crate::task::Task;
use crate::time::Duration;
use bluekernel_core::Table;
use core::cell::Cell;

struct Times {
    /// The tick up to which all time was told apart.
    told: Cell<u64>,
    idle: Cell<u64>,
    interrupts: Cell<u64>,
    /// Handlers that have begun and not ended.
    handlers: Cell<u8>,
}

static TIMES: Protected<Times> =
    Protected::new(Times { told: Cell::new(0), idle: Cell::new(0), interrupts: Cell::new(0), handlers: Cell::new(0) });

/// Tells the time up to now apart. Called before anything changes that it depends on.
pub(crate) fn charge(locked: Locked<'_>) {
    let times = TIMES.get(locked);
    let now = clock::now(locked);
    let ticks = now - times.told.replace(now);
    let add = |time: &Cell<u64>| time.set(time.get() + ticks);
    if times.handlers.get() > 0 {
        add(&times.interrupts);
    } else if let Some(id) = KERNEL.get(locked).scheduler.current() {
        Tasks(locked).task(id).add_cpu_time(ticks);
    } else {
        add(&times.idle);
    }
}

/// A handler begins.
pub(crate) fn enter() {
    lock::with(|locked| {
        charge(locked);
        let handlers = &TIMES.get(locked).handlers;
        handlers.set(handlers.get() + 1);
    });
}

/// A handler ends.
pub(crate) fn exit() {
    lock::with(|locked| {
        charge(locked);
        let handlers = &TIMES.get(locked).handlers;
        handlers.set(handlers.get() - 1);
    });
}

/// How long nobody had the processor. From any context; does not block.
#[must_use]
pub fn idle() -> Duration {
    lock::with(|locked| {
        charge(locked);
        duration(TIMES.get(locked).idle.get())
    })
}

/// How long interrupt handlers had the processor: those with `#[bluekernel::interrupt]` and the clock's. From any context;
/// does not block.
#[must_use]
pub fn interrupts() -> Duration {
    lock::with(|locked| {
        charge(locked);
        duration(TIMES.get(locked).interrupts.get())
    })
}

impl Task {
    /// How long it had the processor, all its runs together. From any context; does not block.
    #[must_use]
    pub fn cpu_time(self) -> Duration {
        lock::with(|locked| {
            charge(locked);
            duration(Tasks(locked).task(self.id()).cpu_time())
        })
    }
}

fn duration(ticks: u64) -> Duration {
    Duration::from_micros(clock::micros_at(ticks))
}
