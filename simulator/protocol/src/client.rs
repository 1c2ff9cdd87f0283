//! The client: starts bksim as a child process and speaks to it. Blocking, on plain threads; from an async program use
//! it inside `spawn_blocking`.
//!
//! ```text
//! caller ── calls ──▶ Client ──▶ stdin ─▶ ┌───────┐
//! caller ◀─ results ─ Client ◀┐           │ bksim │
//! reader ◀─ events ── Events ◀┴─ stdout ◀ └───────┘     a thread reads stdout, one keeps the tail of stderr
//! ```
//!
//! Events carry what the firmware sends. Credit is granted as they are taken, so who takes none for a while stops
//! virtual time and loses nothing; and a `run` cannot end before its output has been taken, so take events on another
//! thread than the one that waits for `run`, or use [`Client::start`].

mod child;
mod error;
mod events;

use std::collections::HashMap;
use std::io::Write;
use std::path::Path;
use std::process::ChildStdin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

pub use error::ClientError;
pub use events::{ClientEvent, Events};

use crate::frame::{self, Frame};
use crate::message::{
    Create, Created, Credit, Hello, Input, Listening, Memory, Moment, Probe, Read, Registers, Restore, Run, Seek,
    Snapshot, StateHash, Statistics, Stopped, Taken, error_code,
};
use crate::rpc::{Error, Request, Response};
use child::Process;

/// Data bytes that may be under way to the client.
const WINDOW: u64 = 1 << 20;

/// Who waits for an answer.
enum Waiting {
    /// A thread.
    Caller(mpsc::Sender<Response>),
    /// The taker of events: the answer to [`Client::start`].
    Event,
}

/// What the client's threads share.
struct Shared {
    stdin: Mutex<Option<ChildStdin>>,
    /// By request; `None` when nothing will be answered any more.
    waiting: Mutex<Option<HashMap<u64, Waiting>>>,
    next_id: AtomicU64,
    process: Process,
}

impl Shared {
    fn send(&self, request: &Request) -> Result<(), ClientError> {
        let payload = serde_json::to_vec(request).map_err(|error| ClientError::Protocol(error.to_string()))?;
        let frame = Frame { stream: frame::RPC, payload };
        let sent = match lock(&self.stdin).as_mut() {
            Some(stdin) => frame.write(stdin).and_then(|()| stdin.flush()).is_ok(),
            None => false,
        };
        if sent { Ok(()) } else { Err(self.died()) }
    }

    fn notify(&self, method: &str, params: impl Serialize) -> Result<(), ClientError> {
        self.send(&Request::new(None, method, to_value(params)?))
    }

    fn request(&self, method: &str, params: Value, waiting: Waiting) -> Result<u64, ClientError> {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        match lock(&self.waiting).as_mut() {
            Some(requests) => drop(requests.insert(id, waiting)),
            None => return Err(self.died()),
        }
        let sent = self.send(&Request::new(Some(id), method, params));
        if sent.is_err()
            && let Some(requests) = lock(&self.waiting).as_mut()
        {
            requests.remove(&id);
        }
        sent.map(|()| id)
    }

    /// The error for a process whose pipes have closed, or that says what cannot be read: it is ended and reaped.
    fn died(&self) -> ClientError {
        lock(&self.stdin).take();
        self.process.died()
    }
}

/// A running bksim. Dropping it ends the process.
pub struct Client {
    shared: Arc<Shared>,
    hello: Hello,
}

impl Client {
    /// Starts `program serve` and greets it; `name` is who we are, like `bkctl 0.1.0`. Blocks until bksim has answered.
    ///
    /// # Errors
    /// [`ClientError::NotFound`] if there is no such program, [`ClientError::Version`] if it speaks another version of
    /// the protocol, [`ClientError::Died`] if it ends instead of answering.
    pub fn spawn(program: &Path, name: &str) -> Result<(Self, Events), ClientError> {
        let (process, stdin, stdout) = Process::spawn(program)?;
        let shared = Arc::new(Shared {
            stdin: Mutex::new(Some(stdin)),
            waiting: Mutex::new(Some(HashMap::new())),
            next_id: AtomicU64::new(1),
            process,
        });
        let events = events::start(Arc::clone(&shared), stdout)?;
        let ours = Hello { protocol: crate::VERSION, program: name.to_owned() };
        let mut client = Self { shared, hello: ours.clone() };
        client.hello = client.call("hello", &ours)?;
        if client.hello.protocol != crate::VERSION {
            return Err(ClientError::Version { theirs: client.hello.protocol, program: client.hello.program.clone() });
        }
        client.shared.notify("credit", Credit { bytes: WINDOW })?;
        Ok((client, events))
    }

    /// As [`Client::spawn`], with a thread that hands every event to `callback`, which may block: virtual time waits.
    ///
    /// # Errors
    /// As [`Client::spawn`].
    pub fn spawn_with(
        program: &Path,
        name: &str,
        mut callback: impl FnMut(ClientEvent) + Send + 'static,
    ) -> Result<Self, ClientError> {
        let (client, events) = Self::spawn(program, name)?;
        std::thread::Builder::new()
            .name("bksim events".into())
            .spawn(move || {
                while let Some(event) = events.next() {
                    callback(event);
                }
            })
            .map_err(ClientError::Spawn)?;
        Ok(client)
    }

