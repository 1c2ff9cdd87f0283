//! Times for people: cycles to text with a unit, and text to cycles.
//!
//! The tracer keeps every time in cycles of the trace clock. Here, and only here, they meet seconds.

use std::ops::Range;

/// The units a person may type, with how many make a second.
const UNITS: [(&str, u64); 6] =
    [("ns", 1_000_000_000), ("us", 1_000_000), ("µs", 1_000_000), ("μs", 1_000_000), ("ms", 1_000), ("s", 1)];

/// Why a time could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// Not a number with a unit.
    #[error("`{0}` is not a time; write a number and a unit: 1.5ms, 200us, 2s, 40000cy")]
    Syntax(String),
    /// Too large to count in cycles.
    #[error("`{0}` is more time than 64 bits of cycles can count")]
    TooLarge(String),
    /// Not two times with `..` between them.
    #[error("`{0}` is not a window; write FROM..TO, such as 1ms..2.5ms, or ..2ms, or 1s..")]
    NoWindow(String),
    /// The window ends before it begins.
    #[error("the window `{0}` is empty")]
    EmptyWindow(String),
}

/// Reads a time such as `1.5ms`, `200us`, `2s` or `40000cy` (cycles) into cycles of a clock of `clock_hz`.
///
/// # Errors
/// [`TimeError::Syntax`] or [`TimeError::TooLarge`].
pub fn parse(text: &str, clock_hz: u64) -> Result<u64, TimeError> {
    let syntax = || TimeError::Syntax(text.to_owned());
    let large = || TimeError::TooLarge(text.to_owned());
    let trimmed = text.trim();
    let digits = trimmed.find(|c: char| !c.is_ascii_digit() && c != '.' && c != '_').unwrap_or(trimmed.len());
    let (number, unit) = trimmed.split_at(digits);
    let unit = unit.trim();
    let number: String = number.chars().filter(|c| *c != '_').collect();
    let (whole, fraction) = number.split_once('.').unwrap_or((&number, ""));
    if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') || fraction.len() > 12 {
        return Err(syntax());
    }
    let scale = 10_u128.pow(u32::try_from(fraction.len()).map_err(|_| syntax())?);
    let whole: u128 = if whole.is_empty() { 0 } else { whole.parse().map_err(|_| large())? };
    let fraction: u128 = if fraction.is_empty() { 0 } else { fraction.parse().map_err(|_| syntax())? };
    let scaled = whole.checked_mul(scale).and_then(|value| value.checked_add(fraction)).ok_or_else(large)?;
    let cycles = match unit {
        "cy" | "cycles" => Some(scaled / scale),
        _ => {
            let (_, per_second) = UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(syntax)?;
            let divisor = u128::from(*per_second) * scale;
            scaled.checked_mul(u128::from(clock_hz)).map(|value| (value + divisor / 2) / divisor)
        }
    };
    cycles.and_then(|cycles| u64::try_from(cycles).ok()).ok_or_else(large)
}

/// Reads a window such as `1ms..2.5ms`; an end that is left out is the one of `whole`.
///
/// # Errors
/// [`TimeError`], also for an empty window.
pub fn parse_window(text: &str, clock_hz: u64, whole: &Range<u64>) -> Result<Range<u64>, TimeError> {
    let (from, to) = text.split_once("..").ok_or_else(|| TimeError::NoWindow(text.to_owned()))?;
    let start = if from.trim().is_empty() { whole.start } else { parse(from, clock_hz)? };
    let end = if to.trim().is_empty() { whole.end } else { parse(to, clock_hz)? };
    if start >= end { Err(TimeError::EmptyWindow(text.to_owned())) } else { Ok(start..end) }
}

