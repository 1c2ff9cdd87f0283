//! What can go wrong: a variant for each reaction.

use core::fmt;

/// The time was over before what was waited for happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimedOut;

/// Waiting for the mutex could never end: the task owns it itself, or owns one that the owner waits for, perhaps through
/// others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadlock;

/// Why a mutex was not locked in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockError {
    /// The time was over before the mutex was free.
    TimedOut,
    /// The task owns the mutex itself.
    Deadlock,
}

/// There is no room: the semaphore stands at its maximum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

/// The time was over before there was room in the channel. The value comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SendTimedOut<T>(
    /// The value that was not sent.
    pub T,
);

/// Why a mutex with a ceiling was not locked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CeilingError {
    /// The task's own priority is above the ceiling: it never can.
    AboveCeiling,
    /// The time was over before the mutex was free.
    TimedOut,
    /// Waiting for the mutex could never end.
    Deadlock,
}

impl From<LockError> for CeilingError {
    fn from(error: LockError) -> Self {
        match error {
            LockError::TimedOut => Self::TimedOut,
            LockError::Deadlock => Self::Deadlock,
        }
    }
}

/// The time was over before there was a block in the pool. The value comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AllocTimedOut<T>(
    /// The value that got no block.
    pub T,
);

/// The message is longer than any that the queue takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLong;

/// Why a message was not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotSent {
    /// There is no room now, or was none in time.
    Full,
    /// It is longer than any that the queue takes.
    TooLong,
}

impl fmt::Display for TimedOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("timed out")
    }
}

impl fmt::Display for Deadlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("deadlock: the mutex is owned by this task, or by one that waits for this task")
    }
}

impl fmt::Display for LockError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TimedOut => TimedOut.fmt(f),
            Self::Deadlock => Deadlock.fmt(f),
        }
    }
}

impl fmt::Display for Full {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("full")
    }
}

impl<T> fmt::Display for SendTimedOut<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("timed out while the channel was full")
    }
}

impl fmt::Display for CeilingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AboveCeiling => f.write_str("the task is more important than the mutex' ceiling"),
            Self::TimedOut => TimedOut.fmt(f),
            Self::Deadlock => Deadlock.fmt(f),
        }
    }
}

impl core::error::Error for CeilingError {}
impl<T> fmt::Display for AllocTimedOut<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("timed out while all blocks were in use")
    }
}

impl fmt::Display for TooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the message is too long")
    }
}

impl fmt::Display for NotSent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full => "the queue is full",
            Self::TooLong => "the message is too long",
        })
    }
}

impl core::error::Error for TimedOut {}
impl core::error::Error for Deadlock {}
impl core::error::Error for LockError {}
impl core::error::Error for Full {}
impl<T: fmt::Debug> core::error::Error for SendTimedOut<T> {}
impl<T: fmt::Debug> core::error::Error for AllocTimedOut<T> {}
impl core::error::Error for TooLong {}
impl core::error::Error for NotSent {}
