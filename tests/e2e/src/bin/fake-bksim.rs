//! A bksim that misbehaves, for tests: `FAKE_BKSIM` says how.
#![forbid(unsafe_code)]

use std::io::{self, Write as _};

use bksim_protocol::frame::{self, Frame};
use serde_json::{Value, json};

fn main() -> io::Result<()> {
    match std::env::var("FAKE_BKSIM").as_deref() {
        // Speaks a protocol of another age.
        Ok("version") => {
            let request = Frame::read(&mut io::stdin().lock())?.map(|frame| frame.payload).unwrap_or_default();
            let request: Value = serde_json::from_slice(&request).unwrap_or_default();
            let answer = json!({
                "jsonrpc": "2.0", "id": request["id"],
                "result": { "protocol": 99, "program": "bksim 99.0.0" },
            });
            let mut out = io::stdout().lock();
            Frame { stream: frame::RPC, payload: answer.to_string().into_bytes() }.write(&mut out)?;
            out.flush()?;
            // Stays until the other side goes.
            while Frame::read(&mut io::stdin().lock())?.is_some() {}
            Ok(())
        }
        // Is something else altogether.
        Ok("garbage") => {
            println!("usage: something [else]");
            Ok(())
        }
        // Ends at once.
        _ => Ok(()),
    }
}
