//! `bksim serve`: the protocol on two byte streams, one machine behind it.
//!
//! The engine lives on the thread that calls [`serve`]; another thread reads. During a run messages are looked at only
//! between two slices of virtual time, so that what the client does has a place in virtual time that a replay can find
//! again. The same holds for what a debugger sends by the probe.

mod moments;
mod pace;
mod probe;
mod reader;

use std::collections::VecDeque;
use std::io::{self, BufWriter, Read, Write};
use std::path::PathBuf;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender, TryRecvError};

use bksim_protocol::frame::{self, Frame};
use bksim_protocol::message::{
    Create, Credit, Hello, Input, Listening, Memory, Moment, Probe, Read as ReadMemory, Run, Stop, Stopped, Taken,
    error_code,
};
use bksim_protocol::rpc::{self, Error, Request, Response, code};
use bluekernel_boards::model::Board;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::machine::{Machine, Options, Output};
use crate::probe::listener::Listener;
use crate::timeline::{Action, Timeline};
use moments::Moments;
use pace::Pace;
use probe::Port;
use reader::Message;

/// The most memory of one `read`.
const LONGEST_READ: u32 = 1 << 20;

/// Name and version of this program.
#[must_use]
pub fn program() -> String {
    format!("bksim {}", env!("CARGO_PKG_VERSION"))
}

/// Serves one client until its stream ends, it says `shutdown`, or it breaks the framing.
///
/// `at_end` is called on the reading thread when the input has ended: this thread then stops at the end of its slice,
/// unless it is blocked in writing to a client that is gone, and a process will not want to wait for that.
///
/// # Errors
/// `InvalidData` for input that is not framed; what `output` says.
pub fn serve(
    input: impl Read + Send + 'static,
    output: impl Write,
    at_end: impl FnOnce() + Send + 'static,
) -> io::Result<()> {
    let (messages, incoming) = mpsc::channel();
    let sender = messages.clone();
    std::thread::Builder::new().name("reader".into()).spawn(move || {
        reader::read(input, &sender);
        // A server that is gone needs no telling.
        let _ = sender.send(Message::Over);
        at_end();
    })?;
    let mut server = Server {
        output: BufWriter::with_capacity(64 << 10, output),
        incoming,
        messages,
        greeted: false,
        timeline: None,
        moments: Moments::default(),
        probe: None,
        running: false,
        credit: 0,
        queue: VecDeque::new(),
    };
    match server.idle() {
        Ok(()) => Ok(()),
        Err(Ending::Broken(error)) => Err(error),
        Err(Ending::Over) => server.output.flush(),
    }
}

/// Why the session ends.
enum Ending {
    /// As agreed.
    Over,
    /// A stream failed.
    Broken(io::Error),
}

impl From<io::Error> for Ending {
    /// A client that is gone is no failure.
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe { Self::Over } else { Self::Broken(error) }
    }
}

struct Server<W: Write> {
    output: BufWriter<W>,
    incoming: Receiver<Message>,
    /// For who else has something to tell.
    messages: Sender<Message>,
    greeted: bool,
    timeline: Option<Timeline>,
    moments: Moments,
    probe: Option<Port>,
    running: bool,
    /// Data bytes that may be sent.
    credit: u64,
    /// What the machine has given out and may not be sent yet.
    queue: VecDeque<Output>,
}

impl<W: Write> Server<W> {
    /// Answers requests while nothing runs.
    fn idle(&mut self) -> Result<(), Ending> {
        loop {
            self.send_queue()?;
            let message = self.incoming.recv().map_err(|_| Ending::Over)?;
            let Some(request) = self.admit(message)? else { continue };
            match request.method.as_str() {
                "create" => {
                    let result = self.create(request.params);
                    self.answer(request.id, result)?;
                }
                "restore" | "seek" => {
                    let result = self.travel(&request.method, request.params);
                    self.answer(request.id, result)?;
                }
                "run" => match parameters::<Run>(request.params).and_then(|run| self.check_run(run)) {
                    Ok(run) => {
                        self.running = true;
                        self.serve_probe();
                        let stopped = self.run(run)?;
                        self.running = false;
                        self.answer(request.id, Ok(stopped))?;
                    }
                    Err(error) => self.answer::<Value>(request.id, Err(error))?,
                },
                _ => {
                    self.anytime(request)?;
                }
            }
        }
    }

