//! A firmware that runs as long as a test wants.

use bluekernel_abi::{BlockReason, Event, ObjectOp, PriorityCause};
use bluekernel_tracer::model::Trace;

use super::encoder::{AFTER_DROPS, BOOT, Encoder};
use super::scenario::{block, header};

pub const LOW: u32 = 0;
pub const CTRL: u32 = 1;
pub const MUTEX: u32 = 7;
pub const JOBS: u32 = 8;

/// A firmware of two tasks, a millisecond at a time; a cycle is a microsecond.
pub struct Firmware {
    pub encoder: Encoder,
    tick: u64,
    /// Whether it sends a SYNC every ten milliseconds, and after a loss.
    syncs: bool,
}

impl Firmware {
    pub fn new(syncs: bool) -> Self {
        let mut encoder = Encoder::new();
        encoder.sync(BOOT);
        for (task, priority) in [(LOW, 2), (CTRL, 9)] {
            encoder.event(1, &Event::TaskNew { task, priority, stack: 1024 }).event(1, &Event::Ready { task });
        }
        let priority = Event::Priority { task: LOW, priority: 3, cause: PriorityCause::Call, object: 0 };
        encoder.event(1, &Event::SwitchIn { task: CTRL }).event(1, &priority);
        encoder.event(1, &Event::Timing { object: JOBS, period: 1000, deadline: 500 });
        encoder.event(1, &block(BlockReason::Period, JOBS)).event(1, &Event::SwitchIn { task: LOW });
        Self { encoder, tick: 0, syncs }
    }

    /// `low` runs; the timer wakes `ctrl`, which does its job, and every third time wants what `low` holds.
    pub fn millisecond(&mut self) -> Vec<u8> {
        self.tick += 1;
        let (tick, e) = (self.tick, &mut self.encoder);
        if self.syncs && tick.is_multiple_of(10) {
            e.sync(0);
        }
        if self.syncs && tick.is_multiple_of(137) {
            e.drop_events(3);
            e.clock += 5;
            e.sync(AFTER_DROPS);
        }
        let contended = tick.is_multiple_of(3);
        if contended {
            e.event(2, &Event::Object { op: ObjectOp::Lock, object: MUTEX, value: LOW + 1 });
        }
        let rest = (tick * 1000).saturating_sub(e.clock);
        e.event(rest, &Event::IsrEnter { exception: 24 }).event(2, &Event::Ready { task: CTRL });
        e.event(2, &Event::IsrExit).event(3, &Event::SwitchIn { task: CTRL });
        e.event(1, &Event::JobRelease { object: JOBS, late: 8 });
        e.event(2, &Event::Counter { id: 7, value: (tick % 5).cast_signed() - 2 });
        e.event(2, &Event::MarkInstant { id: 1, value: tick as u32 });
        e.event(2, &Event::HeapAlloc { bytes: 8, used: (tick % 100) as u32 * 8 });
        e.event(1, &Event::MarkBegin { id: 0 });
        if contended {
            e.event(2, &block(BlockReason::Mutex, MUTEX));
            let (inherits, back) = (PriorityCause::Inherit, PriorityCause::Disinherit);
            e.event(1, &Event::Priority { task: LOW, priority: 9, cause: inherits, object: MUTEX });
            e.event(3, &Event::SwitchIn { task: LOW });
            e.event(20 + tick % 7, &Event::Object { op: ObjectOp::Unlock, object: MUTEX, value: CTRL + 1 });
            e.event(1, &Event::Priority { task: LOW, priority: 3, cause: back, object: MUTEX });
            e.event(1, &Event::Ready { task: CTRL }).event(3, &Event::SwitchIn { task: CTRL });
            e.event(5, &Event::Object { op: ObjectOp::Unlock, object: MUTEX, value: 0 });
        }
        e.event(30 + tick % 11, &Event::MarkEnd { id: 0 }).event(1, &Event::JobDone { object: JOBS });
        e.event(2, &block(BlockReason::Period, JOBS)).event(3, &Event::SwitchIn { task: LOW });
        std::mem::take(&mut e.bytes)
    }
}

/// A trace of it without events.
pub fn trace() -> Trace {
    let mut header = header();
    header.tasks.truncate(2);
    Trace::new(header)
}
