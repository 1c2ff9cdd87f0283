//! The states of a task, as a byte in its control block.

/// What a task is doing. The byte values are part of the inspection table's contract. The running task is told by its
/// number; its byte says that it is ready.
///
/// ```text
///              spawn            1 chosen
///   Dormant ──────────▶ Ready ───────────▶ Running
///      ▲                 ▲  ▲   2 pre-empted  │ │
///      │                 │  └─────────────────┘ │ 3 waits
///      │ 5 returns       │ 4 woken or timed out │
///      └──(Running)      └────── Blocked ◀──────┘
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum TaskState {
    /// Not started, or has returned.
    Dormant = 0,
    /// Could run, but a task that is at least as important does.
    Ready = 1,
    /// Runs now.
    Running = 2,
    /// Waits for an object or for time.
    Blocked = 3,
    /// Taken out of scheduling by a call.
    Suspended = 4,
}

impl TaskState {
    /// The state of byte `value`, or `None` for a byte that no kernel of this version writes.
    #[must_use]
    pub const fn from_byte(value: u8) -> Option<Self> {
        Some(match value {
            0 => Self::Dormant,
            1 => Self::Ready,
            2 => Self::Running,
            3 => Self::Blocked,
            4 => Self::Suspended,
            _ => return None,
        })
    }

    /// The state in one word, in lower case.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dormant => "dormant",
            Self::Ready => "ready",
            Self::Running => "running",
            Self::Blocked => "blocked",
            Self::Suspended => "suspended",
        }
    }
}
