//! Perfetto's native format, for ui.perfetto.dev and its trace processor.
//!
//! Field numbers are those of the public definitions in `protos/perfetto/trace/`: `trace.proto`, `trace_packet.proto`,
//! `track_event/{track_descriptor,track_event,counter_descriptor,process_descriptor,debug_annotation}.proto`.

use std::io::{self, Write};

use super::content::{Detail, Label, Sink, Track, TrackKind, tell};
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
    let mut writer = Writer { out };
    let name = format!("{} (BlueKernel)", trace.header().board);
    let process = Message::new().uint(process::PID, 1).text(process::PROCESS_NAME, &name);
    let board = Message::new()
        .uint(descriptor::UUID, BOARD)
        .message(descriptor::PROCESS, &process)
        .uint(descriptor::CHILD_ORDERING, descriptor::EXPLICIT);
    writer.packet(
        Message::new()
            .uint(packet::SEQUENCE_FLAGS, packet::SEQ_INCREMENTAL_STATE_CLEARED)
            .message(packet::TRACK_DESCRIPTOR, &board),
    )?;
    tell(trace, &mut writer)
}

struct Writer<'a> {
    out: &'a mut dyn Write,
}

impl Writer<'_> {
    fn packet(&mut self, packet: Message) -> io::Result<()> {
        let packet = packet.uint(packet::TRUSTED_PACKET_SEQUENCE_ID, SEQUENCE);
        self.out.write_all(Message::new().message(trace::PACKET, &packet).as_bytes())
    }

    fn event(&mut self, track: &Track, time: u64, kind: u64, rest: impl FnOnce(Message) -> Message) -> io::Result<()> {
        let event = Message::new().uint(event::TYPE, kind).uint(event::TRACK_UUID, uuid(track));
        self.packet(Message::new().uint(packet::TIMESTAMP, time).message(packet::TRACK_EVENT, &rest(event)))
    }
}

fn uuid(track: &Track) -> u64 {
    BOARD + track.id
}

fn labelled(event: Message, label: &Label) -> Message {
    label.details.iter().fold(event.text(event::NAME, &label.text), |event, (name, detail)| {
        let annotation = Message::new().text(annotation::NAME, name);
        let annotation = match detail {
            Detail::Number(number) => annotation.uint(annotation::UINT_VALUE, *number),
            Detail::Text(text) => annotation.text(annotation::STRING_VALUE, text),
        };
        event.message(event::DEBUG_ANNOTATIONS, &annotation)
    })
}

impl Sink for Writer<'_> {
    fn track(&mut self, track: &Track) -> io::Result<()> {
        let descriptor = Message::new()
            .uint(descriptor::UUID, uuid(track))
            .text(descriptor::NAME, &track.name)
            .uint(descriptor::PARENT_UUID, BOARD)
            .uint(descriptor::SIBLING_ORDER_RANK, track.id);
        let descriptor = match track.kind {
            TrackKind::Slices => descriptor,
            TrackKind::Value => descriptor.message(descriptor::COUNTER, &Message::new()),
        };
        self.packet(Message::new().message(packet::TRACK_DESCRIPTOR, &descriptor))
    }

    fn slice(&mut self, track: &Track, start: u64, end: u64, label: &Label) -> io::Result<()> {
        self.event(track, start, event::SLICE_BEGIN, |event| labelled(event, label))?;
        self.event(track, end, event::SLICE_END, |event| event)
    }

    fn instant(&mut self, track: &Track, time: u64, label: &Label) -> io::Result<()> {
        self.event(track, time, event::INSTANT, |event| labelled(event, label))
    }

    fn value(&mut self, track: &Track, time: u64, value: i64) -> io::Result<()> {
        self.event(track, time, event::COUNTER, |event| event.int(event::COUNTER_VALUE, value))
    }
}
