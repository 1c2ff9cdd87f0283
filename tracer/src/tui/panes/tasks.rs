//! A row for each task and interrupt.

use ratatui::style::Style;

use crate::tui::layout::Layout;
use crate::tui::paint::Paint;
use crate::tui::state::Session;
use crate::{label, time};

use super::pane::Pane;

/// A column: title, cells, and from which screen width on it is shown.
const COLUMNS: [(&str, u16, u16); 10] = [
    ("PRIO", 5, 0),
    ("STATE", 12, 0),
    ("CPU %", 8, 0),
    ("SWITCHES", 10, 0),
    ("RUNS", 8, 100),
    ("READY", 11, 80),
    ("RESP p50", 11, 110),
    ("RESP p99", 11, 110),
    ("RESP max", 11, 64),
    ("STACK FREE", 12, 110),
];

/// The table.
#[derive(Debug)]
pub(super) struct Tasks;

impl Pane for Tasks {
    fn name(&self) -> &'static str {
        "Tasks"
    }

    fn hints(&self) -> &'static str {
        "k/j row  1-9 views  ? help  q quit"
    }

    fn draw(&self, session: &Session, layout: &Layout, paint: &mut Paint<'_>) {
        draw(session, layout, paint);
    }
}

fn draw(session: &Session, layout: &Layout, paint: &mut Paint<'_>) {
    let theme = paint.theme;
    let area = layout.body;
    let hz = session.trace.clock_hz();
    let stats = &session.derived.statistics;
    let tells_stacks = stats.tasks.iter().any(|task| task.stack_free.is_some());
    let columns = &COLUMNS[..COLUMNS.len() - usize::from(!tells_stacks)];
    let shown: Vec<_> = columns.iter().enumerate().filter(|(_, column)| area.width >= column.2).collect();
    let taken: u16 = shown.iter().map(|(_, column)| column.1).sum();
    let name_width = area.width.saturating_sub(taken + 1).min(28);
    // Lines first, so that the selected one can be moved onto the screen.
    let mut lines: Vec<(Vec<String>, String, Style)> = Vec::new();
    let mut row = |cells: &[String], name: &str, style| lines.push((cells.to_vec(), name.to_owned(), style));
    row(&COLUMNS.map(|(title, ..)| title.to_owned()), "TASK", theme.heading);
    let selected = session.selected_row().map(|row| row.name(&session.trace)).unwrap_or_default();
    let style = |name: &str| if name == selected { theme.selected } else { theme.plain };
    for task in &stats.tasks {
        let bound = if task.at_least { ">=" } else { "" };
        let about = if task.at_least { "~" } else { "" };
        let seen = |value: u64, bound: &str| match task.response.count {
            0 => "-".to_owned(),
            _ => format!("{bound}{}", time::duration(value, hz)),
        };
        let cells = [
            task.priority.map_or_else(|| "?".to_owned(), |priority| priority.to_string()),
            task.state.to_owned(),
            format!("{bound}{:.2}", task.cpu * 100.0),
            format!("{bound}{}", task.switches),
            format!("{bound}{}", task.runs),
            format!("{bound}{}", time::duration(task.ready_cycles, hz)),
            seen(task.response.p50, about),
            seen(task.response.p99, about),
            seen(task.response.max, bound),
            task.stack_free.map_or_else(|| "-".to_owned(), |free| free.to_string()),
        ];
        row(&cells, &task.name, style(&task.name));
    }
    let cpu = &stats.cpu;
    let length = (stats.window.end - stats.window.start).max(1);
    let percent = |cycles: u64| format!("{:.2}", cycles as f64 * 100.0 / length as f64);
    for (name, cycles) in [("(idle)", cpu.idle), ("(kernel)", cpu.kernel), ("(unknown)", cpu.unknown)] {
        if name != "(unknown)" || cycles > 0 {
            row(&[String::new(), String::new(), percent(cycles)], name, theme.faint);
        }
    }
    row(&[], "", theme.plain);
    let titles = ["", "", "CPU %", "COUNT", "", "DUR min", "DUR p50", "DUR p99", "DUR max"];
    row(&titles.map(str::to_owned), "INTERRUPT", theme.heading);
    for interrupt in &stats.interrupts {
        let bound = if interrupt.at_least { ">=" } else { "" };
        let about = if interrupt.at_least { "~" } else { "" };
        let seen = |value: u64, bound: &str| match interrupt.duration.count {
            0 => "-".to_owned(),
            _ => format!("{bound}{}", time::duration(value, hz)),
        };
        let duration = &interrupt.duration;
        let cells = [
            String::new(),
            String::new(),
            format!("{bound}{:.2}", interrupt.cpu * 100.0),
            format!("{bound}{}", interrupt.count),
            String::new(),
            seen(duration.min, about),
            seen(duration.p50, about),
            seen(duration.p99, about),
            seen(duration.max, bound),
        ];
        row(&cells, &interrupt.name, style(&interrupt.name));
    }
    // The heading stays; the rest moves as far as the selection needs.
    let rows = usize::from(area.height).saturating_sub(1);
    let at = lines.iter().position(|(.., style)| *style == theme.selected).unwrap_or(0);
    let skip = at.saturating_sub(rows);
    let heading = lines.iter().take(1);
    for ((cells, name, style), y) in heading.chain(lines.iter().skip(1 + skip).take(rows)).zip(area.y..) {
        paint.text(area.x, y, area.width, "", *style);
        paint.text(area.x, y, name_width, &format!(" {name}"), *style);
        let mut x = area.x + name_width;
        for (at, (_, width, _)) in &shown {
            let cell = cells.get(*at).map_or("", String::as_str);
            paint.text(x, y, *width, &label::right(cell, usize::from(*width)), *style);
            x += width;
        }
    }
}