    /// Lets a message through if the session is in order; answers it if not.
    fn admit(&mut self, message: Message) -> Result<Option<Request>, Ending> {
        let request = match message {
            Message::Request(request) => request,
            Message::Bad(id, error) => {
                self.respond(&Response::error(id, error))?;
                return Ok(None);
            }
            Message::Probe(event) => {
                if let Some(probe) = &mut self.probe {
                    probe.take(event);
                }
                if self.running {
                    self.serve_probe();
                }
                return Ok(None);
            }
            Message::Over => return Err(Ending::Over),
            Message::Unframed(error) => {
                let problem = Error::new(code::PARSE, format!("the input is not framed: {error}"));
                self.respond(&Response::error(None, problem))?;
                return Err(Ending::Broken(error));
            }
        };
        if !self.greeted && request.method != "hello" {
            let error = Error::new(error_code::STATE, "say `hello` first");
            self.answer::<Value>(request.id, Err(error))?;
            return Ok(None);
        }
        Ok(Some(request))
    }

    /// Answers what may come during a run too. `true` if the client wants the run to pause.
    fn anytime(&mut self, request: Request) -> Result<bool, Ending> {
        let Request { id, method, params, .. } = request;
        match method.as_str() {
            "hello" => self.hello(id, params)?,
            "pause" => return Ok(true),
            "credit" => match parameters::<Credit>(params) {
                Ok(Credit { bytes }) => self.credit = self.credit.saturating_add(bytes),
                Err(error) => self.answer::<Value>(id, Err(error))?,
            },
            "input" => {
                let result = parameters(params).and_then(|input: Input| {
                    let Input { stream, bytes } = input;
                    let timeline = self.timeline.as_mut().ok_or_else(no_machine)?;
                    let taken = timeline.act(Action::Bytes { stream, bytes });
                    let taken = taken.then(|| Taken { time_ps: timeline.machine().now() });
                    taken.ok_or_else(|| Error::new(code::PARAMETERS, format!("stream {stream:#x} takes no input")))
                });
                self.answer(id, result)?;
            }
            "read" => {
                let result = self.read(params);
                self.answer(id, result)?;
            }
            "probe" => {
                let result = parameters(params).and_then(|probe| self.probe(&probe));
                self.answer(id, result)?;
            }
            "registers" => {
                let result = self.machine().map(Machine::registers);
                self.answer(id, result)?;
            }
            "statistics" => {
                let result = self.machine().map(Machine::statistics);
                self.answer(id, result)?;
            }
            "state_hash" => {
                let result = self.timeline.as_mut().map(moments::state_hash).ok_or_else(no_machine);
                self.answer(id, result)?;
            }
            "snapshot" => {
                let timeline = self.timeline.as_mut().ok_or_else(no_machine);
                let result = timeline.and_then(|timeline| self.moments.keep(timeline));
                self.answer(id, result)?;
            }
            "shutdown" => {
                self.answer(id, Ok(Value::Null))?;
                return Err(Ending::Over);
            }
            "create" | "run" | "restore" | "seek" => {
                let error = Error::new(error_code::STATE, format!("`{method}` while a run is under way"));
                self.answer::<Value>(id, Err(error))?;
            }
            _ => {
                let error = Error::new(code::METHOD, format!("there is no method `{method}`"));
                self.answer::<Value>(id, Err(error))?;
            }
        }
        Ok(false)
    }

    fn hello(&mut self, id: Option<u64>, params: Value) -> Result<(), Ending> {
        let ours = Hello { protocol: bksim_protocol::VERSION, program: program() };
        let theirs: Hello = match parameters(params) {
            Ok(hello) => hello,
            Err(error) => return self.answer::<Value>(id, Err(error)),
        };
        if theirs.protocol == ours.protocol {
            self.greeted = true;
            return self.answer(id, Ok(ours));
        }
        let message = format!(
            "{} speaks version {} of the protocol, {} version {}",
            theirs.program, theirs.protocol, ours.program, ours.protocol
        );
        let data = serde_json::to_value(&ours).ok();
        self.answer::<Value>(id, Err(Error { code: error_code::VERSION, message, data }))?;
        Err(Ending::Over)
    }

