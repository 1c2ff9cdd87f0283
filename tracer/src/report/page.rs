//! The page: its parts in their order.

use std::fmt::Write;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bluekernel_inspect::footprint::Footprint;
use sha2::{Digest as _, Sha256};

use crate::latency::Latencies;
use crate::lint::{Finding, Lints};
use crate::model::{LaneKind, Trace};
use crate::raster::rows;
use crate::stats::{Collector, Measure, Statistics, WorstKind};
use crate::{label, time};

use super::html::escape;
use super::{distribution, findings, latencies, memory, tables, timeline, waits};

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

/// Boxes of the large timeline, in all rows together: what bounds its size.
const MOST_BOXES: usize = 24_000;

/// Distributions that are drawn, of tasks and of interrupts.
const MOST_PLOTS: usize = 48;

/// What the page says of the recording besides what stands in it.
#[derive(Clone, Copy, Debug)]
pub struct About<'a> {
    /// The recording's file, as a command takes it.
    pub file: &'a str,
    /// The SHA-256 of the file in hex: two pages of it are of the same run.
    pub sha256: &'a str,
    /// What the recorded firmware takes of the board's memories, if its ELF file is known.
    pub footprint: Option<&'a Footprint>,
    /// What the simulator saw of the run, if it was told.
    pub latencies: Option<&'a Latencies>,
}

/// The page. The same trace and the same words about it give the same bytes.
#[must_use]
pub fn html(trace: &Trace, about: &About<'_>) -> String {
    let mut collector = Collector::new();
    collector.update(trace);
    let statistics = Statistics::of(trace);
    let found = Lints { latencies: about.latencies.cloned(), ..Lints::default() }.run(trace);
    let file = label::shell(about.file);
    let board = escape(&statistics.board);
    let length = time::duration(trace.end() - trace.start(), trace.clock_hz());
    let script_hash = STANDARD.encode(Sha256::digest(SCRIPT.as_bytes()));
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = write!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{script_hash}'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{board}: {length} of a trace</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n{}\n\
         <header class=\"top\"><h1>{board}</h1><span class=\"sub\">{length}, {} events \u{b7} {}</span>\
         <button class=\"toggle\" type=\"button\" hidden>Light or dark</button></header>\n<main>\n",
        timeline::PATTERNS,
        statistics.events,
        escape(about.file),
    );
    let memory = memory::draw(trace, &statistics, about.footprint);
    let distributions = distributions(trace, &collector);
    if statistics.without_tracing {
        out.push_str(
            "<p class=\"note\">Tracing is subtracted: all times are as if it took none. <a href=\"#tracing\">What it took</a> is told \
             below.</p>\n",
        );
    }
    out.push_str(&tiles(&statistics, &found));
    let mut parts = vec![
        ("timeline", "Timeline", large_timeline(trace)),
        ("problems", "Problems", findings::draw(trace, &found, &file)),
        ("processor", "Processor", processor(&statistics)),
    ];
    parts.push(("tasks-section", "Tasks", tables::tasks(&statistics)));
    if !statistics.interrupts.is_empty() {
        parts.push(("interrupts-section", "Interrupts", tables::interrupts(&statistics)));
    }
    parts.extend(
        about.latencies.map(|seen| ("pend", "Interrupt latency from pend", latencies::draw(trace, seen, &file))),
    );
    parts.extend(tables::work(&statistics).map(|table| ("work-section", "Work and deadlines", table)));
    parts.extend(tables::objects(&statistics).map(|table| ("objects-section", "Objects", table)));
    parts.extend(distributions.map(|drawn| ("latencies", "Distributions", drawn)));
    if !statistics.worst.is_empty() {
        parts.push(("waits", "Longest waits", waits::draw(trace, &statistics, &file)));
    }
    parts.extend(
        statistics.tracing.as_ref().map(|row| ("tracing", "What tracing cost", tables::tracing(row, &statistics))),
    );
    parts.extend(memory.map(|drawn| ("memory", "Memory", drawn)));
    parts.push(("recording", "Recording", recording(trace, &statistics, about)));
    out.push_str("<nav aria-label=\"Parts of the page\">");
    for (id, title, _) in &parts {
        let _ = write!(out, "<a href=\"#{id}\">{title}</a>");
    }
    out.push_str("</nav>\n");
    for (id, title, inside) in &parts {
        let _ = writeln!(out, "<section id=\"{id}\"><h2>{title}</h2>{inside}</section>");
    }
    let _ = write!(
        out,
        "</main>\n<footer>Made by <code>bkctl trace report</code>. This page is one file and loads nothing.</footer>\n\
         <script>{SCRIPT}</script>\n</body>\n</html>\n"
    );
    out
}

/// What one looks for first.
fn tiles(statistics: &Statistics, found: &[Finding]) -> String {
    let (errors, warnings) = findings::counts(found);
    let plural = |count: u64, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
    let problems = match (errors, warnings) {
        (0, 0) => ("good", "No problems".to_owned()),
        (0, warnings) => ("warn", plural(warnings as u64, "warning")),
        (errors, _) => ("bad", plural(errors as u64, "error")),
    };
    let lost = match statistics.losses.gaps {
        0 => ("good", "None".to_owned()),
        _ => ("bad", plural(statistics.losses.events, "event")),
    };
    let cycles = statistics.window.end.saturating_sub(statistics.window.start).max(1);
    let idle = format!("{:.1} %", statistics.cpu.idle as f64 * 100.0 / cycles as f64);
    let slowest = statistics.worst_of(WorstKind::Response, 1).first().map_or_else(
        || ("\u{2013}".to_owned(), "longest response".to_owned()),
        |worst| (time::duration(worst.cycles, statistics.clock_hz), format!("longest response: {}", worst.name)),
    );
    let mut out = String::from("<div class=\"tiles\">");
    for (style, value, word) in [
        (problems.0, problems.1, "found by the lints".to_owned()),
        (lost.0, lost.1, "lost while recording".to_owned()),
        ("", slowest.0, slowest.1),
        ("", idle, "of the processor\u{2019}s time is idle".to_owned()),
    ] {
        let _ = write!(out, "<div class=\"tile {style}\"><b>{value}</b><span>{}</span></div>", escape(&word));
    }
    out.push_str("</div>\n");
    out
}

