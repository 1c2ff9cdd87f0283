//! How far programming is: bars on a terminal, events for programs, nothing otherwise.

use std::collections::BTreeMap;
use std::env;
use std::io::{self, IsTerminal as _};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use serde::Serialize;

use crate::output::Format;
use crate::target::probe::program::{Outcome, Phase, Progress};
use crate::units::show_count;

/// The progress that fits the format and the terminal.
pub(in crate::cmd) fn reporter(format: Format) -> Box<dyn Progress + Send> {
    match format {
        Format::Json => Box::new(Events::default()),
        Format::Text if io::stderr().is_terminal() => Box::new(Bars::default()),
        Format::Text => Box::new(Silence),
    }
}

/// What was done, in one line or two.
pub(in crate::cmd) fn summary(outcome: &Outcome, dry_run: bool) -> String {
    let kib = |bytes: u64| format!("{}.{} KiB", bytes / 1024, bytes % 1024 * 10 / 1024);
    let changed = outcome.changed.len();
    if changed == 0 && outcome.erased == 0 {
        return format!("nothing to do: all {} sectors hold this firmware already", outcome.sectors);
    }
    let addresses: Vec<_> = outcome.changed.iter().map(|sector| format!("{:#010x}", sector.address)).collect();
    let differ = format!("{changed} of {} sectors differ: {}", outcome.sectors, addresses.join(", "));
    if dry_run {
        return format!(
            "{differ}\nwould erase {} and program {} bytes",
            kib(outcome.erased),
            show_count(outcome.programmed)
        );
    }
    let verified = match outcome.verified {
        0 => "not verified".to_owned(),
        bytes => format!("verified {}", kib(bytes)),
    };
    format!(
        "{differ}\nerased {}, programmed {} bytes, {verified}, in {:.1} s",
        kib(outcome.erased),
        show_count(outcome.programmed),
        outcome.seconds
    )
}

/// Says nothing.
struct Silence;

impl Progress for Silence {
    fn begin(&mut self, _phase: Phase, _bytes: u64) {}

    fn advance(&mut self, _phase: Phase, _bytes: u64) {}

    fn end(&mut self, _phase: Phase) {}
}

/// A bar for each phase.
#[derive(Default)]
struct Bars {
    all: MultiProgress,
    bars: BTreeMap<Phase, ProgressBar>,
}

impl Progress for Bars {
    fn begin(&mut self, phase: Phase, bytes: u64) {
        let plain = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let bar = if plain { "{bar:32}" } else { "{bar:32.cyan}" };
        let template =
            format!("{{prefix:>8}} [{bar}] {{bytes}} of {{total_bytes}}, {{binary_bytes_per_sec}}, {{eta}} left");
        let style = ProgressStyle::with_template(&template).unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar =
            self.all.add(ProgressBar::new(bytes)).with_style(style.progress_chars("=> ")).with_prefix(name(phase));
        bar.tick();
        self.bars.insert(phase, bar);
    }

    fn advance(&mut self, phase: Phase, bytes: u64) {
        if let Some(bar) = self.bars.get(&phase) {
            // The last page of a piece is written whole.
            let room = bar.length().unwrap_or(0).saturating_sub(bar.position());
            bar.inc(bytes.min(room));
        }
    }

    fn end(&mut self, phase: Phase) {
        if let Some(bar) = self.bars.get(&phase) {
            bar.finish();
        }
    }
}

/// Bars of work that ended early stay as they are.
impl Drop for Bars {
    fn drop(&mut self) {
        for bar in self.bars.values().filter(|bar| !bar.is_finished()) {
            bar.abandon();
        }
    }
}

const fn name(phase: Phase) -> &'static str {
    match phase {
        Phase::Compare => "compare",
        Phase::Erase => "erase",
        Phase::Program => "program",
        Phase::Verify => "verify",
    }
}

/// A JSON object a line on stderr, of schema `bk.event/1`.
#[derive(Default)]
struct Events(BTreeMap<Phase, (u64, u64)>);

#[derive(Serialize)]
struct Event {
    schema: &'static str,
    phase: Phase,
    done: u64,
    total: u64,
}

impl Events {
    fn tell(&self, phase: Phase) {
        let (done, total) = self.0.get(&phase).copied().unwrap_or_default();
        if let Ok(line) = serde_json::to_string(&Event { schema: "bk.event/1", phase, done, total }) {
            anstream::eprintln!("{line}");
        }
    }
}

/// How much is done, in sixteenths: an event for each is enough.
fn share(done: u64, total: u64) -> u64 {
    done.saturating_mul(16) / total.max(1)
}

impl Progress for Events {
    fn begin(&mut self, phase: Phase, bytes: u64) {
        self.0.insert(phase, (0, bytes));
        self.tell(phase);
    }

    fn advance(&mut self, phase: Phase, bytes: u64) {
        if let Some((done, total)) = self.0.get_mut(&phase) {
            let before = share(*done, *total);
            *done = (*done + bytes).min(*total);
            if share(*done, *total) > before {
                self.tell(phase);
            }
        }
    }

    fn end(&mut self, phase: Phase) {
        if let Some((done, total)) = self.0.get_mut(&phase)
            && *done < *total
        {
            *done = *total;
            self.tell(phase);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::probe::plan::Sector;

    fn outcome(changed: Vec<Sector>) -> Outcome {
        let erased = changed.iter().map(|sector| sector.size).sum();
        Outcome { sectors: 3, changed, erased, programmed: 1536, verified: erased, seconds: 0.25 }
    }

    #[test]
    fn nothing_to_do_is_said() {
        assert_eq!(summary(&outcome(Vec::new()), false), "nothing to do: all 3 sectors hold this firmware already");
    }

    #[test]
    fn what_was_done_and_what_would_be() {
        let one = outcome(vec![Sector { address: 0x0800_4000, size: 0x4000 }]);
        assert_eq!(
            summary(&one, false),
            "1 of 3 sectors differ: 0x08004000\nerased 16.0 KiB, programmed 1,536 bytes, verified 16.0 KiB, in 0.2 s"
        );
        assert!(summary(&one, true).ends_with("would erase 16.0 KiB and program 1,536 bytes"));
        assert!(summary(&Outcome { verified: 0, ..one }, false).contains("not verified"));
    }
}
