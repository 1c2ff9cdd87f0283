#![expect(clippy::single_range_in_vec_init, reason = "one stretch of cycles")]

use super::*;

const PLACE: u32 = 0x2000_0054;
const SIZE: u32 = 64;

fn store(cycle: u64, offset: u32) -> Observation {
    Observation { cycle, what: Observed::Store { address: PLACE, size: 4, value: offset.into() } }
}

fn own(ran: &[Range<u64>]) -> Vec<Stretch> {
    ran.iter().map(|cycles| Stretch { cycles: cycles.clone(), called: false }).collect()
}

fn called(cycles: Range<u64>) -> Stretch {
    Stretch { cycles, called: true }
}

/// A SPENT of less than 128 cycles.
fn spent(cycles: u8) -> [u8; 4] {
    [0xc3, 1, cycles, 0]
}

#[test]
fn a_record_is_as_the_wire_has_it() {
    assert_eq!(record(127), [0xc3, 1, 127, 0]);
    assert_eq!(record(300), [0xc3, 2, 0xac, 2, 0]);
}

#[test]
fn an_event_has_all_up_to_where_the_code_is_left() {
    let mut trace = Spent::new(PLACE);
    trace.follow(200, own(&[10..50, 100..130]), &[store(40, 2), store(110, 5)]);
    let bytes = [1, 7, 0x21, 3, 9];
    let expected = [&bytes[..2], &spent(40), &bytes[2..], &spent(30)].concat();
    assert_eq!(trace.insert(&bytes, SIZE), expected);
    assert_eq!(trace.total(), 70);
}

#[test]
fn of_two_in_one_go_the_first_has_what_ran_up_to_its_store() {
    let mut trace = Spent::new(PLACE);
    trace.follow(200, own(&[10..90]), &[store(40, 2), store(80, 4)]);
    assert_eq!(trace.insert(&[1, 7, 2, 8], SIZE), [&[1, 7][..], &spent(30), &[2, 8], &spent(50)].concat());
}

#[test]
fn what_goes_on_is_told_when_it_is_over() {
    let mut trace = Spent::new(PLACE);
    trace.follow(50, own(&[10..50]), &[store(40, 2)]);
    let mut looked = trace.clone();
    assert_eq!(trace.insert(&[1, 7], SIZE), [1, 7], "it may go on");
    assert!(trace.insert(&[], SIZE).is_empty());
    trace.follow(60, own(&[50..55]), &[]);
    assert_eq!(trace.insert(&[], SIZE), spent(45));
    // Looked at only then it is the same.
    looked.follow(60, own(&[50..55]), &[]);
    assert_eq!(looked.insert(&[1, 7], SIZE), [&[1, 7][..], &spent(45)].concat());
}

#[test]
fn the_end_of_the_run_is_the_end_of_the_code() {
    let mut trace = Spent::new(PLACE);
    trace.follow(50, own(&[10..50]), &[store(40, 2)]);
    trace.finish();
    assert_eq!(trace.insert(&[1, 7], SIZE), [&[1, 7][..], &spent(40)].concat());
}

#[test]
fn what_tells_nothing_counts_for_the_next_event() {
    let mut trace = Spent::new(PLACE);
    // An event that was held back, a SYNC, an event; the ring begins anew within the SYNC.
    trace.follow(100, own(&[0..5, 10..40, 50..60]), &[store(30, 9), store(55, 11)]);
    let sync = [&[0; 8][..], &[1, 1, 0, 1, 0x85, 1, 0, 1, 0]].concat();
    let bytes = [&sync[..], &[1, 7]].concat();
    assert_eq!(trace.insert(&bytes, SIZE), [&bytes[..], &spent(45)].concat());
}

#[test]
fn a_store_that_hands_nothing_over_has_no_event() {
    let mut trace = Spent::new(PLACE);
    trace.follow(100, own(&[0..5, 10..40]), &[store(3, 0), store(30, 2)]);
    assert_eq!(trace.insert(&[1, 7], SIZE), [&[1, 7][..], &spent(35)].concat());
}

#[test]
fn a_store_of_other_code_ends_at_itself() {
    let mut trace = Spent::new(PLACE);
    trace.follow(100, own(&[0..5, 50..60]), &[store(30, 2)]);
    assert_eq!(trace.insert(&[1, 7], SIZE), [&[1, 7][..], &spent(5)].concat());
}

#[test]
fn what_is_called_counts_directly_behind_the_code_and_not_where_others_call_it() {
    let mut trace = Spent::new(PLACE);
    let [before, behind] = [0..5, 50..60].map(called);
    let [first, last] = [[10..20], [30..40]].map(|ran| own(&ran).remove(0));
    // It goes on where somebody looked in between, and behind a look it is nobody else's.
    trace.follow(25, vec![before, first, called(20..25)], &[]);
    trace.follow(100, vec![called(25..30), last, behind], &[store(35, 2)]);
    assert_eq!(trace.insert(&[1, 7], SIZE), [&[1, 7][..], &spent(30)].concat());
    assert_eq!(trace.total(), 30);
}
