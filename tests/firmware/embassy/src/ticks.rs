//! Time as SysTick counts it, and who waits for what.

use core::cell::RefCell;
use core::future::poll_fn;
use core::sync::atomic::{AtomicU32, Ordering};
use core::task::{Poll, Waker};

use cortex_m::peripheral::SYST;
use cortex_m::peripheral::syst::SystClkSource;
use cortex_m_rt::exception;
use critical_section::Mutex;

/// Cycles of a tick.
const TICK: u32 = 10_000;
/// As many can wait for one thing.
const MOST: usize = 4;

/// Tasks that wait, with when each will have waited long enough.
pub(crate) struct Wakers(Mutex<RefCell<[Option<(u32, Waker)>; MOST]>>);

impl Wakers {
    pub(crate) const fn new() -> Self {
        Self(Mutex::new(RefCell::new([const { None }; MOST])))
    }

    /// `waker` waits, if it does not already.
    pub(crate) fn add(&self, until: u32, waker: &Waker) {
        critical_section::with(|token| {
            let mut wakers = self.0.borrow_ref_mut(token);
            if !wakers.iter().flatten().any(|(_, other)| other.will_wake(waker)) {
                let free = wakers.iter_mut().find(|place| place.is_none()).expect("no more than there are");
                *free = Some((until, waker.clone()));
            }
        });
    }

    /// Wakes all.
    pub(crate) fn wake(&self) {
        self.wake_until(u32::MAX);
    }

    fn wake_until(&self, tick: u32) {
        critical_section::with(|token| {
            for place in self.0.borrow_ref_mut(token).iter_mut() {
                if let Some((_, waker)) = place.take_if(|(until, _)| *until <= tick) {
                    waker.wake();
                }
            }
        });
    }
}

static NOW: AtomicU32 = AtomicU32::new(0);
static SLEEPERS: Wakers = Wakers::new();

/// Starts the clock.
pub(crate) fn begin(timer: &mut SYST) {
    timer.set_clock_source(SystClkSource::Core);
    timer.set_reload(TICK - 1);
    timer.clear_current();
    timer.enable_interrupt();
    timer.enable_counter();
}

/// Waits until so many ticks have been.
pub(crate) async fn ticks(until: u32) {
    poll_fn(|context| {
        if NOW.load(Ordering::Relaxed) >= until {
            return Poll::Ready(());
        }
        SLEEPERS.add(until, context.waker());
        Poll::Pending
    })
    .await;
}

#[exception]
fn SysTick() {
    // Nobody else writes it, and Armv6-M could not add in one step.
    let now = NOW.load(Ordering::Relaxed) + 1;
    NOW.store(now, Ordering::Relaxed);
    SLEEPERS.wake_until(now);
    crate::press(now);
}
