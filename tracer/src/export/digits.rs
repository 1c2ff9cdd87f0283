//! Numbers as decimal digits. An export writes several for each of millions of events, and the general formatter takes
//! several times as long.

/// Appends `number`.
pub(super) fn decimal(to: &mut Vec<u8>, number: u64) {
    padded(to, number, 1);
}

/// Appends `number`, which may be below zero.
pub(super) fn signed(to: &mut Vec<u8>, number: i64) {
    if number < 0 {
        to.push(b'-');
    }
    decimal(to, number.unsigned_abs());
}

/// Appends `number` with zeros in front up to `width` digits, at most 20.
pub(super) fn padded(to: &mut Vec<u8>, mut number: u64, width: usize) {
    // As many as the largest number has.
    let mut digits = [b'0'; 20];
    let mut first = digits.len();
    for digit in digits.iter_mut().rev() {
        if number == 0 {
            break;
        }
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
        first -= 1;
    }
    let first = first.min(digits.len().saturating_sub(width));
    to.extend_from_slice(digits.get(first..).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Exactly as the standard library writes them.
        #[test]
        fn digits_are_those_of_the_standard_library(number: u64, shift in 0..64_u32, width in 1..=20_usize) {
            let number = number >> shift;
            let mut text = Vec::new();
            decimal(&mut text, number);
            text.push(b' ');
            signed(&mut text, number.cast_signed());
            text.push(b' ');
            padded(&mut text, number, width);
            let expected = format!("{number} {} {number:0width$}", number.cast_signed());
            prop_assert_eq!(String::from_utf8(text).unwrap(), expected);
        }
    }

    #[test]
    fn the_ends_of_the_range() {
        let mut text = Vec::new();
        decimal(&mut text, 0);
        decimal(&mut text, u64::MAX);
        signed(&mut text, i64::MIN);
        assert_eq!(text, b"018446744073709551615-9223372036854775808");
    }
}
