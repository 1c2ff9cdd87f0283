//! Exact numbers: what was measured and what it may be, compared without rounding.

use std::cmp::Ordering;
use std::ops::Range;

use super::mistake::Mistake;

/// What a number counts, and so which units its limit may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quantity {
    /// A time, in cycles.
    Time,
    /// A part of the window's time.
    Share,
    /// How often.
    Count,
    /// Memory.
    Bytes,
}

/// The unit of a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    None,
    /// So many make a second.
    PerSecond(u64),
    Cycles,
    Percent,
    /// So many bytes.
    Bytes(u64),
}

const UNITS: [(&str, Unit); 13] = [
    ("ns", Unit::PerSecond(1_000_000_000)),
    ("us", Unit::PerSecond(1_000_000)),
    ("µs", Unit::PerSecond(1_000_000)),
    ("μs", Unit::PerSecond(1_000_000)),
    ("ms", Unit::PerSecond(1_000)),
    ("s", Unit::PerSecond(1)),
    ("cy", Unit::Cycles),
    ("cycles", Unit::Cycles),
    ("%", Unit::Percent),
    ("B", Unit::Bytes(1)),
    ("KiB", Unit::Bytes(1024)),
    ("MiB", Unit::Bytes(1024 * 1024)),
    ("", Unit::None),
];

/// Digits before and behind the point together: more than any clock tells, and few enough for exact arithmetic.
const MOST_DIGITS: usize = 18;

/// Digits behind the point.
const MOST_DECIMALS: usize = 9;

/// The right side of a budget: `200us`, `40%`, `128`, `2KiB`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Limit {
    digits: u64,
    /// `digits` times this power of ten below one.
    scale: u32,
    unit: Unit,
    span: Range<usize>,
}

impl Limit {
    /// Reads `number` (at `span`) and `unit` (at `unit_span`).
    pub(super) fn new(number: &str, span: Range<usize>, unit: &str, unit_span: Range<usize>) -> Result<Self, Mistake> {
        let digits: String = number.chars().filter(|c| *c != '_').collect();
        let (whole, fraction) = digits.split_once('.').unwrap_or((&digits, ""));
        if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') {
            return Err(Mistake::new(span, format!("`{number}` is not a number"), "not a number"));
        }
        if fraction.len() > MOST_DECIMALS || whole.len() + fraction.len() > MOST_DIGITS {
            let message = format!("`{number}` has more digits than can be compared exactly");
            let label = format!("at most {MOST_DIGITS} digits, {MOST_DECIMALS} of them behind the point");
            return Err(Mistake::new(span, message, label));
        }
        let known = UNITS.iter().find(|(name, _)| *name == unit).map(|(_, unit)| *unit);
        let Some(unit) = known else {
            let mistake = Mistake::new(unit_span, format!("unknown unit `{unit}`"), "not a unit");
            return Err(
                mistake.help("times: ns, us, ms, s, cy (cycles); parts: %; memory: B, KiB, MiB; counts: no unit")
            );
        };
        let digits = format!("{whole}{fraction}").parse().unwrap_or(u64::MAX);
        let scale = u32::try_from(fraction.len()).unwrap_or(0);
        Ok(Self { digits, scale, unit, span: span.start..unit_span.end.max(span.end) })
    }

    /// Whether this limit can be one of `quantity`.
    pub(super) fn check(&self, quantity: Quantity) -> Result<(), Mistake> {
        let mistake = |message: &str, help: &str| Err(Mistake::new(self.span.clone(), message, "here").help(help));
        match (quantity, self.unit) {
            (Quantity::Time, Unit::PerSecond(_) | Unit::Cycles)
            | (Quantity::Share, Unit::Percent)
            | (Quantity::Count, Unit::None)
            | (Quantity::Bytes, Unit::None | Unit::Bytes(_)) => Ok(()),
            (Quantity::Time, Unit::None) => {
                mistake("a time needs a unit", "as in 200us, 1.5ms, 2s, or 400cy for cycles")
            }
            (Quantity::Time, _) => mistake("this is not a time", "as in 200us, 1.5ms, 2s, or 400cy for cycles"),
            (Quantity::Share, _) => mistake("a part of the processor's time is told in %", "as in 40%"),
            (Quantity::Count, _) => mistake("a count has no unit", "as in 0 or 1000"),
            (Quantity::Bytes, _) => mistake("this is not a size", "as in 128 (bytes), 128B or 2KiB"),
        }
    }

    /// How `amount` compares with this limit. It is a part of `of`: cycles of a clock of `of` a second, cycles of a
    /// window of `of` cycles; `of` is 1 for counts and bytes.
    pub(super) fn compare(&self, amount: u64, of: u64) -> Ordering {
        let scale = u128::from(10_u64.pow(self.scale));
        let (factor, divisor, of) = match self.unit {
            Unit::None => (1, 1, of),
            Unit::PerSecond(units) => (1, units, of),
            Unit::Cycles => (1, 1, 1),
            Unit::Percent => (1, 100, of),
            Unit::Bytes(bytes) => (bytes, 1, of),
        };
        // Below 2^64 times 10^9 times 10^9, and below 10^18 times 2^20 times 2^64 only for bytes, whose `of` is 1.
        let left = u128::from(amount) * scale * u128::from(divisor);
        let right = u128::from(self.digits) * u128::from(factor) * u128::from(of);
        left.cmp(&right)
    }
}