/// A duration with four significant digits: `0 s`, `12.35 us`, `1.000 ms`, `2.500 s`.
#[must_use]
pub fn duration(cycles: u64, clock_hz: u64) -> String {
    if cycles == 0 {
        return "0 s".to_owned();
    }
    let picoseconds = to_picoseconds(cycles, clock_hz);
    let (mut index, mut unit) = (0, 1_u128);
    for (at, (_, size)) in SCALES.iter().enumerate() {
        if picoseconds >= *size {
            (index, unit) = (at, *size);
        }
    }
    // Rounding may reach the next unit: 999.96 us is 1.000 ms.
    let mut text = significant(picoseconds, unit);
    if text.starts_with("1000")
        && let Some((_, size)) = SCALES.get(index + 1)
    {
        index += 1;
        text = significant(picoseconds, *size);
    }
    format!("{text} {}", SCALES.get(index).map_or("s", |(name, _)| name))
}

const SCALES: [(&str, u128); 5] =
    [("ps", 1), ("ns", 1_000), ("us", 1_000_000), ("ms", 1_000_000_000), ("s", 1_000_000_000_000)];

/// How durations of a column are written, the most precise first: the place of the unit, and the most digits behind the point.
const DURATIONS: [(usize, u32); 8] = [(2, 2), (3, 4), (3, 3), (4, 4), (4, 3), (4, 2), (4, 1), (4, 0)];

fn significant(picoseconds: u128, unit: u128) -> String {
    let whole = picoseconds / unit;
    let decimals = match whole {
        0..10 => 3,
        10..100 => 2,
        100..1000 => 1,
        _ => 0,
    };
    fixed(picoseconds, unit, decimals)
}

fn fixed(value: u128, unit: u128, decimals: u32) -> String {
    let scale = 10_u128.pow(decimals);
    let scaled = (value * scale + unit / 2) / unit;
    if decimals == 0 {
        scaled.to_string()
    } else {
        format!("{}.{:0width$}", scaled / scale, scaled % scale, width = decimals as usize)
    }
}

/// A moment, exact to the nanosecond, without superfluous zeros: `1.00025 s`, `97.3272 ms`, `40 ns`.
#[must_use]
pub fn moment(cycles: u64, clock_hz: u64) -> String {
    let nanoseconds = to_picoseconds(cycles, clock_hz).saturating_add(500) / 1_000;
    let (unit, size, decimals) = match nanoseconds {
        0 => return "0 s".to_owned(),
        1..1_000 => return format!("{nanoseconds} ns"),
        1_000..1_000_000 => ("us", 1_000, 3),
        1_000_000..1_000_000_000 => ("ms", 1_000_000, 6),
        _ => ("s", 1_000_000_000, 9),
    };
    let text = fixed(nanoseconds, size, decimals);
    format!("{} {unit}", text.trim_end_matches('0').trim_end_matches('.'))
}

/// A moment that [`parse`] reads back to the very same cycle.
#[must_use]
pub fn exact(cycles: u64) -> String {
    format!("{cycles}cy")
}

/// How the times of one column are written, so that their points stand under each other: in one unit, with the same digits
/// behind the point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scale {
    unit: &'static str,
    /// Picoseconds of the unit.
    size: u128,
    decimals: u32,
    clock_hz: u64,
}

impl Scale {
    /// For moments of a trace that ends at `end`: no two cycles look the same, and [`parse`] reads each back.
    #[must_use]
    pub fn of_moments(end: u64, clock_hz: u64) -> Self {
        let scale = match to_picoseconds(end, clock_hz) {
            1_000_000_000_000.. => 4,
            1_000_000_000.. => 3,
            _ => 2,
        };
        Self::new(scale, u32::MAX, clock_hz)
    }

    /// For durations of which `longest` is the longest. They take ten characters at most, up to a day.
    #[must_use]
    pub fn of_durations(longest: u64, clock_hz: u64) -> Self {
        Self::of_durations_within(usize::MAX, longest, clock_hz)
    }

