//! A future that writes hands its bytes to the task that waits for them, and wakes it; one that reads lets those of a task
//! that waits for room follow, and wakes it, too.
// Needs the extras.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{Pipe, block_on};
use bluekernel_suite::{behaviour, event, event_if};

static CONSOLE: Pipe<8> = Pipe::new();

#[bluekernel::task(priority = 4, stack = 1024)]
fn task() {
    let mut buffer = [0; 4];
    event_if(CONSOLE.read_at_least(&mut buffer, 4) == 4 && &buffer == b"abcd", "task: abcd", "other bytes");
    CONSOLE.write_all(b"0123456789");
    event("task: written");
}

#[bluekernel::task(priority = 2, stack = 2048)]
fn futures() {
    block_on(async {
        event_if(CONSOLE.write_async(b"ab").await == 2, "ab", "another number");
        // All that the task needs: it goes on before this call returns.
        event_if(CONSOLE.write_async(b"cd").await == 2, "cd", "another number");
        // The ring is full, and the task waits with two more.
        let mut buffer = [0; 10];
        event_if(CONSOLE.read_async(&mut buffer).await == 10 && &buffer == b"0123456789", "read", "other bytes");
    });
}

behaviour!["ab", "task: abcd", "cd", "task: written", "read"];
