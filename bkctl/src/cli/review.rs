//! The parts of `trace` that a review reads.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::ProjectArgs;
use crate::units::parse_time;

/// `trace assert`
#[derive(Debug, Args)]
pub struct Assert {
    /// The budgets: TOML with lines such as "ctrl.response.p99 < 200us"
    #[arg(value_hint = ValueHint::FilePath)]
    pub budgets: PathBuf,
    /// The recording
    #[arg(value_hint = ValueHint::FilePath)]
    pub file: PathBuf,
    /// Write a JUnit report
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub junit: Option<PathBuf>,
    /// What `bkctl sim --format json` said of this run: for masked.max and isr.NAME.latency.max
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub sim: Option<PathBuf>,
    /// Give every number as if tracing took no time: needs a recording of `sim --trace-cost`
    #[arg(long)]
    pub without_tracing: bool,
}

/// `trace diff`
#[derive(Debug, Args)]
pub struct Diff {
    /// The recording to compare with
    #[arg(value_name = "A", value_hint = ValueHint::FilePath)]
    pub a: PathBuf,
    /// The recording that is compared
    #[arg(value_name = "B", value_hint = ValueHint::FilePath)]
    pub b: PathBuf,
    /// Numbers that changed by more than so many percent differ; with 0 every change does
    #[arg(long, value_name = "PERCENT", default_value_t = 5.0, value_parser = parse_percent)]
    pub threshold: f64,
    /// By how much the same step may come earlier or later, like 10us [default: by any time]
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    pub tolerance: Option<u64>,
    /// Show every number, also those that did not change
    #[arg(long)]
    pub all: bool,
    /// Compare as if tracing took no time: one recording at least is of `sim --trace-cost`
    #[arg(long)]
    pub without_tracing: bool,
}

/// `trace report`
#[derive(Debug, Args)]
pub struct Report {
    /// The recording
    #[arg(value_hint = ValueHint::FilePath)]
    pub file: PathBuf,
    /// The firmware that was recorded: then the page shows what it takes of flash and RAM
    #[arg(long, value_name = "ELF", value_hint = ValueHint::FilePath)]
    pub elf: Option<PathBuf>,
    /// What `bkctl sim --format json` said of this run: then the page shows how long interrupts waited for their handlers
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub sim: Option<PathBuf>,
    /// The page to write
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath, default_value = "report.html")]
    pub output: PathBuf,
    /// Give every number as if tracing took no time: needs a recording of `sim --trace-cost`
    #[arg(long)]
    pub without_tracing: bool,
    /// The project.
    #[command(flatten)]
    pub project: ProjectArgs,
}

/// Reads a percentage such as `5` or `2.5%`.
fn parse_percent(text: &str) -> Result<f64, String> {
    match text.strip_suffix('%').unwrap_or(text).trim().parse::<f64>() {
        Ok(percent) if percent.is_finite() && percent >= 0.0 => Ok(percent),
        _ => Err("a percentage is 5, 2.5 or 0".into()),
    }
}
