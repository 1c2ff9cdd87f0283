//! Readers of an empty pipe wait by priority; bytes go into the buffer of the first, so a task that runs cannot take them,
//! and what it has no room for is the next one's.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{Duration, Pipe, sleep};
use bluekernel_suite::{behaviour, event_if};

static BYTES: Pipe<4> = Pipe::new();

#[bluekernel::task(priority = 2, stack = 1024)]
fn low() {
    let mut buffer = [0; 8];
    let count = BYTES.read(&mut buffer);
    event_if(&buffer[..count] == b"cdef", "low: cdef", "low: others");
}

#[bluekernel::task(priority = 3, stack = 1024)]
fn high() {
    sleep(Duration::from_millis(1));
    let mut buffer = [0; 2];
    let count = BYTES.read(&mut buffer);
    event_if(&buffer[..count] == b"ab", "high: ab", "high: others");
}

#[bluekernel::task(priority = 9, stack = 1024)]
fn writer() {
    sleep(Duration::from_millis(2));
    // Six bytes, though the pipe holds four: they never were in it.
    event_if(BYTES.write(b"abcdef") == 6, "all written", "not all written");
    event_if(BYTES.try_read(&mut [0; 4]) == 0, "handed over", "snatched");
    event_if(BYTES.try_write(b"ghijkl") == 4, "four were kept", "another count was kept");
    let mut buffer = [0; 8];
    let count = BYTES.read(&mut buffer);
    event_if(&buffer[..count] == b"ghij", "and read", "others were read");
}

behaviour!["all written", "handed over", "four were kept", "and read", "high: ab", "low: cdef"];
