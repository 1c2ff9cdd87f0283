//! Every count that wraps, at the wrap; and times at the end of their range.
//!
//! | count | bits | where its wrap is tested |
//! |---|---|---|
//! | chains of owners (`Scheduler::chains`) | 16 | here |
//! | deadlines | 64, never wrap | here, at their end; and `tests/suite`, `time_outs_hold_where_32_bits_end` |
//! | slots of a channel | 16 | `channel.rs` |
//! | bytes of a pipe | 16 | `pipe.rs` |
//! | blocks of a pool | 16 | `pool.rs` |
//! | permits of a semaphore | 32, full at the maximum | `semaphore.rs` |
//! | readers of a lock | 32, no more than that | `readers.rs` |
//! | starts of timers, which order equal moments | 32 | `service.rs` |
//! | releases, overruns and misses of periodic work | 32, stay at their end | `periodic.rs` |
//! | generations (watch, barrier, condition variable) | 64, never wrap | |
//! | timers of the boards | 32 | `kernel/arch`, `time/counter.rs`, and each driver's tests |
//! | SysTick as the kernel's clock | 24 | `tests/firmware/storm`, port `M3-SysTick`: a wrap each millisecond |
//! | the trace's clock, its turns, the sequence of its SYNCs, its drops | 32 | `kernel`, `trace/encoder/tests.rs` |
//! | that sequence, as it is read | 32 | `tracer`, `tests/wire.rs` |
//! | offsets of the trace's ring | its size | `kernel`, `trace/encoder/tests.rs` |
//! | `Duration`, `Instant` | 64, saturate | `tests/suite`, `times_saturate_at_their_ends` |

use super::rig::{expire, id, run, started, tasks, wait_for, waiting, would_deadlock};
use crate::mutex::Attempt;
use crate::{Decision, Limit, MutexControl, TaskId};

#[test]
fn the_last_deadlines_are_in_order_and_the_very_last_never_comes() {
    let table = &tasks(3)[..];
    let scheduler = started(table, &[3, 2, 1]);
    for (number, deadline) in [u64::MAX, u64::MAX - 1, u64::MAX - 2].into_iter().enumerate() {
        let decision = scheduler.block(table, id(number as u8), None);
        scheduler.limit_soon(table, id(number as u8), Limit::Until(deadline));
        assert_eq!(scheduler.take_limit(table), Some((id(number as u8), Limit::Until(deadline))));
        scheduler.limit(table, id(number as u8), deadline);
        while scheduler.limit_step(table, id(number as u8)) {}
        run(&scheduler, table, decision);
    }
    assert_eq!(scheduler.next_deadline(table), u64::MAX - 2);
    assert_eq!(expire(&scheduler, table, u64::MAX - 3), None);
    assert_eq!(expire(&scheduler, table, u64::MAX - 2).map(TaskId::number), Some(2));
    assert_eq!(expire(&scheduler, table, u64::MAX - 1).map(TaskId::number), Some(1));
    assert_eq!(expire(&scheduler, table, u64::MAX - 1), None);
}

#[test]
fn the_count_of_chains_wraps_and_still_tells_that_one_became_longer() {
    let mutexes = [MutexControl::new(), MutexControl::new()];
    let table = &tasks(3)[..];
    let scheduler = started(table, &[1, 2, 3]);
    scheduler.chains.set(u16::MAX);
    assert_eq!(mutexes[0].try_lock(id(0)), Attempt::Locked);
    assert_eq!(mutexes[1].try_lock(id(1)), Attempt::Locked);
    for (number, mutex, chains) in [(2, 1, 0), (1, 0, 1)] {
        let before = scheduler.chains();
        let decision = wait_for(&scheduler, table, &mutexes[mutex], id(number));
        run(&scheduler, table, decision);
        assert_eq!(scheduler.chains(), chains);
        assert_ne!(scheduler.chains(), before);
    }
    assert_eq!(waiting(table, mutexes[0].list()), [1]);
    assert_eq!(table[0].priority(), 3, "inherited along the chain");
    assert!(would_deadlock(&mutexes[1], table, 0));
    assert_eq!(scheduler.decision(), Decision::Stay);
}
