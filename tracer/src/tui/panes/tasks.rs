//! A row for each task and interrupt, and everything about the selected task.

use std::cmp::Reverse;
use std::ops::Range;

use ratatui::layout::Rect;

use crate::model::LaneKind;
use crate::stats::{Collector, Statistics, Summary, TaskRow};
use crate::time::Scale;
use crate::tui::keys::Action;
use crate::tui::layout::Layout;
use crate::tui::paint::Paint;
use crate::tui::state::Session;

use super::pane::Pane;
use super::table::{self, Column, Line, column};

const COLUMNS: [Column; 11] = [
    column("PRIO", 5, 0),
    column("STATE", 12, 0),
    column("CPU %", 8, 0),
    column("SWITCHES", 10, 0),
    column("RUNS", 8, 100),
    column("READY", 11, 80),
    column("RESP p50", 12, 110),
    column("RESP p99", 12, 110),
    column("RESP max", 12, 64),
    column("MISSES", 7, 120),
    column("STACK FREE", 11, 120),
];

const INTERRUPTS: [Column; 11] = [
    column("", 5, 0),
    column("", 12, 0),
    column("CPU %", 8, 0),
    column("COUNT", 10, 0),
    column("", 8, 100),
    column("DUR min", 11, 80),
    column("DUR p50", 12, 110),
    column("DUR p99", 12, 110),
    column("DUR max", 12, 64),
    column("", 7, 120),
    column("", 11, 120),
];

/// Where times stand in the tables: sums of tasks, and distributions of tasks and interrupts. Cells that a number may take there.
const READY: usize = 5;
const RESPONSES: Range<usize> = 6..9;
const DURATIONS: Range<usize> = 5..9;
const CELLS: usize = 10;

/// What the rows can be sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Sort {
    #[default]
    Priority,
    Name,
    Cpu,
    Switches,
    Ready,
    Worst,
}

impl Sort {
    const ALL: [(Self, &'static str); 6] = [
        (Self::Priority, "priority"),
        (Self::Name, "name"),
        (Self::Cpu, "CPU"),
        (Self::Switches, "switches"),
        (Self::Ready, "ready time"),
        (Self::Worst, "worst response"),
    ];
}

/// The table and how it is sorted.
#[derive(Debug, Default)]
pub(super) struct Tasks {
    sort: Sort,
    reversed: bool,
    /// The statistics between the marks, if both are set.
    marked: Option<(Range<u64>, u64, Statistics)>,
}

impl Tasks {
    fn statistics<'a>(&'a self, session: &'a Session) -> &'a Statistics {
        self.marked.as_ref().map_or(&session.derived.statistics, |(.., statistics)| statistics)
    }

    /// The tasks in the order on the screen.
    fn tasks<'a>(&'a self, session: &'a Session) -> Vec<&'a TaskRow> {
        let mut tasks: Vec<&TaskRow> = self.statistics(session).tasks.iter().collect();
        match self.sort {
            Sort::Priority => {}
            Sort::Name => tasks.sort_by(|a, b| a.name.cmp(&b.name)),
            Sort::Cpu => tasks.sort_by_key(|task| Reverse(task.run_cycles)),
            Sort::Switches => tasks.sort_by_key(|task| Reverse(task.switches)),
            Sort::Ready => tasks.sort_by_key(|task| Reverse(task.ready_cycles)),
            Sort::Worst => tasks.sort_by_key(|task| Reverse(task.response.max)),
        }
        if self.reversed {
            tasks.reverse();
        }
        tasks
    }

    /// The lanes of all lines, from top to bottom.
    fn lanes(&self, session: &Session) -> Vec<LaneKind> {
        let tasks = self.tasks(session).into_iter().map(|task| LaneKind::Task { number: task.number });
        let interrupts = self.statistics(session).interrupts.iter();
        tasks.chain(interrupts.map(|row| LaneKind::Interrupt { exception: row.exception })).collect()
    }

    fn selected(&self, session: &Session) -> Option<LaneKind> {
        session.selected_lane().map(crate::model::Lane::kind)
    }
}

impl Pane for Tasks {
    fn name(&self) -> &'static str {
        "Tasks"
    }

