//! Memory over time and at its fullest: stacks, heap; and what the firmware takes of it from the start.

use std::fmt::Write;

use bluekernel_inspect::footprint::Footprint;

use crate::model::Trace;
use crate::stats::Statistics;
use crate::time;

use super::footprint;
use super::html::escape;

/// Parts of the heap's drawing.
const COLUMNS: usize = 240;

/// The section's inside; `None` if nothing is known of the firmware's memory.
pub(super) fn draw(trace: &Trace, statistics: &Statistics, footprint: Option<&Footprint>) -> Option<String> {
    let parts = [stacks(statistics), heap(trace), footprint.map(footprint::draw)];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.concat())
}

/// Each task's stack at its fullest.
fn stacks(statistics: &Statistics) -> Option<String> {
    if statistics.tasks.iter().all(|row| row.stack_bytes.is_none_or(|bytes| bytes == 0)) {
        return None;
    }
    let mut out = String::from(
        "<div class=\"scroll\" tabindex=\"0\"><table id=\"stacks\"><caption>Stacks at their fullest, as far as the kernel \
         reported them.</caption><thead><tr><th scope=\"col\">Stack of</th><th scope=\"col\" class=\"left\">Used at \
         most</th><th scope=\"col\">Used</th><th scope=\"col\">Never touched</th><th scope=\"col\">Size</th></tr></thead><tbody>",
    );
    for row in &statistics.tasks {
        let Some(bytes) = row.stack_bytes.filter(|bytes| *bytes > 0) else { continue };
        // Writing to a String cannot fail.
        let _ = write!(out, "<tr><td>{}</td>", escape(&row.name));
        match row.stack_free {
            Some(free) => {
                let used = bytes.saturating_sub(free);
                let percent = f64::from(used) * 100.0 / f64::from(bytes);
                // An eighth free is what the lint asks for.
                let low = if u64::from(free) * 8 < u64::from(bytes) { " low" } else { "" };
                let _ = write!(
                    out,
                    "<td class=\"share\"><span class=\"bar wide{low}\" aria-hidden=\"true\"><i style=\"width:{percent:.1}%\"></i></span></td>\
                     <td>{used} B ({percent:.0} %)</td><td data-key=\"stack_free\" data-value=\"{free}\">{free} B</td>"
                );
            }
            None => out.push_str("<td class=\"left faint\">not reported</td><td>\u{2013}</td><td>\u{2013}</td>"),
        }
        let _ = write!(out, "<td data-key=\"stack_bytes\" data-value=\"{bytes}\">{bytes} B</td></tr>");
    }
    out.push_str("</tbody></table></div>");
    Some(out)
}

/// The heap over the whole recording: the most of each column.
fn heap(trace: &Trace) -> Option<String> {
    let points = trace.heap();
    let most = points.iter().map(|point| point.used).max()?;
    let size = trace.heap_size().unwrap_or(most).max(most).max(1);
    let (start, length) = (trace.start(), u128::from(trace.end() - trace.start()).max(1));
    let mut columns = vec![None; COLUMNS];
    for point in points {
        let at = (u128::from(point.time.saturating_sub(start)) * COLUMNS as u128 / length).min(COLUMNS as u128 - 1);
        let column = &mut columns[usize::try_from(at).unwrap_or(0)];
        *column = Some(column.map_or(point.used, |used: u32| used.max(point.used)));
    }
    let (mut path, mut used) = (String::new(), None);
    for (at, column) in columns.into_iter().enumerate() {
        used = column.or(used);
        if let Some(used) = used {
            let height = f64::from(used) * 80.0 / f64::from(size);
            let _ = write!(path, "M{} {:.1}h4v{height:.1}h-4z", at * 4, 84.0 - height);
        }
    }
    let of = trace.heap_size().map_or_else(String::new, |size| format!(" of {size}"));
    Some(format!(
        "<h3 class=\"part\">Heap</h3><p class=\"faint\">At most {most}{of} bytes in use; {} .. {}.</p><div \
         class=\"scroll\"><svg viewBox=\"0 0 960 86\" style=\"width:100%;min-width:480px\" role=\"img\" aria-label=\"Heap in use: at most \
         {most}{of} bytes\"><path class=\"grid\" d=\"M0 4H960M0 84H960\"/><path class=\"h\" d=\"{path}\"><title>bytes in \
         use</title></path></svg></div>",
        time::moment(trace.start(), trace.clock_hz()),
        time::moment(trace.end(), trace.clock_hz()),
    ))
}
