use super::rig::{block, id, started, tasks, wake_first};
use crate::SignalControl;

#[test]
fn a_value_is_kept_once() {
    let signal = SignalControl::new();
    assert!(!signal.take());
    assert!(!signal.put() && !signal.put(), "nobody waits");
    assert!(signal.take() && !signal.take());
}

#[test]
fn a_promised_value_is_nobody_elses_and_wakes_nobody_else() {
    let (signal, table) = (SignalControl::new(), tasks(3));
    let scheduler = started(&table, &[5, 4, 9]);
    for number in 0..2 {
        let _ = block(&scheduler, &table, number, Some(signal.list()), u64::MAX);
    }
    assert!(signal.put());
    assert_eq!(wake_first(&scheduler, &table, signal.list()), Some(id(0)));
    assert!(!signal.take());
    assert!(!signal.put(), "it replaces the promised one");
    signal.claim();
    assert!(!signal.take());
    assert!(signal.put(), "for the next one that waits");
}