    fn hints(&self) -> &'static str {
        "k/j row  o/O sort  Enter timeline  m marks a range  1-9 views  ? help  q quit"
    }

    fn act(&mut self, session: &mut Session, _: &Layout, action: Action) -> bool {
        let by = match action {
            Action::RowUp => -1,
            Action::RowDown => 1,
            Action::RowsUp => -10,
            Action::RowsDown => 10,
            Action::Sort => {
                let place = Sort::ALL.iter().position(|(sort, _)| *sort == self.sort).unwrap_or(0);
                let (sort, name) = Sort::ALL[(place + 1) % Sort::ALL.len()];
                self.sort = sort;
                session.message = Some(format!("sorted by {name}"));
                return true;
            }
            Action::SortReverse => {
                self.reversed = !self.reversed;
                return true;
            }
            _ => return false,
        };
        let lanes = self.lanes(session);
        let selected = self.selected(session);
        let place = lanes.iter().position(|kind| Some(*kind) == selected).unwrap_or(0);
        let next = place.saturating_add_signed(by).min(lanes.len().saturating_sub(1));
        if let Some(row) = lanes.get(next).and_then(|kind| session.row_of(*kind)) {
            session.select(row);
        }
        true
    }

    /// Sums up what lies between the marks, once.
    fn settle(&mut self, session: &Session, _: &Layout) {
        let Some(range) = session.marked().filter(|range| !range.is_empty()) else {
            self.marked = None;
            return;
        };
        // Behind the second mark nothing counts.
        let version = session.trace.end().min(range.end.saturating_add(1));
        if !self.marked.as_ref().is_some_and(|(of, at, _)| *of == range && *at == version) {
            let mut collector = Collector::of_window(range.clone());
            collector.update(&session.trace);
            self.marked = Some((range, version, Statistics::from_collector(&session.trace, &collector)));
        }
    }

    fn draw(&self, session: &Session, layout: &Layout, paint: &mut Paint<'_>) {
        let body = layout.body;
        let stats = self.statistics(session);
        let tasks = self.tasks(session);
        let selected = self.selected(session);
        let faint = paint.theme.faint;
        let bounds = if stats.losses.gaps > 0 { BOUND.len() } else { 0 };
        let scale =
            |longest: Option<u64>| Scale::of_durations_within(CELLS - bounds, longest.unwrap_or(0), stats.clock_hz);
        let ready = scale(tasks.iter().map(|task| task.ready_cycles).max());
        let responses = scale(tasks.iter().map(|task| task.response.max).max());
        let durations = scale(stats.interrupts.iter().map(|row| row.duration.max).max());
        let mut lines: Vec<Line> = tasks.iter().map(|task| task_line(task, ready, responses, paint)).collect();
        let place = tasks.iter().position(|task| selected == Some(LaneKind::Task { number: task.number }));
        let cpu = &stats.cpu;
        let length = (stats.window.end - stats.window.start).max(1);
        let percent = |cycles: u64| format!("{:.2}", cycles as f64 * 100.0 / length as f64);
        for (name, cycles) in [("(idle)", cpu.idle), ("(kernel)", cpu.kernel), ("(unknown)", cpu.unknown)] {
            if name != "(unknown)" || cycles > 0 {
                let cells = vec![String::new(), String::new(), percent(cycles)];
                lines.push(Line { name: name.to_owned(), cells, style: faint });
            }
        }
        let interrupts: Vec<Line> = stats.interrupts.iter().map(|row| interrupt_line(row, durations, paint)).collect();
        let of_tasks = in_units(&COLUMNS, |column| match column {
            READY => Some(ready.unit()),
            column => RESPONSES.contains(&column).then(|| responses.unit()),
        });
        let of_handlers = in_units(&INTERRUPTS, |column| DURATIONS.contains(&column).then(|| durations.unit()));
        let of_interrupts =
            stats.interrupts.iter().position(|row| selected == Some(LaneKind::Interrupt { exception: row.exception }));
        // What does not fit gives way from below: details, then interrupts.
        let want = |count: usize| u16::try_from(count + 1).unwrap_or(u16::MAX);
        let upper = want(lines.len()).min(body.height);
        let title = if self.marked.is_some() { "TASK, A..B" } else { "TASK" };
        let one = Rect { height: upper, ..body };
        // Where there is room for one table only, it is the one with the selection.
        if body.height < upper + 3 && of_interrupts.is_some() {
            table::draw("INTERRUPT", &of_handlers, &interrupts, of_interrupts, body, paint);
            return;
        }
        table::draw(title, &of_tasks, &lines, place, one, paint);
        let mut y = body.y + upper + 1;
        if y + 1 < body.bottom() {
            let height = want(interrupts.len()).min(body.bottom() - y);
            let area = Rect { y, height, ..body };
            table::draw("INTERRUPT", &of_handlers, &interrupts, of_interrupts, area, paint);
            y += height + 1;
        }
        if let Some(task) = place.and_then(|place| tasks.get(place)).filter(|_| y < body.bottom()) {
            detail(task, stats.clock_hz, Rect { y, height: body.bottom() - y, ..body }, paint);
        }
    }
}

