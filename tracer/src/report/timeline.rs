//! A timeline as SVG: what [`Grid`] says of each column, drawn with a shape and a colour for each state.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::ops::Range;

use crate::model::{Class, LaneKind, Trace};
use crate::raster::{Cell, Glyphs, Grid, Row, axis};
use crate::{label, time};

use super::html::escape;

/// Where the lanes begin, how wide they are, and how high a row is, in units of the drawing.
const LEFT: usize = 176;
const WIDTH: usize = 960;
const ROW: usize = 22;
const TOP: usize = 24;

/// The widest that a character of an axis label is, with some room: the digits of common sans-serif fonts are below 0.6 em,
/// letters of units below 0.9, and the size is 11.
const CHARACTER: usize = 8;

/// The height of a bar that fills its row.
const BAR: usize = 14;

/// Rows of a timeline. More would make the page large, and nobody finds a lane among them.
pub(super) const MOST_ROWS: usize = 64;

/// What a shape stands for: the class of its style, and the word of its title.
type Shape = (&'static str, &'static str);

const RUNS: Shape = ("s-run", "runs");

/// Draws `rows` over `window` in `columns` columns, with `caption` (HTML) above.
pub(super) fn draw(trace: &Trace, window: Range<u64>, columns: usize, rows: &[Row], caption: &str) -> String {
    let columns = columns.clamp(1, WIDTH);
    let grid = Grid::new(trace, window, columns);
    let (window, hz) = (grid.window(), trace.clock_hz());
    let height = TOP + rows.len() * ROW;
    let x = |column: usize| LEFT + column * WIDTH / columns;
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = write!(
        out,
        "<figure><figcaption><span>{caption}</span><output></output></figcaption><div class=\"scroll\" tabindex=\"0\">\
         <svg class=\"time\" viewBox=\"0 0 {} {height}\" role=\"img\" aria-label=\"Timeline from {} to {}\" \
         data-start=\"{}\" data-end=\"{}\" data-hz=\"{hz}\" data-left=\"{LEFT}\" data-width=\"{WIDTH}\">",
        LEFT + WIDTH + 4,
        time::moment(window.start, hz),
        time::moment(window.end, hz),
        window.start,
        window.end,
    );
    let mut used = 0;
    for tick in axis(&Grid::new(trace, window.clone(), WIDTH / 8), hz) {
        let at = LEFT + tick.column * 8;
        let _ = write!(out, "<path class=\"grid\" d=\"M{at} 18V{height}\"/>");
        // At the right end a label stands in front of its tick, or it would be cut; it is left out where another stands.
        let width = label::width(&tick.label) * CHARACTER;
        let (from, anchor) = if at + width <= LEFT + WIDTH { (at, "") } else { (at - width, " text-anchor=\"end\"") };
        if from >= used {
            let _ = write!(out, "<text class=\"t\" x=\"{at}\" y=\"12\"{anchor}>{}</text>", tick.label);
            used = from + width;
        }
    }
    for (at, row) in rows.iter().enumerate() {
        self::row(&mut out, trace, &grid, *row, TOP + at * ROW, &x);
    }
    losses(&mut out, trace, &grid, height, &x);
    let _ = write!(
        out,
        "<path class=\"grid\" d=\"M{LEFT} {TOP}V{height}\"/><line class=\"cursor\" y1=\"18\" y2=\"{height}\"/></svg></div></figure>"
    );
    out
}

fn row(out: &mut String, trace: &Trace, grid: &Grid, row: Row, top: usize, x: &impl Fn(usize) -> usize) {
    let name = row.name(trace);
    let priority = row.priority(trace).map_or_else(String::new, |priority| format!("priority {priority}"));
    let _ = write!(
        out,
        "<g><rect class=\"row\" x=\"{LEFT}\" y=\"{}\" width=\"{WIDTH}\" height=\"{}\"/>\
         <text x=\"0\" y=\"{}\">{}<title>{} {priority}</title></text>",
        top + 1,
        ROW - 2,
        top + 15,
        escape(label::fit(&name, 22, false).trim_end()),
        escape(&name),
    );
    if let Some(priority) = row.priority(trace) {
        let _ = write!(
            out,
            "<text class=\"t\" x=\"{}\" y=\"{}\" text-anchor=\"end\">{priority}</text>",
            LEFT - 8,
            top + 15
        );
    }
    let shapes = match row {
        Row::Lane(at) => trace
            .lanes()
            .get(at)
            .map(|lane| lane_shapes(&grid.cells(lane), lane.kind() == LaneKind::Idle, top, x))
            .unwrap_or_default(),
        Row::Instants(_) | Row::Counter(_) => user_shapes(trace, grid, row, top, x),
    };
    for ((class, word), path) in shapes {
        let _ = write!(out, "<path class=\"{class}\" d=\"{path}\"><title>{}: {word}</title></path>", escape(&name));
    }
    out.push_str("</g>");
}

