//! `sync/channel.rs`, and the values in the order of the rules.

use super::{Machine, place};
use crate::channel::{Receive, Send};

impl Machine<'_> {
    pub(super) fn place(&mut self, at: usize, value: u32) -> bool {
        let channel = &self.parts.channels[at];
        match channel.send(self.case.channels[at]) {
            Send::Full => return false,
            Send::Store(slot) => {
                self.slots[at][slot] = value;
                self.values[at].push(value);
            }
            Send::Deliver(receiver) => {
                assert!(self.values[at].is_empty(), "a value overtakes others");
                self.tasks[place(receiver)].value = Some(value);
                self.wake(channel.list(), receiver);
            }
        }
        true
    }

    pub(super) fn fetch(&mut self, at: usize) -> Option<u32> {
        let channel = &self.parts.channels[at];
        let value = match channel.receive(self.case.channels[at]) {
            Receive::Empty => return None,
            Receive::Take(slot) => self.slots[at][slot],
            Receive::TakeAndRefill(slot, sender) => {
                let value = self.slots[at][slot];
                let next = self.tasks[place(sender)].value.take();
                self.slots[at][slot] = next.unwrap_or_default();
                self.values[at].extend(next);
                self.wake(channel.list(), sender);
                value
            }
        };
        assert_eq!(value, self.values[at].remove(0), "the oldest value");
        Some(value)
    }
}
