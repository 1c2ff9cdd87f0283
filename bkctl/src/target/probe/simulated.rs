//! bksim as a chip with a debug probe: started for one command, its flash memory kept in the project.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use bksim_protocol::client::{Client, ClientError, ClientEvent, Events};
use bksim_protocol::message::{Create, Probe, Run};
use bluekernel_boards::model::Board;
use tempfile::TempDir;

use super::super::bksim;
use super::find::{Found, selector};
use crate::error::{Error, Exit, Result};

/// How long bksim may take to pause, and to save the chip.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where a project keeps the flash memory of its simulated chips, beneath its folder.
pub const CHIPS: &str = "target/bk/sim";

/// A running bksim that serves a debug probe.
pub struct Simulated {
    client: Client,
    notices: Receiver<Notice>,
    program: PathBuf,
    address: String,
    /// Whether the machine has stopped and will not run again.
    stopped: Cell<bool>,
    /// Holds the socket's file; goes away with it.
    _socket: Option<TempDir>,
}

/// What bksim says of itself.
enum Notice {
    /// The machine stands still.
    Stopped,
    /// bksim has ended.
    Died(ClientError),
}

impl Simulated {
    /// Starts the chip of `board` with what `folder` keeps of it; without a folder it starts blank, and nothing of it is
    /// kept. `pace` is virtual seconds in a host second.
    ///
    /// # Errors
    /// Exit 5 for trouble with bksim, exit 2 for a board that it does not know.
    pub fn start(board: &Board, folder: Option<&Path>, pace: Option<f64>) -> Result<Self> {
        let program = bksim::find()?;
        let resolved = serde_json::to_value(board)
            .map_err(|error| Error::new(Exit::Simulator, format!("the board cannot be handed to bksim: {error}")))?;
        let told = |error| bksim::told(error, &program);
        let (client, events) = Client::spawn(&program, concat!("bkctl ", env!("CARGO_PKG_VERSION"))).map_err(told)?;
        let notices = listen(events)?;
        let create = Create { chip: folder.map(Path::to_owned), ..Create::new(resolved) };
        client.create(&create).map_err(told)?;
        let (address, socket) = address()?;
        let listening = client.probe(&Probe { address }).map_err(told)?;
        client.start(Run { until_ps: None, pace }).map_err(told)?;
        tracing::debug!(address = listening.address, "bksim serves a debug probe");
        Ok(Self { client, notices, program, address: listening.address, stopped: Cell::new(false), _socket: socket })
    }

    /// The probe, as probe-rs finds it.
    ///
    /// # Errors
    /// Exit 5 for an address that makes no selector.
    pub fn found(&self) -> Result<Found> {
        let selector = selector(&self.address).parse().map_err(|error| {
            Error::new(Exit::Simulator, format!("bksim serves its probe at '{}': {error}", self.address))
        })?;
        Ok(Found { selector, name: "bksim".into(), accessible: true })
    }

    /// The error to tell if bksim has ended by itself; waits for the news no longer than `patience`.
    pub fn death(&self, patience: Duration) -> Option<Error> {
        let until = Instant::now() + patience;
        loop {
            match self.notices.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(Notice::Died(error)) => {
                    return Some(
                        bksim::told(error, &self.program)
                            .note("The simulated chip keeps what was written so far; the next bkctl flash mends it"),
                    );
                }
                Ok(Notice::Stopped) => self.stopped.set(true),
                Err(RecvTimeoutError::Timeout) => return None,
                Err(RecvTimeoutError::Disconnected) => {
                    return Some(bksim::told(
                        ClientError::Protocol("bksim ended without a word".into()),
                        &self.program,
                    ));
                }
            }
        }
    }

    /// Ends the simulation in an orderly way: what the chip's flash memory holds is kept.
    ///
    /// # Errors
    /// Exit 5 if bksim does not end as it should.
    pub fn finish(self) -> Result<()> {
        let Self { client, notices, program, stopped, .. } = self;
        let told = |error| bksim::told(error, &program);
        if !stopped.get() {
            client.pause().map_err(told)?;
            match notices.recv_timeout(PATIENCE) {
                Ok(Notice::Stopped) => {}
                Ok(Notice::Died(error)) => return Err(told(error)),
                Err(_) => return Err(told(ClientError::Protocol("bksim does not pause".into()))),
            }
        }
        client.shutdown().map_err(told)
    }
}

/// Takes the events of a run, so that virtual time goes on, and hands on those that matter here. What the simulated
/// UARTs say is not among them: a probe does not hear them either.
fn listen(events: Events) -> Result<Receiver<Notice>> {
    let (sender, notices) = mpsc::channel();
    let taking = move || {
        while let Some(event) = events.next() {
            let notice = match event {
                ClientEvent::Stopped(Ok(stopped)) => {
                    tracing::debug!(?stopped, "bksim");
                    Notice::Stopped
                }
                ClientEvent::Stopped(Err(error)) | ClientEvent::Died(error) => Notice::Died(error),
                ClientEvent::Data { .. } | ClientEvent::Channel(_) => continue,
            };
            if sender.send(notice).is_err() {
                return;
            }
        }
    };
    thread::Builder::new()
        .name("bksim events".into())
        .spawn(taking)
        .map_err(|error| Error::new(Exit::Simulator, format!("no thread for bksim's events: {error}")))?;
    Ok(notices)
}

/// Where to serve the probe: a socket that only this user reaches, where there are such.
#[cfg(unix)]
fn address() -> Result<(String, Option<TempDir>)> {
    let folder = tempfile::Builder::new()
        .prefix("bk")
        .tempdir()
        .map_err(|error| Error::usage(format!("no temporary folder for the simulated probe's socket: {error}")))?;
    Ok((format!("unix:{}", folder.path().join("probe").display()), Some(folder)))
}

/// Where to serve the probe: any free port of this computer.
#[cfg(not(unix))]
fn address() -> Result<(String, Option<TempDir>)> {
    Ok(("tcp:127.0.0.1:0".into(), None))
}
