//! The sockets: the only place of this crate that has any. A thread takes one connection after the other and hands over
//! what arrives; the machine's thread answers.
//!
//! The thread reads on only when what it has handed over is dealt with, so a client that sends without end, or while
//! nothing runs, fills its own buffers and not ours.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
#[cfg(unix)]
use std::os::unix::fs::FileTypeExt;
#[cfg(unix)]
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::Duration;

/// The most that is handed over at once.
const CHUNK: usize = 64 << 10;
/// A client that does not take its answers for so long is gone.
const PATIENCE: Duration = Duration::from_secs(1);

/// What happens on the socket.
#[derive(Debug)]
pub enum Event {
    /// A client has come; the one before is gone.
    Connected(Peer),
    /// It has sent something. [`Listener::proceed`] asks for more.
    Bytes(Vec<u8>),
    /// It is gone.
    Gone,
}

/// The other end of a connection.
#[derive(Debug)]
pub struct Peer(Stream);

impl Peer {
    /// Sends bytes; a client that does not take them within a second is given up.
    ///
    /// # Errors
    /// What the socket says.
    pub fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        match &mut self.0 {
            Stream::Tcp(stream) => stream.write_all(bytes),
            #[cfg(unix)]
            Stream::Unix(stream) => stream.write_all(bytes),
        }
    }

    /// Ends the connection; [`Event::Gone`] follows.
    pub fn hang_up(self) {
        // It may be closed already.
        let _ = match &self.0 {
            Stream::Tcp(stream) => stream.shutdown(Shutdown::Both),
            #[cfg(unix)]
            Stream::Unix(stream) => stream.shutdown(Shutdown::Both),
        };
    }
}

#[derive(Debug)]
enum Stream {
    Tcp(TcpStream),
    #[cfg(unix)]
    Unix(UnixStream),
}

impl Stream {
    fn peer(&self) -> io::Result<Peer> {
        Ok(Peer(match self {
            Self::Tcp(stream) => {
                // An answer is waited for: it must not wait for company.
                stream.set_nodelay(true)?;
                let stream = stream.try_clone()?;
                stream.set_write_timeout(Some(PATIENCE))?;
                Self::Tcp(stream)
            }
            #[cfg(unix)]
            Self::Unix(stream) => {
                let stream = stream.try_clone()?;
                stream.set_write_timeout(Some(PATIENCE))?;
                Self::Unix(stream)
            }
        }))
    }

    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.read(buffer),
            #[cfg(unix)]
            Self::Unix(stream) => stream.read(buffer),
        }
    }
}

enum Socket {
    Tcp(TcpListener),
    #[cfg(unix)]
    Unix(UnixListener),
}

impl Socket {
    fn accept(&self) -> io::Result<Stream> {
        match self {
            Self::Tcp(socket) => socket.accept().map(|(stream, _)| Stream::Tcp(stream)),
            #[cfg(unix)]
            Self::Unix(socket) => socket.accept().map(|(stream, _)| Stream::Unix(stream)),
        }
    }
}

/// A socket that is being served.
#[derive(Debug)]
pub struct Listener {
    address: String,
    more: Sender<()>,
    /// The file of a Unix socket, which goes when the listener goes.
    path: Option<PathBuf>,
}

impl Listener {
    /// Listens at `tcp:HOST:PORT` (port 0: any that is free) or `unix:PATH`, and hands events to `deliver` on a thread
    /// of its own until that gives `false`.
    ///
    /// # Errors
    /// `InvalidInput` for an address that is neither; what the system says to it.
    pub fn start(address: &str, deliver: impl FnMut(Event) -> bool + Send + 'static) -> io::Result<Self> {
        let (socket, address, path) = match address.split_once(':') {
            Some(("tcp", place)) => {
                let socket = TcpListener::bind(place)?;
                let address = format!("tcp:{}", socket.local_addr()?);
                (Socket::Tcp(socket), address, None)
            }
            #[cfg(unix)]
            Some(("unix", path)) if !path.is_empty() => {
                (Socket::Unix(bind_unix(path)?), address.to_owned(), Some(PathBuf::from(path)))
            }
            _ => {
                let reason = "it is neither `tcp:HOST:PORT` nor, where there are such sockets, `unix:PATH`";
                return Err(io::Error::new(io::ErrorKind::InvalidInput, reason));
            }
        };
        let (more, proceed) = mpsc::channel();
        std::thread::Builder::new().name("probe".into()).spawn(move || serve(&socket, &proceed, deliver))?;
        Ok(Self { address, more, path })
    }

    /// Where it listens, with the port that was chosen.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The bytes handed over last are dealt with.
    pub fn proceed(&self) {
        // Without a thread there is nobody to read on.
        let _ = self.more.send(());
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        if let Some(path) = &self.path {
            let _ = std::fs::remove_file(path);
        }
    }
}

/// A socket file that nobody listens at is what a process that was killed has left behind.
#[cfg(unix)]
fn bind_unix(path: &str) -> io::Result<UnixListener> {
    match UnixListener::bind(path) {
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
            let refused = UnixStream::connect(path).is_err_and(|it| it.kind() == io::ErrorKind::ConnectionRefused);
            // Any other file refuses as well, and is not ours.
            if !refused || !std::fs::symlink_metadata(path)?.file_type().is_socket() {
                return Err(error);
            }
            std::fs::remove_file(path)?;
            UnixListener::bind(path)
        }
        result => result,
    }
}

fn serve(socket: &Socket, proceed: &Receiver<()>, mut deliver: impl FnMut(Event) -> bool) {
    let mut buffer = vec![0; CHUNK];
    loop {
        let mut stream = match socket.accept() {
            Ok(stream) => stream,
            Err(error) => {
                tracing::debug!("no connection to the probe: {error}");
                // Too many open files, perhaps: that may pass, but not at once.
                std::thread::sleep(Duration::from_millis(100));
                continue;
            }
        };
        let Ok(peer) = stream.peer() else { continue };
        if !deliver(Event::Connected(peer)) {
            return;
        }
        loop {
            match stream.read(&mut buffer) {
                Ok(count @ 1..) => {
                    if !deliver(Event::Bytes(buffer[..count].to_vec())) || proceed.recv().is_err() {
                        return;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Ok(0) | Err(_) => break,
            }
        }
        if !deliver(Event::Gone) {
            return;
        }
    }
}
