//! With the feature that asks for it, the trace is told of a call that may wait when it begins and when it ends, whether it
//! waits or not; not of one that cannot.
// Needs all of the trace.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{Channel, Duration, Mutex, Pool, Semaphore};
use bluekernel_suite::trace::Ear;
use bluekernel_suite::trace::abi::ObjectOp;
use bluekernel_suite::trace::abi::wire::head;
use bluekernel_suite::{behaviour, event};

const TAKE: u64 = ObjectOp::Take as u64;
const LOCK: u64 = ObjectOp::Lock as u64;
const SEND: u64 = ObjectOp::Send as u64;
const RECEIVE: u64 = ObjectOp::Receive as u64;
const ALLOC: u64 = ObjectOp::Alloc as u64;

static SEMAPHORE: Semaphore = Semaphore::new(1, 1);
static MUTEX: Mutex<u32> = Mutex::new(0);
static CHANNEL: Channel<u32, 1> = Channel::new();
static POOL: Pool<u32, 1> = Pool::new();

#[bluekernel::task(priority = 3, stack = 2048)]
fn calling() {
    let ear = Ear::new();
    SEMAPHORE.take();
    let _ = SEMAPHORE.try_take();
    let _ = SEMAPHORE.take_timeout(Duration::from_millis(1));
    drop(MUTEX.lock());
    CHANNEL.send(1);
    let _ = CHANNEL.receive();
    drop(POOL.alloc(1));
    let mut object = 0;
    for record in ear {
        match (record.head, record.fields()) {
            (head::SYS_ENTER, [op, of]) => {
                object = *of;
                event(match *op {
                    TAKE => "take",
                    LOCK => "lock",
                    SEND => "send",
                    RECEIVE => "receive",
                    ALLOC => "alloc",
                    _ => "something else",
                });
            }
            (head::SYS_EXIT, _) => event("end"),
            (head::BLOCK, [_, of, _]) if *of == object => event("waits for it"),
            (head::OBJECT, [TAKE | LOCK | SEND | RECEIVE | ALLOC, of, _]) if *of == object => event("does it"),
            _ => {}
        }
    }
}

behaviour![
    "take",
    "does it",
    "end",
    "take",
    "waits for it",
    "end",
    "lock",
    "does it",
    "end",
    "send",
    "does it",
    "end",
    "receive",
    "does it",
    "end",
    "alloc",
    "does it",
    "end",
];
