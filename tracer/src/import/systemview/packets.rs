//! The packets of a SystemView stream.
//!
//! ```text
//! id < 24:   id, fields, delta              the fields are known by the id
//! others:    id, length, payload, delta     so that a reader may skip what it does not know
//! ten zeros: a new beginning
//! ```
//!
//! Numbers are LEB128 of 32 bits, text has its length in front: a byte, or 255 and two bytes, the higher first.

use super::reader::Reader;

/// Zeros of a synchronisation.
const SYNC: [u8; 10] = [0; 10];

/// Ids from here on have a length.
const FIRST_WITH_LENGTH: u32 = 24;

/// The largest id that is believed: the format defines them up to here.
const LAST: u32 = 0x7fff;

/// What a packet says. Tasks, timers, resources and heaps are told by their shortened addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Packet<'a> {
    /// Packets found no room: so many since the firmware began, less one for each time that the room ran out.
    Overflow(u32),
    /// An interrupt handler begins.
    HandlerEnter(u32),
    /// The innermost handler ends, and the scheduler may follow.
    HandlerExit,
    /// A task begins or goes on to run.
    Run(u32),
    /// The task that runs does not go on.
    StopRunning,
    /// A task became ready.
    Ready(u32),
    /// A task waits from now on.
    Wait(u32),
    /// A task exists from now on.
    Create(u32),
    /// A task is gone.
    Terminate(u32),
    /// What a task is called, and how important it is.
    Task { id: u32, priority: u32, name: &'a [u8] },
    /// A task's stack, in bytes; nobody looked how much of it was used if that is 0.
    Stack { id: u32, size: u32, used: u32 },
    /// Recording begins.
    Start,
    /// Recording pauses.
    Stop,
    /// Ticks of the time stamps in a second, and how addresses were shortened.
    Init { hz: u32, base: u32, shift: u32 },
    /// What runs here: `N=application,O=system,D=device,I#15=SysTick`.
    Description(&'a [u8]),
    /// Nothing is ready.
    Idle,
    /// A software timer's function begins.
    TimerEnter(u32),
    /// It ends.
    TimerExit,
    /// The name of a timer or another resource.
    Resource { id: u32, name: &'a [u8] },
    /// A span of the user's begins.
    MarkBegin(u32),
    /// It ends.
    MarkEnd(u32),
    /// A moment of the user's.
    Mark(u32),
    /// What a span or moment is called.
    MarkName { id: u32, name: &'a [u8] },
    /// A value of the user's, as its bits.
    Sample { id: u32, bits: u32 },
    /// What such a value is called, and of which type it is.
    SampleName { id: u32, name: &'a [u8], kind: u32 },
    /// A line of text.
    Print { text: &'a [u8], value: u32 },
    /// A heap of so many bytes.
    Heap { bytes: u32 },
    /// Memory was taken.
    HeapTake { at: u32, bytes: u32 },
    /// Memory came back.
    HeapGive { at: u32 },
    /// What an operating system or a module describes in files of its own.
    Event { id: u32, value: u32 },
    /// Nothing that a trace shows.
    Aside,
}

/// A piece of the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// A packet, and the ticks since the one before.
    Packet(Packet<'a>, u32),
    /// So many bytes cannot be read.
    Damaged(usize),
}

/// The pieces of a stream, from its first synchronisation on.
pub(super) struct Packets<'a> {
    rest: &'a [u8],
}

impl<'a> Packets<'a> {
    /// Those of a file: in front of the stream may stand lines of text.
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: find_sync(bytes).and_then(|at| bytes.get(at..)).unwrap_or_default() }
    }
}

impl<'a> Iterator for Packets<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        if self.rest.starts_with(&SYNC) {
            let zeros = self.rest.iter().take_while(|byte| **byte == 0).count();
            self.rest = self.rest.get(zeros..)?;
        }
        if self.rest.is_empty() {
            return None;
        }
        let mut reader = Reader::new(self.rest);
        if let Some((packet, delta)) = packet(&mut reader) {
            self.rest = reader.rest();
            return Some(Piece::Packet(packet, delta));
        }
        let skipped = find_sync(self.rest).unwrap_or(self.rest.len());
        self.rest = self.rest.get(skipped..)?;
        Some(Piece::Damaged(skipped))
    }
}