fn large_timeline(trace: &Trace) -> String {
    let all = rows(trace);
    let shown = &all[..all.len().min(timeline::MOST_ROWS)];
    let columns = (MOST_BOXES / shown.len().max(1)).clamp(240, 960);
    let caption = format!(
        "The whole recording; a column is {}. A state that lasted a part of a column shows.",
        time::duration((trace.end() - trace.start()) / columns as u64, trace.clock_hz())
    );
    let mut out = timeline::draw(trace, trace.window(), columns, shown, &caption);
    out.push_str(&timeline::legend());
    if all.len() > shown.len() {
        let _ = write!(out, "<p class=\"faint\">{} more rows are not drawn.</p>", all.len() - shown.len());
    }
    if trace.events() == 0 {
        out.push_str("<p class=\"note\">No events: was the firmware built with its feature <code>trace</code>?</p>");
    }
    out
}

/// Where the processor's time went.
fn processor(statistics: &Statistics) -> String {
    let cpu = &statistics.cpu;
    let cycles = statistics.window.end.saturating_sub(statistics.window.start).max(1);
    let parts = [
        ("tasks", cpu.tasks),
        ("interrupts", cpu.interrupts),
        ("kernel", cpu.kernel),
        ("idle", cpu.idle),
        ("unknown", cpu.unknown),
    ];
    let (mut bar, mut words) = (String::new(), String::new());
    for (name, part) in parts.into_iter().filter(|(name, part)| *part > 0 || *name != "unknown") {
        let percent = part as f64 * 100.0 / cycles as f64;
        let _ =
            write!(bar, "<i class=\"of-{name}\" style=\"width:{percent:.3}%\" title=\"{name} {percent:.2} %\"></i>");
        let _ = write!(
            words,
            "<span data-key=\"cpu.{name}\" data-value=\"{part}\"><i class=\"swatch of-{name}\"></i>{name} {percent:.2} %</span>"
        );
    }
    format!("<div class=\"parts\" aria-hidden=\"true\">{bar}</div><div class=\"legend\">{words}</div>")
}

/// Response times of tasks and durations of handlers.
fn distributions(trace: &Trace, collector: &Collector) -> Option<String> {
    let hz = trace.clock_hz();
    let mut plots = Vec::new();
    for at in trace.display_order() {
        let Some(lane) = trace.lanes().get(at) else { continue };
        let (measure, what, style) = match lane.kind() {
            LaneKind::Task { .. } => (Measure::Response, "response", "h"),
            LaneKind::Interrupt { .. } => (Measure::Duration, "duration", "h irq"),
            _ => continue,
        };
        if let Some(histogram) = collector.histogram(at, measure).filter(|histogram| histogram.count() > 0) {
            let name = format!("{}: {what}", trace.lane_name(lane));
            plots.push((lane.kind(), distribution::draw(&name, histogram, hz, style)));
        }
    }
    // Tasks first: their response is what people come for.
    plots.sort_by_key(|(kind, _)| matches!(kind, LaneKind::Interrupt { .. }));
    let more = plots.len().saturating_sub(MOST_PLOTS);
    let plots: String = plots.into_iter().take(MOST_PLOTS).map(|(_, plot)| plot).collect();
    let more = if more > 0 { format!("<p class=\"faint\">{more} more are not drawn.</p>") } else { String::new() };
    (!plots.is_empty()).then(|| {
        format!(
            "<p class=\"faint\">Time and counts are logarithmic. Dashed: p50 and p99; solid: the largest.</p><div \
             class=\"plots\">{plots}</div>{more}"
        )
    })
}

/// What was lost, what is to be said, and how the page was made.
fn recording(trace: &Trace, statistics: &Statistics, about: &About<'_>) -> String {
    let (hz, losses, header) = (trace.clock_hz(), &statistics.losses, trace.header());
    let mut out = String::new();
    if losses.gaps > 0 {
        let _ = write!(
            out,
            "<p class=\"note\">Lost: {} events and {} bytes in {} gaps, {} together. Numbers with \u{2265} are lower bounds; those with ~ are \
             of what was seen.</p>",
            losses.events,
            losses.bytes,
            losses.gaps,
            time::duration(losses.cycles, hz)
        );
    }
    for note in &statistics.notes {
        let _ = write!(out, "<p class=\"note\">{}</p>", escape(note));
    }
    let build = header.build_id.as_deref().unwrap_or("not told");
    let clock = format!("{hz} Hz");
    let window = format!("{} .. {}", time::moment(trace.start(), hz), time::moment(trace.end(), hz));
    let resets = trace.boots().iter().filter(|time| **time > trace.start()).count().to_string();
    out.push_str("<dl>");
    for (term, value) in [
        ("File", about.file),
        ("SHA-256", about.sha256),
        ("Board", &header.board),
        ("Build id", build),
        ("Recorded by kit", &header.kit),
        ("Trace clock", &clock),
        ("Recorded", &window),
        ("Resets", &resets),
        ("Shown by kit", env!("CARGO_PKG_VERSION")),
    ] {
        let _ = write!(out, "<dt>{term}</dt><dd>{}</dd>", escape(value));
    }
    out.push_str("</dl>");
    out
}
