//! Times, factors and sizes as people type and read them.

/// Picoseconds in a second.
pub const PS_PER_SECOND: u64 = 1_000_000_000_000;

/// Reads a time like `2s`, `1.5ms`, `200us`, `10ns`, `3m`: picoseconds. The unit is required.
///
/// # Errors
/// What is wrong with it, as a sentence.
pub fn parse_time(text: &str) -> Result<u64, String> {
    let digits_end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(digits_end);
    let scale: u128 = match unit {
        "m" | "min" => 60 * u128::from(PS_PER_SECOND),
        "s" => u128::from(PS_PER_SECOND),
        "ms" => 1_000_000_000,
        "us" | "µs" => 1_000_000,
        "ns" => 1_000,
        "ps" => 1,
        "" => return Err("a time needs a unit, as in 2s, 10ms, 50us".into()),
        other => return Err(format!("no unit '{other}': use m, s, ms, us, ns")),
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() || fraction.len() > 12 || fraction.contains('.') {
        return Err(format!("'{number}' is not a number"));
    }
    let too_long = || "longer than a 64-bit count of picoseconds (213 days)".to_owned();
    let digits: u128 = format!("{whole}{fraction}").parse().map_err(|_| too_long())?;
    let scaled = digits.checked_mul(scale).ok_or_else(too_long)?;
    let divisor = 10_u128.pow(u32::try_from(fraction.len()).unwrap_or(0));
    u64::try_from(scaled / divisor).map_err(|_| too_long())
}

/// Reads a pace: `1x`, `0.1x`, or `max`, which is `None`.
///
/// # Errors
/// What is wrong with it, as a sentence.
pub fn parse_pace(text: &str) -> Result<Pace, String> {
    if text == "max" {
        return Ok(Pace(None));
    }
    let number = text.strip_suffix('x').unwrap_or(text);
    match number.parse::<f64>() {
        Ok(pace) if pace.is_finite() && pace > 0.0 => Ok(Pace(Some(pace))),
        _ => Err("a pace is 1x, 0.1x, 10x, or max".into()),
    }
}

/// Virtual seconds in a host second; `None` is as fast as possible.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace(pub Option<f64>);

/// Reads a size like `64KiB`, `1MiB`, `512` or `0x200`: bytes.
///
/// # Errors
/// What is wrong with it, as a sentence.
pub fn parse_size(text: &str) -> Result<u64, String> {
    let (number, scale) = if let Some(number) = text.strip_suffix("KiB") {
        (number, 1024)
    } else if let Some(number) = text.strip_suffix("MiB") {
        (number, 1024 * 1024)
    } else {
        (text.strip_suffix('B').filter(|_| !text.starts_with("0x")).unwrap_or(text), 1)
    };
    let number = number.trim();
    let value = match number.strip_prefix("0x") {
        Some(hex) => u64::from_str_radix(hex, 16),
        None => number.parse(),
    };
    value
        .ok()
        .and_then(|value| value.checked_mul(scale))
        .ok_or_else(|| format!("'{text}' is not a size: use 512, 0x200, 64KiB, 1MiB"))
}

/// Reads an address like `0x08000000`: 32 or 64 bits, hexadecimal or decimal; `_` between digits is skipped.
///
/// # Errors
/// What is wrong with it, as a sentence.
pub fn parse_address(text: &str) -> Result<u64, String> {
    let digits = text.replace('_', "");
    let value = match digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        Some(hex) => u64::from_str_radix(hex, 16),
        None => digits.parse(),
    };
    value.map_err(|_| format!("'{text}' is not an address: use 0x08000000, 0x0800_0000 or 134217728"))
}

/// A time for people: three decimals in the unit that fits.
#[must_use]
pub fn show_time(ps: u64) -> String {
    let (scale, unit) = match ps {
        0..1_000_000 => (1_000, "ns"),
        1_000_000..1_000_000_000 => (1_000_000, "us"),
        1_000_000_000..PS_PER_SECOND => (1_000_000_000, "ms"),
        _ => (PS_PER_SECOND, "s"),
    };
    // Integers: a binary fraction would round some of these the wrong way.
    format!("{}.{:03} {unit}", ps / scale, ps % scale / (scale / 1_000))
}

/// Cycles of a clock as microseconds with two decimals.
#[must_use]
pub fn show_cycles_us(cycles: u64, hz: u64) -> String {
    let hundredths = u128::from(cycles) * 100_000_000 / u128::from(hz.max(1));
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

/// A whole number with a thin grouping: `1,234,567`.
#[must_use]
pub fn show_count(value: u64) -> String {
    let digits = value.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_exact() {
        assert_eq!(parse_time("2s"), Ok(2_000_000_000_000));
        assert_eq!(parse_time("1.5ms"), Ok(1_500_000_000));
        assert_eq!(parse_time("0.001us"), Ok(1_000));
        assert_eq!(parse_time("3m"), Ok(180 * PS_PER_SECOND));
        for wrong in ["2", "", "s", ".5s", "1..2s", "2 s", "-1s", "2h", "99999999999999s", "1.2.3ms"] {
            assert!(parse_time(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn paces() {
        assert_eq!(parse_pace("max"), Ok(Pace(None)));
        assert_eq!(parse_pace("0.1x"), Ok(Pace(Some(0.1))));
        for wrong in ["0x", "-1x", "nan", "infx", "fast", "0"] {
            assert!(parse_pace(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn sizes() {
        assert_eq!(parse_size("64KiB"), Ok(65_536));
        assert_eq!(parse_size("0x200"), Ok(512));
        assert_eq!(parse_size("512"), Ok(512));
        for wrong in ["", "KiB", "64K", "-1", "99999999999999999999"] {
            assert!(parse_size(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn addresses() {
        assert_eq!(parse_address("0x08000000"), Ok(0x0800_0000));
        assert_eq!(parse_address("0x0800_0000"), Ok(134_217_728));
        assert_eq!(parse_address("134217728"), Ok(0x0800_0000));
        for wrong in ["", "0x", "flash", "-1", "08000000h", "0x1_0000_0000_0000_0000"] {
            assert!(parse_address(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn shown_for_people() {
        assert_eq!(show_time(1_234_567_000), "1.234 ms");
        assert_eq!(show_time(2 * PS_PER_SECOND), "2.000 s");
        assert_eq!(show_cycles_us(60, 25_000_000), "2.40");
        assert_eq!(show_count(1_234_567), "1,234,567");
        assert_eq!(show_count(12), "12");
    }
}
