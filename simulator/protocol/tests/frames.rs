//! Frames, chunks and messages: what is written is read again, and what is not a frame is an error.

use std::io::{self, Cursor, Read};

use bksim_protocol::frame::{Chunk, Frame, MAX_PAYLOAD};
use bksim_protocol::message::{Create, Run, Stop, Stopped};
use bksim_protocol::rpc::{Incoming, Request, Response};
use proptest::prelude::*;

fn bytes(frames: &[Frame]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for frame in frames {
        frame.write(&mut bytes).unwrap();
    }
    bytes
}

/// A reader that gives a byte at a time, as a pipe may.
struct Dripping(Cursor<Vec<u8>>);

impl Read for Dripping {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let end = buffer.len().min(1);
        self.0.read(&mut buffer[..end])
    }
}

fn frames(least: usize) -> impl Strategy<Value = Vec<Frame>> {
    let frame = any::<(u8, Vec<u8>)>().prop_map(|(stream, payload)| Frame { stream, payload });
    proptest::collection::vec(frame, least..6)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_is_read(frames in frames(0)) {
        let mut input = Dripping(Cursor::new(bytes(&frames)));
        for frame in &frames {
            prop_assert_eq!(Frame::read(&mut input).unwrap(), Some(frame.clone()));
        }
        prop_assert_eq!(Frame::read(&mut input).unwrap(), None);
    }

    #[test]
    fn a_cut_inside_a_frame_is_an_error(frames in frames(1), cut: prop::sample::Index) {
        let whole = bytes(&frames);
        let cut = cut.index(whole.len());
        let ends: Vec<usize> = (0..=frames.len()).map(|count| bytes(&frames[..count]).len()).collect();
        let mut input = Cursor::new(whole[..cut].to_vec());
        let last = loop {
            match Frame::read(&mut input) {
                Ok(Some(_)) => {}
                Ok(None) => break None,
                Err(error) => break Some(error.kind()),
            }
        };
        let expected = if ends.contains(&cut) { None } else { Some(io::ErrorKind::UnexpectedEof) };
        prop_assert_eq!(last, expected);
    }

    #[test]
    fn any_bytes_end_somehow(input: Vec<u8>) {
        let mut input = Cursor::new(input);
        while let Ok(Some(frame)) = Frame::read(&mut input) {
            let _ = Chunk::from_payload(&frame.payload);
            let _ = Incoming::parse(&frame.payload);
        }
    }

    #[test]
    fn chunks(time_ps: u64, bytes: Vec<u8>) {
        let chunk = Chunk { time_ps, bytes };
        prop_assert_eq!(Chunk::from_payload(&chunk.to_payload()), Some(chunk.clone()));
        prop_assert_eq!(Chunk::from_payload(&chunk.to_payload()[..7]), None);
    }
}

#[test]
fn a_length_that_nobody_means_is_refused_before_memory_is_taken() {
    let mut header = vec![1];
    header.extend((MAX_PAYLOAD + 1).to_le_bytes());
    let error = Frame::read(&mut Cursor::new(header)).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    let long = Frame { stream: 1, payload: vec![0; MAX_PAYLOAD as usize + 1] };
    assert_eq!(long.write(&mut Vec::new()).unwrap_err().kind(), io::ErrorKind::InvalidInput);
}

/// The layout that the module promises, byte by byte.
#[test]
fn layout() {
    let chunk = Chunk { time_ps: 0x0102_0304_0506_0708, bytes: b"hi".to_vec() };
    let frame = Frame { stream: 0x21, payload: chunk.to_payload() };
    assert_eq!(bytes(&[frame]), [0x21, 10, 0, 0, 0, 8, 7, 6, 5, 4, 3, 2, 1, b'h', b'i']);
}

#[test]
fn stops_are_tagged_by_kind() {
    let stopped = Stopped { stop: Stop::Exit { code: -3 }, time_ps: 5, cycles: 6, core_hz: 168_000_000 };
    let json = serde_json::to_value(&stopped).unwrap();
    assert_eq!(
        json,
        serde_json::json!({ "stop": { "kind": "exit", "code": -3 }, "time_ps": 5, "cycles": 6, "core_hz": 168_000_000 })
    );
    assert_eq!(serde_json::from_value::<Stopped>(json).unwrap(), stopped);
}

#[test]
fn what_may_be_left_out_may_be_left_out() {
    let run: Run = serde_json::from_str("{}").unwrap();
    assert_eq!(run, Run { until_ps: None, pace: None });
    let create: Create = serde_json::from_str(r#"{ "board": {}, "elf": "a.elf" }"#).unwrap();
    assert!(!create.instruction_clock);
    assert_eq!(serde_json::to_value(create.unmodelled).unwrap(), "warn");
}

#[test]
fn messages_are_told_apart() {
    let request = Request::new(None, "channel", serde_json::json!({ "a": 1 }));
    let text = serde_json::to_string(&request).unwrap();
    assert_eq!(text, r#"{"jsonrpc":"2.0","method":"channel","params":{"a":1}}"#);
    assert_eq!(Incoming::parse(text.as_bytes()), Some(Incoming::Notification(request)));
    let response = Response::result(Some(4), serde_json::json!(null));
    let text = serde_json::to_vec(&response).unwrap();
    let Some(Incoming::Response(read)) = Incoming::parse(&text) else { panic!() };
    assert_eq!((read.id, read.error), (Some(4), None));
    assert_eq!(Incoming::parse(b"[1]"), None);
}
