//! The numbers of [`Statistics`] as tables. Each cell carries the number as `bkctl trace stats --format json` gives it.

use std::fmt::Write;

use crate::stats::{Statistics, Summary, TracingRow};
use crate::time;

use super::html::escape;

/// Collects rows; cells show text, and carry numbers.
pub(super) struct Table {
    out: String,
    hz: u64,
}

impl Table {
    pub(super) fn new(id: &str, caption: &str, columns: &[&str], hz: u64) -> Self {
        let mut out =
            format!("<div class=\"scroll\" tabindex=\"0\"><table id=\"{id}\"><caption>{caption}</caption><thead><tr>");
        for column in columns {
            // Writing to a String cannot fail.
            let _ = write!(out, "<th scope=\"col\">{column}</th>");
        }
        out.push_str("</tr></thead><tbody>");
        Self { out, hz }
    }

    pub(super) fn row(&mut self, name: &str) {
        let _ = write!(self.out, "<tr><td>{}</td>", escape(name));
    }

    /// A cell that shows `text` and carries `value` of the JSON's field `key`.
    pub(super) fn cell(&mut self, key: &str, value: &str, text: &str) {
        let _ = write!(self.out, "<td data-key=\"{key}\" data-value=\"{value}\">{text}</td>");
    }

    pub(super) fn number(&mut self, key: &str, bound: &str, value: u64) {
        self.cell(key, &value.to_string(), &format!("{bound}{value}"));
    }

    pub(super) fn time(&mut self, key: &str, bound: &str, cycles: u64) {
        self.cell(key, &cycles.to_string(), &format!("{bound}{}", time::duration(cycles, self.hz)));
    }

    /// Percentiles and the like: nothing, if nothing was measured.
    fn summary(&mut self, key: &str, summary: &Summary, at_least: bool, points: &[(&str, u64)]) {
        for (point, value) in points {
            let key = format!("{key}.{point}");
            let bound = match (at_least, *point) {
                (false, _) => "",
                (true, "max" | "count") => "\u{2265} ",
                (true, _) => "~",
            };
            match summary.count {
                0 => self.cell(&key, &value.to_string(), "\u{2013}"),
                _ => self.time(&key, bound, *value),
            }
        }
    }

    fn share(&mut self, key: &str, share: f64, bound: &str) {
        let percent = share * 100.0;
        let _ = write!(
            self.out,
            "<td class=\"share\" data-key=\"{key}\" data-value=\"{share}\"><span class=\"bar\" aria-hidden=\"true\"><i \
             style=\"width:{percent:.2}%\"></i></span>{bound}{percent:.2} %</td>"
        );
    }

    /// A cell of what does not apply.
    pub(super) fn nothing(&mut self) {
        self.out.push_str(NOTHING);
    }

    pub(super) fn end_row(&mut self) {
        self.out.push_str("</tr>");
    }

    pub(super) fn end(mut self) -> String {
        self.out.push_str("</tbody></table></div>");
        self.out
    }
}

/// A cell of what does not apply.
const NOTHING: &str = "<td class=\"faint\">\u{2013}</td>";

/// Which sign stands in front of a lower bound.
const fn bound(at_least: bool) -> &'static str {
    if at_least { "\u{2265} " } else { "" }
}

pub(super) fn tasks(statistics: &Statistics) -> String {
    let columns =
        ["Task", "Priority", "CPU", "Runs", "Switches", "Response p50", "p99", "max", "Ready", "Waiting", "Sleeping"];
    let caption = "Response: from being woken to running. Ready: could run, something more important did.";
    let mut table = Table::new("tasks", caption, &columns, statistics.clock_hz);
    for row in &statistics.tasks {
        let bound = bound(row.at_least);
        table.row(&row.name);
        let priority = row.priority.map_or_else(|| "?".to_owned(), |priority| priority.to_string());
        table.cell("priority", &priority, &priority);
        table.share("cpu", row.cpu, bound);
        table.number("runs", bound, row.runs);
        table.number("switches", bound, row.switches);
        let response = &row.response;
        let points = [("p50", response.p50), ("p99", response.p99), ("max", response.max)];
        table.summary("response", response, row.at_least, &points);
        table.time("ready_cycles", bound, row.ready_cycles);
        table.time("waiting_cycles", bound, row.waiting_cycles);
        table.time("sleeping_cycles", bound, row.sleeping_cycles);
        table.end_row();
    }
    table.end()
}

pub(super) fn interrupts(statistics: &Statistics) -> String {
    let columns = ["Interrupt", "CPU", "Count", "Duration min", "p50", "p99", "max"];
    let caption = "Duration: from a handler\u{2019}s entry to its exit, nested handlers included.";
    let mut table = Table::new("interrupts", caption, &columns, statistics.clock_hz);
    for row in &statistics.interrupts {
        let bound = bound(row.at_least);
        table.row(&row.name);
        table.share("cpu", row.cpu, bound);
        table.number("count", bound, row.count);
        let duration = &row.duration;
        let points = [("min", duration.min), ("p50", duration.p50), ("p99", duration.p99), ("max", duration.max)];
        table.summary("duration", duration, row.at_least, &points);
        table.end_row();
    }
    table.end()
}

