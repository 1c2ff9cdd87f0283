//! The states of a lane.

use bluekernel_abi::BlockReason;

/// What a lane is doing. One set of states serves every kind of lane:
///
/// | state | task | interrupt | idle | span of the user's |
/// |---|---|---|---|---|
/// | `Running` | has the processor | its handler runs | the processor sleeps | is open |
/// | `Interrupted` | has the processor, but a handler runs on top | a handler runs on top of it | a handler runs on top | - |
/// | `Ready` | waits for the processor | - | - | - |
/// | `Blocked` | waits for an object or time | - | - | - |
/// | `Dormant` | not started, or returned | not active | something runs | is closed |
/// | `Unknown` | events were lost | events were lost | events were lost | events were lost |
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// The trace cannot tell: events were lost, or none spoke of the lane yet.
    Unknown,
    /// Not started, returned, or not active.
    Dormant,
    /// Could run, but something more important does.
    Ready,
    /// Runs.
    Running,
    /// Runs, but an interrupt handler is on top of it.
    Interrupted,
    /// Waits.
    Blocked {
        /// What for.
        reason: BlockReason,
        /// The object waited for, 0 if there is none.
        object: u32,
    },
}

/// The states by their looks and in sums: `Blocked` falls into waiting for an object and waiting for time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// [`State::Running`].
    Running,
    /// [`State::Interrupted`].
    Interrupted,
    /// [`State::Ready`].
    Ready,
    /// Blocked on anything but time.
    Waiting,
    /// Blocked until a time.
    Sleeping,
    /// [`State::Dormant`].
    Dormant,
    /// [`State::Unknown`].
    Unknown,
}

impl Class {
    /// How many there are.
    pub const COUNT: usize = 7;

    /// Every class, in the order of their numbers.
    pub const ALL: [Self; Self::COUNT] =
        [Self::Running, Self::Interrupted, Self::Ready, Self::Waiting, Self::Sleeping, Self::Dormant, Self::Unknown];
}

impl State {
    /// The class it belongs to.
    #[must_use]
    pub const fn class(self) -> Class {
        match self {
            Self::Unknown => Class::Unknown,
            Self::Dormant => Class::Dormant,
            Self::Ready => Class::Ready,
            Self::Running => Class::Running,
            Self::Interrupted => Class::Interrupted,
            Self::Blocked { reason: BlockReason::Delay | BlockReason::Period, .. } => Class::Sleeping,
            Self::Blocked { .. } => Class::Waiting,
        }
    }

    /// Whether the lane has the processor, be there a handler on top of it or not.
    #[must_use]
    pub const fn is_on_cpu(self) -> bool {
        matches!(self, Self::Running | Self::Interrupted)
    }

    /// The state in one word, in lower case.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Dormant => "dormant",
            Self::Ready => "ready",
            Self::Running => "running",
            Self::Interrupted => "interrupted",
            Self::Blocked { .. } => "blocked",
        }
    }
}
