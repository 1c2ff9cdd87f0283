//! A reader that waits for a number of bytes sleeps until they are there, or its time is over, or its buffer is full.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{Duration, Pipe, TimedOut, sleep};
use bluekernel_suite::{behaviour, event, event_if};

static BYTES: Pipe<8> = Pipe::new();

#[bluekernel::task(priority = 5, stack = 1024)]
fn reader() {
    let mut buffer = [0; 32];
    // More than the pipe holds.
    let count = BYTES.read_at_least(&mut buffer, 20);
    event_if(&buffer[..count] == b"0123456789abcdefghijkl", "22 bytes", "others");
    let count = BYTES.read_at_least_timeout(&mut buffer, 20, Duration::from_millis(10));
    event_if(&buffer[..count] == b"mn", "2 bytes when the time is over", "others");
    let count = BYTES.read_at_least(&mut buffer[..3], 20);
    event_if(&buffer[..count] == b"opq", "3 bytes fill the buffer", "others");
    event_if(BYTES.read_timeout(&mut buffer, Duration::from_millis(10)) == Ok(1), "1 byte came", "none came");
    event_if(BYTES.read_timeout(&mut buffer, Duration::from_millis(1)) == Err(TimedOut), "and no more", "and more");
}

#[bluekernel::task(priority = 2, stack = 1024)]
fn writer() {
    for bytes in [&b"0123456789"[..], b"abcdefghi"] {
        BYTES.write_all(bytes);
        event("not woken");
    }
    BYTES.write_all(b"jkl");
    event("woken by the next three");
    sleep(Duration::from_millis(2));
    BYTES.write_all(b"mn");
    event("not woken by two");
    sleep(Duration::from_millis(20));
    BYTES.write_all(b"opqr");
    event("written");
}

behaviour![
    "not woken",
    "not woken",
    // All three go into the reader's buffer before it runs: its 32 bytes have room.
    "22 bytes",
    "woken by the next three",
    "not woken by two",
    "2 bytes when the time is over",
    // The reader runs when its three are there, and waits again before the writer comes to the fourth.
    "3 bytes fill the buffer",
    "1 byte came",
    "written",
    "and no more",
];
