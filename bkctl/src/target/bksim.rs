//! Starting bksim and running firmware in it.

use std::env;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

use bksim_protocol::client::{Client, ClientError, ClientEvent, Events};
use bksim_protocol::frame::RTT_UP;
use bksim_protocol::message::{Create, Probe, Run, Statistics, Stop, Stopped, error_code};
use bluekernel_inspect::Memory;

use super::probe::find;
use super::session::{self, End, Listener, Outcome, Request};
use crate::error::{Error, Exit, Result};
use crate::interrupt;

/// The stream of RTT channel 1, by which the kernel's trace is spoken to.
const TRACE_DOWN: u8 = RTT_UP + 1;

/// The environment variable that names bksim.
pub const BKSIM_VARIABLE: &str = "BKSIM";

/// Where bksim is: beside this program, then `BKSIM`, then on the `PATH`.
///
/// # Errors
/// Exit 5 if it is nowhere.
pub fn find() -> Result<PathBuf> {
    let name = format!("bksim{}", env::consts::EXE_SUFFIX);
    // A link to this program (in a folder of links) has its neighbours where it points to.
    let own = env::current_exe().ok().map(|exe| exe.canonicalize().unwrap_or(exe));
    let beside = own.as_deref().and_then(Path::parent).map(|folder| folder.join(&name));
    if let Some(beside) = beside.filter(|file| file.is_file()) {
        return Ok(beside);
    }
    if let Some(named) = env::var_os(BKSIM_VARIABLE).filter(|value| !value.is_empty()).map(PathBuf::from) {
        return if named.is_file() {
            Ok(named)
        } else {
            Err(Error::new(Exit::Simulator, format!("there is no bksim at {} ({BKSIM_VARIABLE})", named.display()))
                .hint(format!("correct or unset {BKSIM_VARIABLE}")))
        };
    }
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).map(|folder| folder.join(&name)).find(|file| file.is_file()).ok_or_else(|| {
        Error::new(
            Exit::Simulator,
            format!("the simulator {name} is neither beside bkctl, nor in {BKSIM_VARIABLE}, nor on the PATH"),
        )
        .hint("./install.sh installs both")
    })
}

/// Runs until the end that `request` asks for, the one that the firmware makes, or Ctrl-C.
///
/// # Errors
/// Exit 5 for trouble with bksim, exit 2 for firmware or a board that it refuses, and what the listener says.
pub fn run(request: &Request<'_>, listener: &mut dyn Listener) -> Result<Outcome> {
    let program = find()?;
    let elf = request.elf.canonicalize().map_err(|error| Error::file("read", request.elf, &error))?;
    let board = serde_json::to_value(request.board)
        .map_err(|error| Error::new(Exit::Simulator, format!("the board cannot be handed to bksim: {error}")))?;
    let stop = Arc::clone(&request.stop);
    let _guard = interrupt::guard(move || stop.store(true, Ordering::Relaxed));
    let told = |error| told(error, &program);

    let (client, events) = Client::spawn(&program, concat!("bkctl ", env!("CARGO_PKG_VERSION"))).map_err(told)?;
    tracing::info!(program = %program.display(), hello = ?client.hello(), "bksim");
    let create = Create {
        elf: Some(elf),
        address: request.address,
        unmodelled: request.unmodelled,
        instruction_clock: request.instruction_clock,
        ghost: request.ghost.clone(),
        trace_cost: request.trace_cost.clone(),
        ..Create::new(board)
    };
    let created = client.create(&create).map_err(told)?;
    tracing::debug!(?created, "machine");
    if let Some(address) = request.probe {
        let listening = client.probe(&Probe { address: address.to_owned() }).map_err(|error| match error {
            ClientError::Rpc { message, .. } => {
                Error::usage(message).hint("use --probe unix:PATH or --probe tcp:127.0.0.1:0")
            }
            error => told(error),
        })?;
        anstream::eprintln!("debug probe: --target probe:{}", find::selector(&listening.address));
    }
    if !request.said.is_empty() {
        client.input(TRACE_DOWN, &request.said).map_err(told)?;
    }
    client.start(Run { until_ps: request.until_ps, pace: request.pace }).map_err(told)?;

    let mut last_ps = 0;
    let (stopped, ended) = match watch(&client, &events, request, listener, &mut last_ps)? {
        Watched::Stopped(stopped, ended) => (stopped, ended),
        // A Ctrl-C on the terminal reaches bksim too. If it went first, nothing more can be asked of it.
        Watched::Gone(_) if interrupt::asked() => {
            return Ok(Outcome {
                end: End::Interrupted,
                time_ps: last_ps,
                cycles: 0,
                core_hz: created.core_hz,
                statistics: Statistics::default(),
            });
        }
        Watched::Gone(error) => return Err(told(error)),
    };
    listener.stopped(&mut Remote(&client))?;
    let mut statistics = client.statistics().map_err(told)?;
    // bksim knows exceptions by number; the board's files know what they are called.
    let names = session::exceptions(request.board);
    for exception in &mut statistics.exceptions {
        if let Some(name) = names.get(&exception.exception) {
            exception.name.clone_from(name);
        }
    }
    // Whether it says goodbye or not: all that was asked for is here.
    let _ = client.shutdown();
    Ok(Outcome {
        end: ended.unwrap_or(End::Stopped(stopped.stop)),
        time_ps: stopped.time_ps,
        cycles: stopped.cycles,
        core_hz: stopped.core_hz,
        statistics,
    })
}

