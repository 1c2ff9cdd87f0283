//! What a spawned task captures reaches it; its slot is free again when it has returned; wrong spawns are values.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::task::{Slot, SpawnError};
use bluekernel::{Channel, Duration, sleep};
use bluekernel_suite::{behaviour, event, event_if};

#[bluekernel::slot]
static WORKER: Slot<1024>;

static RESULTS: Channel<u64, 2> = Channel::new();

fn spawn(values: [u64; 3], priority: u8) -> Result<bluekernel::task::Task, SpawnError> {
    WORKER.spawn(priority, move || {
        event("worker begins");
        RESULTS.send(values.iter().sum());
        sleep(Duration::from_millis(1));
        event("worker ends");
    })
}

#[bluekernel::task(priority = 3, stack = 6144)]
fn spawner() {
    event_if(spawn([0; 3], 32) == Err(SpawnError::NoSuchPriority), "no such priority", "priority 32");
    // It is moved from place to place: hence the stack.
    let large = [0_u8; 1000];
    let result = WORKER.spawn(4, move || event_if(large[0] == 0, "large", "larger"));
    event_if(result == Err(SpawnError::StackTooSmall), "too small", "large enough");
    for round in 1..=2 {
        // Less important in the second round.
        let worker = spawn([round, 20, 300], if round == 1 { 4 } else { 2 });
        event_if(spawn([0; 3], 4) == Err(SpawnError::Busy), "busy", "spawned twice");
        event_if(RESULTS.receive() == 320 + round, "sum", "another sum");
        event_if(worker.is_ok_and(|worker| worker.join().is_ok()), "joined", "not joined");
    }
}

behaviour![
    "no such priority",
    "too small",
    "worker begins",
    "busy",
    "sum",
    "worker ends",
    "joined",
    "busy",
    "worker begins",
    "sum",
    "worker ends",
    "joined",
];
