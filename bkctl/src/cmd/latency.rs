//! `bkctl sim --latency`: the longest times that each exception waited for its handler, and the lines that kept it waiting.

use std::fmt::Write as _;
use std::path::Path;

use bksim_protocol::message::{ExceptionLatency, LongWait, WaitedFor};
use bluekernel_inspect::Image;
use bluekernel_inspect::source::Lines;

use super::device::backtrace::shorten;
use super::run::show_place;
use crate::units::{show_count, show_cycles_us};

/// The worst waits of all exceptions in words, several lines.
pub(super) fn show(exceptions: &[ExceptionLatency], image: &Image, root: Option<&Path>, core_hz: u64) -> String {
    let places = Places::new(image, root);
    let mut text = String::new();
    for exception in exceptions {
        let _ = writeln!(text, "longest latencies of {}:", exception.name);
        for LongWait { cycles, pended_at, waited_for } in &exception.longest {
            let _ = write!(
                text,
                "  {} cycles ({} us), pending since cycle {}: ",
                show_count(*cycles),
                show_cycles_us(*cycles, core_hz),
                show_count(*pended_at)
            );
            let _ = match waited_for {
                None => writeln!(text, "nothing but its entry"),
                Some(WaitedFor::Mask { cycles, from, to }) => writeln!(
                    text,
                    "interrupts were masked for {} cycles, from {} to {}",
                    show_count(*cycles),
                    places.show(*from),
                    places.show(*to)
                ),
                Some(WaitedFor::Handler { cycles, exception, entry }) => {
                    let name = exceptions.iter().find(|other| other.exception == *exception);
                    let name = name.map_or_else(|| format!("exception {exception}"), |other| other.name.clone());
                    let cycles = show_count(*cycles);
                    writeln!(text, "the handler of {name} ran for {cycles} cycles, {}", places.show(*entry))
                }
            };
        }
    }
    text
}

/// Addresses in the code as people know them.
pub(super) struct Places<'a> {
    image: &'a Image,
    lines: Option<Lines>,
    /// The project's folder: files below it are named by their place in it.
    root: Option<&'a Path>,
}

impl<'a> Places<'a> {
    pub(super) fn new(image: &'a Image, root: Option<&'a Path>) -> Self {
        Self { image, lines: Lines::new(image), root }
    }

    /// The innermost function, inlined ones too, and its line.
    pub(super) fn show(&self, address: u64) -> String {
        let frames = self.lines.as_ref().map(|lines| lines.frames(address)).unwrap_or_default();
        let innermost = frames.into_iter().next();
        let location = innermost.as_ref().and_then(|frame| frame.location.clone());
        let function = innermost.and_then(|frame| frame.function);
        let Some((function, location)) = function.zip(location) else { return show_place(self.image, address) };
        format!("{function} ({}:{})", shorten(&location.file, self.root), location.line)
    }
}
