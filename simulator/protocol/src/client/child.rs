//! The process of bksim: started, watched, reaped.

use std::io::{self, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use super::{ClientError, lock};

/// The environment variable that says what bksim logs.
const LOG: &str = "BKSIM_LOG";
/// How much of the end of stderr is kept.
const TAIL: usize = 8 << 10;
/// How long bksim has to end by itself when its input has ended.
const PATIENCE: Duration = Duration::from_millis(500);
const PAUSE: Duration = Duration::from_millis(2);

pub(super) struct Process {
    child: Mutex<Child>,
    id: u32,
    stderr: Arc<Mutex<Vec<u8>>>,
    stderr_reader: thread::JoinHandle<()>,
}

impl Process {
    pub(super) fn spawn(program: &Path) -> Result<(Self, ChildStdin, ChildStdout), ClientError> {
        let mut command = Command::new(program);
        command.arg("serve").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // Ctrl-C on the terminal is for us: we pause bksim and still ask it things.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = command.spawn().map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => ClientError::NotFound { program: program.to_owned() },
            _ => ClientError::Spawn(error),
        })?;
        let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (Some(stdin), Some(stdout), Some(stderr)) = pipes else {
            return Err(ClientError::Spawn(io::Error::other("no pipes to the child process")));
        };
        let tail = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&tail);
        let reader = thread::Builder::new()
            .name("bksim stderr".into())
            .spawn(move || keep_tail(stderr, &kept))
            .map_err(ClientError::Spawn)?;
        let id = child.id();
        let process = Self { child: Mutex::new(child), id, stderr: tail, stderr_reader: reader };
        Ok((process, stdin, stdout))
    }

    pub(super) fn id(&self) -> u32 {
        self.id
    }

    /// The error for a process that has ended or will not be listened to any more: reaps it first.
    pub(super) fn died(&self) -> ClientError {
        let status = self.end();
        // Its last words may still be in the pipe. Somebody else may hold the pipe open, so not for ever.
        let give_up = Instant::now() + PATIENCE;
        while !self.stderr_reader.is_finished() && Instant::now() < give_up {
            thread::sleep(PAUSE);
        }
        let stderr = String::from_utf8_lossy(&lock(&self.stderr)).into_owned();
        ClientError::Died { status, stderr }
    }

    /// Waits a little for the process to end, then kills it; reaps it.
    pub(super) fn end(&self) -> Option<ExitStatus> {
        let mut child = lock(&self.child);
        let give_up = Instant::now() + PATIENCE;
        loop {
            match child.try_wait() {
                Ok(Some(status)) => return Some(status),
                Ok(None) if Instant::now() < give_up => thread::sleep(PAUSE),
                _ => break,
            }
        }
        let _ = child.kill();
        child.wait().ok()
    }
}

/// Keeps the end of what bksim writes to stderr. What somebody asked to see by [`LOG`] is passed on as well.
fn keep_tail(mut stderr: impl Read, tail: &Mutex<Vec<u8>>) {
    let wanted = std::env::var_os(LOG).is_some();
    let mut buffer = [0; 1024];
    while let Ok(count @ 1..) = stderr.read(&mut buffer) {
        if wanted {
            let _ = io::stderr().write_all(&buffer[..count]);
        }
        let mut tail = lock(tail);
        tail.extend_from_slice(&buffer[..count]);
        let excess = tail.len().saturating_sub(TAIL);
        tail.drain(..excess);
    }
}
