//! Stacks by task, flash and RAM by crate, and the heap over time, in the window that all views share.

use std::ops::Range;

use ratatui::layout::Rect;
use ratatui::style::Modifier;

use crate::label;
use crate::model::{HeapPoint, Trace};
use crate::raster::{Grid, axis_lines};
use crate::tui::keys::Action;
use crate::tui::layout::Layout;
use crate::tui::paint::Paint;
use crate::tui::state::Session;

use super::chart;
use super::crates;
use super::pane::Pane;
use super::table::{self, Column, Line, column};

const COLUMNS: [Column; 5] =
    [column("SIZE", 9, 0), column("USED", 9, 0), column("FREE", 9, 0), column("USED %", 9, 0), column("", 22, 80)];

/// Cells of a stack's bar.
const BAR: usize = 20;

/// What the heap held in each column of the window, and which window that was.
#[derive(Debug, Default)]
pub(super) struct Memory {
    window: Option<(Range<u64>, u64, usize)>,
    heap: Vec<Option<u64>>,
    /// The place of the selected crate.
    selected: usize,
}

impl Pane for Memory {
    fn name(&self) -> &'static str {
        "Memory"
    }

    fn hints(&self) -> &'static str {
        "w/s zoom  a/d pan  0 all  k/j crate  1-9 views  ? help  q quit"
    }

    fn act(&mut self, session: &mut Session, _: &Layout, action: Action) -> bool {
        let Some(footprint) = &session.footprint else { return false };
        let by = match action {
            Action::RowUp => -1,
            Action::RowDown => 1,
            Action::RowsUp => -10,
            Action::RowsDown => 10,
            _ => return false,
        };
        let last = footprint.crates.len().saturating_sub(1);
        self.selected = self.selected.saturating_add_signed(by).min(last);
        true
    }

    /// The most that the heap held in each column.
    fn settle(&mut self, session: &Session, layout: &Layout) {
        let wanted = (session.window(), session.trace.events(), layout.columns());
        if self.window.as_ref() == Some(&wanted) {
            return;
        }
        let grid = session.grid(layout.columns());
        self.heap = heap_columns(session, &grid);
        self.window = Some(wanted);
    }

    fn draw(&self, session: &Session, layout: &Layout, paint: &mut Paint<'_>) {
        let lines = stacks(session, paint);
        let height = u16::try_from(lines.len() + 1).unwrap_or(u16::MAX);
        let footprint = session.footprint.as_ref();
        let has_heap = !session.trace.heap().is_empty();
        let [stacks, crates, rest] = parts(layout.body, height, footprint.map_or(0, crates::height), has_heap);
        table::draw("STACK OF", &COLUMNS, &lines, None, stacks, paint);
        if let Some(footprint) = footprint {
            crates::draw(footprint, self.selected, crates, paint);
        }
        if has_heap {
            self.heap(session, layout, rest, paint);
            return;
        }
        let without = " Its ELF file tells what takes flash and RAM: bkctl trace view FILE --elf ELF";
        let words = [Some(" The firmware told nothing of a heap."), footprint.is_none().then_some(without)];
        for (text, y) in words.into_iter().flatten().zip(rest.y..rest.bottom()) {
            paint.text(rest.x, y, rest.width, text, paint.theme.faint);
        }
    }
}

/// The places of the stacks, of the crates and of what stands below, with an empty line between them, for stacks and crates
/// that want so many lines.
fn parts(body: Rect, stacks: u16, crates: u16, has_heap: bool) -> [Rect; 3] {
    // The heap has a third. Of the rest the crates have what the stacks leave, or half if they need it.
    let upper = if has_heap { body.height - body.height / 3 } else { body.height };
    let crates = crates.min((upper / 2).max(upper.saturating_sub(stacks.saturating_add(1))));
    let stacks = stacks.min(upper.saturating_sub(crates + u16::from(crates > 0)));
    let mut y = body.y;
    [stacks, crates, body.height].map(|height| {
        let part = Rect { y, height: height.min(body.bottom() - y), ..body };
        if part.height > 0 {
            y = (part.bottom() + 1).min(body.bottom());
        }
        part
    })
}

