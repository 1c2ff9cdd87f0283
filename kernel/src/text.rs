//! Numbers as text without `core::fmt`, for the paths that must stay small and must not fail.

/// `value` in decimal, in the end of `digits`.
pub(crate) fn decimal(mut value: u32, digits: &mut [u8; 10]) -> &[u8] {
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (value % 10) as u8;
        value /= 10;
        if value == 0 || at == 0 {
            return &digits[at..];
        }
    }
}

/// `value` as eight hexadecimal digits.
#[cfg(any(test, all(feature = "fault", target_os = "none")))]
pub(crate) fn hex(value: u32) -> [u8; 8] {
    core::array::from_fn(|digit| b"0123456789abcdef"[(value >> (28 - 4 * digit) & 15) as usize])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_what_format_makes_of_them() {
        for value in [0, 1, 9, 10, 99, 100, 65_535, 1_000_000_000, u32::MAX] {
            assert_eq!(decimal(value, &mut [0; 10]), std::format!("{value}").as_bytes());
            assert_eq!(&hex(value), std::format!("{value:08x}").as_bytes());
        }
    }
}
