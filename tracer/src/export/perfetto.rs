//! Perfetto's native format, for ui.perfetto.dev and its trace processor.
//!
//! Field numbers are those of the public definitions in `protos/perfetto/trace/`: `trace.proto`, `trace_packet.proto`,
//! `track_event/{track_descriptor,track_event,counter_descriptor,process_descriptor,debug_annotation}.proto`.

use std::io::{self, Write};

use super::content::{Sink, Track, TrackKind, tell};
use super::labels::{Detail, Label};
use super::protobuf::Message;
use crate::model::Trace;

/// `Trace`
mod trace {
    pub(super) const PACKET: u32 = 1;
}

/// `TracePacket`
mod packet {
    pub(super) const TIMESTAMP: u32 = 8;
    pub(super) const TRUSTED_PACKET_SEQUENCE_ID: u32 = 10;
    pub(super) const TRACK_EVENT: u32 = 11;
    pub(super) const SEQUENCE_FLAGS: u32 = 13;
    pub(super) const TRACK_DESCRIPTOR: u32 = 60;
    pub(super) const SEQ_INCREMENTAL_STATE_CLEARED: u64 = 1;
}

/// `TrackDescriptor`
mod descriptor {
    pub(super) const UUID: u32 = 1;
    pub(super) const NAME: u32 = 2;
    pub(super) const PROCESS: u32 = 3;
    pub(super) const PARENT_UUID: u32 = 5;
    pub(super) const COUNTER: u32 = 8;
    pub(super) const CHILD_ORDERING: u32 = 11;
    pub(super) const SIBLING_ORDER_RANK: u32 = 12;
    pub(super) const EXPLICIT: u64 = 3;
}

/// `ProcessDescriptor`
mod process {
    pub(super) const PID: u32 = 1;
    pub(super) const PROCESS_NAME: u32 = 6;
}

/// `TrackEvent`
mod event {
    pub(super) const DEBUG_ANNOTATIONS: u32 = 4;
    pub(super) const TYPE: u32 = 9;
    pub(super) const TRACK_UUID: u32 = 11;
    pub(super) const NAME: u32 = 23;
    pub(super) const COUNTER_VALUE: u32 = 30;
    pub(super) const SLICE_BEGIN: u64 = 1;
    pub(super) const SLICE_END: u64 = 2;
    pub(super) const INSTANT: u64 = 3;
    pub(super) const COUNTER: u64 = 4;
}

/// `DebugAnnotation`
mod annotation {
    pub(super) const UINT_VALUE: u32 = 3;
    pub(super) const STRING_VALUE: u32 = 6;
    pub(super) const NAME: u32 = 10;
}

/// All packets come from one writer.
const SEQUENCE: u64 = 1;
/// The track that stands for the board; the others follow it.
const BOARD: u64 = 1;

/// Writes `trace` as a Perfetto trace. Give a buffered writer: every packet is a small write.
///
/// # Errors
/// Those of `out`.
pub fn write(trace: &Trace, out: &mut dyn Write) -> io::Result<()> {
    let mut writer = Writer { out, event: Message::new(), packet: Message::new(), framed: Message::new() };
    let name = format!("{} (BlueKernel)", trace.header().board);
    let mut process = Message::new();
    process.uint(process::PID, 1).text(process::PROCESS_NAME, &name);
    let mut board = Message::new();
    board
        .uint(descriptor::UUID, BOARD)
        .message(descriptor::PROCESS, &process)
        .uint(descriptor::CHILD_ORDERING, descriptor::EXPLICIT);
    writer.packet.uint(packet::SEQUENCE_FLAGS, packet::SEQ_INCREMENTAL_STATE_CLEARED);
    writer.descriptor(&board)?;
    tell(trace, &mut writer)
}

struct Writer<'a> {
    out: &'a mut dyn Write,
    /// The event that is being written: one memory for all.
    event: Message,
    /// Its packet.
    packet: Message,
    /// The packet with its length in front.
    framed: Message,
}

impl Writer<'_> {
    /// Writes the packet, and begins the next.
    fn send(&mut self) -> io::Result<()> {
        self.packet.uint(packet::TRUSTED_PACKET_SEQUENCE_ID, SEQUENCE);
        let framed = self.framed.clear().message(trace::PACKET, &self.packet);
        self.packet.clear();
        self.out.write_all(framed.as_bytes())
    }

    fn descriptor(&mut self, descriptor: &Message) -> io::Result<()> {
        self.packet.message(packet::TRACK_DESCRIPTOR, descriptor);
        self.send()
    }

    /// Writes an event of `kind`; `rest` are its other fields.
    fn event(&mut self, track: &Track, time: u64, kind: u64, rest: &[u8]) -> io::Result<()> {
        self.event.clear().uint(event::TYPE, kind).uint(event::TRACK_UUID, uuid(track)).fields(rest);
        self.packet.uint(packet::TIMESTAMP, time).message(packet::TRACK_EVENT, &self.event);
        self.send()
    }
}

fn uuid(track: &Track) -> u64 {
    BOARD + track.id
}

impl Sink for Writer<'_> {
    fn label(&self, label: &Label) -> Vec<u8> {
        let mut fields = Message::new();
        fields.text(event::NAME, &label.text);
        for (name, detail) in &label.details {
            let mut annotation = Message::new();
            annotation.text(annotation::NAME, name);
            match detail {
                Detail::Number(number) => annotation.uint(annotation::UINT_VALUE, *number),
                Detail::Text(text) => annotation.text(annotation::STRING_VALUE, text),
            };
            fields.message(event::DEBUG_ANNOTATIONS, &annotation);
        }
        fields.as_bytes().to_vec()
    }

    fn track(&mut self, track: &Track) -> io::Result<()> {
        let mut descriptor = Message::new();
        descriptor
            .uint(descriptor::UUID, uuid(track))
            .text(descriptor::NAME, &track.name)
            .uint(descriptor::PARENT_UUID, BOARD)
            .uint(descriptor::SIBLING_ORDER_RANK, track.id);
        if track.kind == TrackKind::Value {
            descriptor.message(descriptor::COUNTER, &Message::new());
        }
        self.descriptor(&descriptor)
    }

    fn slice(&mut self, track: &Track, start: u64, end: u64, label: &[u8]) -> io::Result<()> {
        self.event(track, start, event::SLICE_BEGIN, label)?;
        self.event(track, end, event::SLICE_END, &[])
    }

    fn instant(&mut self, track: &Track, time: u64, label: &[u8]) -> io::Result<()> {
        self.event(track, time, event::INSTANT, label)
    }

    fn value(&mut self, track: &Track, time: u64, value: i64) -> io::Result<()> {
        let mut field = Message::new();
        field.int(event::COUNTER_VALUE, value);
        self.event(track, time, event::COUNTER, field.as_bytes())
    }
}
