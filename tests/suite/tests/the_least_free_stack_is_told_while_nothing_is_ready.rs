//! While nothing is ready, the trace is told task by task how much of its stack was never used: what `stack::usage` says.
//! The host does not paint stacks, so nothing is told of them there.
// Needs the trace.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{Duration, sleep, stack};
use bluekernel_suite::trace::Ear;
use bluekernel_suite::trace::abi::wire::head;
use bluekernel_suite::{behaviour, compute, event_if};

#[bluekernel::task(priority = 4, stack = 768)]
fn busy() {
    for _ in 0..150 {
        compute(Duration::from_micros(50));
        // Not more often: the slowest core must hear all of it in time.
        sleep(Duration::from_millis(10));
    }
}

#[bluekernel::task(priority = 3, stack = 1024)]
fn listening() {
    let mut ear = Ear::new();
    let (mut tasks, mut right) = (0_u32, true);
    for _ in 0..240 {
        sleep(Duration::from_millis(5));
        for record in &mut ear {
            if let (head::STACK, [task, free]) = (record.head, record.fields()) {
                let unused = stack::usage(*task as u8).map(|usage| usage.unused as u64);
                // An interrupt's frame may have been used since then.
                right &= unused.is_some_and(|unused| (unused..unused + 200).contains(free));
                tasks |= 1 << task;
            }
        }
    }
    // This one, `busy`, and on a target the judge.
    event_if(tasks == if cfg!(target_os = "none") { 0b111 } else { 0 }, "each task", "other tasks");
    event_if(right, "as it is", "wrong");
}

behaviour!["each task", "as it is"];
