//! Common Trace Format 1.8 (diamon.org/ctf): a folder with two files, for babeltrace2, Trace Compass and lttng-analyses.
//!
//! ```text
//! events.rs ─┬─▶ fields.rs ─▶ packets.rs ─▶ DIR/stream      binary, in cycles of the trace clock: nothing is rounded
//! lttng.rs  ─┘                metadata.rs ─▶ DIR/metadata   text: types, the clock, names of tasks and objects
//! ```
//!
//! Event ids are the heads of the wire ([`bluekernel_abi::wire::head`]). Lost events are counted in `events_discarded` of
//! the packet that covers the gap, and an event `gap` tells of bytes that could not be read.

mod fields;
mod lttng;
mod metadata;
mod packets;

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use super::events::walk;
use super::names::Names;
use super::schema::{self, GAP, Row};
use crate::model::Trace;
use metadata::{Metadata, quoted};
use packets::Packets;

/// By which names events are called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// By their own.
    Native,
    /// Switches, wake-ups and interrupts as LTTng calls those of Linux, so that its analyses understand them.
    Lttng,
}

/// Writes `trace`, which is that of `stream`, into the folder `dir`, which must exist and should be empty.
///
/// # Errors
/// Those of the file system.
pub fn write(trace: &Trace, stream: &[u8], dialect: Dialect, dir: &Path) -> io::Result<()> {
    // Trace Compass and lttng-analyses look for the kernel's trace in a folder of this name.
    let dir = match dialect {
        Dialect::Native => dir.to_owned(),
        Dialect::Lttng => dir.join("kernel"),
    };
    fs::create_dir_all(&dir)?;
    let mut file = BufWriter::new(File::create(dir.join("stream"))?);
    let mut ctf = Ctf {
        packets: Packets::new(&mut file, trace.start()),
        names: Names::new(trace.header(), |word| quoted(if word.is_empty() { "none" } else { word })),
        heads: BTreeSet::new(),
    };
    let mut linux = (dialect == Dialect::Lttng).then(|| lttng::Lttng::new(trace));
    walk(trace, stream, &mut |time, row| match &mut linux {
        Some(linux) => linux.row(time, row, &mut ctf),
        None => ctf.row(time, row),
    })?;
    if let Some(linux) = &mut linux {
        linux.finish(&mut ctf)?;
    }
    let text = ctf.finish(trace, dialect)?;
    file.flush()?;
    fs::write(dir.join("metadata"), text)
}

/// The trace, as it grows.
struct Ctf<'a> {
    packets: Packets<'a>,
    names: Names<'a>,
    /// The rows that occurred.
    heads: BTreeSet<u8>,
}

impl Ctf<'_> {
    /// Writes a row as an event of our own.
    fn row(&mut self, time: u64, row: &Row<'_>) -> io::Result<()> {
        self.heads.insert(row.head);
        for (_, kind, number) in row.fields() {
            self.names.get(kind, number);
        }
        if row.head != GAP {
            fields::append(self.packets.event(time, row.head)?, row);
            return Ok(());
        }
        let [events, _, _, since] = row.numbers;
        self.packets.gap(since, time, events)?;
        fields::append(self.packets.event(time, row.head)?, row);
        self.packets.close()
    }

    /// Ends the stream; returns the description of what is in it.
    fn finish(mut self, trace: &Trace, dialect: Dialect) -> io::Result<String> {
        self.packets.close()?;
        let header = trace.header();
        let mut environment = match dialect {
            Dialect::Native => vec![("domain", quoted("bluekernel"))],
            Dialect::Lttng => lttng::environment(),
        };
        environment.push(("hostname", quoted(&header.board)));
        environment.push(("kit", quoted(&header.kit)));
        environment.extend(header.build_id.iter().map(|id| ("build_id", quoted(id))));
        let mut metadata = Metadata::new(trace.clock_hz(), &environment);
        metadata.words(&self.names.into_known());
        for head in self.heads {
            metadata.event(head, schema::name(head), schema::fields(head));
        }
        if dialect == Dialect::Lttng {
            lttng::describe(&mut metadata);
        }
        Ok(metadata.into_text())
    }
}
