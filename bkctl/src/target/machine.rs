//! A machine of bksim's that this side moves: forward, and to times that have been.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bksim_protocol::client::{Client, ClientError, ClientEvent, Events};
use bksim_protocol::message::{Create, Moment, Registers, Run, Stopped, Unmodelled};
use bluekernel_boards::model::Board;
use bluekernel_inspect::Memory;

use super::bksim::{self, Remote};
use crate::error::{Error, Exit, Result};

/// How often Ctrl-C is looked at while the machine runs.
const LOOK: Duration = Duration::from_millis(20);

/// A machine in a bksim of its own, which ends with it.
pub struct Machine {
    client: Client,
    events: Events,
    program: PathBuf,
}

impl Machine {
    /// A board with blank memory and the firmware loaded, at reset. bksim keeps snapshots from here on, so that going back
    /// is quick.
    ///
    /// # Errors
    /// Exit 5 for trouble with bksim, exit 2 for firmware or a board that it refuses.
    pub fn start(board: &Board, elf: &Path, unmodelled: Unmodelled) -> Result<Self> {
        let program = bksim::find()?;
        let elf = elf.canonicalize().map_err(|error| Error::file("read", elf, &error))?;
        let board = serde_json::to_value(board)
            .map_err(|error| Error::new(Exit::Simulator, format!("the board cannot be handed to bksim: {error}")))?;
        let told = |error| bksim::told(error, &program);
        let (client, events) = Client::spawn(&program, concat!("bkctl ", env!("CARGO_PKG_VERSION"))).map_err(told)?;
        let create = Create { elf: Some(elf), unmodelled, ..Create::new(board) };
        client.create(&create).map_err(told)?;
        client.seek(0).map_err(told)?;
        Ok(Self { client, events, program })
    }

    /// Runs to a virtual time, or until the firmware ends or `stop` is set. What the firmware says is not kept.
    ///
    /// # Errors
    /// Exit 5 if bksim ends.
    pub fn run(&mut self, until_ps: u64, pace: Option<f64>, stop: &AtomicBool) -> Result<Stopped> {
        self.client.start(Run { until_ps: Some(until_ps), pace }).map_err(|error| self.told(error))?;
        let mut paused = false;
        loop {
            if stop.load(Ordering::Relaxed) && !paused {
                paused = true;
                self.client.pause().map_err(|error| self.told(error))?;
            }
            match self.events.next_timeout(LOOK) {
                Ok(ClientEvent::Stopped(Ok(stopped))) => return Ok(stopped),
                Ok(ClientEvent::Stopped(Err(error)) | ClientEvent::Died(error)) => return Err(self.told(error)),
                Ok(ClientEvent::Data { .. } | ClientEvent::Channel(_)) => {}
                Err(std::sync::mpsc::RecvTimeoutError::Timeout) => {}
                Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => {
                    return Err(self.told(ClientError::Protocol("bksim ended without a word".into())));
                }
            }
        }
    }

    /// Goes to a time that has been. Blocks; the first time may be long.
    ///
    /// # Errors
    /// Exit 5.
    pub fn seek(&mut self, time_ps: u64) -> Result<Moment> {
        self.client.seek(time_ps).map_err(|error| self.told(error))
    }

    /// The core's registers.
    ///
    /// # Errors
    /// Exit 5.
    pub fn registers(&self) -> Result<Registers> {
        self.client.registers().map_err(|error| self.told(error))
    }

    /// The machine's memory.
    #[must_use]
    pub fn memory(&self) -> impl Memory + '_ {
        Remote(&self.client)
    }

    fn told(&self, error: ClientError) -> Error {
        bksim::told(error, &self.program)
    }
}
