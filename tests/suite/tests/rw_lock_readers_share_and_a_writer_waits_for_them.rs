//! Readers read together, and a writer waits for all of them. Behind a writer that waits, readers wait that are not more
//! important than it; one that is joins the others.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{Duration, RwLock, sleep};
use bluekernel_suite::{behaviour, event, event_if};

static TABLE: RwLock<u32> = RwLock::new(0);

#[bluekernel::task(priority = 3, stack = 1024)]
fn short() {
    let table = TABLE.read();
    event("short reads");
    sleep(Duration::from_millis(5));
    event_if(*table == 0, "short has read", "changed under a reader");
}

#[bluekernel::task(priority = 3, stack = 1024)]
fn long() {
    let table = TABLE.read();
    event("long reads");
    sleep(Duration::from_millis(10));
    event_if(*table == 0, "long has read", "changed under a reader");
}

#[bluekernel::task(priority = 2, stack = 1024)]
fn writer() {
    sleep(Duration::from_millis(1));
    event_if(TABLE.try_write().is_none(), "writer waits", "writes among readers");
    *TABLE.write() += 1;
    event("writer has written");
}

#[bluekernel::task(priority = 2, stack = 1024)]
fn behind() {
    sleep(Duration::from_millis(2));
    event_if(TABLE.try_read().is_none(), "behind waits", "overtook an equal writer");
    event_if(*TABLE.read() == 1, "behind reads", "overtook an equal writer");
}

#[bluekernel::task(priority = 4, stack = 1024)]
fn urgent() {
    sleep(Duration::from_millis(3));
    event_if(*TABLE.read() == 0, "urgent reads", "too late");
}

behaviour![
    "short reads",
    "long reads",
    "writer waits",
    "behind waits",
    "urgent reads",
    "short has read",
    "long has read",
    // It hands the gate on, and is first among equals.
    "writer has written",
    "behind reads",
];
