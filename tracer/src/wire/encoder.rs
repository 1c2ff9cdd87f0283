//! Writes the stream on the host: what came in another form (a flight recorder's ring) becomes a recording like any other.
//!
//! The kernel has an encoder of its own, and the tests a third: none shares code with another.

use bluekernel_abi::Event;
use bluekernel_abi::wire::{SYNC_MARK, SYNC_ZEROS, VERSION, head};

use super::sync::Sync;

/// Bytes of a stream, record after record.
#[derive(Clone, Debug, Default)]
pub struct Encoder {
    bytes: Vec<u8>,
}

impl Encoder {
    /// A stream without records.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The stream.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// A keyframe.
    pub fn sync(&mut self, sync: &Sync) {
        self.bytes.extend([0; SYNC_ZEROS]);
        self.bytes.extend([SYNC_MARK, VERSION]);
        let running = sync.running.map_or(0, |task| u64::from(task) + 1);
        let cycles = sync.cycles.saturating_add(1);
        self.numbers(&[sync.core.into(), sync.sequence.into(), cycles, sync.drops, running, sync.flags]);
    }

    /// An event, `delta` cycles after the record before.
    pub fn event(&mut self, event: &Event<'_>, delta: u64) {
        match *event {
            Event::SwitchIn { task } => self.numbered(head::SWITCH_IN, head::SWITCH_IN_EXT, task),
            Event::Ready { task } => self.numbered(head::READY, head::READY_EXT, task),
            Event::IsrEnter { exception: 0..16 } => self.plain(event),
            Event::IsrEnter { exception } if exception - 16 < u32::from(head::ISR_ENTER_EXT - head::ISR_ENTER) => {
                self.bytes.push(head::ISR_ENTER + (exception - 16) as u8);
            }
            Event::Info { build_id, clock_hz } => {
                let mut payload = Self::new();
                payload.numbers(&[build_id, clock_hz]);
                self.payload(head::INFO, &payload.bytes);
            }
            Event::Spent { cycles } => {
                let mut payload = Self::new();
                payload.number(cycles);
                self.payload(head::SPENT, &payload.bytes);
            }
            Event::Name { of, id, name } => {
                let mut payload = Self::new();
                payload.numbers(&[of as u64, id.into()]);
                payload.bytes.extend_from_slice(name);
                self.payload(head::NAME, &payload.bytes);
            }
            Event::Unknown { head, payload } => self.payload(head, payload),
            _ => self.plain(event),
        }
        self.number(delta);
    }

    /// Records that came whole.
    pub fn records(&mut self, records: &[u8]) {
        self.bytes.extend_from_slice(records);
    }

    /// So many bytes of the stream did not arrive.
    pub fn lost(&mut self, bytes: u64) {
        let mut payload = Self::new();
        payload.number(bytes);
        self.payload(head::LOST, &payload.bytes);
        self.number(0);
    }

    /// An event whose fields are numbers behind a head of their own.
    fn plain(&mut self, event: &Event<'_>) {
        let n = u64::from;
        let (head, fields): (u8, &[u64]) = match *event {
            Event::IsrEnter { exception } => (head::ISR_ENTER_EXT, &[n(exception)]),
            Event::IsrExit => (head::ISR_EXIT, &[]),
            Event::Idle => (head::IDLE, &[]),
            Event::Block { reason, object, timeout } => (head::BLOCK, &[reason as u64, n(object), timeout]),
            Event::TaskNew { task, priority, stack } => (head::TASK_NEW, &[n(task), n(priority), n(stack)]),
            Event::TaskExit { task } => (head::TASK_EXIT, &[n(task)]),
            Event::Priority { task, priority, cause, object } => {
                (head::PRIORITY, &[n(task), n(priority), cause as u64, n(object)])
            }
            Event::Object { op, object, value } => (head::OBJECT, &[op as u64, n(object), n(value)]),
            Event::TimerArm { ticks } => (head::TIMER_ARM, &[ticks]),
            Event::TimerFire { task } => (head::TIMER_FIRE, &[n(task)]),
            Event::MarkBegin { id } => (head::MARK_BEGIN, &[n(id)]),
            Event::MarkEnd { id } => (head::MARK_END, &[n(id)]),
            Event::MarkInstant { id, value } => (head::MARK_INSTANT, &[n(id), n(value)]),
            Event::Counter { id, value } => (head::COUNTER, &[n(id), zigzag(value)]),
            Event::Stack { task, free } => (head::STACK, &[n(task), n(free)]),
            Event::Fault { kind, address } => (head::FAULT, &[n(kind), n(address)]),
            Event::Drops { count } => (head::DROPS, &[count]),
            Event::Timing { object, period, deadline } => (head::TIMING, &[n(object), period, deadline]),
            Event::JobRelease { object, late } => (head::JOB_RELEASE, &[n(object), late]),
            Event::JobDone { object } => (head::JOB_DONE, &[n(object)]),
            Event::DeadlineMiss { object, late } => (head::DEADLINE_MISS, &[n(object), late]),
            Event::SysEnter { op, object } => (head::SYS_ENTER, &[op as u64, n(object)]),
            Event::SysExit => (head::SYS_EXIT, &[]),
            Event::HeapAlloc { bytes, used } => (head::HEAP_ALLOC, &[n(bytes), n(used)]),
            Event::HeapFree { bytes, used } => (head::HEAP_FREE, &[n(bytes), n(used)]),
            Event::HeapStat { used, peak, size } => (head::HEAP_STAT, &[n(used), n(peak), n(size)]),
            Event::SleepJump { cycles } => (head::SLEEP_JUMP, &[cycles]),
            Event::PollBegin { object } => (head::POLL_BEGIN, &[n(object)]),
            Event::PollEnd { object } => (head::POLL_END, &[n(object)]),
            Event::PollReady { object } => (head::POLL_READY, &[n(object)]),
            Event::Filter { groups, muted } => (head::FILTER, &[n(groups), n(muted)]),
            // A kind of event that this crate was not taught: one is missing here.
            _ => (head::DROPS, &[1]),
        };
        self.bytes.push(head);
        self.numbers(fields);
    }

    /// An event whose number stands in the head if it is small.
    fn numbered(&mut self, from: u8, extended: u8, number: u32) {
        match u8::try_from(number) {
            Ok(number) if number < extended - from => self.bytes.push(from + number),
            _ => {
                self.bytes.push(extended);
                self.number(number.into());
            }
        }
    }

    fn payload(&mut self, head: u8, payload: &[u8]) {
        self.bytes.push(head);
        self.number(payload.len() as u64);
        self.bytes.extend_from_slice(payload);
    }

    fn numbers(&mut self, numbers: &[u64]) {
        numbers.iter().for_each(|number| self.number(*number));
    }

    /// Unsigned LEB128, canonical.
    fn number(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.bytes.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.bytes.push(value as u8);
    }
}

/// 0, -1, 1, -2, 2 become 0, 1, 2, 3, 4.
const fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)).cast_unsigned()
}
