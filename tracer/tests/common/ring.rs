//! A second writer of the flight recorder's ring, from the text of `bluekernel_abi::flight` alone: it shares nothing with
//! the kernel's or with the reader under test, not even the constants of the kinds.

use bluekernel_abi::Event;

/// Where the control block lies, and from where objects are numbered.
pub const ADDRESS: u32 = 0x2000_8480;
pub const OBJECT_BASE: u32 = 0x2000_0000;

/// A ring in memory.
#[derive(Clone, Debug)]
pub struct Ring {
    pub slots: Vec<[u8; 8]>,
    pub written: u64,
    pub others: u32,
    /// The trace clock since the last reset.
    pub clock: u64,
    pub build_id: u64,
    pub clock_hz: u32,
}

impl Ring {
    /// An empty ring of `capacity` slots.
    pub fn new(capacity: usize) -> Self {
        Self { slots: vec![[0; 8]; capacity], written: 0, others: 0, clock: 0, build_id: 0, clock_hz: 1_000_000 }
    }

    fn slot(&mut self, kind: u8, a: u8, b: u16) {
        let mut slot = [0; 8];
        slot[..4].copy_from_slice(&(self.clock as u32).to_le_bytes());
        slot[4..6].copy_from_slice(&[kind, a]);
        slot[6..].copy_from_slice(&b.to_le_bytes());
        let place = self.written % self.slots.len() as u64;
        self.slots[place as usize] = slot;
        self.written += 1;
    }

    /// A run begins, `clock` cycles after its reset.
    pub fn boot(&mut self, clock: u64) -> &mut Self {
        self.clock = clock;
        self.slot(0x01, 0, 0);
        self.others += 1;
        self
    }

    /// An event `delta` cycles after the one before.
    pub fn event(&mut self, delta: u32, event: &Event<'_>) -> &mut Self {
        self.clock += u64::from(delta);
        let (kind, a, b, is_object) = plain(event);
        let address = if is_object && b == 0 { ADDRESS } else { OBJECT_BASE.wrapping_add(b.wrapping_sub(1) << 3) };
        let b = if is_object { address } else { b };
        let far = if is_object { address >> 16 != ADDRESS >> 16 } else { b > 0xffff };
        self.slot(kind, a as u8, b as u16);
        if a > 0xff {
            self.slot(0x02, (a >> 8) as u8, (a >> 16) as u16);
            self.others += 1;
        }
        if far {
            self.slot(0x03, 0, (b >> 16) as u16);
            self.others += 1;
        }
        self
    }

    /// The memory, the ring alone.
    pub fn image(&self) -> Vec<u8> {
        let mut image = b"BKFLIGHT".to_vec();
        let (low, high) = (self.build_id as u32, (self.build_id >> 32) as u32);
        let (written, turns) = (self.written as u32, (self.written >> 32) as u32);
        let words = [
            2,
            self.slots.len() as u32,
            low,
            high,
            self.clock_hz,
            written,
            turns,
            written,
            self.others,
            OBJECT_BASE,
            ADDRESS,
            0xdead_beef,
        ];
        words.iter().for_each(|word: &u32| image.extend(word.to_le_bytes()));
        image.extend(self.slots.concat());
        image
    }
}

/// Kind, `a`, `b`, and whether that is an object, by the table in the documentation.
fn plain(event: &Event<'_>) -> (u8, u32, u32, bool) {
    match *event {
        Event::SwitchIn { task } => (0x04, 0, task, false),
        Event::Ready { task } => (0x05, 0, task, false),
        Event::IsrEnter { exception } => (0x06, 0, exception, false),
        Event::IsrExit => (0x07, 0, 0, false),
        Event::Idle => (0x08, 0, 0, false),
        Event::TaskExit { task } => (0x09, 0, task, false),
        Event::TimerFire { task } => (0x0a, 0, task, false),
        Event::MarkBegin { id } => (0x0b, 0, id, false),
        Event::MarkEnd { id } => (0x0c, 0, id, false),
        Event::MarkInstant { id, value } => (0x0d, value, id, false),
        Event::Counter { id, value } => {
            // Zigzag by its definition: non-negative n is 2n, negative n is -2n - 1.
            let zigzag = if value >= 0 { 2 * value } else { -2 * value - 1 };
            (0x0e, zigzag as u32, id, false)
        }
        Event::Stack { task, free } => (0x0f, task, free, false),
        Event::Fault { kind, address } => (0x10, kind, address, false),
        Event::JobRelease { object, late } => (0x11, late as u32, object, true),
        Event::JobDone { object } => (0x12, 0, object, true),
        Event::DeadlineMiss { object, late } => (0x13, late as u32, object, true),
        Event::PollBegin { object } => (0x14, 0, object, true),
        Event::PollEnd { object } => (0x15, 0, object, true),
        Event::PollReady { object } => (0x16, 0, object, true),
        Event::HeapAlloc { bytes, used } => (0x17, bytes, used, false),
        Event::HeapFree { bytes, used } => (0x18, bytes, used, false),
        Event::SleepJump { cycles } => (0x19, 0, cycles as u32, false),
        Event::Filter { groups, muted } => (0x1a, groups, muted, false),
        Event::SysExit => (0x1b, 0, 0, false),
        Event::Object { op, object, value } => (0x20 + op as u8, value, object, true),
        Event::SysEnter { op, object } => (0x40 + op as u8, 0, object, true),
        Event::Block { reason, object, timeout } => (0x60 + reason as u8, u32::from(timeout > 0), object, true),
        Event::Priority { task, priority, cause, object } => {
            (0x80 + 32 * (cause as u8 - 1) + priority as u8, task, object, true)
        }
        Event::TaskNew { task, priority, stack } => (0xe0 + priority as u8, task, stack, false),
        _ => unreachable!("an event that the ring leaves out"),
    }
}
