//! One event: head, fields, time since the record before.

use std::ops::Range;

use bluekernel_abi::wire::{SYNC_ZEROS, TIMER_ARM_UNIT, head};
use bluekernel_abi::{BlockReason, Event, Named, ObjectOp, PriorityCause};

use super::error::WireError;
use super::varint::Reader;

/// The longest payload of a head with a length that is believed, in bytes: a stream repeats its SYNC every
/// [`bluekernel_abi::wire::SYNC_INTERVAL_BYTES`], so a longer one is a damaged length.
pub const MAX_PAYLOAD: usize = 4096;

/// The longest time between two records that is believed, in cycles: three days at 1 GHz. Damaged bytes that read as a
/// longer one would throw everything behind them to the end of time.
pub const MAX_DELTA: u64 = 1 << 48;

/// The exception number of external interrupt 0 on Cortex-M.
const FIRST_INTERRUPT: u32 = 16;

/// An event as it stands on the wire. It borrows nothing, so that the decoder may move on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Parsed {
    /// What happened. Of [`Event::Unknown`] the payload, and of [`Event::Name`] the name is missing:
    pub(super) event: Event<'static>,
    /// it stands in these bytes of the record.
    pub(super) payload: Range<usize>,
    /// Cycles since the record before.
    pub(super) delta: u64,
    /// Bytes of the whole record.
    pub(super) bytes: usize,
}

/// Reads the event at the front of `bytes`.
pub(super) fn parse(bytes: &[u8]) -> Result<Parsed, WireError> {
    let mut reader = Reader::new(bytes);
    let head = reader.byte()?;
    let (event, payload) = if head >= head::FIRST_WITH_LENGTH {
        with_length(head, &mut reader)?
    } else {
        (fixed(head, &mut reader)?, 0..0)
    };
    let delta = reader.u64()?;
    if delta > MAX_DELTA {
        return Err(WireError::Malformed);
    }
    if head >= head::FIRST_WITH_LENGTH && bytes.get(..reader.position()).is_some_and(holds_zeros) {
        return Err(WireError::Malformed);
    }
    Ok(Parsed { event, payload, delta, bytes: reader.position() })
}

fn with_length(head: u8, reader: &mut Reader<'_>) -> Result<(Event<'static>, Range<usize>), WireError> {
    let length = usize::try_from(reader.u64()?).map_err(|_| WireError::Malformed)?;
    if length > MAX_PAYLOAD {
        return Err(WireError::Malformed);
    }
    let rest = reader.rest();
    let there = rest.get(..length).unwrap_or(rest);
    // Told before the payload is whole: a damaged length would otherwise wait while it swallows SYNCs.
    if holds_zeros(there) {
        return Err(WireError::Malformed);
    }
    let from = reader.position();
    let payload = reader.take(length)?;
    let mut fields = Reader::new(payload);
    let cut = |_| WireError::Malformed;
    Ok(match head {
        // Newer kernels may append fields to INFO.
        head::INFO => {
            (Event::Info { build_id: fields.u64().map_err(cut)?, clock_hz: fields.u64().map_err(cut)? }, 0..0)
        }
        head::SPENT => (Event::Spent { cycles: fields.u64().map_err(cut)? }, 0..0),
        head::NAME => {
            let of = Named::from_wire(fields.u64().map_err(cut)?).ok_or(WireError::Malformed)?;
            let id = fields.u32().map_err(cut)?;
            (Event::Name { of, id, name: &[] }, from + fields.position()..reader.position())
        }
        _ => (Event::Unknown { head, payload: &[] }, from..reader.position()),
    })
}

