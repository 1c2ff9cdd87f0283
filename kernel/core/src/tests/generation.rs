use super::rig::{block, expire, id, started, tasks, waiting, wake_first};
use crate::{BarrierControl, Generations};

#[test]
fn who_waits_again_is_not_let_go_twice() {
    let (generations, table) = (Generations::new(), tasks(3));
    let scheduler = started(&table, &[5, 4, 9]);
    for number in 0..2 {
        let _ = block(&scheduler, &table, number, Some(generations.list()), u64::MAX);
    }
    generations.end();
    assert_eq!((generations.present(), waiting(&table, generations.leaving())), (1, [0, 1].to_vec()));
    assert_eq!(wake_first(&scheduler, &table, generations.leaving()), Some(id(0)));
    let _ = block(&scheduler, &table, 0, Some(generations.list()), u64::MAX);
    assert_eq!(wake_first(&scheduler, &table, generations.leaving()), Some(id(1)));
    assert!(generations.leaving().is_empty());
    assert_eq!(waiting(&table, generations.list()), [0]);
}

#[test]
fn a_time_out_takes_a_task_out_of_either_list() {
    let (generations, table) = (Generations::new(), tasks(3));
    let scheduler = started(&table, &[5, 4, 9]);
    for number in 0..2 {
        let _ = block(&scheduler, &table, number, Some(generations.list()), 7 + u64::from(number));
    }
    assert_eq!(expire(&scheduler, &table, 7), Some(id(0)));
    generations.end();
    assert_eq!(expire(&scheduler, &table, 8), Some(id(1)));
    assert!(generations.leaving().is_empty() && generations.list().is_empty());
}

#[test]
fn the_last_to_come_leads_and_the_next_round_counts_anew() {
    let barrier = BarrierControl::new(3);
    for round in 1..4 {
        assert!(!barrier.arrive() && !barrier.arrive());
        assert!(barrier.awaits_one() && barrier.arrive());
        assert_eq!((barrier.come(), barrier.generations().present()), (0, round));
    }
}

#[test]
fn giving_up_is_too_late_when_the_last_one_has_come() {
    let barrier = BarrierControl::new(2);
    assert!(!barrier.arrive());
    assert!(barrier.withdraw(0));
    assert_eq!(barrier.come(), 0);
    assert!(!barrier.arrive());
    assert!(barrier.arrive());
    assert!(!barrier.withdraw(0));
    assert_eq!(barrier.come(), 0);
}

#[test]
fn a_barrier_for_one_lets_everyone_pass() {
    let barrier = BarrierControl::new(1);
    assert!(barrier.arrive() && barrier.arrive());
}

#[test]
#[should_panic(expected = "for at least 1 task")]
fn a_barrier_for_nobody_is_refused() {
    let _ = BarrierControl::new(0);
}