/// Stands in front of a number where lost events may have made it larger.
const BOUND: &str = ">=";

/// The columns, with the units of those that have one, by their places.
fn in_units(columns: &[Column], unit: impl Fn(usize) -> Option<&'static str>) -> Vec<Column> {
    let titled = |(place, column): (usize, &Column)| column.in_unit(unit(place).unwrap_or_default());
    columns.iter().enumerate().map(titled).collect()
}

/// `value` with `bound` in front, or a dash if nothing was measured.
fn seen(summary: &Summary, value: u64, bound: &str, scale: Scale) -> String {
    if summary.count == 0 { "-".to_owned() } else { format!("{bound}{}", scale.number(value)) }
}

fn task_line(task: &TaskRow, ready: Scale, responses: Scale, paint: &Paint<'_>) -> Line {
    let bound = if task.at_least { BOUND } else { "" };
    let about = if task.at_least { "~" } else { "" };
    let response = &task.response;
    let cells = vec![
        task.priority.map_or_else(|| "?".to_owned(), |priority| priority.to_string()),
        task.state.to_owned(),
        format!("{bound}{:.2}", task.cpu * 100.0),
        format!("{bound}{}", task.switches),
        format!("{bound}{}", task.runs),
        format!("{bound}{}", ready.number(task.ready_cycles)),
        seen(response, response.p50, about, responses),
        seen(response, response.p99, about, responses),
        seen(response, response.max, bound, responses),
        task.periodic.as_ref().map_or_else(|| "-".to_owned(), |work| format!("{bound}{}", work.misses)),
        task.stack_free.map_or_else(|| "-".to_owned(), |free| free.to_string()),
    ];
    Line { name: task.name.clone(), cells, style: paint.theme.plain }
}

fn interrupt_line(row: &crate::stats::InterruptRow, scale: Scale, paint: &Paint<'_>) -> Line {
    let bound = if row.at_least { BOUND } else { "" };
    let about = if row.at_least { "~" } else { "" };
    let duration = &row.duration;
    let cells = vec![
        String::new(),
        String::new(),
        format!("{bound}{:.2}", row.cpu * 100.0),
        format!("{bound}{}", row.count),
        String::new(),
        seen(duration, duration.min, about, scale),
        seen(duration, duration.p50, about, scale),
        seen(duration, duration.p99, about, scale),
        seen(duration, duration.max, bound, scale),
    ];
    Line { name: row.name.clone(), cells, style: paint.theme.plain }
}

const DETAIL: [Column; 7] = [
    column("COUNT", 9, 0),
    column("min", 11, 64),
    column("p50", 11, 0),
    column("p90", 11, 80),
    column("p99", 11, 0),
    column("p99.9", 11, 110),
    column("max", 11, 0),
];

/// Every distribution of one task, and its waits.
fn detail(task: &TaskRow, hz: u64, area: Rect, paint: &mut Paint<'_>) {
    let mut rows = vec![
        ("response".to_owned(), &task.response),
        ("completion".to_owned(), &task.completion),
        ("execution".to_owned(), &task.execution),
        ("interference".to_owned(), &task.ready),
        ("interval".to_owned(), &task.interval),
    ];
    if let Some(work) = &task.periodic {
        rows.push(("late at release".to_owned(), &work.late));
        rows.push(("margin to deadline".to_owned(), &work.margin));
    }
    for wait in &task.blocked {
        let object = wait.object.as_ref().map_or_else(String::new, |object| format!(" {object}"));
        rows.push((format!("wait {}{object}", wait.reason), &wait.duration));
    }
    let longest = rows.iter().map(|(_, summary)| summary.max).max().unwrap_or(0);
    let scale = Scale::of_durations_within(CELLS, longest, hz);
    let line = |(name, summary): (String, &Summary)| {
        let Summary { min, p50, p90, p99, p999, max, .. } = *summary;
        let durations = [min, p50, p90, p99, p999, max].map(|cycles| seen(summary, cycles, "", scale));
        let cells = std::iter::once(summary.count.to_string()).chain(durations).collect();
        Line { name, cells, style: paint.theme.plain }
    };
    let lines: Vec<Line> = rows.into_iter().map(line).collect();
    let columns = in_units(&DETAIL, |column| (column > 0).then(|| scale.unit()));
    table::draw(&task.name.to_uppercase(), &columns, &lines, None, area, paint);
}
