//! What is held back, against the words of `bluekernel_abi::control`.

use super::*;
use bluekernel_abi::wire::head;

fn muted(of: Named, id: u32) -> Muted {
    Muted { of, id }
}

/// A head, and the numbers behind it.
fn holds_back(filter: &Filter, head: u8, numbers: &[u64], task: Option<u8>) -> bool {
    filter.holds_back(tag(head), numbers.first().copied(), task)
}

#[test]
fn groups_are_held_back_alone() {
    let mut filter = Filter::new();
    filter.set_groups(group::ALL & !group::OBJECTS);
    assert!(holds_back(&filter, head::OBJECT, &[7, 1], Some(0)));
    for head in [head::BLOCK, head::SWITCH_IN, head::ISR_EXIT, head::COUNTER, head::INFO, head::FILTER, head::STACK] {
        assert!(!filter.suspects(tag(head)), "{head:x}");
        assert!(!holds_back(&filter, head, &[7, 1], Some(0)), "{head:x}");
    }
    assert_eq!((filter.groups(), filter.muted()), (group::ALL & !group::OBJECTS, 0));
    filter.reset();
    assert!(!filter.suspects(tag(head::OBJECT)));
}

#[test]
fn of_a_muted_task_its_switches_and_waits_are_told() {
    let mut filter = Filter::new();
    filter.set_muted(muted(Named::Task, 3), true);
    for head in [head::OBJECT, head::MARK_BEGIN, head::JOB_DONE, head::POLL_BEGIN, head::HEAP_ALLOC, head::SYS_EXIT] {
        assert!(holds_back(&filter, head, &[7], Some(3)), "{head:x}");
        assert!(!holds_back(&filter, head, &[7], Some(4)), "{head:x}");
        assert!(!holds_back(&filter, head, &[7], None), "{head:x} of a handler");
    }
    for head in [head::BLOCK, head::SWITCH_IN + 3, head::READY + 3, head::PRIORITY, head::TIMER_FIRE, head::ISR_ENTER] {
        assert!(!filter.suspects(tag(head)), "{head:x}");
    }
}

#[test]
fn a_muted_object_is_not_a_mark_of_that_number() {
    let mut filter = Filter::new();
    filter.set_muted(muted(Named::Object, 7), true);
    for head in [head::OBJECT, head::TIMING, head::JOB_DONE, head::POLL_END] {
        assert!(holds_back(&filter, head, &[7, 1], Some(3)), "{head:x}");
        assert!(!holds_back(&filter, head, &[8, 7], Some(3)), "{head:x}");
    }
    assert!(!holds_back(&filter, head::MARK_BEGIN, &[7], Some(3)));
    assert!(!holds_back(&filter, head::BLOCK, &[7, 1], Some(3)), "who waits for it is told");
    assert!(!holds_back(&filter, head::HEAP_ALLOC, &[7, 7], Some(3)), "bytes are no object");
    filter.set_muted(muted(Named::Mark, 9), true);
    assert!(holds_back(&filter, head::COUNTER, &[9, 1], None));
    assert!(!holds_back(&filter, head::COUNTER, &[7, 1], None));
}

#[test]
fn so_many_are_muted_and_each_once() {
    let mut filter = Filter::new();
    for id in 0..MOST_MUTED as u32 + 1 {
        filter.set_muted(muted(Named::Object, id), true);
        filter.set_muted(muted(Named::Object, id), true);
    }
    assert_eq!(filter.muted(), MOST_MUTED as u32);
    assert!(!holds_back(&filter, head::OBJECT, &[MOST_MUTED as u64, 0], None), "one too many");
    filter.set_muted(muted(Named::Task, 0), false);
    assert_eq!(filter.muted(), MOST_MUTED as u32, "it was not muted");
    for id in 0..MOST_MUTED as u32 {
        filter.set_muted(muted(Named::Object, id), false);
    }
    assert_eq!(filter.muted(), 0);
    assert!(!filter.suspects(tag(head::OBJECT)), "nothing costs anything any more");
}
