//! Columns over a window of time.

use std::ops::Range;

use crate::model::{Class, Lane, Trace};

/// A window of time laid over columns. Every cycle belongs to one column.
#[derive(Clone, Debug)]
pub struct Grid {
    window: Range<u64>,
    width: usize,
    end: u64,
    /// Columns that touch a stretch where events were lost.
    lost: Vec<bool>,
}

/// What to draw of one lane in one column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    /// The state that shows: the only one in the column, or the one that must not be overlooked. Running comes first,
    /// so that a handler of two microseconds stays visible in a column of ten seconds; then unknown, ready,
    /// interrupted; then whichever took longest.
    pub class: Class,
    /// If the lane ran in a part of the column only: how much, in eighths, 1 to 7.
    pub eighths: Option<u8>,
    /// Whether events were lost in the column.
    pub lost: bool,
}

impl Grid {
    /// Lays `window` over `width` columns (at least one of each).
    #[must_use]
    pub fn new(trace: &Trace, window: Range<u64>, width: usize) -> Self {
        let window = window.start..window.end.max(window.start.saturating_add(1));
        let mut grid = Self { window: window.clone(), width: width.max(1), end: trace.end(), lost: Vec::new() };
        grid.lost = vec![false; grid.width];
        for gap in trace.gaps_in(window.clone()) {
            let first = grid.column(gap.start.max(window.start)).unwrap_or(0);
            let last = grid.column(gap.end.clamp(window.start, window.end - 1)).unwrap_or(0);
            for lost in grid.lost.iter_mut().take(last + 1).skip(first) {
                *lost = true;
            }
        }
        grid
    }

    /// The window.
    #[must_use]
    pub fn window(&self) -> Range<u64> {
        self.window.clone()
    }

    /// How many columns there are.
    #[must_use]
    pub const fn width(&self) -> usize {
        self.width
    }

    /// The end of the trace, in cycles.
    #[must_use]
    pub const fn end(&self) -> u64 {
        self.end
    }

    /// The first cycle of `column`; of the column behind the last, the end of the window.
    #[must_use]
    pub fn time(&self, column: usize) -> u64 {
        let length = u128::from(self.window.end - self.window.start);
        let offset = (length * column.min(self.width) as u128).div_ceil(self.width as u128);
        self.window.start.saturating_add(u64::try_from(offset).unwrap_or(u64::MAX))
    }

    /// The column that holds `time`, if the window does.
    #[must_use]
    pub fn column(&self, time: u64) -> Option<usize> {
        if !self.window.contains(&time) {
            return None;
        }
        let length = u128::from(self.window.end - self.window.start);
        let column = u128::from(time - self.window.start) * self.width as u128 / length;
        usize::try_from(column).ok()
    }

    /// Whether events were lost in `column`.
    #[must_use]
    pub fn is_lost(&self, column: usize) -> bool {
        self.lost.get(column).copied().unwrap_or(false)
    }

    /// What to draw of `lane`, column by column. Costs two look-ups a column, however much happened in it. Columns
    /// before the trace begins or behind its end are `None`.
    #[must_use]
    pub fn cells(&self, lane: &Lane) -> Vec<Option<Cell>> {
        let mut sums = lane.sums();
        let mut before = sums.until(self.window.start.min(self.end));
        (0..self.width)
            .map(|column| {
                let (from, to) = (self.time(column), self.time(column + 1).min(self.end));
                if from > self.end || (from == self.end && self.end > self.window.start) {
                    return None;
                }
                let lost = self.is_lost(column);
                if to <= from {
                    // Columns narrower than a cycle show the state of the cycle they fall into.
                    return lane.at(from, self.end).map(|span| Cell { class: span.state.class(), eighths: None, lost });
                }
                let until = sums.until(to);
                let occupancy = until.since(&before);
                before = until;
                let total = occupancy.total();
                if total == 0 {
                    return None;
                }
                Some(visible(|class| occupancy.of(class), total, lost))
            })
            .collect()
    }
}

/// The cell of a column in which the lane was `of(class)` of `total` cycles in each class.
fn visible(of: impl Fn(Class) -> u64, total: u64, lost: bool) -> Cell {
    let running = of(Class::Running);
    if running > 0 {
        let eighths = (u128::from(running) * 8).div_ceil(u128::from(total)).min(7);
        let part = u8::try_from(eighths).ok().filter(|_| running < total);
        return Cell { class: Class::Running, eighths: part, lost };
    }
    let class = [Class::Unknown, Class::Ready, Class::Interrupted]
        .into_iter()
        .find(|class| of(*class) > 0)
        .or_else(|| [Class::Dormant, Class::Sleeping, Class::Waiting].into_iter().max_by_key(|class| of(*class)));
    Cell { class: class.unwrap_or(Class::Unknown), eighths: None, lost }
}
