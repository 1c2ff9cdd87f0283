//! The words behind the numbers in rows: found once each, since an export asks a million times.

use std::collections::HashMap;

use bluekernel_abi::{BlockReason, Named, ObjectOp, PriorityCause};

use super::schema::Kind;
use crate::recording::Header;

/// How many of the words that were asked for last are found without a search.
const RECENT: usize = 256;

/// Words by kind and number, written as a format wants them.
pub(super) struct Names<'a> {
    header: &'a Header,
    write: fn(&str) -> String,
    words: Vec<String>,
    /// The place of each in `words`.
    known: HashMap<(Kind, u64), usize>,
    /// By the lowest digits of the number: who asked for it last, and its place in `words`.
    recent: Vec<Option<((Kind, u64), usize)>>,
}

impl<'a> Names<'a> {
    /// Those of `header`; `write` quotes them.
    pub(super) fn new(header: &'a Header, write: fn(&str) -> String) -> Self {
        Self { header, write, words: Vec::new(), known: HashMap::new(), recent: vec![None; RECENT] }
    }

    /// The word for `number`; `None` for a kind that is a number and no more.
    pub(super) fn get(&mut self, kind: Kind, number: u64) -> Option<&str> {
        if matches!(kind, Kind::Flag | Kind::Number | Kind::Signed | Kind::Hex | Kind::Text | Kind::Bytes) {
            return None;
        }
        // Kinds count from 0 as numbers do: without the shift task 0 and object 0 would drive each other out.
        let slot = ((kind as usize) << 4 ^ number as usize) % RECENT;
        let place = match self.recent.get(slot).copied().flatten() {
            Some((asked, place)) if asked == (kind, number) => place,
            _ => {
                let place = self.place(kind, number);
                if let Some(recent) = self.recent.get_mut(slot) {
                    *recent = Some(((kind, number), place));
                }
                place
            }
        };
        self.words.get(place).map(String::as_str)
    }

    fn place(&mut self, kind: Kind, number: u64) -> usize {
        let Self { header, write, words, known, .. } = self;
        *known.entry((kind, number)).or_insert_with(|| {
            words.push(write(&word(header, kind, number)));
            words.len() - 1
        })
    }

    /// Every word that was asked for, by kind and number.
    pub(super) fn into_known(self) -> Vec<((Kind, u64), String)> {
        let Self { words, known, .. } = self;
        let mut known: Vec<_> = known.into_iter().collect();
        known.sort_unstable();
        known.into_iter().filter_map(|(of, place)| Some((of, words.get(place)?.clone()))).collect()
    }
}

fn word(header: &Header, kind: Kind, number: u64) -> String {
    // Tasks, objects, exceptions and marks have 32 bits on the wire.
    let id = u32::try_from(number).unwrap_or(u32::MAX);
    let known = match kind {
        Kind::Task => return header.task(id),
        Kind::Object => return header.object(id),
        Kind::Exception => return header.exception(id),
        Kind::Mark => return header.name(id),
        Kind::Reason => BlockReason::from_wire(number).map(BlockReason::name),
        Kind::Op => ObjectOp::from_wire(number).map(ObjectOp::name),
        Kind::Cause => PriorityCause::from_wire(number).map(|cause| match cause {
            PriorityCause::Call => "call",
            PriorityCause::Inherit => "inherit",
            PriorityCause::Disinherit => "disinherit",
        }),
        Kind::Of => Named::from_wire(number).map(|of| match of {
            Named::Task => "task",
            Named::Object => "object",
            Named::Mark => "mark",
        }),
        Kind::Flag | Kind::Number | Kind::Signed | Kind::Hex | Kind::Text | Kind::Bytes => None,
    };
    known.map_or_else(|| number.to_string(), str::to_owned)
}
