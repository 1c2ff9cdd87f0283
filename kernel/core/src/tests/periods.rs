use crate::periods::periods;
use proptest::prelude::*;

#[test]
fn no_period_fits_nowhere() {
    assert_eq!(periods(0, 0), (0, 0));
    assert_eq!(periods(7, 0), (0, 7));
}

#[test]
fn the_ends_of_the_range_fit() {
    assert_eq!(periods(u64::MAX, 1), (u64::MAX, 0));
    assert_eq!(periods(u64::MAX, u64::MAX), (1, 0));
    assert_eq!(periods(u64::MAX - 1, u64::MAX), (0, u64::MAX - 1));
    assert_eq!(periods(u64::MAX, 1 << 63), (1, (1 << 63) - 1));
    assert_eq!(periods(0, 1), (0, 0));
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: if cfg!(miri) { 5 } else { 10_000 },
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    /// Against the host's division. The shifts give numbers of all lengths.
    #[test]
    fn it_is_a_division(span: u64, period: u64, short in 0..64_u32, shorter in 0..64_u32) {
        let (span, period) = (span >> short, (period >> shorter).max(1));
        prop_assert_eq!(periods(span, period), (span / period, span % period));
    }
}
