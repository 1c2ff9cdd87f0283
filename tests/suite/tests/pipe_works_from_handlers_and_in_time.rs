//! A handler writes and reads what it can without waiting, and wakes tasks on both sides; a write that finds no room in
//! time wrote nothing.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{Duration, Instant, Pipe, TimedOut, sleep};
use bluekernel_suite::{behaviour, event_if};
use board::Interrupt;

static BYTES: Pipe<4> = Pipe::new();

#[bluekernel::interrupt]
fn PORT0() {
    event_if(BYTES.try_write(b"0123456") == 6, "two for the reader, four for the pipe", "others");
    event_if(BYTES.try_write(b"7") == 0, "full", "not full");
}

#[bluekernel::interrupt]
fn PORT1() {
    let mut buffer = [0; 3];
    event_if(BYTES.try_read(&mut buffer) == 3 && &buffer == b"234", "three read", "others read");
}

#[bluekernel::task(priority = 5, stack = 1024)]
fn high() {
    let mut buffer = [0; 2];
    event_if(BYTES.read(&mut buffer) == 2 && &buffer == b"01", "two read", "others read");
    let start = Instant::now();
    event_if(BYTES.write_timeout(b"ab", Duration::from_millis(10)) == Err(TimedOut), "no room", "room");
    let took = start.elapsed();
    event_if(took >= Duration::from_millis(10) && took < Duration::from_millis(12), "in time", "not in time");
    event_if(BYTES.write_timeout(b"ab", Duration::ZERO) == Err(TimedOut), "no time, no room", "room");
    event_if(BYTES.write_timeout(b"cdefg", Duration::from_millis(100)) == Ok(3), "room for three", "another count");
    let mut buffer = [0; 8];
    let count = BYTES.read(&mut buffer);
    event_if(&buffer[..count] == b"5cde", "nothing lost, nothing twice", "others");
}

#[bluekernel::task(priority = 2, stack = 1024)]
fn low() {
    Interrupt::PORT0.enable();
    Interrupt::PORT1.enable();
    Interrupt::PORT0.pend();
    sleep(Duration::from_millis(50));
    Interrupt::PORT1.pend();
}

behaviour![
    "two for the reader, four for the pipe",
    "full",
    "two read",
    "no room",
    "in time",
    "no time, no room",
    "three read",
    "room for three",
    "nothing lost, nothing twice",
];
