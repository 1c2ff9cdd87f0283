//! What can go wrong: a variant for each reaction.

use core::fmt;

/// The time was over before what was waited for happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimedOut;

/// There is no room: the semaphore stands at its maximum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

/// The time was over before there was room in the channel. The value comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SendTimedOut<T>(
    /// The value that was not sent.
    pub T,
);

/// The task's own priority is above the ceiling of the mutex.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AboveCeiling;

/// Why a mutex with a ceiling was not locked in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CeilingError {
    /// The task's own priority is above the ceiling of the mutex: it never can.
    AboveCeiling,
    /// The time was over before the mutex was free.
    TimedOut,
}

impl From<AboveCeiling> for CeilingError {
    fn from(AboveCeiling: AboveCeiling) -> Self {
        Self::AboveCeiling
    }
}

impl From<TimedOut> for CeilingError {
    fn from(TimedOut: TimedOut) -> Self {
        Self::TimedOut
    }
}

impl fmt::Display for TimedOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("timed out")
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

impl fmt::Display for AboveCeiling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the task is more important than the mutex' ceiling")
    }
}

impl fmt::Display for CeilingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AboveCeiling => AboveCeiling.fmt(f),
            Self::TimedOut => TimedOut.fmt(f),
        }
    }
}

impl core::error::Error for AboveCeiling {}
impl core::error::Error for CeilingError {}
impl core::error::Error for TimedOut {}
impl core::error::Error for Full {}
impl<T: fmt::Debug> core::error::Error for SendTimedOut<T> {}
