//! No operation of the kernel allocates: not where it waits, nor where it wakes or times out.
#![cfg(not(target_os = "none"))]
#![expect(unsafe_code, reason = "a global allocator that counts")]
mod board;
use bluekernel::{Channel, Duration, Mutex, Semaphore, sleep, yield_now};
use bluekernel_suite::{behaviour, event, event_if};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};

struct Counting;

static ALLOCATIONS: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// Whether this thread is a task: the test harness has one that allocates when it likes.
    static IS_TASK: Cell<bool> = const { Cell::new(false) };
}

// SAFETY: the system's allocator does it.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if IS_TASK.get() {
            ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        }
        // SAFETY: the caller's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

static PERMITS: Semaphore = Semaphore::new(0, 1);
static SHARED: Mutex<u32> = Mutex::new(0);
static QUEUE: Channel<[u32; 8], 1> = Channel::new();

/// What each of the two does. Each waits for the other, and for time.
fn work(important: bool) {
    IS_TASK.set(true);
    for round in 0..10 {
        if important {
            PERMITS.take();
            let _ = PERMITS.take_timeout(Duration::from_micros(10));
            let _ = QUEUE.receive();
            *SHARED.lock() += 1;
            let _ = QUEUE.receive_timeout(Duration::from_micros(10));
        } else {
            let _ = PERMITS.give();
            *SHARED.lock() += 1;
            sleep(Duration::from_micros(20));
            yield_now();
            QUEUE.send([round; 8]);
            let _ = QUEUE.send_timeout([round; 8], Duration::from_micros(10));
        }
    }
}

#[bluekernel::task(priority = 2, stack = 1024)]
fn important() {
    // The first round is the threads' own: what a thread needs once, it gets when it first waits.
    work(true);
    let before = ALLOCATIONS.load(Ordering::Relaxed);
    work(true);
    event_if(ALLOCATIONS.load(Ordering::Relaxed) == before, "nothing allocated", "allocated");
}

#[bluekernel::task(priority = 1, stack = 1024)]
fn other() {
    work(false);
    work(false);
    event("the other is through");
}

behaviour!["nothing allocated", "the other is through"];
