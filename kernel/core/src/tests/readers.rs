use super::rig::{block, started, tasks};
use crate::ReaderControl;

#[test]
fn the_last_reader_wakes_the_writer() {
    let (readers, table) = (ReaderControl::new(), tasks(2));
    let scheduler = started(&table, &[5, 9]);
    assert!(readers.begin() && readers.begin());
    assert!(!readers.end(), "one still reads");
    let _ = block(&scheduler, &table, 0, Some(readers.list()), u64::MAX);
    assert!(readers.end());
    assert_eq!(readers.readers(), 0);
}

#[test]
fn nobody_is_woken_where_no_writer_waits() {
    let readers = ReaderControl::new();
    assert!(readers.begin());
    assert!(!readers.end());
}

#[test]
fn a_reader_passes_a_waiting_writer_only_if_it_is_more_important() {
    let readers = ReaderControl::new();
    assert!(readers.may_read(None, None), "the gate is free");
    // Somebody of priority 4 writes.
    assert!(!readers.may_read(Some(9), Some(4)));
    // It waits, since somebody reads.
    assert!(readers.begin());
    assert!(readers.may_read(Some(5), Some(4)));
    assert!(!readers.may_read(Some(4), Some(4)));
    assert!(!readers.may_read(None, Some(0)), "a handler");
}

#[test]
fn there_are_no_more_readers_than_can_be_counted() {
    let readers = ReaderControl::new();
    readers.set_readers(u32::MAX - 1);
    assert!(readers.begin());
    assert!(!readers.begin());
    assert_eq!(readers.readers(), u32::MAX);
    assert!(!readers.end());
    assert_eq!(readers.readers(), u32::MAX - 1);
}
