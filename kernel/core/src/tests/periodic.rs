use crate::PeriodicControl;
use crate::periodic::release_from;
use proptest::prelude::*;

#[test]
fn a_release_that_is_now_is_not_missed() {
    assert_eq!(release_from(100, 10, 99), (100, 0));
    assert_eq!(release_from(100, 10, 100), (100, 0));
    assert_eq!(release_from(100, 10, 101), (110, 1));
    assert_eq!(release_from(100, 10, 110), (110, 1));
    assert_eq!(release_from(100, 10, 131), (140, 4));
}

#[test]
fn the_end_of_time_is_not_passed() {
    assert_eq!(release_from(u64::MAX, 10, 5), (u64::MAX, 0));
    assert_eq!(release_from(u64::MAX - 5, 10, u64::MAX - 4), (u64::MAX, 1));
    assert_eq!(release_from(0, u64::MAX, 1), (u64::MAX, 1));
}

#[test]
fn what_is_later_than_its_deadline_is_counted() {
    let control = PeriodicControl::new();
    assert_eq!(control.release(), None);
    control.begin(100);
    assert_eq!(control.release(), Some(100));
    control.end(107, 7, 0);
    assert_eq!((control.misses(), control.overruns(), control.longest()), (0, 0, 7));
    control.begin(110);
    control.end(118, 7, 0);
    control.begin(120);
    control.end(141, 7, 2);
    assert_eq!((control.releases(), control.misses(), control.overruns(), control.longest()), (3, 2, 2, 21));
}

#[test]
fn counts_stay_at_their_end() {
    let control = PeriodicControl::new();
    control.begin(0);
    control.end(1, 0, u64::MAX);
    control.end(1, 0, 1);
    assert_eq!(control.overruns(), u32::MAX);
    control.set_counts(u32::MAX);
    control.begin(2);
    control.end(9, 0, 0);
    assert_eq!((control.releases(), control.misses()), (u32::MAX, u32::MAX));
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: if cfg!(miri) { 5 } else { 2_000 },
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    /// Against going there step by step.
    #[test]
    fn releases_lie_on_the_grid(first in 0..1_000_u64, period in 1..50_u64, now in 0..2_000_u64) {
        let (mut release, mut missed) = (first, 0);
        while release < now {
            release += period;
            missed += 1;
        }
        prop_assert_eq!(release_from(first, period, now), (release, missed));
    }
}
