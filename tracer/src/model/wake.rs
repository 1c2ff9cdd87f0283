//! Who made which task ready, and when.

use super::pages::Pages;

/// Who had the processor when something happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Actor {
    /// A task, by its number.
    Task(u32),
    /// An interrupt handler, by its exception number.
    Handler(u16),
    /// The kernel: between two tasks, before the first, or out of idle.
    Kernel,
    /// Nobody can tell: events were lost.
    Unknown,
}

/// A task became ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wake {
    /// When, in cycles.
    pub time: u64,
    /// The task.
    pub task: u32,
    /// Who made it ready.
    pub by: Actor,
    /// Whether it is ready because its time-out, or its sleep, was over.
    pub timed_out: bool,
}

/// All wakes, in order of time. A trace has millions of them: each takes 16 bytes.
#[derive(Clone, Debug, Default)]
pub(super) struct WakeList(Pages<Stored>);

/// [`Wake`] with the numbers that a kernel has: tasks below 255, exceptions below 1,024.
#[derive(Clone, Copy, Debug)]
struct Stored {
    time: u64,
    task: u16,
    by: By,
    timed_out: bool,
}

/// [`Actor`] in four bytes.
#[derive(Clone, Copy, Debug)]
enum By {
    Task(u16),
    Handler(u16),
    Kernel,
    Unknown,
}

impl WakeList {
    /// Keeps one more, unless it is of a number that only damaged bytes can name.
    pub(super) fn push(&mut self, wake: Wake) {
        let by = match wake.by {
            Actor::Task(number) => u16::try_from(number).map_or(By::Unknown, By::Task),
            Actor::Handler(exception) => By::Handler(exception),
            Actor::Kernel => By::Kernel,
            Actor::Unknown => By::Unknown,
        };
        if let Ok(task) = u16::try_from(wake.task) {
            self.0.push(Stored { time: wake.time, task, by, timed_out: wake.timed_out });
        }
    }

    /// Drops those before `until`, in cycles.
    pub(super) fn forget(&mut self, until: u64) {
        let before = self.0.partition_point(|wake| wake.time < until);
        self.0.forget(before);
    }

    /// Bytes of what is kept.
    pub(super) const fn bytes(&self) -> usize {
        self.0.bytes()
    }

    /// Those from `time` on, in cycles.
    pub(super) fn since(&self, time: u64) -> impl Iterator<Item = Wake> {
        let first = self.0.partition_point(|wake| wake.time < time);
        self.0.range(first..self.0.len()).map(|stored| {
            let by = match stored.by {
                By::Task(number) => Actor::Task(number.into()),
                By::Handler(exception) => Actor::Handler(exception),
                By::Kernel => Actor::Kernel,
                By::Unknown => Actor::Unknown,
            };
            Wake { time: stored.time, task: stored.task.into(), by, timed_out: stored.timed_out }
        })
    }
}
