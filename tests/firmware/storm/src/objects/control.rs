//! Suspending, resuming and priorities: a suspended task does not run, and who owns nothing has its own priority.

use super::{Object, nothing};
use crate::count::Count;
use crate::crew::{self, PRIORITIES, WORKERS, Worker};
use crate::random::Random;
use bluekernel::println;
use core::sync::atomic::{AtomicBool, Ordering};

pub const OBJECT: Object = Object { work, strike, look: nothing, holds };

/// Who may not run.
static SUSPENDED: [AtomicBool; WORKERS] = [const { AtomicBool::new(false) }; WORKERS];
static SUSPENSIONS: Count = Count::new();
static RESUMED: Count = Count::new();
static CHANGED: Count = Count::new();
/// How often a suspended one ran.
static RAN: Count = Count::new();
/// How often one had another's priority for nothing.
static INHERITED: Count = Count::new();

/// A worker runs.
pub fn runs(worker: usize) {
    RAN.add_if(SUSPENDED[worker].load(Ordering::Relaxed));
}

/// A worker runs that owns nothing: so it inherits nothing.
pub fn rests(worker: usize) {
    let task = crew::task(worker);
    INHERITED.add_if(critical_section::with(|_| task.priority() != task.base_priority()));
}

/// Suspends a worker, or resumes it. Never many: the others need them.
fn strike(_: usize, random: &mut Random) {
    let worker = random.below(WORKERS as u32) as usize;
    let task = crew::task(worker);
    match random.below(6) {
        0 if SUSPENDED.iter().filter(|suspended| suspended.load(Ordering::Relaxed)).count() < 2 => {
            critical_section::with(|_| {
                task.suspend();
                SUSPENDED[worker].store(true, Ordering::Relaxed);
                SUSPENSIONS.add(1);
            });
        }
        1 => {
            // Up to the ceiling.
            CHANGED.add(u32::from(task.set_priority(1 + random.below(12) as u8).is_ok()));
        }
        2 => CHANGED.add(u32::from(task.set_priority(PRIORITIES[worker]).is_ok())),
        _ => critical_section::with(|_| {
            SUSPENDED[worker].store(false, Ordering::Relaxed);
            RESUMED.add(u32::from(task.resume()));
        }),
    }
}

/// A worker suspends itself, until a handler resumes it, or changes its own priority.
fn work(me: &mut Worker) {
    let task = crew::task(me.number);
    if me.random.one_of(4) {
        SUSPENSIONS.add(1);
        task.suspend();
    } else {
        CHANGED.add(u32::from(task.set_priority(PRIORITIES[me.number]).is_ok()));
    }
}

/// Lets all go on that are suspended.
pub fn resume_all() {
    critical_section::with(|_| {
        for (worker, suspended) in SUSPENDED.iter().enumerate() {
            suspended.store(false, Ordering::Relaxed);
            crew::task(worker).resume();
        }
    });
}

fn holds() -> bool {
    let [suspensions, resumed, changed, ran, inherited] =
        [&SUSPENSIONS, &RESUMED, &CHANGED, &RAN, &INHERITED].map(Count::get);
    println!(
        "control: {suspensions} suspended, {resumed} resumed, {changed} priorities changed; {ran} times a suspended one ran, \
         {inherited} times one inherited for nothing"
    );
    ran == 0 && inherited == 0 && resumed > 0 && changed > 0
}
