//! The process: when it starts, when it ends, what it says of itself.

use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::session::{BKSIM, Firmware, Session};
use super::{small, ticker};

#[test]
fn version_names_engine_and_licence() {
    let output = Command::new(BKSIM).arg("--version").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text, format!("bksim {}, engine Unicorn 2.1.5, GPL-2.0-only\n", env!("CARGO_PKG_VERSION")));
    let help = Command::new(BKSIM).arg("--help").output().unwrap();
    assert!(String::from_utf8(help.stdout).unwrap().contains("BKSIM_LOG"));
    let nothing = Command::new(BKSIM).output().unwrap();
    assert_eq!(nothing.status.code(), Some(2), "a command is needed");
}

/// The best of some tries: what the machine can do, not what else it was doing.
#[test]
fn it_is_there_within_100_milliseconds() {
    let firmware = Firmware::new(ticker::image());
    let best = |mut start: Box<dyn FnMut() -> Session>| {
        let time = || {
            let started = Instant::now();
            drop(start());
            started.elapsed()
        };
        std::iter::repeat_with(time).take(10).min().unwrap()
    };
    let hello = best(Box::new(Session::greeted));
    let created = best(Box::new(move || Session::with(&firmware)));
    println!("hello after {hello:?}, machine after {created:?}");
    assert!(hello < Duration::from_millis(100), "{hello:?}");
    assert!(created < Duration::from_millis(100), "{created:?}");
}

#[test]
fn it_ends_with_its_input() {
    // Idle.
    let mut session = Session::greeted();
    session.stdin.take();
    assert!(session.end(Duration::from_secs(2)).success());
    // In the middle of a frame.
    let mut session = Session::greeted();
    session.send_bytes(&[0, 9, 0, 0, 0, b'{']);
    session.stdin.take();
    assert!(session.end(Duration::from_secs(2)).success());
    // In a run without end.
    let firmware = Firmware::new(small::image(&small::SPIN, 0));
    for run in [json!({}), json!({ "pace": 0.001 })] {
        let mut session = Session::with(&firmware);
        session.send(&json!({ "jsonrpc": "2.0", "id": 1, "method": "run", "params": run }));
        session.stdin.take();
        assert!(session.end(Duration::from_secs(2)).success());
    }
    // Out of credit.
    let firmware = Firmware::new(ticker::image());
    let mut session = Session::with(&firmware);
    session.send(&json!({ "jsonrpc": "2.0", "id": 1, "method": "run", "params": {} }));
    session.stdin.take();
    assert!(session.end(Duration::from_secs(2)).success());
}

#[test]
fn it_ends_even_if_nobody_takes_its_output() {
    let firmware = Firmware::new(small::image(&small::SPIN, 0));
    let mut session = Session::with(&firmware);
    // Answers of 1 MiB that nobody reads: the pipe is full, and the engine's thread is blocked in it.
    for _ in 0..3 {
        session.send(&json!({
            "jsonrpc": "2.0", "id": 1, "method": "read", "params": { "address": 0, "len": 1 << 20 }
        }));
    }
    std::thread::sleep(Duration::from_millis(200));
    session.stdin.take();
    session.end(Duration::from_secs(5));
}

#[test]
fn it_answers_shutdown_and_ends() {
    let mut session = Session::greeted();
    assert_eq!(session.call("shutdown", Value::Null)["result"], Value::Null);
    assert_eq!(session.frame(), None);
    assert!(session.end(Duration::from_secs(2)).success());
}
