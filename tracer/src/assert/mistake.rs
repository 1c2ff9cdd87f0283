//! What is wrong with a file of budgets, and where.

use std::ops::Range;

/// One mistake in a file of budgets, for the person who wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// What is wrong.
    pub message: String,
    /// The bytes of the text it is about.
    pub span: Range<usize>,
    /// What is to be seen there.
    pub label: String,
    /// What to do.
    pub help: Option<String>,
}

impl Mistake {
    pub(super) fn new(span: Range<usize>, message: impl Into<String>, label: impl Into<String>) -> Self {
        Self { message: message.into(), span, label: label.into(), help: None }
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// A name that nothing has: with the nearest of the `known` ones, or with all of them if they are few.
    pub(super) fn unknown(kind: &str, typed: &str, span: Range<usize>, known: &[String]) -> Self {
        let near = nearest(typed, known);
        let label = format!("no {kind} has this name");
        let mistake = Self::new(span, format!("unknown {kind} `{typed}`"), label);
        if !near.is_empty() {
            return mistake.help(format!("did you mean {}?", list(&near, "or")));
        }
        match known.len() {
            0 => mistake.help(format!("the recording names no {kind}")),
            1..=MOST_LISTED => {
                let all: Vec<&str> = known.iter().map(String::as_str).collect();
                mistake.help(format!("known: {}", list(&all, "and")))
            }
            many => mistake.help(format!("`bkctl trace stats` shows the {many} that the recording knows")),
        }
    }
}

/// More names than this in one line nobody reads.
const MOST_LISTED: usize = 16;

/// The known names that `typed` was most likely meant to be, the nearest first, three at most.
fn nearest<'a>(typed: &str, known: &'a [String]) -> Vec<&'a str> {
    let typed = typed.to_lowercase();
    // Jaro-Winkler looks at the beginning first, as people do; below 0.75 suggestions are noise. The last part of a path
    // (`app::TOTAL`) counts as the name too.
    let likeness = |name: &str| {
        let name = name.to_lowercase();
        let last = name.rsplit("::").next().unwrap_or(&name);
        strsim::jaro_winkler(&typed, &name).max(strsim::jaro_winkler(&typed, last))
    };
    let mut near: Vec<(f64, &str)> = known.iter().map(|name| (likeness(name), name.as_str())).collect();
    near.retain(|(likeness, _)| *likeness > 0.75);
    near.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    near.dedup_by_key(|(_, name)| *name);
    near.into_iter().take(3).map(|(_, name)| name).collect()
}

/// `a`, `b` or `c`.
fn list(names: &[&str], last: &str) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        Some((end, front)) if !front.is_empty() => format!("{} {last} {end}", front.join(", ")),
        _ => quoted.concat(),
    }
}