/// How a measured number must stand to its limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    More,
    /// `>=`
    AtLeast,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
}

impl Comparison {
    /// Whether the comparison holds: for every number it may be, given how the smallest and the largest of them stand to
    /// the limit (no largest: there is no bound). `None` if it holds for some and not for others.
    pub(super) fn holds(self, least: Ordering, most: Option<Ordering>) -> Option<bool> {
        let (below, above) = (least.is_lt(), most.is_none_or(Ordering::is_gt));
        // Which of "below the limit", "equal to it", "above it" the number can be.
        let equal = least.is_le() && most.is_none_or(Ordering::is_ge);
        let (fine, wrong) = match self {
            Self::Less => (below, equal || above),
            Self::AtMost => (below || equal, above),
            Self::More => (above, below || equal),
            Self::AtLeast => (above || equal, below),
            Self::Equal => (equal, below || above),
            Self::NotEqual => (below || above, equal),
        };
        match (fine, wrong) {
            (true, false) => Some(true),
            (true, true) => None,
            (false, _) => Some(false),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(number: &str, unit: &str) -> Limit {
        Limit::new(number, 0..1, unit, 1..2).unwrap()
    }

    #[test]
    fn comparisons_are_exact() {
        // 25 MHz: a cycle is 40 ns. 5000 cycles are 200 us.
        let hz = 25_000_000;
        assert_eq!(limit("200", "us").compare(5000, hz), Ordering::Equal);
        assert_eq!(limit("200", "us").compare(5001, hz), Ordering::Greater);
        assert_eq!(limit("199.999", "us").compare(5000, hz), Ordering::Greater);
        assert_eq!(limit("0.2", "ms").compare(4999, hz), Ordering::Less);
        // 1 ns is a fortieth of a cycle: not rounded to none.
        assert_eq!(limit("1", "ns").compare(0, hz), Ordering::Less);
        assert_eq!(limit("1", "ns").compare(1, hz), Ordering::Greater);
        assert_eq!(limit("7", "cycles").compare(7, hz), Ordering::Equal);
        // A third of the window is more than 33.333333333 %.
        assert_eq!(limit("33.333333333", "%").compare(1, 3), Ordering::Greater);
        assert_eq!(limit("2", "KiB").compare(2048, 1), Ordering::Equal);
        // The largest numbers there are.
        assert_eq!(limit("999999999.999999999", "ns").compare(u64::MAX, u64::MAX), Ordering::Greater);
        assert_eq!(limit("999999999999999999", "MiB").compare(u64::MAX, 1), Ordering::Less);
    }

    #[test]
    fn a_range_holds_only_if_all_of_it_does() {
        use Comparison::{AtLeast, AtMost, Equal, Less, More, NotEqual};
        // The ranges of small numbers against the limit 2, and each number of them by itself.
        for least in 0_u64..5 {
            for most in (least..5).map(Some).chain([None]) {
                let every = |test: fn(u64) -> bool| {
                    let found: Vec<bool> = (least..=most.unwrap_or(9)).map(test).collect();
                    if found.iter().all(|holds| *holds) {
                        Some(true)
                    } else if found.iter().any(|holds| *holds) {
                        None
                    } else {
                        Some(false)
                    }
                };
                let holds = |comparison: Comparison| comparison.holds(least.cmp(&2), most.map(|most| most.cmp(&2)));
                assert_eq!(holds(Less), every(|n| n < 2), "{least} {most:?}");
                assert_eq!(holds(AtMost), every(|n| n <= 2), "{least} {most:?}");
                assert_eq!(holds(More), every(|n| n > 2), "{least} {most:?}");
                assert_eq!(holds(AtLeast), every(|n| n >= 2), "{least} {most:?}");
                assert_eq!(holds(Equal), every(|n| n == 2), "{least} {most:?}");
                assert_eq!(holds(NotEqual), every(|n| n != 2), "{least} {most:?}");
            }
        }
    }
}