    fn create(&mut self, params: Value) -> Result<bksim_protocol::message::Created, Error> {
        let create: Create = parameters(params)?;
        let board: Board = serde_json::from_value(create.board)
            .map_err(|error| Error::new(error_code::BOARD, format!("the board cannot be read: {error}")))?;
        let read = |file: &PathBuf| {
            std::fs::read(file)
                .map_err(|error| Error::new(error_code::FIRMWARE, format!("cannot read {}: {error}", file.display())))
        };
        let elf = create.elf.as_ref().map(read).transpose()?;
        let debug = create.trace_cost.as_ref().map(read).transpose()?;
        if create.chip.is_some() {
            // The machine that is there may have that very chip.
            self.timeline = None;
        }
        let options = Options {
            unmodelled: create.unmodelled,
            instruction_clock: create.instruction_clock,
            address: create.address,
            single_step: false,
            ghost: create.ghost.as_ref(),
            trace_cost: debug.as_deref(),
        };
        let created = Machine::create(&board, elf.as_deref(), create.chip.as_deref(), options);
        let (machine, created) = created.map_err(|error| {
            let message = match (&create.elf, error.code()) {
                (Some(file), error_code::FIRMWARE) => format!("{}: {error}", file.display()),
                _ => error.to_string(),
            };
            Error::new(error.code(), message)
        })?;
        self.timeline = Some(Timeline::new(machine));
        self.moments = Moments::default();
        if let Some(probe) = &mut self.probe {
            probe.new_chip();
            self.wire_probe();
        }
        self.queue.clear();
        Ok(created)
    }

    fn probe(&mut self, probe: &Probe) -> Result<Listening, Error> {
        if let Some(probe) = &self.probe {
            let error = format!("a debug probe is served at {} already", probe.address());
            return Err(Error::new(error_code::STATE, error));
        }
        let messages = self.messages.clone();
        let listener = Listener::start(&probe.address, move |event| messages.send(Message::Probe(event)).is_ok());
        let listener = listener.map_err(|error| {
            Error::new(code::PARAMETERS, format!("cannot serve a debug probe at {}: {error}", probe.address))
        })?;
        let address = listener.address().to_owned();
        self.probe = Some(Port::new(listener));
        self.wire_probe();
        Ok(Listening { address })
    }

    fn wire_probe(&mut self) {
        if let Some(timeline) = &mut self.timeline {
            timeline.wire_probe();
        }
    }

    /// Goes to another time.
    fn travel(&mut self, method: &str, params: Value) -> Result<Moment, Error> {
        let timeline = self.timeline.as_mut().ok_or_else(no_machine)?;
        let there = if method == "seek" {
            moments::seek(timeline, parameters(params)?)
        } else {
            self.moments.restore(timeline, parameters(params)?)
        };
        self.queue.extend(timeline.machine_mut().take_output());
        there
    }

    /// Answers the debugger, if it has asked something.
    fn serve_probe(&mut self) {
        if let (Some(probe), Some(timeline)) = (&mut self.probe, &mut self.timeline) {
            let machine = timeline.machine_mut();
            probe.serve(machine);
            self.queue.extend(machine.take_output());
        }
    }

    fn read(&self, params: Value) -> Result<Memory, Error> {
        let ReadMemory { address, len } = parameters(params)?;
        if len > LONGEST_READ {
            return Err(Error::new(code::PARAMETERS, format!("{len} bytes are too many for one read")));
        }
        let machine = self.machine()?;
        Ok(Memory { bytes: machine.read(address, len as usize) })
    }

    fn check_run(&self, run: Run) -> Result<Run, Error> {
        self.machine()?;
        match run.pace {
            Some(pace) if !pace.is_finite() || pace <= 0.0 => {
                Err(Error::new(code::PARAMETERS, format!("a pace of {pace} is not possible")))
            }
            _ => Ok(run),
        }
    }

