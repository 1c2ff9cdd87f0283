//! Measures decoding, statistics and drawing of a recording on this machine.
//!
//! ```text
//! cargo run --release -p bluekernel-tracer --example synthetic -- record long.bkt 600000
//! cargo run --release -p bluekernel-tracer --example measure -- long.bkt
//! ```
#![forbid(unsafe_code)]

use std::path::Path;
use std::time::Instant;

use bluekernel_tracer::model::Trace;
use bluekernel_tracer::objects::Objects;
use bluekernel_tracer::raster::Grid;
use bluekernel_tracer::recording::Recording;
use bluekernel_tracer::stats::Statistics;
use bluekernel_tracer::wire::Decoder;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("usage: measure FILE")?;
    let begin = Instant::now();
    let recording = Recording::open(Path::new(&path))?;
    println!("open     {:?}, {} bytes", begin.elapsed(), recording.stream.len());
    let begin = Instant::now();
    let mut decoder = Decoder::new();
    let mut records = 0_u64;
    for piece in recording.stream.chunks(64 << 10) {
        decoder.push(piece);
        while decoder.next().is_some() {
            records += 1;
        }
    }
    let seconds = begin.elapsed().as_secs_f64();
    println!("decode   {:.1} ms, {:.1} million records a second", seconds * 1e3, records as f64 / seconds / 1e6);
    let begin = Instant::now();
    let trace = Trace::of(&recording);
    let seconds = begin.elapsed().as_secs_f64();
    println!("model    {:.1} ms, {:.1} million events a second", seconds * 1e3, trace.events() as f64 / seconds / 1e6);
    let begin = Instant::now();
    let stats = Statistics::of(&trace);
    println!("stats    {:?}, {} tasks", begin.elapsed(), stats.tasks.len());
    let begin = Instant::now();
    let objects = Objects::of(&trace);
    println!("objects  {:?}, {} objects, {} wakes", begin.elapsed(), objects.all().len(), objects.wakes().len());
    let whole = trace.window();
    for zoom in [1, 10, 1000, 100_000] {
        let length = (whole.end - whole.start) / zoom;
        let begin = Instant::now();
        let mut cells = 0;
        for at in 0..10 {
            let start = whole.start + (whole.end - whole.start - length) / 10 * at;
            let grid = Grid::new(&trace, start..start + length, 240);
            cells += trace.lanes().iter().map(|lane| grid.cells(lane).len()).sum::<usize>();
        }
        println!("frame    {:?} at zoom {zoom}, {} cells", begin.elapsed() / 10, cells / 10);
    }
    Ok(())
}
