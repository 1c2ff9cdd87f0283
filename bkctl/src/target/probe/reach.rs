//! A chip, connected for as long as some work takes.
//!
//! The work has a thread of its own, and this one watches over it: probe-rs waits for ever for a probe that has gone
//! (its Glasgow driver reads on at the end of its input), and a Ctrl-C must not wait with it.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use bluekernel_boards::model::Board;

use super::chip::Chip;
use super::find::Found;
use super::simulated::{CHIPS, Simulated};
use crate::error::{Error, Exit, Result};
use crate::interrupt;
use crate::project::Project;
use crate::target::Target;

/// How often this thread looks around.
const LOOK: Duration = Duration::from_millis(20);
/// How long the work may take to end after a Ctrl-C.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long the news that bksim has ended may take behind the error that this causes.
const GRACE: Duration = Duration::from_millis(500);

/// How a chip is reached.
#[derive(Clone, Debug)]
pub enum Way {
    /// By bksim. The folder keeps the chip's flash memory.
    Simulated(Option<PathBuf>),
    /// By a probe of this computer.
    Probe(Found),
}

/// A chip, and how to connect to it.
#[derive(Clone, Debug)]
pub struct Reach {
    /// How it is reached.
    pub way: Way,
    /// The board.
    pub board: Board,
    /// Hold the chip in reset while connecting.
    pub under_reset: bool,
    /// Virtual seconds in a host second, if it is simulated; as fast as possible if absent.
    pub pace: Option<f64>,
    /// Set it, and the work ends as by Ctrl-C.
    pub stop: Arc<AtomicBool>,
}

impl Reach {
    /// The way to the chip of `board`, by `target`.
    ///
    /// # Errors
    /// Exit 2 if the board is never programmed; exit 4 if there is no such probe.
    pub fn new(target: &Target, board: &Board, project: Option<&Project>, under_reset: bool) -> Result<Self> {
        if board.flash.method != "probe-rs" {
            return Err(Error::usage(format!(
                "the board {} is not reached by a debug probe (flash method '{}')",
                board.name, board.flash.method
            ))
            .hint("it exists in simulators: bkctl sim runs firmware on it"));
        }
        let way = match target {
            Target::Simulator => Way::Simulated(project.map(|project| project.root.join(CHIPS).join(&board.chip.name))),
            Target::Probe(selector) => Way::Probe(super::find::find(selector.as_deref())?),
        };
        Ok(Self { way, board: board.clone(), under_reset, pace: None, stop: Arc::default() })
    }

    /// The target's name, for people.
    #[must_use]
    pub fn title(&self) -> String {
        match &self.way {
            Way::Simulated(Some(_)) => "sim".into(),
            Way::Simulated(None) => "sim (outside a project the simulated chip starts blank and keeps nothing)".into(),
            Way::Probe(found) => format!("probe {}", found.title()),
        }
    }

    /// Connects, does `work`, and disconnects.
    ///
    /// # Errors
    /// What `work` says; exit 4 if the chip cannot be reached, exit 5 if bksim ends by itself, exit 130 after a Ctrl-C
    /// that the work does not heed.
    pub fn connect<T: Send + 'static>(&self, work: impl FnOnce(&mut Chip) -> Result<T> + Send + 'static) -> Result<T> {
        let stop = Arc::clone(&self.stop);
        let _guard = interrupt::guard(move || stop.store(true, Ordering::Relaxed));
        let (found, simulated) = match &self.way {
            Way::Probe(found) => (found.clone(), None),
            Way::Simulated(folder) => {
                let simulated = Simulated::start(&self.board, folder.as_deref(), self.pace)?;
                (simulated.found()?, Some(simulated))
            }
        };
        let Self { board, under_reset, stop, .. } = self.clone();
        let (sender, receiver) = mpsc::channel();
        let working = move || {
            let result = Chip::connect(&found, &board, under_reset, stop).and_then(|mut chip| work(&mut chip));
            // Nobody listens any more after a Ctrl-C that took too long.
            let _ = sender.send(result);
        };
        thread::Builder::new()
            .name("probe".into())
            .spawn(working)
            .map_err(|error| Error::new(Exit::Target, format!("no thread for the probe: {error}")))?;
        let result = self.wait(&receiver, simulated.as_ref());
        match simulated {
            Some(simulated) if result.is_ok() => simulated.finish().and(result),
            Some(simulated) => {
                // The first trouble is the one to tell.
                let _ = simulated.finish();
                result
            }
            None => result,
        }
    }

    fn wait<T>(&self, result: &Receiver<Result<T>>, simulated: Option<&Simulated>) -> Result<T> {
        let mut asked: Option<Instant> = None;
        loop {
            match result.recv_timeout(LOOK) {
                Ok(Err(error)) if error.exit() == Exit::Target => {
                    return Err(simulated.and_then(|simulated| self.death(simulated, GRACE)).unwrap_or(error));
                }
                Ok(result) => return result,
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(Error::new(Exit::Target, "the probe's thread died: a defect of bkctl or of probe-rs"));
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
            if let Some(error) = simulated.and_then(|simulated| self.death(simulated, Duration::ZERO)) {
                return Err(error);
            }
            if self.stop.load(Ordering::Relaxed) && asked.get_or_insert_with(Instant::now).elapsed() > PATIENCE {
                return Err(Error::new(Exit::Interrupted, "interrupted; the probe did not answer any more"));
            }
        }
    }

    /// The error to tell if bksim has ended. A Ctrl-C on the terminal reaches bksim too: then that is the reason.
    fn death(&self, simulated: &Simulated, patience: Duration) -> Option<Error> {
        let error = simulated.death(patience)?;
        Some(if interrupt::asked() { Error::new(Exit::Interrupted, "interrupted") } else { error })
    }
}
