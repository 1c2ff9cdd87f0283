use super::rig::{id, run, started, tasks, wake_first};
use crate::SemaphoreControl;
use crate::semaphore::{Full, Given};
use crate::{Scheduler, TaskControl, TaskId};

/// Gives, and wakes who gets the permit.
fn give<'a>(
    semaphore: &SemaphoreControl,
    scheduler: &Scheduler,
    table: &'a [TaskControl<'a>],
) -> Result<Option<TaskId>, Full> {
    Ok(match semaphore.give()? {
        Given::Counted => None,
        Given::ToWaiter(_) => wake_first(scheduler, table, semaphore.list()),
    })
}

#[test]
fn it_counts_from_the_initial_value_to_the_maximum() {
    let table = &tasks(1)[..];
    let scheduler = started(table, &[1]);
    let semaphore = SemaphoreControl::new(1, 2);
    assert_eq!(give(&semaphore, &scheduler, table), Ok(None));
    assert_eq!(give(&semaphore, &scheduler, table), Err(Full));
    assert_eq!(semaphore.count(), 2);
    assert!(semaphore.try_take() && semaphore.try_take() && !semaphore.try_take());
}

#[test]
fn the_count_reaches_the_end_of_its_range() {
    let table = &tasks(1)[..];
    let scheduler = started(table, &[1]);
    let semaphore = SemaphoreControl::new(u32::MAX - 1, u32::MAX);
    assert_eq!(give(&semaphore, &scheduler, table), Ok(None));
    assert_eq!(give(&semaphore, &scheduler, table), Err(Full));
}

#[test]
fn two_permits_before_the_first_waiter_runs_wake_both() {
    let semaphore = SemaphoreControl::new(0, 1);
    let table = &tasks(3)[..];
    let scheduler = started(table, &[5, 5, 1]);
    for number in 0..2 {
        assert!(!semaphore.try_take());
        let decision = scheduler.block(table, id(number), Some(semaphore.list()));
        run(&scheduler, table, decision);
    }
    assert_eq!(give(&semaphore, &scheduler, table), Ok(Some(id(0))));
    assert_eq!(give(&semaphore, &scheduler, table), Ok(Some(id(1))));
    assert_eq!(semaphore.count(), 0);
}

#[test]
#[should_panic(expected = "maximum of at least 1")]
fn a_semaphore_without_permits_is_refused() {
    let _ = SemaphoreControl::new(0, 0);
}

#[test]
#[should_panic(expected = "start above its maximum")]
fn a_semaphore_above_its_maximum_is_refused() {
    let _ = SemaphoreControl::new(3, 2);
}