fn fixed(head: u8, r: &mut Reader<'_>) -> Result<Event<'static>, WireError> {
    let bad = WireError::Malformed;
    Ok(match head {
        head::SWITCH_IN..head::SWITCH_IN_EXT => Event::SwitchIn { task: u32::from(head - head::SWITCH_IN) },
        head::SWITCH_IN_EXT => Event::SwitchIn { task: r.u32()? },
        head::READY..head::READY_EXT => Event::Ready { task: u32::from(head - head::READY) },
        head::READY_EXT => Event::Ready { task: r.u32()? },
        head::ISR_ENTER..head::ISR_ENTER_EXT => {
            Event::IsrEnter { exception: FIRST_INTERRUPT + u32::from(head - head::ISR_ENTER) }
        }
        head::ISR_ENTER_EXT => Event::IsrEnter { exception: r.u32()? },
        head::ISR_EXIT => Event::IsrExit,
        head::IDLE => Event::Idle,
        head::BLOCK => {
            Event::Block { reason: BlockReason::from_wire(r.u64()?).ok_or(bad)?, object: r.u32()?, timeout: r.u64()? }
        }
        head::TASK_NEW => Event::TaskNew { task: r.u32()?, priority: r.u32()?, stack: r.u32()? },
        head::TASK_EXIT => Event::TaskExit { task: r.u32()? },
        head::PRIORITY => Event::Priority {
            task: r.u32()?,
            priority: r.u32()?,
            cause: PriorityCause::from_wire(r.u64()?).ok_or(bad)?,
            object: r.u32()?,
        },
        head::OBJECT => {
            Event::Object { op: ObjectOp::from_wire(r.u64()?).ok_or(bad)?, object: r.u32()?, value: r.u32()? }
        }
        head::TIMER_ARM => Event::TimerArm { ticks: r.u64()? },
        head::TIMER_FIRE => Event::TimerFire { task: r.u32()? },
        head::MARK_BEGIN => Event::MarkBegin { id: r.u32()? },
        head::MARK_END => Event::MarkEnd { id: r.u32()? },
        head::MARK_INSTANT => Event::MarkInstant { id: r.u32()?, value: r.u32()? },
        head::COUNTER => Event::Counter { id: r.u32()?, value: unzigzag(r.u64()?) },
        head::STACK => Event::Stack { task: r.u32()?, free: r.u32()? },
        head::FAULT => Event::Fault { kind: r.u32()?, address: r.u32()? },
        head::TIMER_ARM_COARSE => Event::TimerArm { ticks: r.u64()?.checked_mul(TIMER_ARM_UNIT).ok_or(bad)? },
        0x71..=0x7f => Event::Object {
            op: ObjectOp::from_wire(u64::from(head - head::OBJECT_OP)).ok_or(bad)?,
            object: r.u32()?,
            value: r.u32()?,
        },
        0x81..=0x9f => Event::Block {
            reason: BlockReason::from_wire(u64::from(head - head::BLOCK_ON)).ok_or(bad)?,
            object: r.u32()?,
            timeout: r.u64()?,
        },
        head::TIMING => Event::Timing { object: r.u32()?, period: r.u64()?, deadline: r.u64()? },
        head::JOB_RELEASE => Event::JobRelease { object: r.u32()?, late: r.u64()? },
        head::JOB_DONE => Event::JobDone { object: r.u32()? },
        head::DEADLINE_MISS => Event::DeadlineMiss { object: r.u32()?, late: r.u64()? },
        head::SYS_ENTER => Event::SysEnter { op: ObjectOp::from_wire(r.u64()?).ok_or(bad)?, object: r.u32()? },
        head::SYS_EXIT => Event::SysExit,
        head::HEAP_ALLOC => Event::HeapAlloc { bytes: r.u32()?, used: r.u32()? },
        head::HEAP_FREE => Event::HeapFree { bytes: r.u32()?, used: r.u32()? },
        head::HEAP_STAT => Event::HeapStat { used: r.u32()?, peak: r.u32()?, size: r.u32()? },
        head::SLEEP_JUMP => Event::SleepJump { cycles: r.u64()? },
        head::POLL_BEGIN => Event::PollBegin { object: r.u32()? },
        head::POLL_END => Event::PollEnd { object: r.u32()? },
        head::POLL_READY => Event::PollReady { object: r.u32()? },
        head::FILTER => Event::Filter { groups: r.u32()?, muted: r.u32()? },
        head::DROPS => Event::Drops { count: r.u64()? },
        _ => return Err(bad),
    })
}

/// What the payload of a LOST says.
pub(super) fn lost_bytes(payload: &[u8]) -> Option<u64> {
    Reader::new(payload).u64().ok()
}

/// Whether eight zeros stand in a row. No event holds them: they are a SYNC that a damaged length would swallow.
fn holds_zeros(bytes: &[u8]) -> bool {
    bytes.windows(SYNC_ZEROS).any(|run| run.iter().all(|byte| *byte == 0))
}

/// 0, 1, 2, 3, 4 stand for 0, -1, 1, -2, 2.
const fn unzigzag(value: u64) -> i64 {
    (value >> 1).cast_signed() ^ -((value & 1).cast_signed())
}
