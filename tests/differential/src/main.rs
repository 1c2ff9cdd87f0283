//! `differential m3 m4f --count 10000`: see the library.
#![forbid(unsafe_code)]

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result};
use bluekernel_differential::campaign::{Campaign, Found};
use bluekernel_differential::profile::{PROFILES, Profile};
use bluekernel_differential::report::Difference;
use bluekernel_differential::{judge, kept};
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
    /// The first seed is by the time of day.
    #[arg(long, conflicts_with = "first")]
    fresh: bool,
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
    let bksim = arguments.bksim.clone().map_or_else(judge::beside, Ok)?;
    let first =
        if arguments.fresh { SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs() << 20 } else { arguments.first };
    let mut failed = 0;
    for profile in &chosen {
        let found = campaign(profile, &bksim, first, arguments)?;
        failed += usize::from(!found.different.is_empty());
        if let Some(folder) = &arguments.results {
            write(profile, first, &found, folder)?;
        }
    }
    println!("{} passed, {failed} failed", chosen.len() - failed);
    Ok(ExitCode::from(u8::from(failed > 0)))
}

fn campaign(profile: &Profile, bksim: &Path, first: u64, arguments: &Arguments) -> Result<Found> {
    let begin = Instant::now();
    let folder = tempfile::tempdir()?;
    let campaign = Campaign::new(profile, bksim, folder.path(), arguments.most)?;
    let mut tell = |difference: &Difference| println!("{}", difference.text(profile.set));
    let mut found = campaign.run(kept::seeds(profile.name), &mut tell)?;
    found.add(campaign.run(first..first + arguments.count, &mut tell)?);
    println!(
        "{:9} {} sequences from seed {first} on, {} ended by a fault, {} interrupted; {} differ, {} more as is known; {:.1} s",
        profile.name,
        found.sequences,
        found.faults,
        found.interrupted,
        found.different.len(),
        found.known.values().sum::<u64>(),
        begin.elapsed().as_secs_f64()
    );
    Ok(found)
}

fn write(profile: &Profile, first: u64, found: &Found, folder: &Path) -> Result<()> {
    let result = json!({
        "profile": profile.name,
        "core": profile.core,
        "judge": format!("{}, machine {}", judge::qemu_version(profile)?, profile.machine),
        "first_seed": first,
        "found": found,
    });
    std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    let path = folder.join(format!("{}.json", profile.name));
    std::fs::write(&path, serde_json::to_string_pretty(&result)? + "\n").with_context(|| path.display().to_string())
}
