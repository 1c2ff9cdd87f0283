//! Ticks and microseconds, exactly.

const MICROS: u32 = 1_000_000;

/// The relation of a clock of `HZ` ticks a second to microseconds, as a reduced fraction. Nothing overflows; what does
/// not fit saturates. A division by 1 is none, so where ticks are whole parts of a microsecond only products remain.
pub struct Scale<const HZ: u32>;

const fn common_divisor(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { common_divisor(b, a % b) }
}

impl<const HZ: u32> Scale<HZ> {
    const TICKS: u64 = {
        assert!(HZ > 0, "a clock needs a rate");
        (HZ / common_divisor(HZ, MICROS)) as u64
    };
    const PER_MICROS: u64 = (MICROS / common_divisor(HZ, MICROS)) as u64;

    /// `value` divided by `divisor`, which is a constant, and the rest.
    ///
    /// No processor of the kernel's with 32 bits divides 64, and a library's function for it is of some 900 bytes. Written
    /// in digits of 16 bits, a number is divided as by hand: a rest and the next digit fit into 32 bits, if the divisor has
    /// no more than 16.
    #[inline(always)]
    const fn divide(value: u64, divisor: u64) -> (u64, u64) {
        if divisor > 0xffff || divisor.is_power_of_two() {
            return (value / divisor, value % divisor);
        }
        let divisor = divisor as u32;
        let digits = (value >> 32) as u32;
        let (upper, rest) = (digits / divisor, digits % divisor);
        let digits = (rest << 16) | (value as u32 >> 16);
        let (middle, rest) = (digits / divisor, digits % divisor);
        let digits = (rest << 16) | (value as u32 & 0xffff);
        let lower = (middle << 16) | (digits / divisor);
        (((upper as u64) << 32) | lower as u64, (digits % divisor) as u64)
    }

    /// The first tick that is not earlier than `micros` after the start: rounded up. Saturates at `u64::MAX`.
    #[inline(always)]
    #[must_use]
    pub const fn ticks_at(micros: u64) -> u64 {
        let (whole, rest) = Self::divide(micros, Self::PER_MICROS);
        let (part, rest) = Self::divide(rest * Self::TICKS, Self::PER_MICROS);
        whole.saturating_mul(Self::TICKS).saturating_add(part + (rest > 0) as u64)
    }

    /// Ticks to wait so that at least `micros` go by, whenever in a tick the wait begins. Where a tick is longer than a
    /// microsecond this is one more than [`Self::ticks_at`]; a shorter one is below what a duration can express.
    #[inline(always)]
    #[must_use]
    pub const fn ticks_for(micros: u64) -> u64 {
        Self::ticks_at(micros).saturating_add((HZ < MICROS) as u64)
    }

    /// The whole microseconds from the start to tick `ticks`: rounded down.
    #[inline(always)]
    #[must_use]
    pub const fn micros_at(ticks: u64) -> u64 {
        let (whole, rest) = Self::divide(ticks, Self::TICKS);
        // Less than one, where ticks are whole parts of a microsecond.
        let part = if Self::PER_MICROS == 1 { 0 } else { Self::divide(rest * Self::PER_MICROS, Self::TICKS).0 };
        whole.saturating_mul(Self::PER_MICROS).saturating_add(part)
    }
}

#[cfg(test)]
mod tests {
    use super::Scale;

    #[test]
    fn whole_ticks_a_microsecond_are_products() {
        assert_eq!(Scale::<25_000_000>::ticks_at(3), 75);
        assert_eq!(Scale::<25_000_000>::ticks_for(3), 75);
        assert_eq!(Scale::<25_000_000>::micros_at(74), 2);
        assert_eq!(Scale::<25_000_000>::micros_at(75), 3);
    }

    #[test]
    fn a_watch_crystal_keeps_every_second_exact() {
        // 2^15 ticks a second: 1 s is exact, 1 us is less than a tick and rounds up, and waits cover a started tick.
        assert_eq!(Scale::<32_768>::ticks_at(1_000_000), 32_768);
        assert_eq!(Scale::<32_768>::ticks_at(1), 1);
        assert_eq!(Scale::<32_768>::ticks_for(1), 2);
        assert_eq!(Scale::<32_768>::ticks_at(86_400_000_000 * 365), 32_768 * 86_400 * 365);
        assert_eq!(Scale::<32_768>::micros_at(1), 30); // 30.517...
    }

    #[test]
    fn what_does_not_fit_saturates() {
        assert_eq!(Scale::<25_000_000>::ticks_at(u64::MAX), u64::MAX);
        assert_eq!(
            Scale::<32_768>::ticks_for(u64::MAX),
            u64::MAX / 15_625 * 512 + ((u64::MAX % 15_625) * 512).div_ceil(15_625) + 1
        );
        assert_eq!(Scale::<32_768>::micros_at(u64::MAX), u64::MAX);
    }

    #[test]
    fn a_deadline_is_never_early() {
        for micros in (0..200_000).step_by(7) {
            assert!(Scale::<32_768>::micros_at(Scale::<32_768>::ticks_at(micros)) >= micros);
            assert!(Scale::<168_000_000>::micros_at(Scale::<168_000_000>::ticks_at(micros)) >= micros);
            assert!(Scale::<999_983>::micros_at(Scale::<999_983>::ticks_at(micros)) >= micros);
        }
    }

    /// Against the definition in 128 bits, around every power of two and at the end.
    fn compare<const HZ: u32>() {
        let end = u128::from(u64::MAX);
        let (hz, micros) = (u128::from(HZ), 1_000_000);
        for value in (0..64).flat_map(|bit| [(1 << bit) - 1, 1 << bit, (1 << bit) + 1]).chain([u64::MAX - 1, u64::MAX])
        {
            let wide = u128::from(value);
            assert_eq!(u128::from(Scale::<HZ>::ticks_at(value)), (wide * hz).div_ceil(micros).min(end), "{value} us");
            assert_eq!(u128::from(Scale::<HZ>::micros_at(value)), (wide * micros / hz).min(end), "{value} ticks");
        }
    }

    #[test]
    fn every_value_is_the_fractions() {
        compare::<1>();
        compare::<32_768>();
        compare::<999_983>();
        compare::<1_000_000>();
        compare::<25_000_000>();
        compare::<168_000_000>();
        compare::<{ u32::MAX }>();
    }
}
