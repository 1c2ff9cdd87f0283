//! A task that takes all bytes of a full pipe and waits for more, in one step, lets the future that waits for room go on;
//! and one that fills an empty pipe and waits for room, the future that waits for bytes.
// Needs the extras.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{Duration, Pipe, block_on, sleep};
use bluekernel_suite::{behaviour, event, event_if};

static CONSOLE: Pipe<8> = Pipe::new();

#[bluekernel::task(priority = 4, stack = 1024)]
fn task() {
    event_if(CONSOLE.try_write(b"01234567") == 8, "full", "no room");
    sleep(Duration::from_millis(1));
    let mut buffer = [0; 12];
    event_if(CONSOLE.read_at_least(&mut buffer, 12) == 12, "twelve bytes", "fewer");
    event_if(&buffer == b"01234567abcd", "in their order", "other bytes");
    sleep(Duration::from_millis(1));
    CONSOLE.write_all(b"efghijklmnop");
    event("twelve are written");
}

#[bluekernel::task(priority = 2, stack = 2048)]
fn futures() {
    block_on(async {
        CONSOLE.write_all_async(b"abcd").await;
        event("written");
        let (mut read, mut buffer) = (0, [0; 12]);
        while read < buffer.len() {
            read += CONSOLE.read_async(&mut buffer[read..]).await;
        }
        event_if(&buffer == b"efghijklmnop", "read", "other bytes");
    });
}

behaviour!["full", "twelve bytes", "in their order", "written", "twelve are written", "read"];
