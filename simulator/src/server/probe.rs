//! The debug probe between its socket and the machine.

use crate::machine::Machine;
use crate::probe::dap::Dap;
use crate::probe::glasgow::Glasgow;
use crate::probe::listener::{Event, Listener, Peer};

/// A probe that is being served.
pub(super) struct Port {
    listener: Listener,
    dap: Dap,
    /// The connection, if there is one.
    peer: Option<Peer>,
    glasgow: Glasgow,
    /// What arrived while nothing ran.
    waiting: Option<Vec<u8>>,
}

impl Port {
    pub(super) fn new(listener: Listener) -> Self {
        Self { listener, dap: Dap::default(), peer: None, glasgow: Glasgow::default(), waiting: None }
    }

    pub(super) fn address(&self) -> &str {
        self.listener.address()
    }

    /// Another chip is at the end of the wire.
    pub(super) fn new_chip(&mut self) {
        self.dap = Dap::default();
    }

    /// Something happened on the socket. Bytes wait for [`Port::serve`].
    pub(super) fn take(&mut self, event: Event) {
        match event {
            Event::Connected(peer) => {
                tracing::debug!("a debugger has come");
                (self.peer, self.glasgow) = (Some(peer), Glasgow::default());
            }
            Event::Bytes(bytes) => self.waiting = Some(bytes),
            Event::Gone => {
                tracing::debug!("the debugger is gone");
                self.peer = None;
            }
        }
    }

    /// Answers what has arrived.
    pub(super) fn serve(&mut self, machine: &mut Machine) {
        let Some(bytes) = self.waiting.take() else { return };
        if let Some(mut peer) = self.peer.take() {
            let answer = self.glasgow.receive(&bytes, &mut self.dap, machine).map_err(|error| error.to_string());
            match answer.and_then(|answer| peer.send(&answer).map_err(|error| error.to_string())) {
                Ok(()) => self.peer = Some(peer),
                Err(reason) => {
                    tracing::warn!("the connection to the debugger is closed: {reason}");
                    peer.hang_up();
                }
            }
        }
        self.listener.proceed();
    }
}
