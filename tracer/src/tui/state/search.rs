//! What is looked for, and what is shown.

use crate::model::Trace;
use crate::query::{Hit, Matcher, Place, Query, Source};
use crate::raster::Row;
use crate::time;

use super::session::Session;

/// A search and a filter, if there are any.
#[derive(Debug, Default)]
pub(in crate::tui) struct Search {
    search: Option<Matcher>,
    /// What was found last.
    hit: Option<Hit>,
    filter: Option<Matcher>,
}

impl Search {
    /// The text of the filter.
    pub(in crate::tui) fn filter(&self) -> Option<&str> {
        self.filter.as_ref().map(|filter| filter.query().text())
    }

    /// A copy of the filter, to match with.
    pub(in crate::tui) fn filter_matcher(&self) -> Option<Matcher> {
        self.filter.clone()
    }

    /// Whether there is a search or a filter.
    pub(in crate::tui) const fn is_set(&self) -> bool {
        self.search.is_some() || self.filter.is_some()
    }

    /// Takes away the rows in which nothing can match the filter; all stay if none would.
    pub(super) fn filter_rows(&mut self, trace: &Trace, rows: &mut Vec<Row>) {
        let Some(filter) = &mut self.filter else { return };
        let mut may_match = |row: &Row| match *row {
            Row::Lane(lane) => filter.may_match_lane(trace, lane),
            Row::Instants(track) => {
                trace.instant_tracks().get(track).is_some_and(|track| filter.may_match_name(trace, track.id, false))
            }
            Row::Counter(track) => {
                trace.counters().get(track).is_some_and(|track| filter.may_match_name(trace, track.id, true))
            }
        };
        let kept: Vec<Row> = rows.iter().copied().filter(|row| may_match(row)).collect();
        if !kept.is_empty() {
            *rows = kept;
        }
    }
}

impl Session {
    /// Looks for `text` from the cursor on.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub(in crate::tui) fn search(&mut self, text: &str) -> Result<(), String> {
        let query = Query::parse(text, self.trace.clock_hz()).map_err(|error| error.to_string())?;
        self.search.search = Some(Matcher::new(query));
        self.search.hit = None;
        self.find(true);
        Ok(())
    }

    /// Shows only what matches `text`, or everything if it is empty.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub(in crate::tui) fn filter(&mut self, text: &str) -> Result<(), String> {
        self.search.filter = match text.trim() {
            "" => None,
            text => {
                let query = Query::parse(text, self.trace.clock_hz()).map_err(|error| error.to_string())?;
                Some(Matcher::new(query))
            }
        };
        self.order_rows();
        Ok(())
    }

    /// Clears the search, then the filter; tells whether there was one.
    pub(in crate::tui) fn clear_search(&mut self) -> bool {
        let was = self.search.is_set();
        if self.search.search.take().is_none() && self.search.filter.take().is_some() {
            self.order_rows();
        }
        was
    }

    /// Goes to the next match, or the one before.
    pub(in crate::tui) fn find(&mut self, forward: bool) {
        self.follow = false;
        let Some(mut matcher) = self.search.search.take() else {
            self.message = Some("nothing to look for: / asks".to_owned());
            return;
        };
        // From the match that the cursor stands on; from the cursor if it was moved.
        let place = match self.search.hit {
            Some(hit) if hit.place.time == self.cursor => hit.place,
            _ if forward && self.cursor == self.trace.start() => Place::before(self.cursor),
            _ if forward => Place::behind(self.cursor),
            _ => Place::before(self.cursor),
        };
        let hit = if forward { matcher.next(&self.trace, place) } else { matcher.previous(&self.trace, place) };
        let text = matcher.query().text().to_owned();
        match hit {
            Some(hit) => self.show_hit(&text, hit),
            None => {
                let side = if forward { "behind" } else { "before" };
                self.message = Some(format!("{text}: nothing {side} the cursor"));
            }
        }
        self.search.search = Some(matcher);
    }

    fn show_hit(&mut self, text: &str, hit: Hit) {
        let hz = self.trace.clock_hz();
        let row = match hit.place.source {
            Source::Lane(lane) => Some(Row::Lane(lane)),
            Source::Instants(track) => Some(Row::Instants(track)),
            Source::Counter(track) => Some(Row::Counter(track)),
            Source::Operations | Source::Jobs => hit.lane.map(Row::Lane),
        };
        if let Some(row) = row {
            self.select(row);
        }
        self.go_to(hit.place.time);
        self.search.hit = Some(hit);
        let length = match hit.end - hit.place.time {
            0 => String::new(),
            cycles => format!(", {}", time::duration(cycles, hz)),
        };
        let name = row.map(|row| row.name(&self.trace)).unwrap_or_default();
        self.message =
            Some(format!("{text}: {name} at {}{length}  (n next, N previous)", time::moment(hit.place.time, hz)));
    }
}
