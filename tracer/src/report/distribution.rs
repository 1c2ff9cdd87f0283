//! A distribution as SVG: bars over a logarithmic scale of time.

use std::fmt::Write;

use crate::stats::{Histogram, Summary};
use crate::time;

use super::html::escape;

/// The drawing, in its units.
const WIDTH: f64 = 280.0;
const HEIGHT: f64 = 84.0;
const LEFT: f64 = 2.0;
const TOP: f64 = 14.0;

/// Bars a drawing has room for.
const BARS: usize = 46;

/// Draws `histogram`; `name` says of what, `style` how the bars look.
pub(super) fn draw(name: &str, histogram: &Histogram, hz: u64, style: &str) -> String {
    let summary = histogram.summary();
    let scale = Scale::new(&summary);
    // What falls into a bar: its smallest and largest value, and how many.
    let mut bars: Vec<Option<(u64, u64, u64)>> = vec![None; BARS];
    for (low, high, count) in histogram.buckets() {
        let (low, high) = (low.max(summary.min), high.min(summary.max));
        // By its middle: a bucket is narrow, and may lie across an edge.
        let at = ((scale.part(low + (high - low) / 2) * BARS as f64) as usize).min(BARS - 1);
        let bar = bars[at].get_or_insert((low, high, 0));
        *bar = (bar.0.min(low), bar.1.max(high), bar.2 + count);
    }
    let most = bars.iter().flatten().map(|bar| bar.2).max().unwrap_or(1);
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = write!(
        out,
        "<figure><h3>{}</h3><svg viewBox=\"0 0 {WIDTH} {}\" role=\"img\" aria-label=\"Distribution: median {}, 99 of 100 \
         at most {}, largest {}, {} values\">",
        escape(name),
        HEIGHT + 36.0,
        time::duration(summary.p50, hz),
        time::duration(summary.p99, hz),
        time::duration(summary.max, hz),
        summary.count,
    );
    let _ = write!(out, "<path class=\"grid\" d=\"M{LEFT} {HEIGHT}H{}\"/>", WIDTH - LEFT);
    let step = (WIDTH - 2.0 * LEFT) / BARS as f64;
    for (at, bar) in bars.iter().enumerate() {
        let Some((low, high, count)) = bar else { continue };
        // Logarithmic, so that the one slow moment among thousands is seen.
        let height = ((*count as f64 + 1.0).ln() / (most as f64 + 1.0).ln() * (HEIGHT - TOP)).max(2.0);
        let _ = write!(
            out,
            "<rect class=\"{style}\" x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{height:.1}\"><title>{} to {}: {count} \
             times</title></rect>",
            LEFT + at as f64 * step,
            HEIGHT - height,
            step - 0.8,
            time::duration(*low, hz),
            time::duration(*high, hz),
        );
    }
    let x = |value: u64| LEFT + scale.part(value) * (WIDTH - 2.0 * LEFT);
    for (word, value) in [("p50", summary.p50), ("p99", summary.p99), ("max", summary.max)] {
        let _ = write!(
            out,
            "<path class=\"m {word}\" d=\"M{:.1} {TOP}V{HEIGHT}\"><title>{word}: {}</title></path>",
            x(value),
            time::duration(value, hz)
        );
    }
    let line = |y: f64, at: f64, anchor: &str, text: &str| {
        format!("<text class=\"t\" x=\"{at}\" y=\"{y}\" text-anchor=\"{anchor}\">{text}</text>")
    };
    let (low, high) = (time::duration(summary.min, hz), time::duration(summary.max, hz));
    out.push_str(&line(HEIGHT + 14.0, LEFT, "start", &low));
    out.push_str(&line(HEIGHT + 14.0, WIDTH - LEFT, "end", &high));
    let of = format!(
        "p50 {} \u{b7} p99 {} \u{b7} {} values",
        time::duration(summary.p50, hz),
        time::duration(summary.p99, hz),
        summary.count
    );
    out.push_str(&line(HEIGHT + 31.0, LEFT, "start", &of));
    out.push_str("</svg></figure>");
    out
}

/// From the smallest value to the largest, by their logarithms.
struct Scale {
    from: f64,
    to: f64,
}

impl Scale {
    fn new(summary: &Summary) -> Self {
        Self { from: (summary.min.max(1) as f64).ln(), to: (summary.max.max(1) as f64).ln() }
    }

    /// Where `value` stands, 0 to 1; in the middle if there is but one value.
    fn part(&self, value: u64) -> f64 {
        let length = self.to - self.from;
        if length <= 0.0 { 0.5 } else { (((value.max(1) as f64).ln() - self.from) / length).clamp(0.0, 1.0) }
    }
}
