//! Runs cases and says what is wrong with one: a panic, too much memory, too much time.

use std::cell::RefCell;
use std::panic::{self, AssertUnwindSafe};
use std::time::{Duration, Instant};

use crate::MEMORY;
use crate::targets::Target;

/// The most memory that a case may take, in bytes: some, and so much for each byte of the input. The shortest event has two.
const SOME_MEMORY: usize = 8 << 20;
const MEMORY_A_BYTE: usize = 200;

/// The longest that a case may take. A sound one takes milliseconds; the machine may be busy with other things.
const MOST_TIME: Duration = Duration::from_secs(10);

/// How a case ended.
pub(crate) enum Verdict {
    /// As it should.
    Passed,
    /// In words.
    Failed(String),
}

/// Judges the cases of one target.
pub(crate) struct Judge<'t> {
    target: &'t Target,
    is_shown: bool,
    cases: u64,
    peak: usize,
    slowest: Duration,
}

thread_local! {
    /// What the last panic said.
    static WORDS: RefCell<String> = const { RefCell::new(String::new()) };
}

impl<'t> Judge<'t> {
    /// Of `target`; inputs are printed if `is_shown`.
    pub(crate) fn new(target: &'t Target, is_shown: bool) -> Self {
        Self { target, is_shown, cases: 0, peak: 0, slowest: Duration::ZERO }
    }

    /// Runs case `number`.
    pub(crate) fn case(&mut self, number: u64) -> Verdict {
        let input = (self.target.make)(&mut fastrand::Rng::with_seed(number));
        if self.is_shown {
            println!("{input:?}");
        }
        MEMORY.reset_peak_usage();
        let before = MEMORY.current_usage();
        let start = Instant::now();
        panic::set_hook(Box::new(|info| WORDS.set(info.to_string())));
        let ended = panic::catch_unwind(AssertUnwindSafe(|| (self.target.read)(&input)));
        // One of the fuzzer's own is told as any.
        drop(panic::take_hook());
        let (time, memory) = (start.elapsed(), MEMORY.peak_usage().saturating_sub(before));
        self.cases += 1;
        self.peak = self.peak.max(memory);
        self.slowest = self.slowest.max(time);
        if ended.is_err() {
            return Verdict::Failed(WORDS.take());
        }
        if memory > SOME_MEMORY + MEMORY_A_BYTE * input.len() {
            return Verdict::Failed(format!("{} MiB for {} bytes", memory >> 20, input.len()));
        }
        if time > MOST_TIME {
            return Verdict::Failed(format!("{} s for {} bytes", time.as_secs(), input.len()));
        }
        Verdict::Passed
    }

    /// One line.
    pub(crate) fn summary(&self) -> String {
        format!(
            "{:<9} {:>9} cases, at most {} KiB and {} ms each",
            self.target.name,
            self.cases,
            self.peak >> 10,
            self.slowest.as_millis()
        )
    }
}
