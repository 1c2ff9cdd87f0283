//! What a cycle can be spent on.

use bluekernel_abi::BlockReason;

use crate::recording::Header;

/// What the task in question, or at the end of [`Attribution::blocked`], was about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cause {
    /// Its own code.
    Own,
    /// It was ready, and this task, at least as important, ran.
    Preempted {
        /// The task.
        by: u32,
    },
    /// An interrupt handler ran.
    Interrupt {
        /// The exception number.
        exception: u32,
    },
    /// The kernel: between two tasks, or on the way to it out of one that is less important.
    Kernel,
    /// It was ready, and this task ran on although it is less important, for longer than switches take: it masks interrupts, or
    /// keeps the scheduler from switching.
    Masked {
        /// The task.
        by: u32,
    },
    /// It waited for time or for data, or for a lock whose owner nobody knows.
    Waiting {
        /// What for.
        reason: BlockReason,
        /// The object; 0 without one.
        object: u32,
    },
    /// It waited for a lock whose owner waits for it: a deadlock.
    Deadlock,
    /// It was not started, or had returned.
    Dormant,
    /// Nobody can tell: events were lost.
    Lost,
}

/// A lock that was waited for, and its owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Blocked {
    /// The lock.
    pub object: u32,
    /// The task that owned it.
    pub holder: u32,
}

/// Why time passed: what was waited for, and what the last owner was about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Attribution {
    /// The lock that the task waited for, then the one that its owner waited for, and so on; empty if it did not wait for one.
    pub blocked: Vec<Blocked>,
    /// What the task, or the last owner, was about.
    pub cause: Cause,
}

impl Attribution {
    /// In words, such as `blocked on app::TOTAL held by low: pre-empted by mid`.
    #[must_use]
    pub fn text(&self, header: &Header) -> String {
        let mut out = String::new();
        for (at, blocked) in self.blocked.iter().enumerate() {
            let what = if at == 0 { "blocked on" } else { "which waits for" };
            let holder = header.task(blocked.holder);
            out.push_str(&format!("{what} {} held by {holder}", header.object(blocked.object)));
            out.push_str(if at + 1 == self.blocked.len() { ": " } else { ", " });
        }
        out.push_str(&match (self.cause, self.blocked.is_empty()) {
            (Cause::Own, true) => "own code".to_owned(),
            (Cause::Own, false) => "its code".to_owned(),
            (Cause::Preempted { by }, _) => format!("pre-empted by {}", header.task(by)),
            (Cause::Interrupt { exception }, _) => format!("interrupt {}", header.exception(exception)),
            (Cause::Kernel, _) => "kernel".to_owned(),
            (Cause::Masked { by }, _) => format!("masked by {}", header.task(by)),
            (Cause::Waiting { reason, object: 0 }, _) => format!("waits ({})", reason.name()),
            (Cause::Waiting { reason, object }, _) => {
                format!("waits for {} ({})", header.object(object), reason.name())
            }
            (Cause::Deadlock, _) => "deadlock".to_owned(),
            (Cause::Dormant, _) => "not started".to_owned(),
            (Cause::Lost, _) => "events were lost".to_owned(),
        });
        out
    }
}

impl Cause {
    /// A name in lower case, for JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Preempted { .. } => "preempted",
            Self::Interrupt { .. } => "interrupt",
            Self::Kernel => "kernel",
            Self::Masked { .. } => "masked",
            Self::Waiting { .. } => "waiting",
            Self::Deadlock => "deadlock",
            Self::Dormant => "dormant",
            Self::Lost => "lost",
        }
    }
}
