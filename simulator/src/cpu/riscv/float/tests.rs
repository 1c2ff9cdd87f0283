use super::*;

/// Unprivileged specification, 11.6.
#[test]
fn the_smaller_and_the_larger() {
    let [one, two] = [1.0_f32, 2.0].map(|value| u64::from(value.to_bits()));
    let negative = |value: u64| value | SINGLE.sign;
    let [quiet, signaling] = [0x7fc1_2345, 0x7f81_2345];
    for (left, right, smaller, larger) in [
        (one, two, one, two),
        (negative(one), two, negative(one), two),
        (negative(one), negative(two), negative(two), negative(one)),
        (0, negative(0), negative(0), 0),
        (quiet, one, one, one),
        (one, signaling, one, one),
        (quiet, signaling, SINGLE.canonical, SINGLE.canonical),
        (SINGLE.infinity, one, one, SINGLE.infinity),
    ] {
        for (left, right) in [(left, right), (right, left)] {
            let seen = (SINGLE.min_max(left, right, false), SINGLE.min_max(left, right, true));
            assert_eq!(seen, (smaller, larger), "{left:x} {right:x}");
        }
    }
    let [small, large] = [-1.5_f64, 1e300].map(f64::to_bits);
    assert_eq!((DOUBLE.min_max(small, large, false), DOUBLE.min_max(small, large, true)), (small, large));
    assert_eq!(DOUBLE.min_max(u64::MAX, u64::MAX, true), 0x7ff8_0000_0000_0000);
}

#[test]
fn which_nans_signal() {
    assert!(SINGLE.signals(0x7f80_0001) && SINGLE.signals(0xffbf_ffff));
    assert!(!SINGLE.signals(0x7fc0_0000) && !SINGLE.signals(0x7f80_0000) && !SINGLE.signals(0));
    assert!(DOUBLE.signals(0x7ff0_0000_0000_0001) && !DOUBLE.signals(0x7ff8_0000_0000_0000));
}
