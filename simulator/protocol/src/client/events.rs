//! What bksim sends of itself, and the thread that reads it.

use std::io::{BufReader, Read};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use super::{ClientError, Shared, WINDOW, Waiting, decode, lock};
use crate::frame::{self, Chunk, Frame};
use crate::message::{Channel, Credit, Stopped};
use crate::rpc::{Incoming, Request, Response};

/// Something that bksim sent.
#[derive(Debug)]
pub enum ClientEvent {
    /// Bytes of the firmware.
    Data {
        /// One of the streams of [`crate::frame`].
        stream: u8,
        /// The bytes, and when they were collected.
        chunk: Chunk,
    },
    /// An RTT up channel that was not known before.
    Channel(Channel),
    /// The run begun by [`super::Client::start`] is over; all of its output came before.
    Stopped(Result<Stopped, ClientError>),
    /// bksim has ended; nothing follows. In an orderly end the error's status is success.
    Died(ClientError),
}

/// The events, in order. Taking one grants the credit for more.
pub struct Events {
    receiver: mpsc::Receiver<ClientEvent>,
    shared: Arc<Shared>,
    /// Data bytes taken and not yet granted again.
    taken: AtomicU64,
}

impl Events {
    /// The next event; blocks. `None` after [`ClientEvent::Died`].
    pub fn next(&self) -> Option<ClientEvent> {
        self.receiver.recv().ok().inspect(|event| self.grant(event))
    }

    /// The next event if it comes in time.
    ///
    /// # Errors
    /// [`mpsc::RecvTimeoutError::Timeout`], or `Disconnected` after [`ClientEvent::Died`].
    pub fn next_timeout(&self, timeout: Duration) -> Result<ClientEvent, mpsc::RecvTimeoutError> {
        self.receiver.recv_timeout(timeout).inspect(|event| self.grant(event))
    }

    /// The next event if it is there.
    ///
    /// # Errors
    /// [`mpsc::TryRecvError::Empty`], or `Disconnected` after [`ClientEvent::Died`].
    pub fn try_next(&self) -> Result<ClientEvent, mpsc::TryRecvError> {
        self.receiver.try_recv().inspect(|event| self.grant(event))
    }

    fn grant(&self, event: &ClientEvent) {
        let ClientEvent::Data { chunk, .. } = event else { return };
        let taken = self.taken.fetch_add(chunk.bytes.len() as u64, Ordering::Relaxed) + chunk.bytes.len() as u64;
        if taken >= WINDOW / 4 {
            self.taken.fetch_sub(taken, Ordering::Relaxed);
            // A bksim that has died says so by an event of its own.
            let _ = self.shared.notify("credit", Credit { bytes: taken });
        }
    }
}

pub(super) fn start(shared: Arc<Shared>, stdout: impl Read + Send + 'static) -> Result<Events, ClientError> {
    let (sender, receiver) = mpsc::channel();
    let reader = Arc::clone(&shared);
    thread::Builder::new()
        .name("bksim reader".into())
        .spawn(move || {
            let reason = read(&reader, &mut BufReader::new(stdout), &sender);
            // Who waits for an answer learns that none will come.
            let waiting = lock(&reader.waiting).take().unwrap_or_default();
            let started = waiting.values().any(|waiting| matches!(waiting, Waiting::Event));
            drop(waiting);
            if started {
                let _ = sender.send(ClientEvent::Stopped(Err(reader.died())));
            }
            let died = reader.died();
            let _ = sender.send(ClientEvent::Died(reason.unwrap_or(died)));
        })
        .map_err(ClientError::Spawn)?;
    Ok(Events { receiver, shared, taken: AtomicU64::new(0) })
}

/// Reads until bksim's output ends; an error if it ends in the middle of nonsense.
fn read(shared: &Shared, input: &mut impl Read, events: &mpsc::Sender<ClientEvent>) -> Option<ClientError> {
    loop {
        let frame = match Frame::read(input) {
            Ok(Some(frame)) => frame,
            Ok(None) => return None,
            Err(error) if error.kind() == std::io::ErrorKind::InvalidData => {
                return Some(ClientError::Protocol(format!("bksim sent no frame: {error}")));
            }
            Err(_) => return None,
        };
        if frame.stream == frame::RPC {
            match Incoming::parse(&frame.payload) {
                Some(Incoming::Response(response)) => answer(shared, response, events),
                Some(Incoming::Notification(request)) => notification(request, events),
                None => return Some(ClientError::Protocol("bksim sent a message that cannot be read".into())),
            }
        } else if let Some(chunk) = Chunk::from_payload(&frame.payload) {
            let bytes = chunk.bytes.len() as u64;
            if events.send(ClientEvent::Data { stream: frame.stream, chunk }).is_err() {
                // Nobody takes events any more: that must not hold the run.
                let _ = shared.notify("credit", Credit { bytes });
            }
        } else {
            return Some(ClientError::Protocol(format!("bksim sent a broken chunk on stream {}", frame.stream)));
        }
    }
}

fn answer(shared: &Shared, response: Response, events: &mpsc::Sender<ClientEvent>) {
    let waiting = response.id.and_then(|id| lock(&shared.waiting).as_mut()?.remove(&id));
    match waiting {
        Some(Waiting::Caller(caller)) => drop(caller.send(response)),
        Some(Waiting::Event) => drop(events.send(ClientEvent::Stopped(decode(response)))),
        None => {}
    }
}

/// Notifications of later versions are not for us.
fn notification(request: Request, events: &mpsc::Sender<ClientEvent>) {
    if request.method == "channel"
        && let Ok(channel) = serde_json::from_value(request.params)
    {
        let _ = events.send(ClientEvent::Channel(channel));
    }
}
