//! The rows of a timeline: lanes, then the user's moments and values.

use crate::model::{Class, LaneKind, Pages, Trace};

use super::glyphs::Glyphs;
use super::grid::Grid;

/// One row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Row {
    /// A lane: a place in [`Trace::lanes`].
    Lane(usize),
    /// The moments of one name: a place in [`Trace::instant_tracks`].
    Instants(usize),
    /// A value: a place in [`Trace::counters`].
    Counter(usize),
}

/// What a column of a row is about: for its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    /// A state of a lane.
    State(Class),
    /// A moment or a value of the user's.
    User,
    /// Events were lost.
    Lost,
}

/// The rows of `trace`, from top to bottom.
#[must_use]
pub fn rows(trace: &Trace) -> Vec<Row> {
    let lanes = trace.display_order().into_iter().map(Row::Lane);
    let instants = (0..trace.instant_tracks().len()).map(Row::Instants);
    let counters = (0..trace.counters().len()).map(Row::Counter);
    lanes.chain(instants).chain(counters).collect()
}

impl Row {
    /// Its name.
    #[must_use]
    pub fn name(self, trace: &Trace) -> String {
        match self {
            Self::Lane(at) => trace.lanes().get(at).map(|lane| trace.lane_name(lane)),
            Self::Instants(at) => trace.instant_tracks().get(at).map(|track| trace.header().name(track.id)),
            Self::Counter(at) => trace.counters().get(at).map(|track| trace.header().name(track.id)),
        }
        .unwrap_or_default()
    }

    /// The base priority, if it is a task's.
    #[must_use]
    pub fn priority(self, trace: &Trace) -> Option<u32> {
        match self {
            Self::Lane(at) => match trace.lanes().get(at)?.kind() {
                LaneKind::Task { number } => trace.task(number).priority,
                _ => None,
            },
            _ => None,
        }
    }

    /// The first change behind `time`.
    #[must_use]
    pub fn next_change(self, trace: &Trace, time: u64) -> Option<u64> {
        match self {
            Self::Lane(at) => trace.lanes().get(at)?.next_change(time),
            Self::Instants(at) => next(&trace.instant_tracks().get(at)?.points, time),
            Self::Counter(at) => next(&trace.counters().get(at)?.points, time),
        }
    }

    /// The last change before `time`.
    #[must_use]
    pub fn previous_change(self, trace: &Trace, time: u64) -> Option<u64> {
        match self {
            Self::Lane(at) => trace.lanes().get(at)?.previous_change(time),
            Self::Instants(at) => previous(&trace.instant_tracks().get(at)?.points, time),
            Self::Counter(at) => previous(&trace.counters().get(at)?.points, time),
        }
    }

    /// What to draw in each column of `grid`; `None` where there is nothing. The cost of a column does not grow with
    /// what happened in it.
    #[must_use]
    pub fn draw(self, trace: &Trace, grid: &Grid, glyphs: Glyphs) -> Vec<Option<(char, Ink)>> {
        let nothing = || vec![None; grid.width()];
        match self {
            Self::Lane(at) => trace.lanes().get(at).map_or_else(nothing, |lane| {
                let cells = grid.cells(lane).into_iter();
                cells
                    .map(|cell| {
                        cell.map(|cell| (glyphs.cell(cell), if cell.lost { Ink::Lost } else { Ink::State(cell.class) }))
                    })
                    .collect()
            }),
            Self::Instants(at) => trace.instant_tracks().get(at).map_or_else(nothing, |track| {
                columns(grid, &track.points, glyphs, |range| (!range.is_empty()).then(|| glyphs.instant()))
            }),
            Self::Counter(at) => trace.counters().get(at).map_or_else(nothing, |track| {
                let Some((least, most)) = track.extremes(0..track.points.len()) else { return nothing() };
                let mut held = None;
                columns(grid, &track.points, glyphs, |range| {
                    // The largest value in the column; where nothing is set, the one that still holds.
                    let before = range.start.checked_sub(1).and_then(|at| track.points.get(at)).map(|point| point.1);
                    held = track.extremes(range).map(|(_, most)| most).or(before);
                    held.map(|value| glyphs.level(value, least, most))
                })
            }),
        }
    }
}

/// Draws a row column by column from the places of the points that fall into each.
fn columns<T>(
    grid: &Grid,
    points: &Pages<(u64, T)>,
    glyphs: Glyphs,
    mut draw: impl FnMut(std::ops::Range<usize>) -> Option<char>,
) -> Vec<Option<(char, Ink)>> {
    let place = |time: u64| points.partition_point(|(at, _)| *at < time);
    let mut from = place(grid.time(0));
    (0..grid.width())
        .map(|column| {
            if grid.time(column) > grid.end() {
                return None;
            }
            let to = place(grid.time(column + 1));
            let drawn = draw(from..to);
            from = to;
            if grid.is_lost(column) { Some((glyphs.lost(), Ink::Lost)) } else { drawn.map(|glyph| (glyph, Ink::User)) }
        })
        .collect()
}

fn next<T>(points: &Pages<(u64, T)>, time: u64) -> Option<u64> {
    points.get(points.partition_point(|(at, _)| *at <= time)).map(|(at, _)| *at)
}

fn previous<T>(points: &Pages<(u64, T)>, time: u64) -> Option<u64> {
    points.partition_point(|(at, _)| *at < time).checked_sub(1).and_then(|at| points.get(at)).map(|(at, _)| *at)
}
