//! Writers of a full pipe wait by priority, equals in the order they came; each one's bytes stay together, and a writer
//! that has all of them in goes on at once.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{Duration, Pipe, sleep};
use bluekernel_suite::{behaviour, event, event_if};

static BYTES: Pipe<40> = Pipe::new();

#[bluekernel::task(priority = 5, stack = 1024)]
fn first() {
    BYTES.write_all(&[b'1'; 40]);
    BYTES.write_all(&[b'a'; 50]);
    event("first ends");
}

#[bluekernel::task(priority = 5, stack = 1024)]
fn second() {
    BYTES.write_all(&[b'b'; 20]);
    event("second ends");
}

#[bluekernel::task(priority = 6, stack = 1024)]
fn urgent() {
    sleep(Duration::from_millis(1));
    BYTES.write_all(b"c");
    event("urgent ends");
}

/// Reads `count` bytes, which must be `byte`.
fn expect(count: usize, byte: u8, ok: &'static str) {
    let mut buffer = [0; 64];
    let read = BYTES.read_at_least(&mut buffer[..count], count);
    event_if(read == count && buffer[..count].iter().all(|read| *read == byte), ok, "others");
}

#[bluekernel::task(priority = 2, stack = 2048)]
fn reader() {
    sleep(Duration::from_millis(2));
    event_if(BYTES.try_write(b"x") == 0, "full", "not full");
    expect(40, b'1', "40 of first");
    expect(1, b'c', "1 of urgent");
    expect(50, b'a', "50 of first");
    expect(20, b'b', "20 of second");
    event_if(BYTES.is_empty(), "no more", "more");
}

behaviour![
    "full",
    // The room of the first byte is urgent's; then there are 39 places for the 50 bytes of first.
    "urgent ends",
    "40 of first",
    "1 of urgent",
    // Of 111 bytes the pipe holds 40: first's last one, the 91st, is in when 51 were read, 10 of first's 50; and second's
    // when 71 were, 30 of first's 50.
    "first ends",
    "second ends",
    "50 of first",
    "20 of second",
    "no more",
];