/// One path for each state of a lane: equal neighbours are one box. The `idle` processor is not as loud as a task.
fn lane_shapes(cells: &[Option<Cell>], idle: bool, top: usize, x: &impl Fn(usize) -> usize) -> BTreeMap<Shape, String> {
    let mut shapes: BTreeMap<Shape, String> = BTreeMap::new();
    let mut from = 0;
    while from < cells.len() {
        let same = |cell: &Option<Cell>| {
            cell.map(|cell| (cell.class, cell.eighths)) == cells[from].map(|cell| (cell.class, cell.eighths))
        };
        let until = cells[from..].iter().position(|cell| !same(cell)).map_or(cells.len(), |count| from + count);
        if let Some(cell) = cells[from]
            && let Some((shape, y, height)) = shape(cell)
        {
            let shape = if idle && shape.0 == RUNS.0 { ("s-idle", "the processor sleeps") } else { shape };
            boxed(shapes.entry(shape).or_default(), x(from), top + y, x(until) - x(from), height);
        }
        from = until;
    }
    shapes
}

/// The shape of a state, and where in its row it stands: from which line, and how high.
fn shape(cell: Cell) -> Option<(Shape, usize, usize)> {
    let middle = ROW / 2;
    Some(match cell.class {
        Class::Running => {
            let height = cell.eighths.map_or(BAR, |eighths| (BAR * usize::from(eighths)).div_ceil(8));
            (RUNS, (ROW + BAR) / 2 - height, height)
        }
        Class::Interrupted => (("s-int", "interrupted by a handler"), (ROW - BAR) / 2, BAR),
        Class::Ready => (("s-ready", "ready, something more important runs"), middle - 3, 6),
        Class::Waiting => (("s-wait", "waits for an object"), middle - 1, 2),
        Class::Sleeping => (("s-sleep", "sleeps"), middle, 1),
        Class::Unknown => (("s-unknown", "unknown"), (ROW - BAR) / 2, BAR),
        Class::Dormant => return None,
    })
}

/// Moments as diamonds, values as steps of a staircase.
fn user_shapes(
    trace: &Trace,
    grid: &Grid,
    row: Row,
    top: usize,
    x: &impl Fn(usize) -> usize,
) -> BTreeMap<Shape, String> {
    let mut path = String::new();
    for (column, drawn) in row.draw(trace, grid, Glyphs::Ascii).into_iter().enumerate() {
        match drawn.map(|(glyph, _)| glyph) {
            // Eight levels, 1 to 8.
            Some(glyph @ '1'..='8') => {
                let height = 2 * (glyph as usize - '0' as usize);
                boxed(&mut path, x(column), top + (ROW + 16) / 2 - height, x(column + 1) - x(column), height);
            }
            Some('*') => {
                let _ = write!(path, "M{} {}l3 4l-3 4l-3 -4z", x(column), top + ROW / 2 - 4);
            }
            _ => {}
        }
    }
    let word = if matches!(row, Row::Counter(_)) { "value" } else { "moment" };
    if path.is_empty() { BTreeMap::new() } else { BTreeMap::from([(("s-user", word), path)]) }
}

/// Where events were lost, over all rows.
fn losses(out: &mut String, trace: &Trace, grid: &Grid, height: usize, x: &impl Fn(usize) -> usize) {
    let mut path = String::new();
    let mut from = 0;
    while from < grid.width() {
        let lost = grid.is_lost(from);
        let until = (from..grid.width()).find(|column| grid.is_lost(*column) != lost).unwrap_or(grid.width());
        if lost {
            boxed(&mut path, x(from), TOP, (x(until) - x(from)).max(2), height - TOP);
        }
        from = until;
    }
    if !path.is_empty() {
        let events: u64 = trace.gaps_in(grid.window()).iter().map(|gap| gap.events).sum();
        let _ =
            write!(out, "<path class=\"s-lost\" d=\"{path}\"><title>events were lost: {events} counted</title></path>");
    }
}

fn boxed(path: &mut String, x: usize, y: usize, width: usize, height: usize) {
    let _ = write!(path, "M{x} {y}h{width}v{height}h-{width}z");
}

/// What the shapes mean.
pub(super) fn legend() -> String {
    let mut out = String::from("<div class=\"legend\">");
    for (class, word, y, height) in [
        (RUNS.0, "runs; lower: in part of the column", 1, 14),
        ("s-idle", "idle", 1, 14),
        ("s-int", "interrupted by a handler", 1, 14),
        ("s-ready", "ready, something more important runs", 5, 6),
        ("s-wait", "waits for an object", 7, 2),
        ("s-sleep", "sleeps", 7, 1),
        ("s-unknown", "unknown", 1, 14),
        ("s-lost", "events lost", 1, 14),
    ] {
        let _ = write!(
            out,
            "<span><svg viewBox=\"0 0 22 16\" aria-hidden=\"true\"><path class=\"{class}\" d=\"M0 {y}h22v{height}h-22z\"/></svg>{word}</span>"
        );
    }
    out.push_str("</div>");
    out
}

/// The patterns that the states' styles name.
pub(super) const PATTERNS: &str = "<svg width=\"0\" height=\"0\" aria-hidden=\"true\" style=\"position:absolute\"><defs>\
    <pattern id=\"hatch\" width=\"5\" height=\"5\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\"><path class=\"k-hatch\" d=\"M1 0V5\"/></pattern>\
    <pattern id=\"dots\" width=\"5\" height=\"5\" patternUnits=\"userSpaceOnUse\"><circle class=\"k-dots\" cx=\"2\" cy=\"2\" r=\"1.1\"/></pattern>\
    <pattern id=\"cross\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\"><path class=\"k-cross\" d=\"M0 0L6 6M6 0L0 6\"/></pattern>\
    </defs></svg>";
