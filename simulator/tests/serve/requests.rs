//! Requests, good and bad, each with its answer.

use std::time::Duration;

use serde_json::{Value, json};

use super::elf::Elf;
use super::session::{Firmware, Session};
use super::{small, ticker};

#[test]
fn hello_is_first() {
    let mut session = Session::new();
    for method in ["create", "run", "statistics", "shutdown", "nonsense"] {
        assert_eq!(session.error(method, Value::Null), (-32004, "say `hello` first".into()));
    }
    let answer = session.call("hello", json!({ "protocol": 1, "program": "test" }));
    let program = answer["result"]["program"].as_str().unwrap().to_owned();
    assert_eq!(program, format!("bksim {}", env!("CARGO_PKG_VERSION")));
}

#[test]
fn another_version_ends_the_session() {
    let mut session = Session::new();
    let answer = session.call("hello", json!({ "protocol": 2, "program": "bkctl 9.9" }));
    assert_eq!(answer["error"]["code"], -32001);
    let text = answer["error"]["message"].as_str().unwrap();
    assert!(text.contains("bkctl 9.9 speaks version 2") && text.contains("version 1"), "{text}");
    assert_eq!(answer["error"]["data"]["protocol"], 1);
    assert_eq!(session.frame(), None);
    assert!(session.end(Duration::from_secs(5)).success());
}

#[test]
fn what_is_no_request_is_answered() {
    let mut session = Session::greeted();
    for (payload, id, code) in [
        ("{\"jsonrpc\":", Value::Null, -32700),
        ("\u{1}\u{2}", Value::Null, -32700),
        ("", Value::Null, -32700),
        ("[]", Value::Null, -32600),
        ("17", Value::Null, -32600),
        ("{\"jsonrpc\":\"2.0\",\"id\":8}", json!(8), -32600),
        ("{\"jsonrpc\":\"1.0\",\"id\":8,\"method\":\"statistics\"}", json!(8), -32600),
        ("{\"jsonrpc\":\"2.0\",\"id\":8,\"method\":\"dance\"}", json!(8), -32601),
        ("{\"jsonrpc\":\"2.0\",\"id\":8,\"method\":\"create\",\"params\":{\"elf\":3}}", json!(8), -32602),
        ("{\"jsonrpc\":\"2.0\",\"id\":8,\"method\":\"read\",\"params\":{\"address\":-1,\"len\":1}}", json!(8), -32602),
    ] {
        session.send_payload(0, payload.as_bytes());
        let answer = session.message();
        assert_eq!((&answer["id"], answer["error"]["code"].as_i64()), (&id, Some(code)), "{payload}: {answer}");
    }
    session.send_payload(0x10, b"bytes for the UART");
    let answer = session.message();
    assert_eq!(answer["error"]["code"], -32600);
    assert!(answer["error"]["message"].as_str().unwrap().contains("stream 0x10"), "{answer}");
    // After all that it still works.
    assert_eq!(session.error("statistics", Value::Null).0, -32004);
}

#[test]
fn a_frame_that_is_too_long_ends_the_session_with_a_word() {
    let mut session = Session::greeted();
    session.send_bytes(&[0, 0xFF, 0xFF, 0xFF, 0x7F]);
    let answer = session.message();
    assert!(answer["error"]["message"].as_str().unwrap().contains("not framed"), "{answer}");
    assert_eq!(session.end(Duration::from_secs(5)).code(), Some(1));
}

#[test]
fn requests_that_need_a_machine_say_so() {
    let mut session = Session::greeted();
    for (method, params) in
        [("run", json!({})), ("statistics", Value::Null), ("read", json!({ "address": 0, "len": 4 }))]
    {
        assert_eq!(session.error(method, params), (-32004, "there is no machine yet: say `create` first".into()));
    }
    session.notify("input", json!({ "stream": 16, "bytes": [1] }));
    assert_eq!(session.message()["error"]["code"], -32004);
}

#[test]
fn firmware_that_cannot_be_loaded() {
    let mut session = Session::greeted();
    let mut create = Firmware::of_bytes(b"not an ELF file").create();
    let missing = session.error("create", serde_json::to_value(&create).unwrap());
    assert_eq!(missing.0, -32002);
    assert!(missing.1.starts_with("cannot read ") && missing.1.contains("firmware.elf"), "{}", missing.1);

    let text = Firmware::of_bytes(b"not an ELF file");
    create.elf = Some(text.elf.clone());
    let (code, message) = session.error("create", serde_json::to_value(&create).unwrap());
    assert_eq!(code, -32002);
    assert!(message.contains("firmware.elf: this is neither an ELF file nor an Intel HEX file"), "{message}");

    let mut elf = Elf::flat(ticker::image());
    elf.machine = 243;
    let riscv = Firmware::of_bytes(&elf.bytes());
    let (code, message) = session.error("create", serde_json::to_value(riscv.create()).unwrap());
    assert_eq!(code, -32002);
    assert!(message.contains("is for riscv32"), "{message}");
}