/// How often the host's clock and Ctrl-C are looked at while the firmware says nothing.
const LOOK: Duration = Duration::from_millis(20);
/// How long bksim may take to pause.
const PATIENCE: Duration = Duration::from_secs(10);

enum Watched {
    /// The machine stopped; the end, if this side asked for it.
    Stopped(Stopped, Option<End>),
    /// bksim has gone.
    Gone(ClientError),
}

/// Hands on what comes until the machine stops; `last_ps` is when the last of it was collected.
fn watch(
    client: &Client,
    events: &Events,
    request: &Request<'_>,
    listener: &mut dyn Listener,
    last_ps: &mut u64,
) -> Result<Watched> {
    let started = Instant::now();
    let mut asked: Option<(End, Instant)> = None;
    loop {
        let end = match request.timeout {
            _ if request.stop.load(Ordering::Relaxed) => Some(End::Interrupted),
            Some(timeout) if started.elapsed() >= timeout => Some(End::Timeout),
            _ => None,
        };
        match (&asked, end) {
            (None, Some(end)) => {
                asked = Some((end, Instant::now()));
                if let Err(error) = client.pause() {
                    return Ok(Watched::Gone(error));
                }
            }
            (Some((_, since)), _) if since.elapsed() > PATIENCE => {
                return Ok(Watched::Gone(ClientError::Protocol("bksim does not pause".into())));
            }
            _ => {}
        }
        match events.next_timeout(LOOK) {
            Ok(ClientEvent::Data { stream, chunk }) => {
                *last_ps = chunk.time_ps;
                listener.data(stream, chunk.time_ps, &chunk.bytes)?;
            }
            Ok(ClientEvent::Channel(channel)) => listener.channel(channel.stream, &channel.name)?,
            Ok(ClientEvent::Stopped(Ok(stopped))) => {
                // The firmware may have ended in the very moment: then that is the end.
                let end = if stopped.stop == Stop::Paused { asked.map(|(end, _)| end) } else { None };
                return Ok(Watched::Stopped(stopped, end));
            }
            Ok(ClientEvent::Stopped(Err(error)) | ClientEvent::Died(error)) => return Ok(Watched::Gone(error)),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                return Ok(Watched::Gone(ClientError::Protocol("bksim ended without a word".into())));
            }
        }
    }
}

/// The machine's memory, read through bksim.
pub(super) struct Remote<'a>(pub(super) &'a Client);

impl Memory for Remote<'_> {
    fn read(&mut self, address: u64, buffer: &mut [u8]) -> bool {
        let Ok(len) = u32::try_from(buffer.len()) else { return false };
        match self.0.read(address, len) {
            Ok(memory) if memory.bytes.len() == buffer.len() => {
                buffer.copy_from_slice(&memory.bytes);
                true
            }
            _ => false,
        }
    }
}

/// The client's error as ours: whose fault it is decides the exit code.
pub(super) fn told(error: ClientError, program: &Path) -> Error {
    let message = format!("the simulator {}: {error}", program.display());
    match error {
        ClientError::Rpc { code: error_code::FIRMWARE | error_code::BOARD, message } => Error::usage(message),
        ClientError::Version { .. } => {
            Error::new(Exit::Simulator, message).hint("install bkctl and bksim from one version: ./install.sh")
        }
        ClientError::NotFound { .. } | ClientError::Spawn(_) => {
            Error::new(Exit::Simulator, message).hint("./install.sh installs both")
        }
        ClientError::Died { .. } | ClientError::Rpc { .. } | ClientError::Protocol(_) => {
            Error::new(Exit::Simulator, message)
        }
    }
}
