//! `fuzz --seconds 60`: hostile input for everything of the tracer that reads. A case is made from a seed and nothing else:
//! `fuzz --only stream --case 4711` makes it again.
//!
//! ```text
//! seed ─▶ input/  something sound, then damaged ─▶ targets.rs  who reads it ─▶ judge.rs  panic? memory? time?
//! ```
#![forbid(unsafe_code)]

mod input;
mod judge;
mod targets;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Parser;
use judge::{Judge, Verdict};
use peak_alloc::PeakAlloc;
use targets::TARGETS;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// Hostile input for everything of the tracer that reads.
#[derive(Parser)]
struct Arguments {
    /// How long in all; the targets share it
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// The first case of each target; the others follow
    #[arg(long, default_value_t = 1)]
    first: u64,
    /// Only this target
    #[arg(long, value_name = "TARGET")]
    only: Option<String>,
    /// Only this case, and its input as Rust writes it
    #[arg(long, value_name = "NUMBER", requires = "only")]
    case: Option<u64>,
}

/// A target with so many failures is not tried any further.
const ENOUGH: usize = 5;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let chosen: Vec<_> =
        TARGETS.iter().filter(|target| arguments.only.as_ref().is_none_or(|only| only == target.name)).collect();
    if chosen.is_empty() {
        let names: Vec<_> = TARGETS.iter().map(|target| target.name).collect();
        eprintln!("error: no such target; there are {}", names.join(", "));
        return ExitCode::from(2);
    }
    let share = Duration::from_secs(arguments.seconds) / u32::try_from(chosen.len()).unwrap_or(u32::MAX);
    let mut failed = 0;
    for target in &chosen {
        let mut judge = Judge::new(target, arguments.case.is_some());
        let start = Instant::now();
        let mut failures = 0;
        for number in arguments.case.unwrap_or(arguments.first).. {
            if let Verdict::Failed(why) = judge.case(number) {
                println!("FAIL {} --case {number}: {why}", target.name);
                failures += 1;
            }
            if arguments.case.is_some() || failures == ENOUGH || start.elapsed() >= share {
                break;
            }
        }
        println!("{}", judge.summary());
        failed += usize::from(failures > 0);
    }
    println!("{} passed, {failed} failed", chosen.len() - failed);
    ExitCode::from(u8::from(failed > 0))
}
