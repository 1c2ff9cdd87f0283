//! Futures come through a reader-writer lock's gate as tasks do: one that writes waits for the readers to leave, and is
//! raised by a task that waits; a more important reader joins those who read; readers that waited read together.
// Needs the extras.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{Duration, RwLock, block_on, sleep, sleep_async};
use bluekernel_suite::{behaviour, event, event_if};

static LIMITS: RwLock<u32> = RwLock::new(0);

#[bluekernel::task(priority = 2, stack = 1024)]
fn reader() {
    block_on(async {
        let _limits = LIMITS.read_async().await;
        event("reads");
        sleep_async(Duration::from_millis(10)).await;
        event("leaves");
    });
}

#[bluekernel::task(priority = 3, stack = 1024)]
fn writer() {
    sleep(Duration::from_millis(2));
    block_on(async {
        let mut limits = LIMITS.write_async().await;
        event("writes");
        *limits = 7;
        sleep_async(Duration::from_millis(6)).await;
        event("has written");
    });
}

/// Reads beside the other one.
async fn read_beside(name: &'static str) {
    let limits = LIMITS.read_async().await;
    event_if(*limits == 7, name, "another value");
    sleep_async(Duration::from_millis(8)).await;
}

#[bluekernel::task(priority = 1, stack = 1024)]
fn late() {
    sleep(Duration::from_millis(4));
    block_on(read_beside("first of two"));
}

#[bluekernel::task(priority = 1, stack = 1024)]
fn later() {
    sleep(Duration::from_millis(5));
    block_on(read_beside("second of two"));
    event("both have read");
}

#[bluekernel::task(priority = 4, stack = 1024)]
fn more_important() {
    sleep(Duration::from_millis(4));
    event_if(*block_on(LIMITS.read_async()) == 0, "joins", "waited");
    sleep(Duration::from_millis(8));
    event_if(*LIMITS.read() == 7, "task reads", "another value");
}

#[bluekernel::task(priority = 8, stack = 1024)]
fn looking() {
    sleep(Duration::from_millis(14));
    event_if(writer::task().priority() == 4, "the writer is raised", "the writer is not raised");
    // Beside the first one, before it leaves.
    sleep(Duration::from_millis(6));
    event_if(LIMITS.try_write().is_none(), "read together", "nobody reads");
}

behaviour![
    "reads",
    "joins",
    "leaves",
    "writes",
    "the writer is raised",
    "has written",
    "task reads",
    "first of two",
    "second of two",
    "read together",
    "both have read",
];
