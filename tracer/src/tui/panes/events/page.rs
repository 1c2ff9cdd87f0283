//! The events around one of them, decoded from a keyframe.

use std::collections::VecDeque;

use crate::model::Keyframe;
use crate::query::Matcher;
use crate::tui::state::Session;
use crate::wire::{Decoder, Item};

use super::line::{Context, EventLine};

/// Bytes that a decoder is given at once.
const PIECE: usize = 16 << 10;
/// Events that are decoded at most to find lines that match a filter: what is further away is looked for with a search.
const MOST: u64 = 2_000_000;

/// Where the page is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Start {
    /// Around the first event at this time or later.
    Time(u64),
    /// Around the event of this number, which is at this time.
    Number(u64, u64),
}

/// `rows` lines around `start`: as many before as behind it, more on one side where the other has none.
pub(super) fn page(session: &Session, start: Start, rows: usize) -> Vec<EventLine> {
    let keys = session.trace.keyframes();
    let (Start::Time(time) | Start::Number(_, time)) = start;
    // The last keyframe that is surely before it: events at its very time may stand before and behind it.
    let near = keys.partition_point(|key| key.time < time).saturating_sub(1);
    let mut back = 0;
    loop {
        let Some(key) = keys.get(near.saturating_sub(back)) else { return Vec::new() };
        let (lines, before) = read(session, *key, start, rows);
        // Enough of it and before it, or nothing more there.
        let exhausted = back >= near || keys.get(near).is_some_and(|near| near.events - key.events > MOST);
        if (before >= rows / 2 && lines.len() >= rows) || exhausted {
            return lines;
        }
        back = (back * 2 + 1).min(near);
    }
}

/// Reads from `key` on: the lines around `start`, and how many of those that were seen lie before it.
fn read(session: &Session, key: Keyframe, start: Start, rows: usize) -> (Vec<EventLine>, usize) {
    let stream = session.stream.from(key.offset);
    let mut filter = session.search.filter_matcher();
    let mut before: VecDeque<EventLine> = VecDeque::with_capacity(rows + 1);
    let mut behind: Vec<EventLine> = Vec::new();
    let (mut decoder, mut context) = (Decoder::new(), Context::default());
    let (mut number, mut base, mut last) = (key.events, None, None);
    for piece in stream.iter().flat_map(|bytes| bytes.chunks(PIECE)) {
        decoder.push(piece);
        while let Some(record) = decoder.next() {
            // The decoder's time begins with the SYNC it was started at.
            let base = *base.get_or_insert(key.time.saturating_sub(record.time));
            let time = base.saturating_add(record.time);
            let line = match record.item {
                Item::Sync(sync) => {
                    context.sync(&sync);
                    // A loss ends with a keyframe; what was lost before the first one that is read is not of this page.
                    let gaps = session.trace.gaps();
                    let ended = gaps.binary_search_by_key(&time, |gap| gap.end).ok().filter(|_| last.is_some());
                    match ended.and_then(|at| gaps.get(at)) {
                        Some(gap) => EventLine::lost(gap),
                        None => continue,
                    }
                }
                // It is in the gap that the keyframe behind it ends.
                Item::Lost(_) => continue,
                Item::Event(event) => {
                    let since = last.replace(time).map(|last| time.saturating_sub(last));
                    let line = context.line(session, number, time, since, &event);
                    number += 1;
                    line
                }
            };
            let is_before = match (start, line.number) {
                (Start::Time(at), _) | (Start::Number(_, at), None) => time < at,
                (Start::Number(wanted, _), Some(number)) => number < wanted,
            };
            if !shown(session, filter.as_mut(), &line) {
                if number - key.events > 2 * MOST {
                    return finish(before, behind, rows);
                }
                continue;
            }
            if is_before {
                before.push_back(line);
                if before.len() > rows {
                    before.pop_front();
                }
            } else {
                behind.push(line);
                if behind.len() >= rows {
                    return finish(before, behind, rows);
                }
            }
        }
    }
    finish(before, behind, rows)
}

/// Whether the filter lets a line through. Losses always show.
fn shown(session: &Session, filter: Option<&mut Matcher>, line: &EventLine) -> bool {
    line.number.is_none() || filter.is_none_or(|filter| filter.matches(&session.trace, &line.facts))
}

/// As many lines before as behind, together `rows`, if there are so many.
fn finish(before: VecDeque<EventLine>, behind: Vec<EventLine>, rows: usize) -> (Vec<EventLine>, usize) {
    let found = before.len();
    let wanted = (rows / 2).max(rows.saturating_sub(behind.len())).min(found);
    let lines = before.into_iter().skip(found - wanted).chain(behind).take(rows).collect();
    (lines, found)
}
