//! How long a snapshot takes and how much it is: for `tests/run bench sim`.
//!
//! `snapshots BOARD ELF` runs a firmware and, between two slices of a millisecond each, takes a snapshot and goes back to it.
//! It prints one JSON object: microseconds of the median, bytes of the chip's memories, and of the whole state as JSON.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use bksim::machine::{Machine, Options};
use bluekernel_boards::registry::{Registry, SearchPath};

const TIMES: usize = 501;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [board, file] = &arguments[..] else {
        eprintln!("snapshots BOARD ELF");
        return ExitCode::from(2);
    };
    match measure(board, file) {
        Ok(line) => {
            println!("{line}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("snapshots: {error}");
            ExitCode::FAILURE
        }
    }
}

fn measure(board: &str, file: &str) -> Result<serde_json::Value, Box<dyn std::error::Error>> {
    let board = Registry::new(SearchPath::built_in()).board(board).map_err(|error| error.render(false))?;
    let firmware = std::fs::read(file)?;
    let (mut machine, _) = Machine::create(&board, Some(&firmware), None, Options::default())?;
    let (mut saves, mut restores) = (Vec::new(), Vec::new());
    for _ in 0..TIMES {
        machine.step(None);
        let begin = Instant::now();
        let snapshot = machine.snapshot();
        saves.push(begin.elapsed());
        // On, so that there is something to take back.
        machine.step(None);
        let begin = Instant::now();
        machine.restore(&snapshot)?;
        restores.push(begin.elapsed());
        machine.step(None);
    }
    let memory: u64 = board.chip.memory.iter().map(|memory| memory.size).sum();
    Ok(serde_json::json!({
        "save_us": median(saves),
        "restore_us": median(restores),
        "memory_bytes": memory,
        "state_bytes": serde_json::to_vec(&machine.snapshot())?.len(),
    }))
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort();
    times[TIMES / 2].as_nanos() as f64 / 1000.0
}
