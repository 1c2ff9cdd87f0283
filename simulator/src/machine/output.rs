//! What the firmware sends, on its way out.
//!
//! It is collected at the cuts of virtual time. What a run that ends between two cuts has sent by then is given out too,
//! but stays where it is: a stop changes nothing of what follows, and so the cut that comes next collects it once more.
//! The [`Outlet`] counts bytes, and gives out none twice: not those, nor what a machine that went back in time sends
//! again.

use std::collections::BTreeMap;

use bksim_protocol::frame::{self, Chunk};
use bksim_protocol::message::Channel;

use super::{Machine, spend};
use crate::clock::Picoseconds;
use crate::rtt::Found;
use crate::system::System;

/// What the machine gives out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Bytes of the firmware.
    Data {
        /// The data stream.
        stream: u8,
        /// At most [`frame::MAX_CHUNK`] bytes, and the time of the collection.
        chunk: Chunk,
    },
    /// An RTT up channel that was not known before.
    Channel(Channel),
}

/// The way out. It belongs to whoever listens, and not to the machine's state: it does not go back in time.
#[derive(Debug, Default)]
pub(super) struct Outlet {
    output: Vec<Output>,
    /// How many bytes of each stream have been given out.
    given: BTreeMap<u8, u64>,
    /// The channels as they were announced last, by stream.
    announced: BTreeMap<u8, Channel>,
}

impl Outlet {
    /// Gives out bytes of a stream of which `before` came earlier, but for those that have been given out.
    fn give(&mut self, stream: u8, before: u64, bytes: &[u8], time: Picoseconds) {
        let given = self.given.entry(stream).or_default();
        let known = usize::try_from(given.saturating_sub(before)).unwrap_or(usize::MAX).min(bytes.len());
        *given = (*given).max(before + bytes.len() as u64);
        for piece in bytes[known..].chunks(frame::MAX_CHUNK) {
            let chunk = Chunk { time_ps: time, bytes: piece.to_vec() };
            self.output.push(Output::Data { stream, chunk });
        }
    }

    fn announce(&mut self, channel: Channel) {
        if self.announced.insert(channel.stream, channel.clone()).as_ref() != Some(&channel) {
            self.output.push(Output::Channel(channel));
        }
    }
}

impl Machine {
    /// Output since the last call, in order.
    pub fn take_output(&mut self) -> Vec<Output> {
        std::mem::take(&mut self.outlet.output)
    }

    /// Whatever the firmware sends from the present time on is new, even if a machine that has been there before has sent
    /// as much.
    pub fn forget_what_was_given(&mut self) {
        let ahead = self.ahead(&self.system, self.now);
        self.outlet.given.clone_from(&self.collected);
        for (stream, bytes) in ahead.bytes {
            *self.outlet.given.entry(stream).or_default() += bytes.len() as u64;
        }
    }

    /// Collects what the firmware has sent; `time` is what the chunks say.
    pub(super) fn collect(&mut self, time: Picoseconds) {
        for sent in self.system.take_sent() {
            self.pending.entry(sent.stream).or_default().extend(sent.bytes);
        }
        for (port, bytes) in self.core.take_stimuli() {
            self.pending.entry(frame::ITM + port).or_default().extend(bytes);
        }
        self.poll_rtt(time);
        if self.pending.is_empty() {
            return;
        }
        for (stream, bytes) in std::mem::take(&mut self.pending) {
            let before = self.collected.entry(stream).or_default();
            self.outlet.give(stream, *before, &bytes, time);
            *before += bytes.len() as u64;
        }
    }

    /// Gives out what is still to be collected, and leaves it there.
    pub(super) fn give_ahead(&mut self, time: Picoseconds) {
        let ahead = self.ahead(&self.system, time);
        self.give(ahead, time);
    }

    /// The same for a machine that has stopped for good, with what was on its way to the wires.
    pub(super) fn give_rest(&mut self) {
        let mut system = self.system.clone();
        system.flush(self.now);
        let rest = self.ahead(&system, self.now);
        self.give(rest, self.now);
    }

    fn give(&mut self, ahead: Ahead, time: Picoseconds) {
        ahead.channels.into_iter().for_each(|channel| self.outlet.announce(channel));
        for (stream, bytes) in ahead.bytes {
            let before = self.collected.get(&stream).copied().unwrap_or(0);
            self.outlet.give(stream, before, &bytes, time);
        }
    }

    /// What a collection would find.
    fn ahead(&self, system: &System, time: Picoseconds) -> Ahead {
        let mut ahead = Ahead { channels: Vec::new(), bytes: self.pending.clone() };
        for sent in system.sent() {
            ahead.bytes.entry(sent.stream).or_default().extend(&sent.bytes);
        }
        for (port, bytes) in self.core.stimuli() {
            ahead.bytes.entry(frame::ITM + port).or_default().extend(bytes);
        }
        let mut found = self.rtt.preview(&*self.core, time);
        spend::tell(&mut self.spent.clone(), &*self.core, &self.rtt, &mut found);
        for found in found {
            match found {
                Found::Channel(channel) => ahead.channels.push(channel),
                Found::Bytes { stream, bytes } => ahead.bytes.entry(stream).or_default().extend(bytes),
            }
        }
        ahead
    }

    /// Looks at RTT, if anything can have changed there.
    pub(super) fn poll_rtt(&mut self, time: Picoseconds) {
        let instructions = self.core.instructions();
        if self.polled_at == Some(instructions) && !self.rtt.has_input() {
            return;
        }
        self.polled_at = Some(instructions);
        let mut found = self.rtt.poll(&mut *self.core, time);
        spend::tell(&mut self.spent, &*self.core, &self.rtt, &mut found);
        for found in found {
            match found {
                Found::Channel(channel) => self.outlet.announce(channel),
                Found::Bytes { stream, bytes } => self.pending.entry(stream).or_default().extend(bytes),
            }
        }
    }
}

/// What is still to be collected.
struct Ahead {
    channels: Vec<Channel>,
    bytes: BTreeMap<u8, Vec<u8>>,
}
