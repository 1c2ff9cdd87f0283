//! Lanes under an axis, one character a column.

use std::fmt::Write;
use std::ops::Range;

use crate::model::Trace;
use crate::raster::{Glyphs, Grid, Row, axis_lines, rows};
use crate::{label, time};

/// The narrowest timeline that is drawn, in cells.
pub const MIN_WIDTH: usize = 40;

/// Names are cut at this width, so that the times keep most of a line.
const MAX_NAME: usize = 20;

/// Draws `window` (cycles) of `trace` in lines of at most `width` cells (at least [`MIN_WIDTH`]): an axis, a row for
/// each interrupt, task, span, moment and value of the user's, what the characters mean, and what was lost.
///
/// Lines end without spaces. A lane's label is its name and, for a task, its base priority.
#[must_use]
pub fn timeline(trace: &Trace, window: Range<u64>, width: usize, style: Glyphs) -> String {
    let ascii = style == Glyphs::Ascii;
    let rows = rows(trace);
    let name_width = rows.iter().map(|row| label::width(&row.name(trace))).max().unwrap_or(0).clamp(4, MAX_NAME);
    // Name, priority, two spaces.
    let left = name_width + 5;
    let grid = Grid::new(trace, window.clone(), width.max(MIN_WIDTH) - left);
    let hz = trace.clock_hz();
    let (mut out, mut scales) = (String::new(), Vec::new());
    let mut line = |left_text: &str, text: &str| {
        let _ = writeln!(out, "{}", format!("{left_text}{text}").trim_end());
    };
    line(
        "",
        &format!(
            "{}  {} .. {}  ({}; {} a column)",
            trace.header().board,
            time::moment(window.start, hz),
            time::moment(window.end, hz),
            time::duration(window.end.saturating_sub(window.start), hz),
            time::duration(grid.time(1) - grid.time(0), hz),
        ),
    );
    let (labels, marks) = axis_lines(&grid, hz, style);
    let blank = " ".repeat(left);
    line(&blank, &labels);
    line(&blank, &marks);
    for row in rows {
        let priority = row.priority(trace).map(|priority| priority.to_string());
        let left_text = format!(
            "{} {}  ",
            label::fit(&row.name(trace), name_width, ascii),
            label::right(priority.as_deref().unwrap_or(""), 2)
        );
        let cells: String =
            row.draw(trace, &grid, style).into_iter().map(|cell| cell.map_or(' ', |(glyph, _)| glyph)).collect();
        line(&left_text, &cells);
        if let Row::Counter(at) = row
            && let Some((least, most)) =
                trace.counters().get(at).and_then(|track| track.extremes(0..track.points.len()))
        {
            scales.push(format!("{}: {least} to {most}", row.name(trace)));
        }
    }
    for legend in wrapped(&style.legend(), width.max(MIN_WIDTH)) {
        line("", &legend);
    }
    if !scales.is_empty() {
        line("", &format!("scales: {}", scales.join(", ")));
    }
    if trace.events() == 0 {
        line("", "no events: was the firmware built with its feature `trace`?");
    }
    for gap in trace.gaps_in(window) {
        let more = if gap.uncounted { format!("; {} bytes unreadable", gap.bytes) } else { String::new() };
        line(
            "",
            &format!(
                "lost: {} events between {} and {}{more}",
                gap.events,
                time::moment(gap.start, hz),
                time::moment(gap.end, hz)
            ),
        );
    }
    for note in trace.notes() {
        line("", &format!("note: {note}"));
    }
    out
}

/// Sets `words` in lines of at most `width` cells, two spaces between them.
fn wrapped(words: &[&str], width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in words {
        match lines.last_mut() {
            Some(line) if label::width(line) + 2 + label::width(word) <= width => {
                line.push_str("  ");
                line.push_str(word);
            }
            _ => lines.push((*word).to_owned()),
        }
    }
    lines
}
