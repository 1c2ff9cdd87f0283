//! The stream of a CTF trace: packets of events, each with its time range and the count of lost events.

use std::io::{self, Write};

/// The first word of every packet (CTF 1.8, section 5.1).
const MAGIC: u32 = 0xc1fc_1fc1;

/// Bytes of a packet in front of its events: [`super::metadata`] describes them.
const FRONT: usize = 4 + 1 + 5 * 8 + 4;

/// A packet ends behind the event that makes its events this long, in bytes.
const FULL: usize = 64 << 10;

/// Writes packets.
pub(super) struct Packets<'a> {
    out: &'a mut dyn Write,
    /// The events of the packet that is being filled.
    events: Vec<u8>,
    begin: u64,
    end: u64,
    discarded: u64,
    /// Whether a packet was written.
    begun: bool,
}

impl<'a> Packets<'a> {
    /// A stream that begins at `begin`, in cycles.
    pub(super) fn new(out: &'a mut dyn Write, begin: u64) -> Self {
        Self { out, events: Vec::new(), begin, end: begin, discarded: 0, begun: false }
    }

    /// Begins an event; its fields are to be appended to what this returns.
    pub(super) fn event(&mut self, time: u64, id: u8) -> io::Result<&mut Vec<u8>> {
        if self.events.len() >= FULL {
            self.close()?;
        }
        self.end = self.end.max(time);
        self.events.push(id);
        // Readers refuse a trace whose time goes back.
        self.events.extend(self.end.to_le_bytes());
        Ok(&mut self.events)
    }

    /// `events` were lost from `start` to `end`: a packet of its own covers that time, so that a reader, who is told
    /// only in which packet events were lost, knows when.
    pub(super) fn gap(&mut self, start: u64, end: u64, events: u64) -> io::Result<()> {
        self.close()?;
        // Readers count from packet to packet: what the first one says is lost "at some time before".
        if !self.begun {
            self.packet()?;
        }
        self.discarded = self.discarded.saturating_add(events);
        self.begin = self.begin.max(start.min(end));
        self.end = self.end.max(end);
        Ok(())
    }

    /// Ends the packet. One without events is left out.
    pub(super) fn close(&mut self) -> io::Result<()> {
        if self.events.is_empty() { Ok(()) } else { self.packet() }
    }

    fn packet(&mut self) -> io::Result<()> {
        let bits = (FRONT + self.events.len()) as u64 * 8;
        let mut front = Vec::with_capacity(FRONT);
        front.extend(MAGIC.to_le_bytes());
        front.push(0);
        for number in [self.begin, self.end, bits, bits, self.discarded] {
            front.extend(number.to_le_bytes());
        }
        front.extend(0_u32.to_le_bytes());
        self.out.write_all(&front)?;
        self.out.write_all(&self.events)?;
        self.events.clear();
        self.begin = self.end;
        self.begun = true;
        Ok(())
    }
}