    /// What bksim said of itself.
    #[must_use]
    pub fn hello(&self) -> &Hello {
        &self.hello
    }

    /// The process id of bksim.
    #[must_use]
    pub fn process_id(&self) -> u32 {
        self.shared.process.id()
    }

    /// Builds a machine; blocks until it is built.
    ///
    /// # Errors
    /// [`ClientError::Rpc`] with what is wrong with board or firmware.
    pub fn create(&self, create: &Create) -> Result<Created, ClientError> {
        self.call("create", create)
    }

    /// Serves a debug probe, during every run that follows; says where.
    ///
    /// # Errors
    /// [`ClientError::Rpc`] if the address cannot be used.
    pub fn probe(&self, probe: &Probe) -> Result<Listening, ClientError> {
        self.call("probe", probe)
    }

    /// Runs and blocks until the machine stops. Somebody else must take the events meanwhile.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn run(&self, run: Run) -> Result<Stopped, ClientError> {
        self.call("run", run)
    }

    /// Starts a run and returns at once; its end comes as [`ClientEvent::Stopped`], behind all of its output.
    ///
    /// # Errors
    /// [`ClientError::Died`].
    pub fn start(&self, run: Run) -> Result<(), ClientError> {
        self.shared.request("run", to_value(run)?, Waiting::Event).map(drop)
    }

    /// Ends a run with [`crate::message::Stop::Paused`]; without a run it does nothing.
    ///
    /// # Errors
    /// [`ClientError::Died`].
    pub fn pause(&self) -> Result<(), ClientError> {
        self.shared.notify("pause", Value::Null)
    }

    /// Sends bytes to a UART or RTT down channel; blocks until bksim has taken them, and says at which virtual time.
    ///
    /// # Errors
    /// [`ClientError::Rpc`] for a stream that takes no input.
    pub fn input(&self, stream: u8, bytes: &[u8]) -> Result<Taken, ClientError> {
        self.call("input", Input { stream, bytes: bytes.to_vec() })
    }

    /// Reads memory as the core sees it, also during a run; at most 1 MiB.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn read(&self, address: u64, len: u32) -> Result<Memory, ClientError> {
        self.call("read", Read { address, len })
    }

    /// The core's registers, also during a run.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn registers(&self) -> Result<Registers, ClientError> {
        self.call("registers", Value::Null)
    }

    /// What bksim has measured, also during a run.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn statistics(&self) -> Result<Statistics, ClientError> {
        self.call("statistics", Value::Null)
    }

    /// A hash of the machine's state, also during a run.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn state_hash(&self) -> Result<StateHash, ClientError> {
        self.call("state_hash", Value::Null)
    }

    /// Keeps the present moment, also during a run.
    ///
    /// # Errors
    /// [`ClientError::Rpc`] if there are too many already.
    pub fn snapshot(&self) -> Result<Snapshot, ClientError> {
        self.call("snapshot", Value::Null)
    }

    /// Goes back to a moment that was kept; what had happened since then is forgotten.
    ///
    /// # Errors
    /// [`ClientError::Rpc`] during a run, or if there is no such snapshot.
    pub fn restore(&self, snapshot: u64) -> Result<Moment, ClientError> {
        self.call("restore", Restore { snapshot })
    }

    /// Goes to a time that has been; blocks until the machine is there, which may be long the first time.
    ///
    /// # Errors
    /// [`ClientError::Rpc`] during a run, for a time that is still to come, or with a debug probe.
    pub fn seek(&self, time_ps: u64) -> Result<Moment, ClientError> {
        self.call("seek", Seek { time_ps })
    }

    /// Ends bksim in an orderly way and waits for it.
    ///
    /// # Errors
    /// [`ClientError::Died`] if it had ended before.
    pub fn shutdown(self) -> Result<(), ClientError> {
        self.call::<Value>("shutdown", Value::Null).map(drop)
    }

    fn call<R: DeserializeOwned>(&self, method: &str, params: impl Serialize) -> Result<R, ClientError> {
        let (answer, answered) = mpsc::channel();
        self.shared.request(method, to_value(params)?, Waiting::Caller(answer))?;
        // The reader drops the sender when bksim's output ends.
        decode(answered.recv().map_err(|_| self.shared.died())?)
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // The end of its input ends bksim; one that does not listen is killed.
        lock(&self.shared.stdin).take();
        self.shared.process.end();
    }
}

fn to_value(params: impl Serialize) -> Result<Value, ClientError> {
    serde_json::to_value(params).map_err(|error| ClientError::Protocol(error.to_string()))
}

fn decode<R: DeserializeOwned>(response: Response) -> Result<R, ClientError> {
    if let Some(error) = response.error {
        return Err(from_rpc(error));
    }
    serde_json::from_value(response.result.unwrap_or(Value::Null))
        .map_err(|error| ClientError::Protocol(format!("bksim's answer cannot be read: {error}")))
}

fn from_rpc(error: Error) -> ClientError {
    if error.code == error_code::VERSION {
        let theirs = error.data.and_then(|data| serde_json::from_value::<Hello>(data).ok());
        if let Some(Hello { protocol, program }) = theirs {
            return ClientError::Version { theirs: protocol, program };
        }
    }
    ClientError::Rpc { code: error.code, message: error.message }
}

/// A lock that another thread's panic does not take away: what it guards is whole between any two statements.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
