//! The flight recorder's ring ([`bluekernel_abi::flight`]) out of a memory image: the last events of a dead chip.
//!
//! [`Flight::stream`] tells them as the stream would have: so everything that reads a recording reads these too. What was
//! overwritten is told as lost, with the number of events where the kernel's counters give it.

use bluekernel_abi::flight::{HEADER_BYTES, MAGIC, OBJECT_BITS, SLOT_BYTES, VERSION, kind};
use bluekernel_abi::wire::{FLAG_BOOT, ObjectNumbers};
use bluekernel_abi::{BlockReason, Event, ObjectOp, PriorityCause};

use super::encoder::Encoder;
use super::sync::Sync;

/// Why bytes are not a flight recorder's ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FlightError {
    /// Something else stands there.
    #[error("there is no flight recorder")]
    Foreign,
    /// The layout is of a newer kernel.
    #[error("the flight recorder has layout {0}, this kit reads {VERSION}: open it with a newer kit")]
    Version(u32),
    /// The control block contradicts itself.
    #[error("the control block of the flight recorder is damaged: {0} slots")]
    Damaged(u32),
    /// The bytes end within the ring.
    #[error("the memory image ends within the flight recorder ({found} of {needed} bytes)")]
    Truncated {
        /// Bytes that are there.
        found: u64,
        /// Bytes that the ring takes.
        needed: u64,
    },
}

/// A ring that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flight {
    /// The first eight bytes (little endian) of the ELF's build id, 0 if it has none.
    pub build_id: u64,
    /// Trace-clock cycles in a second.
    pub clock_hz: u64,
    /// Events that were overwritten; `None` if the counters do not say how many.
    pub overwritten: Option<u64>,
    /// The address from which objects are numbered.
    objects: ObjectNumbers,
    /// Where the control block lay.
    address: u32,
    /// The slots that are whole, oldest first.
    slots: Vec<Slot>,
}

/// One slot, as it stands in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Slot {
    cycles: u32,
    kind: u8,
    a: u8,
    b: u16,
}

impl Slot {
    fn parse(bytes: [u8; SLOT_BYTES]) -> Self {
        let [c0, c1, c2, c3, kind, a, b0, b1] = bytes;
        Self { cycles: u32::from_le_bytes([c0, c1, c2, c3]), kind, a, b: u16::from_le_bytes([b0, b1]) }
    }

    const fn is_event(self) -> bool {
        !matches!(self.kind, kind::BOOT | kind::WIDE_A | kind::WIDE_B)
    }
}

impl Flight {
    /// Where the first control block may begin in a memory image, in bytes.
    #[must_use]
    pub fn find(image: &[u8]) -> Option<usize> {
        image.windows(MAGIC.len()).position(|bytes| bytes == MAGIC)
    }

    /// The bytes that the ring behind this control block takes in all, as far as the block can be believed.
    ///
    /// # Errors
    /// [`FlightError`]; `Truncated` for less than a control block.
    pub fn size(header: &[u8]) -> Result<usize, FlightError> {
        if !header.starts_with(&MAGIC) {
            return Err(FlightError::Foreign);
        }
        let (version, capacity) = match (word(header, 8), word(header, 12)) {
            (Some(version), Some(capacity)) if header.len() >= HEADER_BYTES => (version, capacity),
            _ => return Err(FlightError::Truncated { found: header.len() as u64, needed: HEADER_BYTES as u64 }),
        };
        if !(1..=VERSION).contains(&version) {
            return Err(FlightError::Version(version));
        }
        let slots = usize::try_from(capacity).ok().filter(|slots| slots.is_power_of_two() && *slots > 1);
        slots
            .and_then(|slots| slots.checked_mul(SLOT_BYTES)?.checked_add(HEADER_BYTES))
            .ok_or(FlightError::Damaged(capacity))
    }

