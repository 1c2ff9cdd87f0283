//! The commands that measure a recording.

use std::path::PathBuf;

use clap::{ArgGroup, Args, ValueHint};

/// `trace stats`
#[derive(Debug, Args)]
pub struct Stats {
    /// The recording
    #[arg(value_hint = ValueHint::FilePath)]
    pub file: PathBuf,
    /// Show the N longest latencies, each with a window for `trace view --window`
    #[arg(long, value_name = "N")]
    pub worst: Option<usize>,
    /// Everything about one task
    #[arg(long, value_name = "NAME", conflicts_with = "worst")]
    pub task: Option<String>,
    /// Only what ends from time A to time B, like 1.2ms..1.5ms, 1s.., or 100cy..900cy
    #[arg(long, value_name = "A..B")]
    pub window: Option<String>,
    /// What `bkctl sim --format json` said of this run: then it is told how long interrupts waited for their handlers, in
    /// all of the run
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub sim: Option<PathBuf>,
    /// Give every number as if tracing took no time: needs a recording of `sim --trace-cost`
    #[arg(long)]
    pub without_tracing: bool,
}

/// `trace path`
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("which").args(["worst", "at", "job", "window"]))]
pub struct TracePath {
    /// The recording
    #[arg(value_hint = ValueHint::FilePath)]
    pub file: PathBuf,
    /// The task, by its name
    #[arg(long, value_name = "NAME")]
    pub task: String,
    /// Its longest response (what is shown if nothing else is said)
    #[arg(long)]
    pub worst: bool,
    /// The response that holds this time, like 1.2ms or 100cy
    #[arg(long, value_name = "TIME")]
    pub at: Option<String>,
    /// Its Nth response, from 1
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub job: Option<u64>,
    /// Any stretch of time, like 1.2ms..1.5ms
    #[arg(long, value_name = "A..B")]
    pub window: Option<String>,
}