    /// The same in `cells` characters at most, with larger units or fewer digits where there is no room.
    #[must_use]
    pub fn of_durations_within(cells: usize, longest: u64, clock_hz: u64) -> Self {
        let first = match to_picoseconds(longest, clock_hz) {
            // A little before the next unit's, where rounding would take one more character.
            99_000_000_000_000.. => 3,
            999_000_000_000.. => 1,
            _ => 0,
        };
        let mut scales = DURATIONS.iter().skip(first).map(|(scale, most)| Self::new(*scale, *most, clock_hz));
        let fits = scales.find(|scale| scale.number(longest).len() <= cells);
        fits.unwrap_or_else(|| Self::new(4, 0, clock_hz))
    }

    /// In the unit at this place, with so many digits as the clock has, but no more than `most`.
    fn new(scale: usize, most: u32, clock_hz: u64) -> Self {
        let (unit, size) = SCALES.get(scale).copied().unwrap_or(("s", 1_000_000_000_000));
        // Digits that a cycle has in this unit. The times of a faster clock than a picosecond's nobody writes.
        let units_per_second = 1_000_000_000_000 / size;
        let mut decimals = 0;
        while decimals < most.min(12) && units_per_second * 10_u128.pow(decimals) < u128::from(clock_hz) {
            decimals += 1;
        }
        Self { unit, size, decimals, clock_hz }
    }

    /// The same unit and digits for cycles of another clock.
    #[must_use]
    pub const fn of_clock(self, clock_hz: u64) -> Self {
        Self { clock_hz, ..self }
    }

    /// The unit, for the column's heading.
    #[must_use]
    pub const fn unit(&self) -> &'static str {
        self.unit
    }

    /// The number, without the unit.
    #[must_use]
    pub fn number(&self, cycles: u64) -> String {
        fixed(to_picoseconds(cycles, self.clock_hz), self.size, self.decimals)
    }

    /// The number with its unit, for a list without a heading.
    #[must_use]
    pub fn show(&self, cycles: u64) -> String {
        format!("{} {}", self.number(cycles), self.unit)
    }
}

