//! What happened, as our wire tells it.

use std::collections::HashMap;

use bluekernel_abi::wire::FLAG_BOOT;
use bluekernel_abi::{BlockReason, Event, PriorityCause};

use super::dictionary::{Dictionary, Named};
use super::packets::{Packet, Packets, Piece};
use crate::wire::{Encoder, MAX_DELTA, Sync};

/// The stream of `packets`, about which `dictionary` knows all.
pub(super) fn write<'a>(packets: Packets<'a>, dictionary: &Dictionary<'a>) -> Vec<u8> {
    let mut stream = Stream {
        dictionary,
        encoder: Encoder::new(),
        ticks: 0,
        time: 0,
        running: None,
        timers: Vec::new(),
        priorities: HashMap::new(),
        heap: HashMap::new(),
        used: 0,
        peak: 0,
        lost: 0,
        stopped: false,
        syncs: 1,
    };
    let flags = if dictionary.from_start { FLAG_BOOT } else { 0 };
    stream.encoder.sync(&Sync { core: 0, sequence: 1, cycles: 0, drops: 0, running: None, flags });
    stream.event(&Event::Info { build_id: 0, clock_hz: dictionary.hz.into() });
    if !dictionary.from_start {
        // Nothing is missing, and nobody knows what the tasks do.
        stream.event(&Event::Drops { count: 0 });
    }
    for piece in packets {
        match piece {
            Piece::Packet(packet, ticks) => {
                stream.ticks += u64::from(ticks);
                stream.time += u64::from(ticks);
                stream.packet(packet);
            }
            Piece::Damaged(bytes) => {
                stream.encoder.lost(bytes as u64);
                stream.begin_again(1);
            }
        }
    }
    stream.encoder.into_bytes()
}

/// The stream as it grows.
struct Stream<'d, 'a> {
    dictionary: &'d Dictionary<'a>,
    encoder: Encoder,
    /// Ticks since the event that was written last.
    ticks: u64,
    /// Ticks since the first packet.
    time: u64,
    /// The task that has the processor, if it is known.
    running: Option<u32>,
    /// The timers whose functions run, innermost last.
    timers: Vec<u32>,
    /// Priorities that were told, as the operating system tells them.
    priorities: HashMap<u32, u32>,
    /// What was taken from heaps: bytes by address.
    heap: HashMap<u32, u32>,
    used: u32,
    peak: u32,
    /// Packets that the last overflow had counted.
    lost: u32,
    stopped: bool,
    syncs: u32,
}

