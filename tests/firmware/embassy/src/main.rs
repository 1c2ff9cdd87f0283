//! Tasks of Embassy's executor that wait for ticks, for each other and for an interrupt; yield, end, and are spawned again.
//!
//! Each of them notes whenever it is polled, and when that poll ends; with the feature `trace` the executor notes, too, what
//! it does. At the end all of that is told, a line each.
#![no_std]
#![no_main]

mod log;
mod ticks;

use core::future::poll_fn;
use core::panic::PanicInfo;
use core::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use core::task::Poll;

use cortex_m::Peripherals;
use embassy_executor::Spawner;

use log::told;
use ticks::{Wakers, ticks};

/// For how long everything happens, in ticks.
const LENGTH: u32 = 400;

/// Who waits for work, and how much there is.
static WORKERS: Wakers = Wakers::new();
static WORK: AtomicU32 = AtomicU32::new(0);
/// Who waits for the button, and whether it was pressed.
static PRESSED: Wakers = Wakers::new();
static IS_PRESSED: AtomicBool = AtomicBool::new(false);

#[embassy_executor::main]
async fn main(spawner: Spawner) {
    told("main", async {
        let mut core = Peripherals::take().expect("taken once");
        log::begin(&mut core.DCB, &mut core.DWT);
        ticks::begin(&mut core.SYST);
        spawner.spawn(blink().expect("one"));
        spawner.spawn(worker("worker").expect("the first"));
        spawner.spawn(worker("worker 2").expect("the second"));
        spawner.spawn(button().expect("one"));
        for start in (10..LENGTH).step_by(40) {
            ticks(start).await;
            spawner.spawn(short().expect("the one before has ended"));
        }
        ticks(LENGTH).await;
    })
    .await;
    log::tell();
}

/// Every third tick: waits, and gives the others work.
#[embassy_executor::task]
async fn blink() {
    told("blink", async {
        for next in (3..).step_by(3) {
            ticks(next).await;
            WORK.fetch_add(next % 4, Ordering::Relaxed);
            WORKERS.wake();
        }
    })
    .await;
}

/// Takes a piece of work, and lets the others go first before it takes another one.
#[embassy_executor::task(pool_size = 2)]
async fn worker(name: &'static str) {
    told(name, async {
        loop {
            poll_fn(|context| {
                let taken = WORK.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |work| work.checked_sub(1));
                if taken.is_ok() {
                    return Poll::Ready(());
                }
                WORKERS.add(0, context.waker());
                Poll::Pending
            })
            .await;
            yields().await;
        }
    })
    .await;
}

/// Waits for an interrupt.
#[embassy_executor::task]
async fn button() {
    told("button", async {
        loop {
            poll_fn(|context| {
                PRESSED.add(0, context.waker());
                if IS_PRESSED.swap(false, Ordering::Relaxed) { Poll::Ready(()) } else { Poll::Pending }
            })
            .await;
        }
    })
    .await;
}

/// Ends.
#[embassy_executor::task]
async fn short() {
    told("short", yields()).await;
}

/// Is ready again at once.
async fn yields() {
    let mut again = true;
    poll_fn(|context| {
        if !core::mem::take(&mut again) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Called at each tick, by its interrupt.
fn press(tick: u32) {
    if tick % 7 == 0 {
        IS_PRESSED.store(true, Ordering::Relaxed);
        PRESSED.wake();
    }
}

#[unsafe(no_mangle)]
#[unsafe(link_section = ".vector_table.interrupts")]
static __INTERRUPTS: [unsafe extern "C" fn(); 32] = [unused; 32];

unsafe extern "C" fn unused() {}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    log::end(false)
}
