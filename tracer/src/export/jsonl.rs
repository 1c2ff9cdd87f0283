//! JSON lines: one JSON object a line, for `jq`, pandas and scripts.
//!
//! The first line tells of the recording: `schema` ([`SCHEMA`]), `kit`, `board`, `clock_hz`, `build_id`, `notes`. Every
//! other line is an event, in the order of the recording:
//!
//! | key | holds |
//! |---|---|
//! | `cycles` | when, in cycles of the trace clock since the first reset |
//! | `ns` | the same in nanoseconds, rounded down |
//! | `event` | the event's name |
//! | `running`, `running_id` | the task that the processor was switched to last; not there when idle or unknown |
//! | `handler`, `handler_id` | the innermost exception handler; not there outside of handlers |
//! | others | the event's own fields, by the names that CTF exports have too. What has a word is told by it, and by its number in `..._id` |
//!
//! Where events were lost, an event `gap` stands at the end of the gap.

use std::io::{self, Write};

use super::digits::{decimal, signed};
use super::events::walk;
use super::names::Names;
use super::nanoseconds;
use super::running::Running;
use super::schema::{Kind, Row};
use crate::model::Trace;

/// The schema name in the first line.
pub const SCHEMA: &str = "bk.trace.events/1";

/// Writes `trace`, which is that of `stream`. Give a buffered writer: every event is a small write.
///
/// # Errors
/// Those of `out`.
pub fn write(trace: &Trace, stream: &[u8], out: &mut dyn Write) -> io::Result<()> {
    let header = trace.header();
    let notes: Vec<String> = trace.notes().iter().map(ToString::to_string).collect();
    let first = serde_json::json!({
        "schema": SCHEMA,
        "kit": header.kit,
        "board": header.board,
        "clock_hz": header.clock_hz,
        "build_id": header.build_id,
        "notes": notes,
    });
    writeln!(out, "{first}")?;
    let mut names = Names::new(header, quoted);
    let mut running = Running::default();
    let mut line = Vec::new();
    walk(trace, stream, &mut |time, row| {
        running.follow(row);
        line.clear();
        line.extend_from_slice(b"{\"cycles\":");
        decimal(&mut line, time);
        line.extend_from_slice(b",\"ns\":");
        decimal(&mut line, nanoseconds(time, header.clock_hz));
        line.extend_from_slice(b",\"event\":\"");
        line.extend_from_slice(row.name().as_bytes());
        line.push(b'"');
        if let Some(task) = running.task() {
            named(&mut line, "running", Kind::Task, task.into(), &mut names);
        }
        if let Some(handler) = running.handler() {
            named(&mut line, "handler", Kind::Exception, handler.into(), &mut names);
        }
        fields(&mut line, row, &mut names)?;
        line.extend(b"}\n");
        out.write_all(&line)
    })
}

fn fields(line: &mut Vec<u8>, row: &Row<'_>, names: &mut Names<'_>) -> io::Result<()> {
    for (name, kind, number) in row.fields() {
        match kind {
            Kind::Flag => write!(line, ",\"{name}\":{}", number != 0)?,
            Kind::Number => {
                key(line, name, "");
                decimal(line, number);
            }
            Kind::Signed => {
                key(line, name, "");
                signed(line, number.cast_signed());
            }
            // As text: JSON has no hexadecimal numbers, and many readers no 64 bits.
            Kind::Hex => write!(line, ",\"{name}\":\"{number:#x}\"")?,
            Kind::Text => write!(line, ",\"{name}\":{}", quoted(&String::from_utf8_lossy(row.bytes)))?,
            Kind::Bytes => write!(line, ",\"{name}\":{:?}", row.bytes)?,
            _ => named(line, name, kind, number, names),
        }
    }
    Ok(())
}

/// A number with a word: the word, and for what is numbered freely the number too.
fn named(line: &mut Vec<u8>, name: &str, kind: Kind, number: u64, names: &mut Names<'_>) {
    key(line, name, "");
    line.extend_from_slice(names.get(kind, number).unwrap_or("null").as_bytes());
    if matches!(kind, Kind::Task | Kind::Object | Kind::Exception | Kind::Mark) {
        key(line, name, "_id");
        decimal(line, number);
    }
}

/// What stands in front of a value.
fn key(line: &mut Vec<u8>, name: &str, suffix: &str) {
    line.extend_from_slice(b",\"");
    line.extend_from_slice(name.as_bytes());
    line.extend_from_slice(suffix.as_bytes());
    line.extend_from_slice(b"\":");
}

/// `text` in quotes; nothing at all is `null`.
fn quoted(text: &str) -> String {
    if text.is_empty() { "null".to_owned() } else { serde_json::Value::from(text).to_string() }
}
