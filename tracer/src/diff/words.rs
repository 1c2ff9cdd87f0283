//! The comparison as text.

use std::fmt::Write;

use crate::{label, time};

use super::divergence::{Divergence, ShownStep};
use super::numbers::{Change, Number, Unit};
use super::report::{Diff, Side};

impl Diff {
    /// The comparison for people: what changed, or with `all` every number, and where the schedules part. `files` are the
    /// recordings' names.
    #[must_use]
    pub fn to_text(&self, files: Side<&str>, all: bool) -> String {
        let mut out = String::new();
        let mut line = |text: &str| {
            // Writing to a String cannot fail.
            let _ = writeln!(out, "{}", text.trim_end());
        };
        for (side, file, recorded, compared, hz) in [
            ("a", files.a, &self.recorded.a, &self.compared.a, self.clock_hz.a),
            ("b", files.b, &self.recorded.b, &self.compared.b, self.clock_hz.b),
        ] {
            let whole = time::duration(recorded.end - recorded.start, hz);
            let part = match recorded == compared {
                true => String::new(),
                false => format!(", the first {} compared", time::duration(compared.end - compared.start, hz)),
            };
            line(&format!("{side}: {file}  ({whole}{part})"));
        }
        match (self.without_tracing.a, self.without_tracing.b) {
            (true, true) => line("tracing is subtracted of both"),
            (true, false) => line("tracing is subtracted of a"),
            (false, true) => line("tracing is subtracted of b"),
            (false, false) => {}
        }
        line("");
        let changed = self.numbers.iter().filter(|number| number.verdict != Change::Same).count();
        let percent = self.threshold * 100.0;
        let shown: Vec<&Number> = self.numbers.iter().filter(|number| all || number.verdict != Change::Same).collect();
        for row in table(&shown) {
            line(&row);
        }
        line(&match changed {
            0 => format!("none of {} numbers differs by more than {percent} %", self.numbers.len()),
            _ => format!("{changed} of {} numbers differ by more than {percent} %", self.numbers.len()),
        });
        for (side, alone) in [("a", &self.alone.a), ("b", &self.alone.b)] {
            if !alone.is_empty() {
                line(&format!("only in {side}: {}", alone.join(", ")));
            }
        }
        line("");
        self.schedules_to(&mut line, files);
        out
    }

    fn schedules_to(&self, line: &mut impl FnMut(&str), files: Side<&str>) {
        let schedules = &self.schedules;
        if schedules.aligned > 0 {
            line(&format!(
                "laid upon each other again {} times, where events were lost or a recording begins in the middle of a run",
                schedules.aligned
            ));
        }
        if let Some(unaligned) = schedules.unaligned {
            line(&format!(
                "behind a: {} and b: {} the schedules cannot be laid upon each other; {} steps in front are the same",
                time::moment(unaligned.a, self.clock_hz.a),
                time::moment(unaligned.b, self.clock_hz.b),
                schedules.common
            ));
        }
        match &schedules.divergence {
            Some(divergence) => self.divergence_to(line, divergence, files),
            None if schedules.complete => line(&format!("the schedules are the same: {} steps", schedules.common)),
            None => {}
        }
    }

    fn divergence_to(&self, line: &mut impl FnMut(&str), divergence: &Divergence, files: Side<&str>) {
        let why = if divergence.late { "at another time" } else { "another step" };
        line(&format!("the schedules part after {} steps: {why}", self.schedules.common));
        let steps = &divergence.next;
        let moment = |step: &ShownStep, hz: u64| time::moment(step.time, hz);
        let of_a = |step: &ShownStep| moment(step, self.clock_hz.a);
        let of_b = |step: &ShownStep| moment(step, self.clock_hz.b);
        let times_a = divergence.common.iter().map(|pair| of_a(&pair.a)).chain(steps.a.iter().map(of_a));
        let times_b = divergence.common.iter().map(|pair| of_b(&pair.b)).chain(steps.b.iter().map(of_b));
        let width = times_a.chain(times_b).map(|time| time.len()).max().unwrap_or(0);
        for pair in &divergence.common {
            let (a, b) = (label::right(&of_a(&pair.a), width), label::right(&of_b(&pair.b), width));
            line(&format!("    {a}  {b}  {}", pair.a.what));
        }
        for step in &steps.a {
            line(&format!("  a {}  {}  {}", label::right(&of_a(step), width), " ".repeat(width), step.what));
        }
        for step in &steps.b {
            line(&format!("  b {}  {}  {}", " ".repeat(width), label::right(&of_b(step), width), step.what));
        }
        for (file, view) in [(files.a, &divergence.view.a), (files.b, &divergence.view.b)] {
            line(&format!("bkctl trace view {} --window {view}", label::shell(file)));
        }
    }
}

/// Numbers in columns: whose, what, a, b, the change.
fn table(numbers: &[&Number]) -> Vec<String> {
    let cells: Vec<[String; 5]> = numbers
        .iter()
        .map(|number| {
            let value = |value: Option<f64>, uncertain: bool| match value {
                None => "-".to_owned(),
                Some(value) if uncertain => format!("~{}", show(value, number.unit)),
                Some(value) => show(value, number.unit),
            };
            let change = number.change.map_or_else(String::new, |change| format!("{:+.1} %", change * 100.0));
            let verdict = match number.verdict {
                Change::Same => "",
                Change::Better => "better",
                Change::Worse => "worse",
                Change::Different => "different",
            };
            [
                format!("{}  {}", number.of, number.what),
                value(number.value.a, number.uncertain.a),
                value(number.value.b, number.uncertain.b),
                change,
                verdict.to_owned(),
            ]
        })
        .collect();
    if cells.is_empty() {
        return Vec::new();
    }
    let head = [String::new(), "a".to_owned(), "b".to_owned(), "change".to_owned(), String::new()];
    let rows: Vec<&[String; 5]> = std::iter::once(&head).chain(&cells).collect();
    let width = |at: usize| rows.iter().map(|row| label::width(&row[at])).max().unwrap_or(0);
    let widths: [usize; 5] = std::array::from_fn(width);
    let line = |row: &&[String; 5]| {
        let [of, a, b, change, verdict] = row;
        format!(
            "{}  {}  {}  {}  {verdict}",
            label::fit(of, widths[0], true),
            label::right(a, widths[1]),
            label::right(b, widths[2]),
            label::right(change, widths[3]),
        )
    };
    let mut lines: Vec<String> = rows.iter().map(line).collect();
    lines.push(String::new());
    lines
}

fn show(value: f64, unit: Unit) -> String {
    match unit {
        // A clock of a picosecond: `duration` takes it from there.
        Unit::Nanoseconds => time::duration((value * 1000.0).round() as u64, 1_000_000_000_000),
        Unit::Share => format!("{:.2} %", value * 100.0),
        Unit::Count => format!("{value:.0}"),
        Unit::Bytes => format!("{value:.0} B"),
    }
}