    /// Runs until the machine stops and all of its output is sent, or the client pauses.
    fn run(&mut self, run: Run) -> Result<Stopped, Ending> {
        if let Some(timeline) = &mut self.timeline {
            timeline.machine_mut().begin_run();
        }
        let mut pace = run.pace.map(|rate| Pace::new(rate, self.now()));
        let mut stop = None;
        loop {
            self.send_queue()?;
            self.output.flush()?;
            // Going on would leave a chip behind that is not the one that ran.
            if let Some(error) = self.timeline.as_mut().and_then(|it| it.machine_mut().take_chip_failure()) {
                return Err(Ending::Broken(io::Error::other(error)));
            }
            // Whether nothing but a message keeps the machine from going on.
            let mut free = false;
            let message = if !self.queue.is_empty() || self.waits_for_input(&run) {
                // Without credit, or asleep until somebody types or debugs: virtual time stands still.
                Some(self.incoming.recv().map_err(|_| Ending::Over)?)
            } else if let Some(stop) = stop.take() {
                return Ok(self.stopped(stop));
            } else if let Some(pause) = pace.as_mut().and_then(|pace| pace.ahead(self.now())) {
                match self.incoming.recv_timeout(pause) {
                    Ok(message) => Some(message),
                    Err(RecvTimeoutError::Timeout) => continue,
                    Err(RecvTimeoutError::Disconnected) => return Err(Ending::Over),
                }
            } else {
                free = true;
                match self.incoming.try_recv() {
                    Ok(message) => Some(message),
                    Err(TryRecvError::Empty) => None,
                    Err(TryRecvError::Disconnected) => return Err(Ending::Over),
                }
            };
            if let Some(message) = message {
                // A debugger is answered between two slices, and not instead of them.
                free &= matches!(message, Message::Probe(_));
                if let Some(request) = self.admit(message)?
                    && self.anytime(request)?
                {
                    return Ok(self.stopped(stop.unwrap_or(Stop::Paused)));
                }
                if !free || !self.queue.is_empty() {
                    continue;
                }
            }
            if let Some(timeline) = &mut self.timeline {
                stop = timeline.step(run.until_ps);
                self.queue.extend(timeline.machine_mut().take_output());
            }
        }
    }

    fn machine(&self) -> Result<&Machine, Error> {
        self.timeline.as_ref().map(Timeline::machine).ok_or_else(no_machine)
    }

    fn now(&self) -> u64 {
        self.machine().map_or(0, Machine::now)
    }

    /// Whether nothing but the client can make anything happen, and nothing says how long to wait.
    fn waits_for_input(&self, run: &Run) -> bool {
        let Some(timeline) = &self.timeline else { return false };
        let endless = run.until_ps.is_none() && run.pace.is_none();
        timeline.machine().stands_still() || endless && timeline.waits_for_input()
    }

    fn stopped(&self, stop: Stop) -> Stopped {
        match self.machine() {
            Ok(machine) => machine.stopped(stop),
            Err(_) => Stopped { stop, time_ps: 0, cycles: 0, core_hz: 0 },
        }
    }

    /// Sends output as far as there is credit.
    fn send_queue(&mut self) -> Result<(), Ending> {
        while let Some(output) = self.queue.front() {
            let frame = match output {
                Output::Data { stream, chunk } => {
                    let Some(credit) = self.credit.checked_sub(chunk.bytes.len() as u64) else { break };
                    self.credit = credit;
                    Frame { stream: *stream, payload: chunk.to_payload() }
                }
                Output::Channel(channel) => {
                    let params = to_value(channel)?;
                    Frame { stream: frame::RPC, payload: to_bytes(&Request::new(None, "channel", params))? }
                }
            };
            self.queue.pop_front();
            frame.write(&mut self.output)?;
        }
        Ok(())
    }

    /// Answers a request; a notification gets an answer only if it failed.
    fn answer<R: Serialize>(&mut self, id: Option<u64>, result: Result<R, Error>) -> Result<(), Ending> {
        match result {
            Ok(result) if id.is_some() => {
                let result = to_value(result)?;
                self.respond(&Response::result(id, result))
            }
            Ok(_) => Ok(()),
            Err(error) => {
                tracing::debug!(code = error.code, "{}", error.message);
                self.respond(&Response::error(id, error))
            }
        }
    }

    fn respond(&mut self, response: &Response) -> Result<(), Ending> {
        Frame { stream: frame::RPC, payload: to_bytes(response)? }.write(&mut self.output)?;
        self.output.flush()?;
        Ok(())
    }
}

fn no_machine() -> Error {
    Error::new(error_code::STATE, "there is no machine yet: say `create` first")
}

fn parameters<P: DeserializeOwned>(params: Value) -> Result<P, Error> {
    serde_json::from_value(params).map_err(|error| Error::new(code::PARAMETERS, error.to_string()))
}

fn to_value(value: impl Serialize) -> Result<Value, Ending> {
    serde_json::to_value(value).map_err(|error| Ending::Broken(error.into()))
}

fn to_bytes(value: &impl Serialize) -> Result<Vec<u8>, Ending> {
    serde_json::to_vec(value).map_err(|error| Ending::Broken(error.into()))
}

/// Whether a request is JSON-RPC as we speak it.
fn is_ours(request: &Request) -> bool {
    request.jsonrpc == rpc::JSONRPC
}
