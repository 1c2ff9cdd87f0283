//! Something that is worked out of the whole of a trace that grows: in another thread, for it takes longer than a frame.

use std::sync::mpsc::{self, Receiver, TryRecvError};
use std::thread;
use std::time::{Duration, Instant};

use crate::model::Trace;
use crate::time;

/// The share of a processor that working it out anew may take: one part in so many.
const SHARE: u32 = 8;

/// How far the trace had come when something was worked out of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tui) struct AsOf {
    /// How many events there were.
    pub(in crate::tui) events: u64,
    /// The time of the last one, in cycles.
    pub(in crate::tui) end: u64,
}

impl AsOf {
    /// All that `trace` has by now.
    pub(in crate::tui) const fn now(trace: &Trace) -> Self {
        Self { events: trace.events(), end: trace.end() }
    }

    /// As of when, in words to put behind others; none if that is now.
    pub(in crate::tui) fn words(self, trace: &Trace) -> String {
        let is_now = self.events == trace.events();
        if is_now { String::new() } else { format!(", as of {}", time::duration(self.end, trace.clock_hz())) }
    }
}

/// What was worked out last, and what is being worked out.
#[derive(Debug)]
pub(in crate::tui) struct Behind<T> {
    value: Option<(T, AsOf)>,
    /// When that came, and how long it had taken.
    made: Option<(Instant, Duration)>,
    job: Option<Receiver<(T, AsOf, Duration)>>,
}

impl<T> Default for Behind<T> {
    fn default() -> Self {
        Self { value: None, made: None, job: None }
    }
}

impl<T: Send + 'static> Behind<T> {
    /// What was worked out last, and as of when.
    pub(in crate::tui) fn get(&self) -> Option<(&T, AsOf)> {
        self.value.as_ref().map(|(value, as_of)| (value, *as_of))
    }

    /// Whether it is not of all that `trace` has by now.
    pub(in crate::tui) fn is_behind(&self, trace: &Trace) -> bool {
        self.value.as_ref().is_none_or(|(_, as_of)| as_of.events != trace.events())
    }

    /// Works it out at once.
    pub(in crate::tui) fn at_once(&mut self, trace: &Trace, work_out: impl FnOnce(&Trace) -> T) {
        // What the other thread found is not of the trace's end, even if no event has come since.
        if self.is_behind(trace) || self.made.is_some() {
            // Of a long trace it is large: not two at a time.
            self.value = None;
            *self = Self { value: Some((work_out(trace), AsOf::now(trace))), ..Self::default() };
        }
    }

    /// Takes what has been worked out since the last call, and begins anew when there is more to tell and time for it.
    pub(in crate::tui) fn follow(&mut self, trace: &Trace, work_out: fn(&Trace) -> T) {
        if let Some(job) = &self.job {
            match job.try_recv() {
                Ok((value, as_of, took)) => {
                    self.job = None;
                    self.made = Some((Instant::now(), took));
                    give_back(self.value.replace((value, as_of)));
                }
                Err(TryRecvError::Empty) => return,
                // It broke off; whoever looks next gets another try.
                Err(TryRecvError::Disconnected) => {
                    self.job = None;
                    self.made = Some((Instant::now(), Duration::from_secs(1)));
                }
            }
        }
        let is_due = self.made.is_none_or(|(at, took)| at.elapsed() >= took * (SHARE - 1));
        if is_due && self.is_behind(trace) {
            // A copy shares all but the newest of what the trace keeps.
            let trace = trace.clone();
            let (answer, job) = mpsc::sync_channel(1);
            self.job = Some(job);
            let work = move || {
                let begin = Instant::now();
                let value = work_out(&trace);
                // Nobody may want it any more.
                let _ = answer.send((value, AsOf::now(&trace), begin.elapsed()));
            };
            // Without a thread the answer's other end is gone.
            let _ = thread::Builder::new().spawn(work);
        }
    }

    /// Nobody wants it any more.
    pub(in crate::tui) fn let_go(&mut self) {
        if self.value.is_some() || self.job.is_some() {
            give_back(self.value.take());
            *self = Self::default();
        }
    }
}

/// Gives memory back, which takes its time too where there is much of it.
fn give_back<T: Send + 'static>(value: Option<T>) {
    if value.is_some() {
        // Without a thread it is done here.
        let _ = thread::Builder::new().spawn(move || drop(value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recording::Header;

    /// Waits until there is no job any more.
    fn wait<T: Send + 'static>(behind: &mut Behind<T>, trace: &Trace, work_out: fn(&Trace) -> T) {
        let begin = Instant::now();
        behind.follow(trace, work_out);
        while behind.job.is_some() {
            assert!(begin.elapsed() < Duration::from_secs(60), "no answer");
            thread::sleep(Duration::from_millis(1));
            behind.follow(trace, work_out);
        }
    }

    #[test]
    fn an_answer_is_taken_once_and_asked_for_once() {
        let trace = Trace::new(Header::new("0.1.0", "test-board", 1_000_000));
        let mut behind = Behind::default();
        assert!(behind.is_behind(&trace) && behind.get().is_none());
        wait(&mut behind, &trace, |_| 7);
        assert_eq!(behind.get(), Some((&7, AsOf { events: 0, end: 0 })));
        assert!(!behind.is_behind(&trace));
        // Nothing has come since.
        behind.follow(&trace, |_| 8);
        assert!(behind.job.is_none());
        behind.let_go();
        assert!(behind.is_behind(&trace) && behind.get().is_none());
    }

    /// The source has ended: what is shown then is not what the other thread found before, although no event has come since.
    #[test]
    fn what_is_worked_out_in_the_end_is_the_last_word() {
        let trace = Trace::new(Header::new("0.1.0", "test-board", 1_000_000));
        let mut behind = Behind::default();
        wait(&mut behind, &trace, |_| 7);
        behind.at_once(&trace, |_| 8);
        assert_eq!(behind.get().map(|(value, _)| *value), Some(8));
        behind.at_once(&trace, |_| 9);
        assert_eq!(behind.get().map(|(value, _)| *value), Some(8), "once is enough");
        // A job that is under way in the end is not waited for.
        let mut behind = Behind::default();
        behind.follow(&trace, |_| 7);
        behind.at_once(&trace, |_| 8);
        assert!(behind.job.is_none());
        assert_eq!(behind.get().map(|(value, _)| *value), Some(8));
    }

    /// A defect in what is worked out does not take the viewer along.
    #[test]
    fn work_that_breaks_off_is_no_answer() {
        let trace = Trace::new(Header::new("0.1.0", "test-board", 1_000_000));
        let mut behind = Behind::<u8>::default();
        wait(&mut behind, &trace, |_| panic!("as a test wants it"));
        assert!(behind.get().is_none() && behind.is_behind(&trace));
    }
}
