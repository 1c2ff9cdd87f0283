//! The report as text.

use std::fmt::Write;

use crate::{label, time};

use super::check::{Outcome, Report, Verdict};
use super::measure::Measurement;
use super::quantity::Quantity;

/// What was measured, in words.
pub(super) fn found(measurement: &Measurement, quantity: Quantity, of: u64) -> String {
    let text = |amount: u64| match quantity {
        Quantity::Time => time::moment(amount, of),
        Quantity::Share => percent(amount, of),
        Quantity::Count => amount.to_string(),
        Quantity::Bytes => format!("{amount} B"),
    };
    match (&measurement.nothing, measurement.least, measurement.most) {
        (Some(_), _, _) => "nothing".to_owned(),
        (None, least, Some(most)) if least == most => text(least),
        (None, 0, None) => "unknown".to_owned(),
        (None, least, None) => format!(">= {}", text(least)),
        (None, 0, Some(most)) => format!("<= {}", text(most)),
        (None, least, Some(most)) => format!("{} to {}", text(least), text(most)),
    }
}

/// A part in percent with four decimals, without superfluous zeros.
fn percent(part: u64, of: u64) -> String {
    let scaled = (u128::from(part) * 1_000_000 + u128::from(of) / 2) / u128::from(of);
    let text = format!("{}.{:04}", scaled / 10_000, scaled % 10_000);
    format!("{} %", text.trim_end_matches('0').trim_end_matches('.'))
}

impl Outcome {
    /// Its name, and which task or interrupt it is about if its budget is about several.
    #[must_use]
    pub fn title(&self) -> String {
        match &self.subject {
            Some(subject) => format!("{} [{subject}]", self.name),
            None => self.name.clone(),
        }
    }

    /// Why it does not hold, where to look, and the place drawn. `file` is the recording as a command takes it.
    #[must_use]
    pub fn explanation(&self, file: &str) -> String {
        let mut out = format!("{}\n", self.why);
        if let Some(evidence) = &self.evidence {
            // Writing to a String cannot fail.
            let _ = writeln!(out, "{}", evidence.what);
            let _ = writeln!(out, "bkctl trace view {} --window {}", label::shell(file), evidence.view);
            let _ = write!(out, "\n{}", evidence.timeline);
        }
        out
    }
}

impl Report {
    /// The report for people: a line for each budget, and of each that does not hold why, and where, drawn. `budgets` and
    /// `recording` are the files' names.
    #[must_use]
    pub fn to_text(&self, budgets: &str, recording: &str) -> String {
        let width = |text: &dyn Fn(&Outcome) -> String| {
            self.budgets.iter().map(|outcome| label::width(&text(outcome))).max().unwrap_or(0)
        };
        let (titles, texts) = (width(&Outcome::title), width(&|outcome| outcome.budget.clone()));
        let mut out = String::new();
        for outcome in &self.budgets {
            let verdict = if outcome.verdict == Verdict::Holds { "ok  " } else { "FAIL" };
            let title = label::fit(&outcome.title(), titles, true);
            let found = match outcome.verdict {
                Verdict::CannotBeShown => format!("{}  cannot be shown", outcome.found),
                _ => outcome.found.clone(),
            };
            // A budget without a name is its own.
            let budget = label::fit(&outcome.budget, texts, true);
            let line = match self.budgets.iter().all(|outcome| outcome.title() == outcome.budget) {
                true => format!("{verdict}  {budget}  {found}"),
                false => format!("{verdict}  {title}  {budget}  {found}"),
            };
            let _ = writeln!(out, "{}", line.trim_end());
        }
        let failed: Vec<&Outcome> = self.budgets.iter().filter(|outcome| outcome.verdict != Verdict::Holds).collect();
        let _ = writeln!(
            out,
            "\n{} of {} hold  ({} .. {} of {recording})",
            self.budgets.len() - failed.len(),
            self.budgets.len(),
            time::moment(self.window.start, self.clock_hz),
            time::moment(self.window.end, self.clock_hz),
        );
        if self.without_tracing {
            out.push_str("tracing is subtracted: all numbers are as if it took no time\n");
        }
        for outcome in failed {
            let name = if outcome.title() == outcome.budget { String::new() } else { format!("{}: ", outcome.title()) };
            let _ = write!(out, "\n{budgets}:{}: {name}{}\n", outcome.line, outcome.budget);
            for line in outcome.explanation(recording).lines() {
                let _ = writeln!(out, "{}", format!("  {line}").trim_end());
            }
        }
        out
    }
}
