//! The thread that reads what the client sends.

use std::io::{self, BufReader, Read};
use std::sync::mpsc::Sender;

use bksim_protocol::frame::{self, Frame};
use bksim_protocol::rpc::{Error, Request, code};
use serde_json::Value;

use super::is_ours;
use crate::probe::listener::Event;

/// Something that arrived.
#[derive(Debug)]
pub(super) enum Message {
    /// A request or notification.
    Request(Request),
    /// A frame that is no request: its id, if it has one, and the answer to give.
    Bad(Option<u64>, Error),
    /// What follows cannot be cut into frames any more.
    Unframed(io::Error),
    /// Something happened at the debug probe's socket.
    Probe(Event),
    /// The client is gone.
    Over,
}

/// Reads until the input ends or is not framed.
pub(super) fn read(input: impl Read, messages: &Sender<Message>) {
    let mut input = BufReader::new(input);
    loop {
        let message = match Frame::read(&mut input) {
            Ok(Some(frame)) => parse(&frame),
            // In the middle of a frame or between two: the client is gone.
            Ok(None) => return,
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                let _ = messages.send(Message::Unframed(error));
                return;
            }
            Err(error) => {
                tracing::debug!("the input ended: {error}");
                return;
            }
        };
        if messages.send(message).is_err() {
            return;
        }
    }
}

fn parse(frame: &Frame) -> Message {
    if frame.stream != frame::RPC {
        let text = format!("stream {:#x} is not for bksim; send bytes with `input`", frame.stream);
        return Message::Bad(None, Error::new(code::REQUEST, text));
    }
    let value: Value = match serde_json::from_slice(&frame.payload) {
        Ok(value) => value,
        Err(error) => return Message::Bad(None, Error::new(code::PARSE, error.to_string())),
    };
    let id = value.get("id").and_then(Value::as_u64);
    match serde_json::from_value::<Request>(value) {
        Ok(request) if is_ours(&request) => Message::Request(request),
        Ok(request) => Message::Bad(id, Error::new(code::REQUEST, format!("JSON-RPC {:?}", request.jsonrpc))),
        Err(error) => Message::Bad(id, Error::new(code::REQUEST, error.to_string())),
    }
}