impl Memory {
    /// The heap over time, under the same axis as the timeline's.
    fn heap(&self, session: &Session, layout: &Layout, area: Rect, paint: &mut Paint<'_>) {
        if area.height == 0 {
            return;
        }
        let trace = &session.trace;
        let points = trace.heap();
        let peak = points.iter().map(|point| point.used).max().unwrap_or(0);
        let until = points.partition_point(|point| point.time <= session.cursor);
        let now = held(trace, until, session.cursor).map(|point| point.used);
        let size = trace.heap_size().map_or_else(String::new, |size| format!(" of {size}"));
        let used = now.map_or_else(|| "?".to_owned(), |used| used.to_string());
        let heading = format!(" HEAP  {used}{size} bytes in use at the cursor, {peak} at most in the whole trace");
        paint.text(area.x, area.y, area.width, &heading, paint.theme.heading);
        if area.height < 4 {
            return;
        }
        let grid = session.grid(layout.columns());
        let (labels, ticks) = axis_lines(&grid, trace.clock_hz(), paint.glyphs);
        let left = area.x + layout.label_width;
        let width = area.width - layout.label_width;
        paint.text(left, area.y + 1, width, &labels, paint.theme.plain);
        paint.text(left, area.y + 2, width, &ticks, paint.theme.faint);
        let chart = Rect { x: left, y: area.y + 3, width, height: (area.height - 3).min(12) };
        let scale = label::right(&peak.to_string(), usize::from(layout.label_width).saturating_sub(1));
        paint.text(area.x, chart.y, layout.label_width, &scale, paint.theme.faint);
        chart::columns(&self.heap, peak.into(), chart, paint.theme.user, paint);
        if let Some(column) = grid.column(session.cursor).and_then(|column| u16::try_from(column).ok()) {
            paint.column(left + column, chart.y, chart.height, Modifier::REVERSED);
        }
    }
}

/// What the heap held at `time`, before the point at place `next`: the point before it, unless events were lost in between.
fn held(trace: &Trace, next: usize, time: u64) -> Option<&HeapPoint> {
    let point = next.checked_sub(1).and_then(|at| trace.heap().get(at))?;
    let gaps = trace.gaps();
    let last = gaps.partition_point(|gap| gap.start <= time).checked_sub(1).and_then(|at| gaps.get(at));
    last.is_none_or(|gap| point.time > gap.start).then_some(point)
}

/// The most in each column; where nothing changed, what still holds; nothing behind the end of the trace.
fn heap_columns(session: &Session, grid: &Grid) -> Vec<Option<u64>> {
    let points = session.trace.heap();
    let place = |time: u64| points.partition_point(|point| point.time < time);
    (0..grid.width())
        .map(|column| {
            if grid.time(column) > grid.end() || grid.is_lost(column) {
                return None;
            }
            let (from, to) = (place(grid.time(column)), place(grid.time(column + 1)));
            let before = held(&session.trace, from, grid.time(column));
            before.into_iter().chain(points.range(from..to)).map(|point| u64::from(point.used)).max()
        })
        .collect()
}

/// The stacks, those with the least left first.
fn stacks(session: &Session, paint: &Paint<'_>) -> Vec<Line> {
    let mut tasks: Vec<_> = session.derived.statistics.tasks.iter().collect();
    let left = |free: Option<u32>, size: Option<u32>| match (free, size) {
        (Some(free), Some(size)) if size > 0 => u64::from(free) * 1000 / u64::from(size),
        _ => u64::MAX,
    };
    tasks.sort_by_key(|task| left(task.stack_free, task.stack_bytes));
    let number = |value: Option<u32>| value.map_or_else(|| "-".to_owned(), |value| value.to_string());
    let line = |task: &&crate::stats::TaskRow| {
        let used = task.stack_bytes.zip(task.stack_free).map(|(size, free)| size.saturating_sub(free));
        let (percent, bar) = match used.zip(task.stack_bytes).filter(|(_, size)| *size > 0) {
            Some((used, size)) => (
                format!("{:.1}", f64::from(used) * 100.0 / f64::from(size)),
                chart::bar(used.into(), size.into(), BAR, paint.glyphs),
            ),
            None => ("-".to_owned(), String::new()),
        };
        // A stack that is nearly used up must not be overlooked.
        let low = left(task.stack_free, task.stack_bytes) < 100;
        let bar = label::fit(&bar, BAR, paint.ascii());
        Line {
            name: task.name.clone(),
            cells: vec![number(task.stack_bytes), number(used), number(task.stack_free), percent, bar],
            style: if low { paint.theme.alarm } else { paint.theme.plain },
        }
    };
    tasks.iter().map(line).collect()
}
