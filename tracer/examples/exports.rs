//! Writes a recording in every format of the exports into a folder, and tells how long each took. Gigabytes of files
//! measure the disk: with names behind the folder only these are written.
//!
//! ```text
//! cargo run --release -p bluekernel-tracer --example synthetic -- record long.bkt 600000
//! cargo run --release -p bluekernel-tracer --example exports -- long.bkt FOLDER [run.json...]
//! ```
#![forbid(unsafe_code)]

use std::error;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::path::PathBuf;
use std::time::Instant;

use bluekernel_tracer::export::{chrome, csv, ctf, jsonl, perfetto, vcd};
use bluekernel_tracer::model::Trace;
use bluekernel_tracer::recording::Recording;

fn main() -> Result<(), Box<dyn error::Error>> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let (Some(recording), Some(folder)) = (arguments.next(), arguments.next()) else {
        return Err("usage: exports RECORDING FOLDER [NAME...]".into());
    };
    let wanted: Vec<PathBuf> = arguments.collect();
    let recording = Recording::open(&recording)?;
    let trace = Trace::of(&recording);
    let stream = &recording.stream;
    let file = |name: &str, write: &dyn Fn(&mut dyn io::Write) -> io::Result<()>| -> io::Result<()> {
        let mut out = BufWriter::new(File::create(folder.join(name))?);
        write(&mut out)?;
        out.flush()
    };
    let directory = |name: &str, dialect| {
        fs::create_dir_all(folder.join(name))?;
        ctf::write(&trace, stream, dialect, &folder.join(name))
    };
    fs::create_dir_all(&folder)?;
    let measure = |name: &str, export: &dyn Fn(&str) -> io::Result<()>| -> io::Result<()> {
        if !wanted.is_empty() && wanted.iter().all(|wanted| wanted.as_os_str() != name) {
            return Ok(());
        }
        let begin = Instant::now();
        export(name)?;
        let seconds = begin.elapsed().as_secs_f64();
        let rate = trace.events() as f64 / seconds / 1e6;
        println!("{name:<12} {:>8.1} ms, {rate:>5.1} million events a second", seconds * 1e3);
        Ok(())
    };
    println!("{} events", trace.events());
    measure("run.pftrace", &|name| file(name, &|out| perfetto::write(&trace, out)))?;
    measure("run.json", &|name| file(name, &|out| chrome::write(&trace, out)))?;
    measure("ctf", &|name| directory(name, ctf::Dialect::Native))?;
    measure("lttng", &|name| directory(name, ctf::Dialect::Lttng))?;
    measure("run.vcd", &|name| file(name, &|out| vcd::write(&trace, out)))?;
    measure("run.csv", &|name| file(name, &|out| csv::write(&trace, stream, out)))?;
    measure("run.jsonl", &|name| file(name, &|out| jsonl::write(&trace, stream, out)))?;
    Ok(())
}
