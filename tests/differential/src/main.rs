//! `differential m3 m4f --count 10000`: see the library.
#![forbid(unsafe_code)]

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context as _, Result};
use bluekernel_differential::campaign::{Campaign, Found};
use bluekernel_differential::judge;
use bluekernel_differential::profile::{PROFILES, Profile};
use clap::Parser;
use serde_json::json;

/// Random instruction sequences on bksim and on QEMU.
#[derive(Parser)]
struct Arguments {
    /// Cores; all if none is named.
    profiles: Vec<String>,
    /// Sequences for each.
    #[arg(long, default_value_t = 10_000)]
    count: u64,
    /// The seed of the first; the others follow.
    #[arg(long, default_value_t = 0)]
    first: u64,
    /// So many that differ are made shorter and shown.
    #[arg(long, default_value_t = 20)]
    most: usize,
    /// The bksim to judge; the one beside this program if absent.
    #[arg(long)]
    bksim: Option<PathBuf>,
    /// A folder for a result file of each core.
    #[arg(long)]
    results: Option<PathBuf>,
}

fn main() -> ExitCode {
    match differential(&Arguments::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn differential(arguments: &Arguments) -> Result<ExitCode> {
    let chosen: Vec<&Profile> = if arguments.profiles.is_empty() {
        PROFILES.iter().collect()
    } else {
        let find = |name: &String| Profile::by_name(name).with_context(|| format!("there is no profile {name}"));
        arguments.profiles.iter().map(find).collect::<Result<_>>()?
    };
    let mut failed = 0;
    for profile in &chosen {
        failed += usize::from(!campaign(profile, arguments)?.different.is_empty());
    }
    println!("{} passed, {failed} failed", chosen.len() - failed);
    Ok(ExitCode::from(u8::from(failed > 0)))
}

fn campaign(profile: &Profile, arguments: &Arguments) -> Result<Found> {
    let begin = Instant::now();
    let folder = tempfile::tempdir()?;
    let bksim = arguments.bksim.clone().map_or_else(judge::beside, Ok)?;
    let campaign = Campaign::new(profile, &bksim, folder.path(), arguments.most)?;
    let found = campaign
        .run(arguments.first, arguments.count, &mut |difference| println!("{}", difference.text(profile.set)))?;
    println!(
        "{}: {} sequences from seed {} on, {} ended by a fault, {} interrupted; {} differ, {} more as is known; {:.1} s",
        profile.name,
        found.sequences,
        arguments.first,
        found.faults,
        found.interrupted,
        found.different.len(),
        found.known,
        begin.elapsed().as_secs_f64()
    );
    if let Some(folder) = &arguments.results {
        let result = json!({
            "profile": profile.name,
            "core": profile.core,
            "judge": format!("{}, machine {}", judge::qemu_version(profile)?, profile.machine),
            "first_seed": arguments.first,
            "found": found,
        });
        let path = folder.join(format!("{}.json", profile.name));
        std::fs::write(&path, serde_json::to_string_pretty(&result)? + "\n")?;
    }
    Ok(found)
}
