//! A session by hand: frames and JSON as they are, without the client.

use std::io::{BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use bksim_protocol::frame::{self, Frame};
use bksim_protocol::message::Create;
use bluekernel_boards::registry::{Registry, SearchPath};
use serde_json::{Value, json};

use super::elf::Elf;

pub(crate) const BKSIM: &str = env!("CARGO_BIN_EXE_bksim");

/// An image as an ELF file, and the request that loads it.
pub(crate) struct Firmware {
    _folder: tempfile::TempDir,
    pub(crate) elf: PathBuf,
}

impl Firmware {
    pub(crate) fn new(image: Vec<u8>) -> Self {
        Self::of_bytes(&Elf::flat(image).bytes())
    }

    pub(crate) fn of_bytes(bytes: &[u8]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let elf = folder.path().join("firmware.elf");
        std::fs::write(&elf, bytes).unwrap();
        Self { _folder: folder, elf }
    }

    pub(crate) fn create(&self) -> Create {
        let board = Registry::new(SearchPath::built_in()).board("qemu-mps2-an385").unwrap();
        Create { elf: Some(self.elf.clone()), ..Create::new(serde_json::to_value(&board).unwrap()) }
    }
}

pub(crate) struct Session {
    pub(crate) child: Child,
    pub(crate) stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
}

impl Session {
    pub(crate) fn new() -> Self {
        let mut child = Command::new(BKSIM)
            .arg("serve")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let stdin = child.stdin.take();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        Self { child, stdin, stdout }
    }

    /// A session that has been greeted.
    pub(crate) fn greeted() -> Self {
        let mut session = Self::new();
        let answer = session.call("hello", json!({ "protocol": 1, "program": "test" }));
        assert_eq!(answer["result"]["protocol"], 1, "{answer}");
        session
    }

    /// One with a machine.
    pub(crate) fn with(firmware: &Firmware) -> Self {
        let mut session = Self::greeted();
        let answer = session.call("create", serde_json::to_value(firmware.create()).unwrap());
        assert_eq!(answer["error"], Value::Null);
        session
    }

    pub(crate) fn send_bytes(&mut self, bytes: &[u8]) {
        let stdin = self.stdin.as_mut().unwrap();
        stdin.write_all(bytes).and_then(|()| stdin.flush()).unwrap();
    }

    pub(crate) fn send_payload(&mut self, stream: u8, payload: &[u8]) {
        let mut bytes = Vec::new();
        Frame { stream, payload: payload.to_vec() }.write(&mut bytes).unwrap();
        self.send_bytes(&bytes);
    }

    pub(crate) fn send(&mut self, message: &Value) {
        self.send_payload(frame::RPC, message.to_string().as_bytes());
    }

    pub(crate) fn notify(&mut self, method: &str, params: Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    /// The next frame; `None` when bksim's output ends.
    pub(crate) fn frame(&mut self) -> Option<Frame> {
        Frame::read(&mut self.stdout).unwrap()
    }

    /// The next message on stream 0, which must be the next frame.
    pub(crate) fn message(&mut self) -> Value {
        let frame = self.frame().expect("bksim has ended");
        assert_eq!(frame.stream, frame::RPC);
        serde_json::from_slice(&frame.payload).unwrap()
    }

    pub(crate) fn call(&mut self, method: &str, params: Value) -> Value {
        self.send(&json!({ "jsonrpc": "2.0", "id": 5, "method": method, "params": params }));
        let answer = self.message();
        assert_eq!((&answer["jsonrpc"], &answer["id"]), (&json!("2.0"), &json!(5)));
        answer
    }

    pub(crate) fn error(&mut self, method: &str, params: Value) -> (i64, String) {
        let answer = self.call(method, params);
        let error = &answer["error"];
        assert!(answer.get("result").is_none(), "{answer}");
        (error["code"].as_i64().unwrap(), error["message"].as_str().unwrap().to_owned())
    }

    /// Waits for the process to end.
    pub(crate) fn end(&mut self, within: Duration) -> ExitStatus {
        let give_up = Instant::now() + within;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < give_up, "bksim is still there after {within:?}");
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