    /// Reads the ring whose control block begins with the first of `bytes`.
    ///
    /// # Errors
    /// [`FlightError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, FlightError> {
        let needed = Self::size(bytes)?;
        let truncated = FlightError::Truncated { found: bytes.len() as u64, needed: needed as u64 };
        let ring = bytes.get(HEADER_BYTES..needed).ok_or(truncated)?;
        let field = |at| word(bytes, at).ok_or(truncated);
        let build_id = u64::from(field(20)?) << 32 | u64::from(field(16)?);
        let (written, turns, seen) = (field(28)?, field(32)?, field(36)?);
        let turns = u64::from(turns) + u64::from(written < seen);
        let written = turns << 32 | u64::from(written);
        let (slots, _) = ring.as_chunks::<SLOT_BYTES>();
        let capacity = slots.len() as u64;
        // The slot that is written next may be half written.
        let held = written.min(capacity - 1);
        let slots: Vec<Slot> = (written - held..written)
            .filter_map(|number| slots.get((number % capacity) as usize))
            .map(|slot| Slot::parse(*slot))
            .collect();
        let events = slots.iter().filter(|slot| slot.is_event()).count() as u64;
        let others = field(40)?;
        let overwritten = match written.checked_sub(others.into()).and_then(|sent| sent.checked_sub(events)) {
            Some(_) if others == u32::MAX => None,
            // What was not overwritten begins with a start.
            Some(0) if written == held && slots.first().is_some_and(|slot| slot.kind != kind::BOOT) => None,
            overwritten => overwritten,
        };
        let (object_base, address) = (field(44)?, field(48)?);
        let is_old = field(8)? == 1;
        let objects = if is_old { ObjectNumbers::in_words(object_base) } else { ObjectNumbers::from(object_base) };
        Ok(Self { build_id, clock_hz: field(24)?.into(), overwritten, objects, address, slots })
    }

    /// Whether nothing was recorded.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// What the ring holds, as the stream of [`bluekernel_abi::wire`] would tell it.
    #[must_use]
    pub fn stream(&self) -> Vec<u8> {
        let mut encoder = Encoder::new();
        let info = Event::Info { build_id: self.build_id, clock_hz: self.clock_hz };
        let mut sync = Sync { core: 0, sequence: 1, cycles: 0, drops: 0, running: None, flags: 0 };
        let Some(first) = self.slots.first() else { return Vec::new() };
        let mut last = first.cycles;
        if self.overwritten != Some(0) || first.kind != kind::BOOT {
            sync.cycles = last.into();
            // Where no event is missing, only the slot of the start is.
            let flags = if self.overwritten == Some(0) { FLAG_BOOT } else { 0 };
            encoder.sync(&Sync { flags, ..sync });
            encoder.event(&info, 0);
            match self.overwritten {
                Some(0) => {}
                Some(count) => encoder.event(&Event::Drops { count }, 0),
                // A SYNC is missing: so the stream says that nobody knows how much.
                None => encoder.sync(&Sync { sequence: 3, ..sync }),
            }
        }
        for (at, slot) in self.slots.iter().enumerate() {
            match slot.kind {
                kind::WIDE_A | kind::WIDE_B => continue,
                kind::BOOT => {
                    encoder.sync(&Sync { cycles: slot.cycles.into(), flags: FLAG_BOOT, ..sync });
                    encoder.event(&info, 0);
                }
                _ => {
                    let more = self.slots.get(at + 1..).unwrap_or_default();
                    let event = self.event(*slot, more).unwrap_or(Event::Drops { count: 1 });
                    encoder.event(&event, slot.cycles.wrapping_sub(last).into());
                }
            }
            last = slot.cycles;
        }
        encoder.into_bytes()
    }

    /// What a slot tells, with those behind it; `None` for a kind that this version does not define.
    fn event(&self, slot: Slot, more: &[Slot]) -> Option<Event<'static>> {
        let mut a = u32::from(slot.a);
        let mut b = u32::from(slot.b);
        let mut high = None;
        for wide in more {
            match wide.kind {
                kind::WIDE_A => a |= u32::from(wide.b) << 16 | u32::from(wide.a) << 8,
                kind::WIDE_B => high = Some(u32::from(wide.b) << 16),
                _ => break,
            }
        }
        let object = self.object(b, high);
        b |= high.unwrap_or(0);
        let added = |from: u8| u64::from(slot.kind - from);
        Some(match slot.kind {
            kind::SWITCH_IN => Event::SwitchIn { task: b },
            kind::READY => Event::Ready { task: b },
            kind::ISR_ENTER => Event::IsrEnter { exception: b },
            kind::ISR_EXIT => Event::IsrExit,
            kind::IDLE => Event::Idle,
            kind::TASK_EXIT => Event::TaskExit { task: b },
            kind::TIMER_FIRE => Event::TimerFire { task: b },
            kind::MARK_BEGIN => Event::MarkBegin { id: b },
            kind::MARK_END => Event::MarkEnd { id: b },
            kind::MARK_INSTANT => Event::MarkInstant { id: b, value: a },
            kind::COUNTER => Event::Counter { id: b, value: i64::from(a >> 1) ^ -i64::from(a & 1) },
            kind::STACK => Event::Stack { task: a, free: b },
            kind::FAULT => Event::Fault { kind: a, address: b },
            kind::JOB_RELEASE => Event::JobRelease { object, late: a.into() },
            kind::JOB_DONE => Event::JobDone { object },
            kind::DEADLINE_MISS => Event::DeadlineMiss { object, late: a.into() },
            kind::POLL_BEGIN => Event::PollBegin { object },
            kind::POLL_END => Event::PollEnd { object },
            kind::POLL_READY => Event::PollReady { object },
            kind::HEAP_ALLOC => Event::HeapAlloc { bytes: a, used: b },
            kind::HEAP_FREE => Event::HeapFree { bytes: a, used: b },
            kind::SLEEP_JUMP => Event::SleepJump { cycles: b.into() },
            kind::FILTER => Event::Filter { groups: a, muted: b },
            kind::SYS_EXIT => Event::SysExit,
            kind::OBJECT..kind::SYS_ENTER => {
                Event::Object { op: ObjectOp::from_wire(added(kind::OBJECT))?, object, value: a }
            }
            kind::SYS_ENTER..kind::BLOCK => {
                Event::SysEnter { op: ObjectOp::from_wire(added(kind::SYS_ENTER))?, object }
            }
            kind::BLOCK..kind::PRIORITY => Event::Block {
                reason: BlockReason::from_wire(added(kind::BLOCK))?,
                object,
                // It has an end; how far away is not told.
                timeout: if a == 0 { 0 } else { u64::MAX },
            },
            kind::PRIORITY..kind::TASK_NEW => Event::Priority {
                task: a,
                priority: u32::from((slot.kind - kind::PRIORITY) % 32),
                cause: PriorityCause::from_wire(added(kind::PRIORITY) / 32 + 1)?,
                object,
            },
            kind::TASK_NEW.. => Event::TaskNew { task: a, priority: u32::from(slot.kind - kind::TASK_NEW), stack: b },
            _ => return None,
        })
    }

    /// The number of the object that a slot tells by `low`, and by `high` where it is far from the ring.
    const fn object(&self, low: u32, high: Option<u32>) -> u32 {
        let near = !0 << OBJECT_BITS;
        let address = match high {
            None if low == self.address & !near => return 0,
            None => self.address & near | low,
            Some(high) => high | low,
        };
        self.objects.of(address)
    }
}

/// The little-endian word at `at`.
fn word(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|word| u32::from_le_bytes(*word))
}
