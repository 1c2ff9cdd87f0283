//! The parts of `trace` that a review reads.

use std::path::PathBuf;

use clap::{Args, ValueHint};

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
}
