//! Text in columns, and numbers as cells.

use crate::stats::Summary;
use crate::{label, time};

/// One column: its title and whether its cells stand at the right.
pub(super) type Column = (&'static str, bool);

/// The most cells that a name takes in a table.
pub(super) const NAME: usize = 30;

/// A name of code in at most `cells`: what does not fit is left out in front, where the crate's and the module's names are.
pub(super) fn name(text: &str, cells: usize) -> String {
    if label::width(text) <= cells {
        return text.to_owned();
    }
    let mut rest = text.chars();
    while label::width(rest.as_str()) >= cells && rest.next().is_some() {}
    format!("…{}", rest.as_str())
}

/// Numbers of one row as cells. `>=` stands before those that lost events make lower bounds, `~` before percentiles and minima,
/// which then speak of what was seen only.
#[derive(Clone, Copy)]
pub(super) struct Cells {
    pub(super) hz: u64,
    pub(super) at_least: bool,
}

impl Cells {
    const fn bound(self) -> &'static str {
        if self.at_least { ">=" } else { "" }
    }

    /// A count.
    pub(super) fn number(self, value: u64) -> String {
        format!("{}{value}", self.bound())
    }

    /// A sum of times.
    pub(super) fn long(self, cycles: u64) -> String {
        format!("{}{}", self.bound(), time::duration(cycles, self.hz))
    }

    /// A part of the whole.
    pub(super) fn percent(self, part: f64) -> String {
        format!("{}{:.2}", self.bound(), part * 100.0)
    }

    /// A percentile, minimum or mean of a distribution.
    pub(super) fn about(self, of: &Summary, cycles: u64) -> String {
        let about = if self.at_least { "~" } else { "" };
        self.seen(of, || format!("{about}{}", time::duration(cycles, self.hz)))
    }

    /// The largest of a distribution.
    pub(super) fn most(self, of: &Summary) -> String {
        self.seen(of, || self.long(of.max))
    }

    fn seen(self, of: &Summary, text: impl Fn() -> String) -> String {
        if of.count == 0 { "-".to_owned() } else { text() }
    }
}

/// Sets cells under their titles, each column as wide as its widest cell.
pub(super) fn columns(titles: &[Column], rows: &[Vec<String>]) -> String {
    let widths: Vec<usize> = titles
        .iter()
        .enumerate()
        .map(|(at, (title, _))| {
            let cells = rows.iter().filter_map(|row| row.get(at)).map(|cell| label::width(cell));
            cells.chain([label::width(title)]).max().unwrap_or(0)
        })
        .collect();
    let mut out = String::new();
    let mut line = |cells: &mut dyn Iterator<Item = &str>| {
        let mut text = String::new();
        for ((cell, width), (_, right)) in cells.zip(&widths).zip(titles) {
            if !text.is_empty() {
                text.push_str("  ");
            }
            text.push_str(&if *right { label::right(cell, *width) } else { label::fit(cell, *width, true) });
        }
        out.push_str(text.trim_end());
        out.push('\n');
    };
    line(&mut titles.iter().map(|(title, _)| *title));
    for row in rows {
        line(&mut row.iter().map(String::as_str));
    }
    out
}