#[test]
fn boards_that_cannot_be_built() {
    let firmware = Firmware::new(ticker::image());
    let mut session = Session::greeted();
    let mut create = serde_json::to_value(firmware.create()).unwrap();
    create["board"]["chip"]["peripherals"][0]["model"] = json!("stm32-tim");
    let (code, message) = session.error("create", create.clone());
    assert_eq!(code, -32003);
    assert!(message.contains("`stm32-tim`") && message.contains("cmsdk-timer"), "{message}");
    create["board"] = json!({ "name": "half a board" });
    let (code, message) = session.error("create", create);
    assert_eq!(code, -32003);
    assert!(message.contains("the board cannot be read: missing field"), "{message}");
}

#[test]
fn created_says_what_was_built() {
    let mut elf = Elf::flat(ticker::image());
    elf.symbols = vec![("_SEGGER_RTT", 0x2000_0000)];
    let firmware = Firmware::of_bytes(&elf.bytes());
    let mut session = Session::greeted();
    let answer = session.call("create", serde_json::to_value(firmware.create()).unwrap());
    assert_eq!(answer["result"], json!({ "core_hz": 25_000_000, "entry": 0x64, "rtt": 0x2000_0000 }));
}

#[test]
fn ends_of_a_run() {
    let fault_summary = |stop: &Value| stop["report"]["summary"].as_str().unwrap_or_default().to_owned();
    for (image, kind) in [
        (small::image(&small::EXIT, 0), "exit"),
        (small::image(&small::FAULT, 6), "fault"),
        // The handler's address is odd in the wrong way: a fault in the fault handler.
        (small::image(&small::FAULT, 0x1000_0000), "lockup"),
        (small::image(&[0xBE01], 0), "breakpoint"),
        // cpsid i; wfi
        (small::image(&[0xB672, 0xBF30], 0), "asleep"),
        (small::image(&small::SPIN, 0), "time"),
    ] {
        let firmware = Firmware::new(image);
        let mut session = Session::with(&firmware);
        let answer = session.call("run", json!({ "until_ps": 3_000_000_000_u64 }));
        let stop = &answer["result"]["stop"];
        assert_eq!(stop["kind"], kind, "{answer}");
        match kind {
            "exit" => assert_eq!(stop["code"], 7),
            "fault" => {
                let summary = fault_summary(stop);
                assert!(summary.contains("BusFault") && summary.contains("0x60000000"), "{summary}");
                assert_eq!(stop["report"]["pc"], 17 * 4 + 4);
            }
            "time" => assert_eq!(answer["result"]["cycles"], 75_000),
            _ => {}
        }
    }
}

#[test]
fn memory_can_be_read_before_and_after() {
    let firmware = Firmware::new(ticker::image());
    let mut session = Session::with(&firmware);
    let answer = session.call("read", json!({ "address": 4, "len": 4 }));
    assert_eq!(answer["result"]["bytes"], json!([0x65, 0, 0, 0]));
    let answer = session.call("read", json!({ "address": 0x2000_0000_u32, "len": 6 }));
    assert_eq!(answer["result"]["bytes"], json!([0, 0, 0, 0, 0, 0]));
    session.notify("credit", json!({ "bytes": 1_000_000 }));
    session.send(&json!({ "jsonrpc": "2.0", "id": 1, "method": "run", "params": { "until_ps": 2_000_000_000_u64 } }));
    while session.frame().is_some_and(|frame| !frame.payload.windows(8).any(|window| window == b"\"result\"")) {}
    let answer = session.call("read", json!({ "address": 0x2000_0000_u32, "len": 6 }));
    assert_eq!(answer["result"]["bytes"], json!(b"SEGGER".to_vec()));
    let answer = session.call("read", json!({ "address": 0x207F_FFFE_u32, "len": 9 }));
    assert_eq!(answer["result"]["bytes"].as_array().unwrap().len(), 2, "as far as memory goes");
    assert_eq!(session.error("read", json!({ "address": 0, "len": 1_048_577 })).0, -32602);
}

#[test]
fn during_a_run_some_requests_are_answered_and_some_refused() {
    let firmware = Firmware::new(small::image(&small::SPIN, 0));
    let mut session = Session::with(&firmware);
    session.send(&json!({ "jsonrpc": "2.0", "id": 100, "method": "run", "params": {} }));
    assert_eq!(session.error("run", json!({})), (-32004, "`run` while a run is under way".into()));
    assert_eq!(session.error("create", json!({})).0, -32004);
    let first = session.call("statistics", Value::Null)["result"]["cycles"].as_u64().unwrap();
    std::thread::sleep(Duration::from_millis(20));
    let second = session.call("statistics", Value::Null)["result"]["cycles"].as_u64().unwrap();
    assert!(second > first);
    assert!(second % 25_000 < 20, "only between two slices of a millisecond, give or take an instruction: {second}");
    session.notify("pause", Value::Null);
    let answer = session.message();
    assert_eq!((&answer["id"], &answer["result"]["stop"]["kind"]), (&json!(100), &json!("paused")));
    assert_eq!(session.call("shutdown", Value::Null)["result"], Value::Null);
    assert!(session.end(Duration::from_secs(5)).success());
}

#[test]
fn a_pace_must_be_possible() {
    let firmware = Firmware::new(small::image(&small::SPIN, 0));
    let mut session = Session::with(&firmware);
    for pace in [0.0, -1.0] {
        assert_eq!(session.error("run", json!({ "pace": pace })).0, -32602);
    }
}
