//! The description of a CTF trace, in TSDL (CTF 1.8, section 7): what stands in the packets, and the words for numbers.

use std::fmt::Write;

use super::super::schema::Kind;
use super::fields::{declaration, layout};

/// Integers, the clock, and what stands in front of a packet's events ([`super::packets`]). `@` is the clock's rate.
const FRAME: &str = r#"/* CTF 1.8 */

typealias integer { size = 8; align = 8; signed = false; } := uint8_t;
typealias integer { size = 32; align = 8; signed = false; } := uint32_t;
typealias integer { size = 64; align = 8; signed = false; } := uint64_t;
typealias integer { size = 64; align = 8; signed = true; } := int64_t;
typealias integer { size = 64; align = 8; signed = false; base = 16; } := hex64_t;

trace {
    major = 1;
    minor = 8;
    byte_order = le;
    packet.header := struct {
        uint32_t magic;
        uint8_t stream_id;
    };
};

clock {
    name = "monotonic";
    description = "the trace clock: cycles since the first reset";
    freq = @;
    offset = 0;
};

typealias integer { size = 64; align = 8; signed = false; map = clock.monotonic.value; } := cycles_t;

stream {
    id = 0;
    packet.context := struct {
        cycles_t timestamp_begin;
        cycles_t timestamp_end;
        uint64_t content_size;
        uint64_t packet_size;
        uint64_t events_discarded;
        uint32_t cpu_id;
    };
    event.header := struct {
        uint8_t id;
        cycles_t timestamp;
    };
};
"#;

/// The description, as it grows.
pub(super) struct Metadata(String);

// Writing to a String cannot fail.
impl Metadata {
    /// What is the same for every event. `environment` tells of the trace as a whole: names and TSDL literals.
    pub(super) fn new(clock_hz: u64, environment: &[(&str, String)]) -> Self {
        let mut text = FRAME.replace('@', &clock_hz.to_string());
        text.push_str("\nenv {\n");
        for (name, literal) in environment {
            let _ = writeln!(text, "    {name} = {literal};");
        }
        text.push_str("};\n");
        Self(text)
    }

    /// The words of all numbers that have one, sorted by kind and number, as TSDL literals.
    pub(super) fn words(&mut self, words: &[((Kind, u64), String)]) {
        for same in words.chunk_by(|((before, _), _), ((after, _), _)| before == after) {
            let Some(((kind, _), _)) = same.first() else { continue };
            let (name, size) = layout(*kind);
            let _ = writeln!(self.0, "\n{name} : uint{}_t {{", size * 8);
            for ((_, number), literal) in same {
                let _ = writeln!(self.0, "    {literal} = {number},");
            }
            self.0.push_str("};\n");
        }
    }

    /// An event of our own: its fields by kind.
    pub(super) fn event(&mut self, id: u8, name: &str, fields: &[(&str, Kind)]) {
        self.foreign_event(id, name, &declaration(fields));
    }

    /// An event whose fields are given in TSDL.
    pub(super) fn foreign_event(&mut self, id: u8, name: &str, fields: &str) {
        let _ = writeln!(
            self.0,
            "\nevent {{ id = {id}; name = \"{name}\"; stream_id = 0; fields := struct {{ {fields} }}; }};"
        );
    }

    /// The file.
    pub(super) fn into_text(self) -> String {
        self.0
    }
}

/// `text` as a TSDL literal. Names come from a firmware: control characters become `?`.
pub(super) fn quoted(text: &str) -> String {
    let mut literal = String::with_capacity(text.len() + 2);
    literal.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => literal.extend(['\\', c]),
            c if c.is_control() => literal.push('?'),
            c => literal.push(c),
        }
    }
    literal.push('"');
    literal
}
