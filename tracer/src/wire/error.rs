//! The two ways in which bytes fail to be a record: the caller either waits or looks for the next SYNC.

/// Why no record could be read from the bytes at hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// The bytes end within the record; nothing is wrong with them so far.
    #[error("the record is not complete yet")]
    NeedMore,
    /// No encoder of this version writes these bytes.
    #[error("not a record of this version")]
    Malformed,
}