/// What tracing itself cost: in all, by kind of event, by whose time it was.
pub(super) fn tracing(row: &TracingRow, statistics: &Statistics) -> String {
    let bound = bound(row.at_least);
    let about = if row.at_least { "~" } else { "" };
    let mut out = format!(
        "<p><span data-key=\"tracing.cycles\" data-value=\"{}\">{bound}{}</span> for {bound}{} events: <span \
         data-key=\"tracing.share\" data-value=\"{}\">{bound}{:.2} %</span> of the processor.</p>",
        row.cycles,
        time::duration(row.cycles, statistics.clock_hz),
        row.events,
        row.share,
        row.share * 100.0
    );
    let columns = ["Event", "Count", "Cycles mean", "min", "p99", "max", "In all"];
    let caption = "Cycles of the processor for one event, by kind.";
    let mut table = Table::new("tracing-kinds", caption, &columns, statistics.clock_hz);
    for kind in &row.kinds {
        table.row(kind.kind);
        table.number("cost.count", bound, kind.cost.count);
        table.number("cost.mean", about, kind.cost.mean);
        table.number("cost.min", about, kind.cost.min);
        table.number("cost.p99", about, kind.cost.p99);
        table.number("cost.max", bound, kind.cost.max);
        table.time("cycles", bound, kind.cycles);
        table.end_row();
    }
    out.push_str(&table.end());
    let columns = ["Task or interrupt", "Of its own time", "Events", "In all"];
    let caption = "Whose time it was: of whoever has the processor behind the event.";
    let mut table = Table::new("tracing-lanes", caption, &columns, statistics.clock_hz);
    for lane in row.tasks.iter().chain(&row.interrupts) {
        table.row(&lane.name);
        table.share("share", lane.share, about);
        table.number("events", bound, lane.events);
        table.time("cycles", bound, lane.cycles);
        table.end_row();
    }
    out.push_str(&table.end());
    out
}

/// Jobs, or without jobs what a wake leads to: how long, and whether in time.
pub(super) fn work(statistics: &Statistics) -> Option<String> {
    let rows = || statistics.tasks.iter().filter(|row| row.completion.count > 0 || row.periodic.is_some());
    rows().next()?;
    let periodic = statistics.tasks.iter().any(|row| row.periodic.is_some());
    let all = [
        "Task",
        "Done within p50",
        "p99",
        "max",
        "Own code p50",
        "max",
        "Period",
        "Deadline",
        "Jobs",
        "Missed",
        "Start jitter",
        "Least margin",
    ];
    // A firmware without periodic work gets no empty columns.
    let columns = if periodic { &all[..] } else { &all[..6] };
    let caption = "Done within: from a job\u{2019}s release to its end; of a task without jobs from its wake to where it waits for time or \
                   data again.";
    let mut table = Table::new("work", caption, columns, statistics.clock_hz);
    for row in rows() {
        table.row(&row.name);
        let (all, own) = (&row.completion, &row.execution);
        table.summary("completion", all, row.at_least, &[("p50", all.p50), ("p99", all.p99), ("max", all.max)]);
        table.summary("execution", own, row.at_least, &[("p50", own.p50), ("max", own.max)]);
        match &row.periodic {
            None if periodic => table.out.push_str(&NOTHING.repeat(6)),
            None => {}
            Some(periodic) => {
                let bound = bound(row.at_least);
                for (key, cycles) in [("periodic.period", periodic.period), ("periodic.deadline", periodic.deadline)] {
                    match cycles {
                        Some(cycles) => table.time(key, "", cycles),
                        None => table.out.push_str("<td class=\"faint\">not told</td>"),
                    }
                }
                table.number("periodic.jobs", bound, periodic.jobs);
                let missed = if periodic.misses > 0 { "<span class=\"badge error\">" } else { "<span>" };
                let text = format!("{missed}{bound}{}</span>", periodic.misses);
                table.cell("periodic.misses", &periodic.misses.to_string(), &text);
                table.time("periodic.jitter", bound, periodic.jitter);
                table.summary("periodic.margin", &periodic.margin, row.at_least, &[("min", periodic.margin.min)]);
            }
        }
        table.end_row();
    }
    Some(table.end())
}

pub(super) fn objects(statistics: &Statistics) -> Option<String> {
    statistics.objects.first()?;
    let columns = [
        "Object",
        "Kind",
        "Operations",
        "Waits",
        "Waited p50",
        "p99",
        "max",
        "Held p50",
        "p99",
        "max",
        "Level mean",
        "max",
    ];
    let caption = "Waited: finished waits of all tasks. Held: from where a task owns it to where it does not. Level: items, permits or blocks.";
    let mut table = Table::new("objects", caption, &columns, statistics.clock_hz);
    for row in &statistics.objects {
        let bound = bound(row.at_least);
        table.row(&row.name);
        let kind = row.kind.name();
        table.cell("kind", kind, kind);
        table.number("operations", bound, row.operations);
        let (waited, held) = (&row.waited, &row.held);
        table.number("waited.count", bound, waited.count);
        for (key, summary) in [("waited", waited), ("held", held)] {
            let points = [("p50", summary.p50), ("p99", summary.p99), ("max", summary.max)];
            table.summary(key, summary, row.at_least, &points);
        }
        match &row.level {
            None => table.out.push_str(&NOTHING.repeat(2)),
            Some(level) => {
                table.cell("level.mean", &level.mean.to_string(), &format!("{:.2}", level.mean));
                table.number("level.max", bound, u64::from(level.max));
            }
        }
        table.end_row();
    }
    Some(table.end())
}