impl<'a> Stream<'_, 'a> {
    fn event(&mut self, event: &Event<'_>) {
        self.encoder.event(event, self.ticks.min(MAX_DELTA));
        self.ticks = 0;
    }

    /// Events are missing here: who runs, and in which timer, is not known any more.
    fn forget(&mut self) {
        self.running = None;
        self.timers.clear();
    }

    fn packet(&mut self, packet: Packet<'a>) {
        let dictionary = self.dictionary;
        let number = |id| dictionary.task_number(id);
        match packet {
            Packet::Overflow(total) => {
                // The encoder never sets its count back, and the packet that finds no room first is not in it.
                let since = total.checked_sub(self.lost).unwrap_or(total);
                self.lost = total;
                self.event(&Event::Drops { count: u64::from(since) + 1 });
                self.forget();
            }
            // The recording paused: a SYNC is missing, so that nobody knows how much is.
            Packet::Start if self.stopped => self.begin_again(2),
            Packet::Stop => self.stopped = true,
            Packet::HandlerEnter(exception) => self.event(&Event::IsrEnter { exception }),
            Packet::HandlerExit => self.event(&Event::IsrExit),
            // A task that goes on after a handler is told again.
            Packet::Run(id) if self.running != Some(id) => {
                self.running = Some(id);
                self.event(&Event::SwitchIn { task: number(id) });
            }
            Packet::StopRunning if self.running.is_some() => self.wait(),
            Packet::Wait(id) if self.running == Some(id) => self.wait(),
            // Somebody else stops it: it is neither ready nor does it wait for anything.
            Packet::Wait(id) => self.event(&Event::TaskExit { task: number(id) }),
            Packet::Ready(id) => self.event(&Event::Ready { task: number(id) }),
            Packet::Create(id) => {
                let (priority, stack) = dictionary.task_facts(id);
                self.event(&Event::TaskNew { task: number(id), priority, stack });
            }
            Packet::Terminate(id) => {
                self.running = self.running.filter(|running| *running != id);
                self.event(&Event::TaskExit { task: number(id) });
            }
            Packet::Idle => {
                self.running = None;
                self.event(&Event::Idle);
            }
            Packet::Task { id, priority, .. } => self.priority(id, priority),
            Packet::Stack { id, size, used } if used > 0 => {
                self.event(&Event::Stack { task: number(id), free: size.saturating_sub(used) });
            }
            Packet::Heap { .. } | Packet::HeapTake { .. } | Packet::HeapGive { .. } => self.heap(packet),
            _ => self.user(packet),
        }
    }

    /// The running task waits. For what, only the operating system could say.
    fn wait(&mut self) {
        self.running = None;
        self.event(&Event::Block { reason: BlockReason::Object, object: 0, timeout: 0 });
    }

    /// What follows comes after a loss that nobody counted: a SYNC leads to it, the `step`th after the one before.
    fn begin_again(&mut self, step: u32) {
        self.stopped = false;
        self.syncs += step;
        let sync = Sync { core: 0, sequence: self.syncs, cycles: self.time, drops: 0, running: None, flags: 0 };
        self.encoder.sync(&sync);
        self.ticks = 0;
        // The SYNC says that the processor is idle; nobody knows.
        self.event(&Event::Drops { count: 0 });
        self.forget();
    }

    /// A task's priority, if it is another than before.
    fn priority(&mut self, id: u32, theirs: u32) {
        let before = self.priorities.insert(id, theirs);
        if before.is_some_and(|before| before != theirs) {
            let (task, priority) = (self.dictionary.task_number(id), self.dictionary.priority(theirs));
            self.event(&Event::Priority { task, priority, cause: PriorityCause::Call, object: 0 });
        }
    }

    fn heap(&mut self, packet: Packet<'a>) {
        match packet {
            Packet::Heap { bytes } => {
                self.event(&Event::HeapStat { used: self.used, peak: self.peak, size: bytes });
            }
            Packet::HeapTake { at, bytes } => {
                let before = self.heap.insert(at, bytes).unwrap_or(0);
                self.used = self.used.saturating_sub(before).saturating_add(bytes);
                self.peak = self.peak.max(self.used);
                self.event(&Event::HeapAlloc { bytes, used: self.used });
            }
            // What was taken before the recording has no length.
            Packet::HeapGive { at } => {
                if let Some(bytes) = self.heap.remove(&at) {
                    self.used = self.used.saturating_sub(bytes);
                    self.event(&Event::HeapFree { bytes, used: self.used });
                }
            }
            _ => {}
        }
    }

    /// What user code tells, and functions of timers.
    fn user(&mut self, packet: Packet<'a>) {
        let id = |named| self.dictionary.name_id(named);
        let event = match packet {
            Packet::MarkBegin(mark) => Event::MarkBegin { id: id(Named::Mark(mark)) },
            Packet::MarkEnd(mark) => Event::MarkEnd { id: id(Named::Mark(mark)) },
            Packet::Mark(mark) => Event::MarkInstant { id: id(Named::Mark(mark)), value: 0 },
            Packet::Event { id: event, value } => Event::MarkInstant { id: id(Named::Event(event)), value },
            Packet::Print { text, value } => Event::MarkInstant { id: id(Named::Text(text)), value },
            Packet::Sample { id: sample, bits } => {
                Event::Counter { id: id(Named::Sample(sample)), value: self.dictionary.value(sample, bits) }
            }
            Packet::TimerEnter(timer) => {
                let id = id(Named::Timer(timer));
                self.timers.push(id);
                Event::MarkBegin { id }
            }
            Packet::TimerExit => match self.timers.pop() {
                Some(id) => Event::MarkEnd { id },
                None => return,
            },
            _ => return,
        };
        self.event(&event);
    }
}
