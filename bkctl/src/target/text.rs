//! The firmware's text on its way to stdout: several streams, lines kept whole.
//!
//! A stream that is in the middle of a line holds the output; what other streams say meanwhile waits until that line
//! ends. So lines of UART and RTT never mix, one stream alone is never delayed, and no byte is lost. Only at the end,
//! where lines that never ended meet, a line end is put between them.

use std::collections::BTreeMap;
use std::io::{self, Write};

/// Joins streams into one output.
#[derive(Debug, Default)]
pub struct Lines {
    /// The stream whose line is open.
    open: Option<u8>,
    /// What waits, by stream, in the order of arrival.
    waiting: Vec<(u8, Vec<u8>)>,
}

impl Lines {
    /// Takes `bytes` of `stream` and writes what can be written.
    ///
    /// # Errors
    /// If `out` cannot be written.
    pub fn push(&mut self, stream: u8, bytes: &[u8], out: &mut impl Write) -> io::Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        if self.open.is_some_and(|open| open != stream) {
            self.waiting.push((stream, bytes.to_vec()));
            return Ok(());
        }
        // While this stream's line is open nothing of its own waits, so order within a stream is kept.
        self.write(stream, bytes, out)?;
        while self.open.is_none() && !self.waiting.is_empty() {
            let (stream, bytes) = self.waiting.remove(0);
            self.write(stream, &bytes, out)?;
            if self.open == Some(stream) {
                self.release(stream, out)?;
            }
        }
        out.flush()
    }

    /// Writes everything that waits, whole lines or not; `true` if the last line has no end.
    ///
    /// # Errors
    /// If `out` cannot be written.
    pub fn finish(&mut self, out: &mut impl Write) -> io::Result<bool> {
        let mut by_stream: BTreeMap<u8, Vec<u8>> = BTreeMap::new();
        for (stream, bytes) in self.waiting.drain(..) {
            by_stream.entry(stream).or_default().extend(bytes);
        }
        for (_, bytes) in by_stream {
            if self.open.take().is_some() {
                out.write_all(b"\n")?;
            }
            out.write_all(&bytes)?;
            self.open = (bytes.last() != Some(&b'\n')).then_some(0);
        }
        out.flush()?;
        Ok(self.open.take().is_some())
    }

    fn write(&mut self, stream: u8, bytes: &[u8], out: &mut impl Write) -> io::Result<()> {
        out.write_all(bytes)?;
        self.open = (bytes.last() != Some(&b'\n')).then_some(stream);
        Ok(())
    }

    /// Writes what waits of the stream that now holds the line, as far as its line stays open.
    fn release(&mut self, stream: u8, out: &mut impl Write) -> io::Result<()> {
        while let Some(place) = self.waiting.iter().position(|(other, _)| *other == stream) {
            let (_, bytes) = self.waiting.remove(place);
            self.write(stream, &bytes, out)?;
            if self.open.is_none() {
                break;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(chunks: &[(u8, &str)]) -> String {
        let (mut lines, mut out) = (Lines::default(), Vec::new());
        for (stream, text) in chunks {
            lines.push(*stream, text.as_bytes(), &mut out).expect("writes");
        }
        lines.finish(&mut out).expect("writes");
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn one_stream_passes_at_once() {
        let (mut lines, mut out) = (Lines::default(), Vec::new());
        lines.push(1, b"no line end", &mut out).expect("writes");
        assert_eq!(out, b"no line end");
    }

    #[test]
    fn lines_of_two_streams_do_not_mix() {
        assert_eq!(joined(&[(1, "a"), (2, "x\n"), (1, "b\n"), (2, "y\n")]), "ab\nx\ny\n");
        assert_eq!(joined(&[(1, "a"), (2, "x"), (2, "y\n"), (1, "b\n")]), "ab\nxy\n");
        assert_eq!(joined(&[(1, "a"), (2, "x"), (3, "z\n"), (1, "b\n"), (2, "y\n")]), "ab\nxy\nz\n");
    }

    #[test]
    fn nothing_is_lost_when_a_line_never_ends() {
        assert_eq!(joined(&[(1, "a"), (2, "x\n"), (3, "z")]), "a\nx\nz");
    }
}
