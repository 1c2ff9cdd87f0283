//! A distribution as bars over a logarithmic axis.

use ratatui::layout::Rect;

use crate::label;
use crate::stats::Histogram;
use crate::time;
use crate::tui::paint::Paint;

use super::super::chart;

/// Draws a distribution over a logarithmic axis, with the median, the 99th percentile and the ends.
pub(super) fn draw(histogram: &Histogram, hz: u64, area: Rect, paint: &mut Paint<'_>) {
    let summary = histogram.summary();
    let width = usize::from(area.width.saturating_sub(3));
    if area.height < 4 || width == 0 {
        return;
    }
    // The logarithm of a duration as a column; one that never changes stands in the middle.
    let (low, high) = ((summary.min.max(1) as f64).ln(), (summary.max.max(1) as f64).ln());
    let column = |value: u64| {
        let at = if high > low { ((value.max(1) as f64).ln() - low) / (high - low) } else { 0.5 };
        ((at * (width - 1) as f64).round().max(0.0) as usize).min(width - 1)
    };
    let mut counts = vec![None; width];
    for (_, largest, count) in histogram.buckets() {
        let place = column(largest.clamp(summary.min, summary.max));
        counts[place] = Some(counts[place].unwrap_or(0) + count);
    }
    let most = counts.iter().flatten().copied().max().unwrap_or(0);
    let heading = format!(" DISTRIBUTION  {} values, at most {most} a column", summary.count);
    paint.text(area.x, area.y, area.width, &heading, paint.theme.heading);
    let chart = Rect { x: area.x + 1, y: area.y + 1, width: area.width - 3, height: (area.height - 3).min(12) };
    chart::columns(&counts, most, chart, paint.theme.user, paint);
    let (rule, tick) = paint.glyphs.axis();
    let (axis, labels) = (chart.bottom(), chart.bottom() + 1);
    let rule: String = std::iter::repeat_n(rule, width).collect();
    paint.text(chart.x, axis, chart.width, &rule, paint.theme.faint);
    // From the ends to the middle: what has no room is left out.
    let marks = [("min", summary.min), ("max", summary.max), ("p99", summary.p99), ("p50", summary.p50)];
    let mut taken: Vec<std::ops::Range<usize>> = Vec::new();
    for (name, value) in marks {
        let place = column(value);
        let text = format!("{name} {}", time::duration(value, hz));
        let length = label::width(&text);
        let start = place.saturating_sub(length / 2).min(width.saturating_sub(length));
        if length > width || taken.iter().any(|other| start < other.end + 2 && other.start < start + length + 2) {
            continue;
        }
        taken.push(start..start + length);
        let x = |place: usize| chart.x + u16::try_from(place).unwrap_or(0);
        paint.glyph(x(place), axis, tick, paint.theme.marker);
        paint.text(x(start), labels, u16::try_from(length).unwrap_or(0), &text, paint.theme.plain);
    }
}
