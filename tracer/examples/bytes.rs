//! How many bytes the events of a recording take, by kind: the trace wire's own account.
//!
//! ```text
//! cargo run --release -p bluekernel-tracer --example bytes -- run.bkt [--json]
//! ```
#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use std::path::Path;

use bluekernel_tracer::recording::Recording;
use bluekernel_tracer::wire::{Decoder, Item};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("usage: bytes FILE [--json]")?;
    let recording = Recording::open(Path::new(&path))?;
    let mut decoder = Decoder::new();
    decoder.push(&recording.stream);
    // A record ends where the next one begins.
    let mut kinds: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    let mut open: Option<(String, u64)> = None;
    while let Some(record) = decoder.next() {
        let name = match &record.item {
            Item::Event(event) => format!("{event:?}").split([' ', '(']).next().unwrap_or_default().to_owned(),
            Item::Sync(_) => "SYNC".to_owned(),
            Item::Lost(_) => "lost".to_owned(),
        };
        if let Some((name, start)) = open.replace((name, record.offset)) {
            kinds.entry(name).or_default().push(record.offset - start);
        }
    }
    let mut events: Vec<u64> = kinds
        .iter()
        .filter(|(name, _)| *name != "SYNC" && *name != "lost")
        .flat_map(|(_, bytes)| bytes)
        .copied()
        .collect();
    events.sort_unstable();
    let (count, all) = (events.len(), recording.stream.len());
    let sum: u64 = events.iter().sum();
    let p99 = events.get((count * 99).div_ceil(100).saturating_sub(1)).copied().unwrap_or_default();
    let mean = sum as f64 / count.max(1) as f64;
    let with_sync = all as f64 / count.max(1) as f64;
    if std::env::args().nth(2).is_some() {
        println!("{{\"events\": {count}, \"mean\": {mean:.3}, \"mean_with_sync\": {with_sync:.3}, \"p99\": {p99}}}");
        return Ok(());
    }
    for (name, bytes) in &kinds {
        let sum: u64 = bytes.iter().sum();
        println!("{name:<14} {:>9} of {:.2} bytes", bytes.len(), sum as f64 / bytes.len() as f64);
    }
    println!("{count} events: mean {mean:.2} bytes, p99 {p99}; with SYNCs {with_sync:.2}");
    Ok(())
}