fn to_picoseconds(cycles: u64, clock_hz: u64) -> u128 {
    u128::from(cycles) * 1_000_000_000_000 / u128::from(clock_hz.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MHZ25: u64 = 25_000_000;

    #[test]
    fn reads_units() {
        assert_eq!(parse("1ms", MHZ25), Ok(25_000));
        assert_eq!(parse("1.5 us", MHZ25), Ok(38)); // 37.5 cycles, to the nearest
        assert_eq!(parse("40ns", MHZ25), Ok(1));
        assert_eq!(parse("2s", MHZ25), Ok(50_000_000));
        assert_eq!(parse("1_000cy", MHZ25), Ok(1000));
        assert_eq!(parse(".5s", MHZ25), Ok(12_500_000));
    }

    #[test]
    fn refuses_what_is_no_time() {
        for text in ["", "ms", "5", "5 minutes", "1.2.3s", "-1s", "."] {
            assert!(matches!(parse(text, MHZ25), Err(TimeError::Syntax(_))), "{text}");
        }
        assert!(matches!(parse("99999999999999999999999s", MHZ25), Err(TimeError::TooLarge(_))));
    }

    #[test]
    fn reads_windows() {
        let whole = 10..1_000_000;
        assert_eq!(parse_window("1ms..2ms", MHZ25, &whole), Ok(25_000..50_000));
        assert_eq!(parse_window("..2ms", MHZ25, &whole), Ok(10..50_000));
        assert_eq!(parse_window("1ms..", MHZ25, &whole), Ok(25_000..1_000_000));
        assert!(matches!(parse_window("2ms..1ms", MHZ25, &whole), Err(TimeError::EmptyWindow(_))));
        assert!(matches!(parse_window("2ms", MHZ25, &whole), Err(TimeError::NoWindow(_))));
    }

    #[test]
    fn writes_durations() {
        assert_eq!(duration(0, MHZ25), "0 s");
        assert_eq!(duration(1, MHZ25), "40.00 ns");
        assert_eq!(duration(25, MHZ25), "1.000 us");
        assert_eq!(duration(308, MHZ25), "12.32 us");
        assert_eq!(duration(24_999, MHZ25), "1.000 ms"); // 999.96 us
        assert_eq!(duration(62_500_000, MHZ25), "2.500 s");
        assert_eq!(duration(25_000_000_000, MHZ25), "1000 s");
        assert_eq!(duration(1, 168_000_000), "5.952 ns");
    }

    #[test]
    fn writes_moments() {
        assert_eq!(moment(25_006_250, MHZ25), "1.00025 s");
        assert_eq!(moment(2_433_180, MHZ25), "97.3272 ms");
        assert_eq!(moment(25_000, MHZ25), "1 ms");
        assert_eq!(moment(26, MHZ25), "1.04 us");
        assert_eq!(moment(1, MHZ25), "40 ns");
        assert_eq!(moment(0, MHZ25), "0 s");
    }
    #[test]
    fn moments_of_a_column_have_the_clocks_digits() {
        // 25 MHz: a cycle is 0.04 us.
        for (end, unit, zero, one) in [
            (24_999, "us", "0.00", "0.04"),
            (25_000, "ms", "0.00000", "0.00004"),
            (25_000_000, "s", "0.00000000", "0.00000004"),
        ] {
            let scale = Scale::of_moments(end, MHZ25);
            assert_eq!((scale.unit(), scale.number(0).as_str(), scale.number(1).as_str()), (unit, zero, one));
        }
        assert_eq!(Scale::of_moments(5_000_000, 1_000_000).show(1_500_000), "1.500000 s");
        assert_eq!(Scale::of_moments(5_000_000, 1).show(7), "7 s");
        for hz in [1, 32_768, 999_999, 1_000_000, 16_000_000, 64_000_000, 168_000_000, 1_000_000_000, u64::MAX] {
            for end in [hz / 100_000, hz / 100, hz, hz.saturating_mul(100)] {
                let scale = Scale::of_moments(end, hz);
                assert!(
                    hz > 1_000_000_000 || parse(&scale.show(end), hz) == Ok(end),
                    "{end} of {hz}: {}",
                    scale.show(end)
                );
            }
        }
    }

    #[test]
    fn durations_fit_where_there_is_less_room() {
        // (longest, cells, its text): as precise as there is room for.
        for (longest, cells, text) in [
            (308, 10, "12.32 us"),
            (24_974_999, 9, "998999.96 us"),
            (24_974_999, 8, "999.0000 ms"),
            (2_474_999_999, 10, "99000.0000 ms"),
            (2_474_999_999, 9, "99000.000 ms"),
            (2_474_999_999, 8, "99.0000 s"),
            (250_000_000_000, 8, "10000.00 s"),
            (250_000_000_000, 5, "10000 s"),
        ] {
            let scale = Scale::of_durations_within(cells, longest, MHZ25);
            assert_eq!(scale.show(longest), text, "{longest} in {cells}");
            assert!(scale.number(longest).len() <= cells, "{longest} in {cells}");
        }
    }

    #[test]
    fn durations_of_a_column_fit_ten_cells() {
        assert_eq!(Scale::of_durations(308, MHZ25).show(308), "12.32 us");
        assert_eq!(Scale::of_durations(24_974_999, MHZ25).show(24_974_999), "998999.96 us");
        assert_eq!(Scale::of_durations(25_000_000, MHZ25).show(308), "0.0123 ms");
        assert_eq!(Scale::of_durations(2_500_000_000, MHZ25).show(25_000), "0.0010 s");
        // The longest of each unit, of the clock with the most digits.
        for (longest, hz) in [
            (167_831_999, 168_000_000),
            (168_000_000, 168_000_000),
            (16_631_999_999, 168_000_000),
            (168_000_000 * 86_399, 168_000_000),
        ] {
            let text = Scale::of_durations(longest, hz).number(longest);
            assert!(text.len() <= 10, "{text}");
        }
    }
}
