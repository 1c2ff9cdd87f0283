//! Comma-separated values (RFC 4180), for spreadsheets: a head line, then one event a line, in the order of the recording.
//!
//! | column | holds |
//! |---|---|
//! | `cycles` | when, in cycles of the trace clock since the first reset |
//! | `seconds` | the same in seconds, nine decimals, rounded down |
//! | `event` | the event's name |
//! | `running` | the task that the processor was switched to last; empty when idle or unknown |
//! | `handler` | the innermost exception handler; empty outside of handlers |
//! | `task` | the task that the event speaks of |
//! | `object` | the object that it speaks of |
//! | `name` | the mark, counter or exception that it speaks of |
//! | `value` | the value that it carries, of an object, a moment or a counter |
//! | `more` | its other fields, as `name=value`, separated by blanks |
//!
//! Where events were lost, an event `gap` stands at the end of the gap.

use std::io::{self, Write};

use super::digits::{decimal, padded, signed};
use super::events::walk;
use super::names::Names;
use super::running::Running;
use super::schema::{Kind, Row};
use super::{SECOND, nanoseconds};
use crate::model::Trace;

/// The head line.
pub const COLUMNS: &str = "cycles,seconds,event,running,handler,task,object,name,value,more";

/// Writes `trace`, which is that of `stream`. Give a buffered writer: every event is a small write.
///
/// # Errors
/// Those of `out`.
pub fn write(trace: &Trace, stream: &[u8], out: &mut dyn Write) -> io::Result<()> {
    let header = trace.header();
    write!(out, "{COLUMNS}\r\n")?;
    let mut names = Names::new(header, quoted);
    let mut running = Running::default();
    let mut line = Line::default();
    let mut text = Vec::new();
    walk(trace, stream, &mut |time, row| {
        running.follow(row);
        line.read(row, &mut names)?;
        let ns = nanoseconds(time, header.clock_hz);
        text.clear();
        decimal(&mut text, time);
        text.push(b',');
        decimal(&mut text, ns / SECOND);
        text.push(b'.');
        padded(&mut text, ns % SECOND, 9);
        text.push(b',');
        text.extend_from_slice(row.name().as_bytes());
        text.push(b',');
        let task = running.task().and_then(|task| names.get(Kind::Task, task.into()));
        text.extend_from_slice(task.unwrap_or_default().as_bytes());
        text.push(b',');
        let handler = running.handler().and_then(|handler| names.get(Kind::Exception, handler.into()));
        text.extend_from_slice(handler.unwrap_or_default().as_bytes());
        for cell in [&line.task, &line.object, &line.name, &line.value, &line.more] {
            text.push(b',');
            text.extend_from_slice(cell);
        }
        text.extend_from_slice(b"\r\n");
        out.write_all(&text)
    })
}

/// The cells that come from an event's fields.
#[derive(Default)]
struct Line {
    task: Vec<u8>,
    object: Vec<u8>,
    name: Vec<u8>,
    value: Vec<u8>,
    more: Vec<u8>,
}

impl Line {
    fn read(&mut self, row: &Row<'_>, names: &mut Names<'_>) -> io::Result<()> {
        for cell in [&mut self.task, &mut self.object, &mut self.name, &mut self.value, &mut self.more] {
            cell.clear();
        }
        for (name, kind, number) in row.fields() {
            let word = names.get(kind, number).unwrap_or_default().as_bytes();
            match kind {
                Kind::Task => self.task.extend(word),
                Kind::Object => self.object.extend(word),
                Kind::Exception | Kind::Mark => self.name.extend(word),
                Kind::Text => self.name.extend(quoted(&String::from_utf8_lossy(row.bytes)).into_bytes()),
                Kind::Number if name == "value" => decimal(&mut self.value, number),
                Kind::Signed if name == "value" => signed(&mut self.value, number.cast_signed()),
                _ => {
                    if !self.more.is_empty() {
                        self.more.push(b' ');
                    }
                    self.more.extend_from_slice(name.as_bytes());
                    self.more.push(b'=');
                    match kind {
                        Kind::Signed => signed(&mut self.more, number.cast_signed()),
                        Kind::Hex => write!(self.more, "{number:#x}")?,
                        Kind::Bytes => row.bytes.iter().try_for_each(|byte| write!(self.more, "{byte:02x}"))?,
                        Kind::Flag | Kind::Number => decimal(&mut self.more, number),
                        _ => self.more.extend(word),
                    }
                }
            }
        }
        Ok(())
    }
}

/// `text` as a cell: in quotes where it holds what separates cells.
fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\r', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}
