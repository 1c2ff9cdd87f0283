//! No input makes the server panic or hang.

use std::io::Cursor;

use bksim::server::serve;
use bksim_protocol::frame::Frame;
use proptest::prelude::*;

/// What a session answers to bytes.
fn answers(input: Vec<u8>) -> Vec<Frame> {
    let mut output = Vec::new();
    let _ = serve(Cursor::new(input), &mut output, || {});
    let mut output = Cursor::new(output);
    std::iter::from_fn(|| Frame::read(&mut output).expect("the answers are framed")).collect()
}

fn framed(stream: u8, payload: Vec<u8>) -> Vec<u8> {
    let mut bytes = Vec::new();
    Frame { stream, payload }.write(&mut bytes).unwrap();
    bytes
}

fn hello() -> Vec<u8> {
    framed(0, br#"{"jsonrpc":"2.0","id":1,"method":"hello","params":{"protocol":1,"program":"t"}}"#.to_vec())
}

/// JSON that is nearly a request.
fn message() -> impl Strategy<Value = Vec<u8>> {
    let method = prop_oneof![
        Just("hello"),
        Just("create"),
        Just("run"),
        Just("pause"),
        Just("credit"),
        Just("input"),
        Just("read"),
        Just("statistics"),
        Just("channel"),
        Just("")
    ];
    let params = prop_oneof![
        Just("null".to_owned()),
        Just("[]".to_owned()),
        Just(r#"{"protocol":3,"program":"x"}"#.to_owned()),
        Just(r#"{"board":{},"elf":"/nowhere"}"#.to_owned()),
        any::<u64>().prop_map(|bytes| format!(r#"{{"bytes":{bytes}}}"#)),
        any::<(u8, Vec<u8>)>().prop_map(|(stream, bytes)| format!(r#"{{"stream":{stream},"bytes":{bytes:?}}}"#)),
        any::<(u64, u32)>().prop_map(|(address, len)| format!(r#"{{"address":{address},"len":{len}}}"#)),
        any::<f64>().prop_map(|pace| format!(r#"{{"pace":{pace}}}"#)),
    ];
    (method, params, any::<Option<i64>>()).prop_map(|(method, params, id)| {
        let id = id.map_or_else(String::new, |id| format!(r#""id":{id},"#));
        format!(r#"{{"jsonrpc":"2.0",{id}"method":"{method}","params":{params}}}"#).into_bytes()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn any_bytes(input: Vec<u8>) {
        answers(input);
    }

    #[test]
    fn any_messages_then_a_cut(messages in proptest::collection::vec((0_u8..3, message()), 0..8), cut: u16) {
        let mut input = hello();
        for (stream, payload) in &messages {
            input.extend(framed(*stream, payload.clone()));
        }
        input.truncate(input.len() - usize::from(cut) % 40);
        let greeted = input.len() >= hello().len();
        prop_assert_eq!(answers(input).first().is_some_and(|frame| frame.stream == 0), greeted);
    }
}
