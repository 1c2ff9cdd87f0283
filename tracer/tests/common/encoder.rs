//! A second encoder of the trace wire, written from the text of `bluekernel_abi::wire` alone. It shares nothing with
//! the kernel's encoder or with the decoder under test, not even the constants of the heads.

use bluekernel_abi::Event;

/// Appends `value` as unsigned LEB128.
pub fn leb(out: &mut Vec<u8>, mut value: u64) {
    while value > 127 {
        out.push((value % 128) as u8 | 128);
        value /= 128;
    }
    out.push(value as u8);
}

/// Writes a stream.
#[derive(Clone, Debug, Default)]
pub struct Encoder {
    pub bytes: Vec<u8>,
    pub sequence: u64,
    pub drops: u64,
    /// Raw clock since the last reset.
    pub clock: u64,
    pub running: u64,
}

pub const BOOT: u64 = 1;
pub const IN_ISR: u64 = 2;
pub const AFTER_DROPS: u64 = 4;

impl Encoder {
    pub fn new() -> Self {
        Self::default()
    }

    /// A SYNC at the present clock.
    pub fn sync(&mut self, flags: u64) -> &mut Self {
        self.sequence += 1;
        self.bytes.extend([0; 8]);
        self.bytes.push(1);
        for field in [1, 0, self.sequence, self.clock + 1, self.drops, self.running, flags] {
            leb(&mut self.bytes, field);
        }
        self
    }

    /// An event `delta` cycles after the last record.
    pub fn event(&mut self, delta: u64, event: &Event<'_>) -> &mut Self {
        self.clock += delta;
        if let Event::SleepJump { cycles } = event {
            self.clock += cycles;
        }
        let (head, fields) = plain(event);
        self.bytes.push(head);
        if head >= 0xc0 {
            let payload = match event {
                Event::Name { of, id, name } => {
                    let mut payload = Vec::new();
                    leb(&mut payload, *of as u64);
                    leb(&mut payload, u64::from(*id));
                    payload.extend_from_slice(name);
                    payload
                }
                Event::Unknown { payload, .. } => payload.to_vec(),
                _ => {
                    let mut payload = Vec::new();
                    fields.iter().for_each(|field| leb(&mut payload, *field));
                    payload
                }
            };
            leb(&mut self.bytes, payload.len() as u64);
            self.bytes.extend(payload);
        } else {
            fields.iter().for_each(|field| leb(&mut self.bytes, *field));
        }
        leb(&mut self.bytes, delta);
        match event {
            Event::SwitchIn { task } => self.running = u64::from(*task) + 1,
            Event::Idle => self.running = 0,
            _ => {}
        }
        self
    }

    /// Loses `count` events without a word; the next SYNC tells.
    pub fn drop_events(&mut self, count: u64) -> &mut Self {
        self.drops += count;
        self
    }
}

/// Head and fields, by the table in the documentation.
fn plain(event: &Event<'_>) -> (u8, Vec<u64>) {
    let u = u64::from;
    match *event {
        Event::SwitchIn { task } if task <= 30 => (0x01 + task as u8, vec![]),
        Event::SwitchIn { task } => (0x20, vec![u(task)]),
        Event::Ready { task } if task <= 30 => (0x21 + task as u8, vec![]),
        Event::Ready { task } => (0x40, vec![u(task)]),
        Event::IsrEnter { exception } if (16..=30).contains(&exception) => (0x41 + (exception - 16) as u8, vec![]),
        Event::IsrEnter { exception } => (0x50, vec![u(exception)]),
        Event::IsrExit => (0x51, vec![]),
        Event::Idle => (0x52, vec![]),
        Event::Block { reason, object, timeout } => (0x80 + reason as u8, vec![u(object), timeout]),
        Event::TaskNew { task, priority, stack } => (0x54, vec![u(task), u(priority), u(stack)]),
        Event::TaskExit { task } => (0x55, vec![u(task)]),
        Event::Priority { task, priority, cause, object } => {
            (0x56, vec![u(task), u(priority), cause as u64, u(object)])
        }
        Event::Object { op, object, value } => (0x70 + op as u8, vec![u(object), u(value)]),
        Event::TimerArm { ticks } => (0x58, vec![ticks]),
        Event::TimerFire { task } => (0x59, vec![u(task)]),
        Event::MarkBegin { id } => (0x5a, vec![u(id)]),
        Event::MarkEnd { id } => (0x5b, vec![u(id)]),
        Event::MarkInstant { id, value } => (0x5c, vec![u(id), u(value)]),
        Event::Counter { id, value } => {
            // Zigzag by its definition: non-negative n is 2n, negative n is -2n - 1.
            let wide = i128::from(value);
            let zigzag = if wide >= 0 { 2 * wide } else { -2 * wide - 1 };
            (0x5d, vec![u(id), zigzag as u64])
        }
        Event::Stack { task, free } => (0x5e, vec![u(task), u(free)]),
        Event::Fault { kind, address } => (0x5f, vec![u(kind), u(address)]),
        Event::Drops { count } => (0x60, vec![count]),
        Event::Timing { object, period, deadline } => (0x61, vec![u(object), period, deadline]),
        Event::JobRelease { object, late } => (0x62, vec![u(object), late]),
        Event::JobDone { object } => (0x63, vec![u(object)]),
        Event::DeadlineMiss { object, late } => (0x64, vec![u(object), late]),
        Event::SysEnter { op, object } => (0x65, vec![op as u64, u(object)]),
        Event::SysExit => (0x66, vec![]),
        Event::HeapAlloc { bytes, used } => (0x67, vec![u(bytes), u(used)]),
        Event::HeapFree { bytes, used } => (0x68, vec![u(bytes), u(used)]),
        Event::HeapStat { used, peak, size } => (0x69, vec![u(used), u(peak), u(size)]),
        Event::SleepJump { cycles } => (0x6a, vec![cycles]),
        Event::PollBegin { object } => (0x6b, vec![u(object)]),
        Event::PollEnd { object } => (0x6c, vec![u(object)]),
        Event::PollReady { object } => (0x6d, vec![u(object)]),
        Event::Filter { groups, muted } => (0x6e, vec![u(groups), u(muted)]),
        Event::Name { .. } => (0xc1, vec![]),
        Event::Spent { cycles } => (0xc3, vec![cycles]),
        Event::Info { build_id, clock_hz } => (0xc0, vec![build_id, clock_hz]),
        Event::Unknown { head, .. } => (head, vec![]),
        _ => unreachable!("an event that this encoder was not taught"),
    }
}
