//! The keyframe: zeros, mark, version, and where the producer stands.

use bluekernel_abi::wire;

use super::error::WireError;
use super::varint::Reader;

/// A SYNC record: where the producer stood when it wrote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sync {
    /// Which core's stream this is.
    pub core: u32,
    /// The number of this SYNC since reset, from 1.
    pub sequence: u32,
    /// The trace clock since reset, in cycles, from 0 (the wire counts from 1).
    pub cycles: u64,
    /// Events lost since reset.
    pub drops: u64,
    /// The task that runs; `None` when the processor idles or no task ran yet.
    pub running: Option<u32>,
    /// [`wire::FLAG_BOOT`], [`wire::FLAG_IN_ISR`], [`wire::FLAG_AFTER_DROPS`] and flags of newer kernels.
    pub flags: u64,
}

impl Sync {
    /// Whether this is the first SYNC after a reset.
    #[must_use]
    pub const fn is_boot(&self) -> bool {
        self.flags & wire::FLAG_BOOT != 0
    }

    /// Whether an exception handler runs.
    #[must_use]
    pub const fn in_isr(&self) -> bool {
        self.flags & wire::FLAG_IN_ISR != 0
    }
}

/// What stands behind the zeros.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keyframe {
    /// A SYNC of our version.
    Sync(Sync),
    /// A SYNC of another version, whose fields we do not know.
    Version(u64),
}

/// Reads a SYNC from the first byte behind its zeros. Returns it with the bytes that it took.
pub(super) fn parse(bytes: &[u8]) -> Result<(Keyframe, usize), WireError> {
    let mut reader = Reader::new(bytes);
    if reader.byte()? != wire::SYNC_MARK {
        return Err(WireError::Malformed);
    }
    let version = reader.u64()?;
    if version == 0 {
        return Err(WireError::Malformed);
    }
    if version != u64::from(wire::VERSION) {
        return Ok((Keyframe::Version(version), reader.position()));
    }
    let core = reader.u32()?;
    let sequence = reader.u32()?;
    let cycles = reader.u64()?;
    let drops = reader.u64()?;
    let running = match reader.u64()?.checked_sub(1) {
        Some(task) => Some(u32::try_from(task).map_err(|_| WireError::Malformed)?),
        None => None,
    };
    let flags = reader.u64()?;
    if sequence == 0 {
        return Err(WireError::Malformed);
    }
    let cycles = cycles.checked_sub(1).ok_or(WireError::Malformed)?;
    let sync = Sync { core, sequence, cycles, drops, running, flags };
    Ok((Keyframe::Sync(sync), reader.position()))
}
