//! Chrome's trace event format: JSON that chrome://tracing, Perfetto, speedscope and others read.
//!
//! The format is that of the public document "Trace Event Format": phases `M` (names), `B` and `E` (slices), `i` (moments)
//! and `C` (values); times in microseconds, here with three decimals.
//!
//! A slice is a beginning and an end, not a beginning and a length (phase `X`): readers compute in floating point, where
//! 100.04 + 0.92 is more than 100.96, and the next slice would begin inside. The end repeats name and details, since
//! speedscope finds the beginning by them.

use std::io::{self, Write};

use super::content::{Sink, Track, TrackKind, tell};
use super::digits::{decimal, padded};
use super::labels::{Detail, Label};
use crate::model::Trace;

/// The process that stands for the board.
const BOARD: u64 = 1;

/// Writes `trace` as Chrome JSON. Give a buffered writer: every event is a small write.
///
/// # Errors
/// Those of `out`.
pub fn write(trace: &Trace, out: &mut dyn Write) -> io::Result<()> {
    let header = trace.header();
    let mut writer = Writer { out, first: true, line: Vec::new() };
    let about =
        format!("\"kit\":{},\"board\":{},\"clock_hz\":{}", quoted(&header.kit), quoted(&header.board), header.clock_hz);
    write!(writer.out, "{{\"displayTimeUnit\":\"ns\",\"otherData\":{{{about}}},\"traceEvents\":[")?;
    writer.name("process_name", None, &format!("{} (BlueKernel)", header.board))?;
    tell(trace, &mut writer)?;
    writeln!(writer.out, "\n]}}")
}

struct Writer<'a> {
    out: &'a mut dyn Write,
    first: bool,
    /// The event that is being written: one memory for all.
    line: Vec<u8>,
}

impl Writer<'_> {
    /// Writes an event: `phase` (a word and what belongs to it), what `label` says, and for what is not of the whole
    /// process its track, for what happened its time in nanoseconds.
    fn event(&mut self, phase: &str, label: &[u8], track: Option<u64>, time: Option<u64>) -> io::Result<()> {
        let line = &mut self.line;
        line.clear();
        line.extend_from_slice(if std::mem::take(&mut self.first) { b"\n{\"ph\":" } else { b",\n{\"ph\":" });
        line.extend_from_slice(phase.as_bytes());
        line.push(b',');
        line.extend_from_slice(label);
        if let Some(track) = track {
            line.extend_from_slice(b",\"tid\":");
            decimal(line, track);
        }
        if let Some(time) = time {
            line.extend_from_slice(b",\"ts\":");
            microseconds(line, time);
        }
        line.extend_from_slice(b",\"pid\":");
        decimal(line, BOARD);
        line.push(b'}');
        self.out.write_all(line)
    }

    fn name(&mut self, what: &str, track: Option<u64>, name: &str) -> io::Result<()> {
        let label = format!("\"name\":\"{what}\",\"args\":{{\"name\":{}}}", quoted(name));
        self.event("\"M\"", label.as_bytes(), track, None)
    }
}

/// Appends nanoseconds as microseconds: exact, which a floating-point number would not be.
fn microseconds(to: &mut Vec<u8>, nanoseconds: u64) {
    decimal(to, nanoseconds / 1000);
    to.push(b'.');
    padded(to, nanoseconds % 1000, 3);
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

impl Sink for Writer<'_> {
    fn label(&self, label: &Label) -> Vec<u8> {
        let pair = |(name, detail): &(&str, Detail)| match detail {
            Detail::Number(number) => format!("{}:{number}", quoted(name)),
            Detail::Text(text) => format!("{}:{}", quoted(name), quoted(text)),
        };
        let pairs: Vec<String> = label.details.iter().map(pair).collect();
        format!("\"name\":{},\"args\":{{{}}}", quoted(&label.text), pairs.join(",")).into_bytes()
    }

    fn track(&mut self, track: &Track) -> io::Result<()> {
        if track.kind == TrackKind::Value {
            return Ok(()); // the values carry the name
        }
        self.name("thread_name", Some(track.id), &track.name)?;
        let order = format!("\"name\":\"thread_sort_index\",\"args\":{{\"sort_index\":{}}}", track.id);
        self.event("\"M\"", order.as_bytes(), Some(track.id), None)
    }

    fn slice(&mut self, track: &Track, start: u64, end: u64, label: &[u8]) -> io::Result<()> {
        self.event("\"B\"", label, Some(track.id), Some(start))?;
        self.event("\"E\"", label, Some(track.id), Some(end))
    }

    fn instant(&mut self, track: &Track, time: u64, label: &[u8]) -> io::Result<()> {
        self.event("\"i\",\"s\":\"t\"", label, Some(track.id), Some(time))
    }

    fn value(&mut self, track: &Track, time: u64, value: i64) -> io::Result<()> {
        let label = format!("\"name\":{},\"args\":{{\"value\":{value}}}", quoted(&track.name));
        self.event("\"C\"", label.as_bytes(), None, Some(time))
    }
}
