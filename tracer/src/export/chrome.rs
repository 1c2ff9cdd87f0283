//! Chrome's trace event format: JSON that chrome://tracing, Perfetto, speedscope and others read.
//!
//! The format is that of the public document "Trace Event Format": phases `M` (names), `B` and `E` (slices), `i` (moments)
//! and `C` (values); times in microseconds, here with three decimals.
//!
//! A slice is a beginning and an end, not a beginning and a length (phase `X`): readers compute in floating point, where
//! 100.04 + 0.92 is more than 100.96, and the next slice would begin inside. The end repeats name and details, since
//! speedscope finds the beginning by them.

use std::io::{self, Write};

use super::content::{Detail, Label, Sink, Track, TrackKind, tell};
use crate::model::Trace;

/// The process that stands for the board.
const BOARD: u64 = 1;

/// Writes `trace` as Chrome JSON. Give a buffered writer: every event is a small write.
///
/// # Errors
/// Those of `out`.
pub fn write(trace: &Trace, out: &mut dyn Write) -> io::Result<()> {
    let header = trace.header();
    let mut writer = Writer { out, first: true };
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
}

impl Writer<'_> {
    fn event(&mut self, body: &str) -> io::Result<()> {
        let separator = if std::mem::take(&mut self.first) { "\n" } else { ",\n" };
        write!(self.out, "{separator}{{{body},\"pid\":{BOARD}}}")
    }

    fn name(&mut self, what: &str, track: Option<u64>, name: &str) -> io::Result<()> {
        let track = track.map_or(String::new(), |track| format!(",\"tid\":{track}"));
        self.event(&format!("\"ph\":\"M\",\"name\":\"{what}\"{track},\"args\":{{\"name\":{}}}", quoted(name)))
    }
}

/// Nanoseconds as microseconds: exact, which a floating-point number would not be.
fn microseconds(nanoseconds: u64) -> String {
    format!("{}.{:03}", nanoseconds / 1000, nanoseconds % 1000)
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn arguments(label: &Label) -> String {
    let pairs: Vec<String> = label
        .details
        .iter()
        .map(|(name, detail)| match detail {
            Detail::Number(number) => format!("{}:{number}", quoted(name)),
            Detail::Text(text) => format!("{}:{}", quoted(name), quoted(text)),
        })
        .collect();
    format!("{{{}}}", pairs.join(","))
}

impl Sink for Writer<'_> {
    fn track(&mut self, track: &Track) -> io::Result<()> {
        if track.kind == TrackKind::Value {
            return Ok(()); // the values carry the name
        }
        self.name("thread_name", Some(track.id), &track.name)?;
        self.event(&format!(
            "\"ph\":\"M\",\"name\":\"thread_sort_index\",\"tid\":{},\"args\":{{\"sort_index\":{}}}",
            track.id, track.id
        ))
    }

    fn slice(&mut self, track: &Track, start: u64, end: u64, label: &Label) -> io::Result<()> {
        let (name, arguments) = (quoted(&label.text), arguments(label));
        for (phase, time) in [("B", start), ("E", end)] {
            self.event(&format!(
                "\"ph\":\"{phase}\",\"name\":{name},\"tid\":{},\"ts\":{},\"args\":{arguments}",
                track.id,
                microseconds(time),
            ))?;
        }
        Ok(())
    }

    fn instant(&mut self, track: &Track, time: u64, label: &Label) -> io::Result<()> {
        self.event(&format!(
            "\"ph\":\"i\",\"s\":\"t\",\"name\":{},\"tid\":{},\"ts\":{},\"args\":{}",
            quoted(&label.text),
            track.id,
            microseconds(time),
            arguments(label)
        ))
    }

    fn value(&mut self, track: &Track, time: u64, value: i64) -> io::Result<()> {
        self.event(&format!(
            "\"ph\":\"C\",\"name\":{},\"ts\":{},\"args\":{{\"value\":{value}}}",
            quoted(&track.name),
            microseconds(time)
        ))
    }
}
