//! Bytes go to tasks that wait before futures, and to these by priority; a future that leaves some lets the next one read,
//! and one that was told and is dropped does, too. A future that writes waits for room.
// Needs the extras.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{Duration, Pipe, Semaphore, block_on, sleep};
use bluekernel_suite::{behaviour, event, event_if};
use board::Interrupt;
use embassy_futures::select::{Either, select};

static CONSOLE: Pipe<8> = Pipe::new();
static STOP: Semaphore = Semaphore::new(0, 1);

#[bluekernel::interrupt]
fn PORT0() {
    event_if(CONSOLE.try_write(b"hi") == 2, "handler writes", "full");
}

#[bluekernel::task(priority = 4, stack = 2048)]
fn of_4() {
    let mut buffer = [0; 3];
    event_if(block_on(CONSOLE.read_async(&mut buffer)) == 3 && &buffer == b"cde", "future of 4: cde", "other bytes");
    sleep(Duration::from_millis(1));
    let got = block_on(select(STOP.take_async(), CONSOLE.read_async(&mut buffer)));
    event_if(matches!(got, Either::First(())), "future of 4: dropped", "future of 4: has read");
    sleep(Duration::from_millis(2));
    // Full.
    block_on(CONSOLE.write_all_async(b"xy"));
    event("future of 4: written xy");
}

#[bluekernel::task(priority = 3, stack = 1024)]
fn of_3() {
    let mut buffer = [0; 8];
    for (bytes, name) in [(b"fg", "future of 3: fg"), (b"hi", "future of 3: hi")] {
        let read = block_on(CONSOLE.read_async(&mut buffer));
        event_if(&buffer[..read] == bytes, name, "other bytes");
    }
}

#[bluekernel::task(priority = 2, stack = 1024)]
fn of_2() {
    let mut buffer = [0; 8];
    event_if(CONSOLE.read(&mut buffer) == 2 && buffer.starts_with(b"ab"), "task of 2: ab", "other bytes");
}

#[bluekernel::task(priority = 1, stack = 1024)]
fn other() {
    CONSOLE.write_all(b"ab");
    event("written ab");
    CONSOLE.write_all(b"cdefg");
    event("written cdefg");
    // Both wait again by then.
    sleep(Duration::from_millis(2));
    Interrupt::PORT0.enable();
    critical_section::with(|_| {
        let _ = STOP.give();
        Interrupt::PORT0.pend();
    });
    event_if(CONSOLE.try_write(b"01234567") == 8, "full", "no room");
    sleep(Duration::from_millis(4));
    let mut buffer = [0; 2];
    event_if(CONSOLE.read(&mut buffer) == 2 && &buffer == b"01", "read 01", "other bytes");
    let mut rest = [0; 9];
    event_if(CONSOLE.try_read(&mut rest) == 8 && &rest[..8] == b"234567xy", "read the rest", "other bytes");
}

behaviour![
    "task of 2: ab",
    "written ab",
    "future of 4: cde",
    "future of 3: fg",
    "written cdefg",
    "handler writes",
    "future of 4: dropped",
    "future of 3: hi",
    "full",
    "future of 4: written xy",
    "read 01",
    "read the rest",
];