fn find_sync(bytes: &[u8]) -> Option<usize> {
    bytes.windows(SYNC.len()).position(|window| window == SYNC)
}

fn packet<'a>(r: &mut Reader<'a>) -> Option<(Packet<'a>, u32)> {
    let id = r.number().filter(|id| *id <= LAST)?;
    let packet = if id < FIRST_WITH_LENGTH {
        fixed(id, r)?
    } else {
        let length = r.number()? as usize;
        with_length(id, &mut Reader::new(r.take(length)?))
    };
    Some((packet, r.number()?))
}

fn fixed<'a>(id: u32, r: &mut Reader<'a>) -> Option<Packet<'a>> {
    Some(match id {
        1 => Packet::Overflow(r.number()?),
        2 => Packet::HandlerEnter(r.number()?),
        3 | 18 => Packet::HandlerExit,
        4 => Packet::Run(r.number()?),
        5 => Packet::StopRunning,
        6 => Packet::Ready(r.number()?),
        7 => {
            let task = r.number()?;
            r.number()?; // why, in words of the operating system's
            Packet::Wait(task)
        }
        8 => Packet::Create(r.number()?),
        9 => Packet::Task { id: r.number()?, priority: r.number()?, name: r.text()? },
        10 => Packet::Start,
        11 => Packet::Stop,
        12 => {
            r.number()?; // the time stamp again
            Packet::Aside
        }
        13 => {
            r.number()?;
            r.number()?; // the operating system's time
            Packet::Aside
        }
        14 => Packet::Description(r.text()?),
        15 => Packet::MarkBegin(r.number()?),
        16 => Packet::MarkEnd(r.number()?),
        17 => Packet::Idle,
        19 => Packet::TimerEnter(r.number()?),
        20 => Packet::TimerExit,
        21 => {
            let (id, _base) = (r.number()?, r.number()?);
            Packet::Stack { id, size: r.number()?, used: r.number()? }
        }
        22 => {
            r.number()?;
            r.number()?;
            r.text()?; // what a module calls its events
            Packet::Aside
        }
        23 => Packet::Sample { id: r.number()?, bits: r.number()? },
        _ => Packet::Aside,
    })
}

/// A payload that is shorter than it should be says nothing, and what follows is read all the same.
fn with_length<'a>(id: u32, r: &mut Reader<'a>) -> Packet<'a> {
    let known = match id {
        24 => init(r),
        25 => resource(r),
        26 => print(r),
        29 => r.number().map(Packet::Terminate),
        31 => extended(r),
        0..32 => None,
        _ => Some(Packet::Event { id, value: r.number().unwrap_or(0) }),
    };
    known.unwrap_or(Packet::Aside)
}

fn init<'a>(r: &mut Reader<'a>) -> Option<Packet<'a>> {
    let (hz, _processor) = (r.number()?, r.number()?);
    Some(Packet::Init { hz, base: r.number()?, shift: r.number()? })
}

fn resource<'a>(r: &mut Reader<'a>) -> Option<Packet<'a>> {
    Some(Packet::Resource { id: r.number()?, name: r.text()? })
}

fn print<'a>(r: &mut Reader<'a>) -> Option<Packet<'a>> {
    let (text, _options, arguments) = (r.text()?, r.number()?, r.number()?);
    Some(Packet::Print { text, value: if arguments > 0 { r.number()? } else { 0 } })
}

fn extended<'a>(r: &mut Reader<'a>) -> Option<Packet<'a>> {
    Some(match r.number()? {
        0 => Packet::Mark(r.number()?),
        1 => Packet::MarkName { id: r.number()?, name: r.text()? },
        2 => {
            let (_heap, _base) = (r.number()?, r.number()?);
            Packet::Heap { bytes: r.number()? }
        }
        3 | 4 => {
            let _heap = r.number()?;
            Packet::HeapTake { at: r.number()?, bytes: r.number()? }
        }
        5 => {
            let _heap = r.number()?;
            Packet::HeapGive { at: r.number()? }
        }
        // The type is not there in the shortest form, where it is 0.
        6 => Packet::SampleName { id: r.number()?, name: r.text()?, kind: r.number().unwrap_or(0) },
        _ => return None,
    })
}
