use crate::Priority;
use crate::bitmap::{leading, trailing};
use proptest::prelude::*;
use std::vec::Vec;

/// The priorities of a set, by their numbers.
fn priorities(set: u32) -> Vec<Priority> {
    (0..32).filter(|number| set >> number & 1 != 0).filter_map(Priority::new).collect()
}

/// The most important priority of a set is known without a bitmap.
fn check(set: u32) {
    let members = priorities(set);
    let most = members.iter().map(|priority| usize::from(priority.number())).max();
    let of = |bit: fn(Priority) -> u32| members.iter().map(|priority| bit(*priority)).fold(0, |bits, bit| bits | bit);
    let (by_leading, by_trailing) = (of(leading::bit), of(trailing::bit));
    assert_eq!((by_leading.count_ones(), by_trailing.count_ones()), (set.count_ones(), set.count_ones()));
    if let Some(most) = most {
        assert_eq!(leading::most_important(by_leading), most, "{set:032b}");
        assert_eq!(trailing::most_important(by_trailing), most, "{set:032b}");
    }
    for other in priorities(!set) {
        let above = most.is_none_or(|most| usize::from(other.number()) > most);
        assert_eq!(leading::is_above(leading::bit(other), by_leading), above, "{set:032b} {other:?}");
        assert_eq!(trailing::is_above(trailing::bit(other), by_trailing), above, "{set:032b} {other:?}");
    }
}

#[test]
fn sets_of_one_and_of_two_are_found() {
    check(0);
    for first in 0..32 {
        for second in if cfg!(miri) { first..first + 1 } else { 0..32 } {
            check(1 << first | 1 << second);
            check(!(1 << first | 1 << second));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: if cfg!(miri) { 5 } else { 20_000 },
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_set_is_found(set: u32) {
        check(set);
    }
}
