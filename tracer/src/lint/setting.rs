//! Limits by their names, as people write them: `--limit starvation=50ms`, or `starvation = "50ms"` in a file of budgets.

use crate::nearest::{list, nearest};
use crate::time;

use super::limits::Limits;

/// One limit: its name, and where it stands.
type Setting = (&'static str, Place);

/// The field of a limit, which says how its value is written.
enum Place {
    /// A time, kept in microseconds.
    Time(fn(&mut Limits) -> &mut u64),
    /// A share of the processor's time, in percent.
    Percent(fn(&mut Limits) -> &mut u64),
    /// How often.
    Count(fn(&mut Limits) -> &mut u64),
    /// Memory, in bytes.
    Bytes(fn(&mut Limits) -> &mut u32),
}

const SETTINGS: [Setting; 9] = [
    ("bounded-inversion", Place::Time(|limits| &mut limits.bounded_inversion_us)),
    ("deadline-late", Place::Time(|limits| &mut limits.deadline_late_us)),
    ("starvation", Place::Time(|limits| &mut limits.starvation_us)),
    ("storm-window", Place::Time(|limits| &mut limits.storm_window_us)),
    ("storm-share", Place::Percent(|limits| &mut limits.storm_percent)),
    ("idle-wake", Place::Time(|limits| &mut limits.idle_wake_us)),
    ("idle-wakes", Place::Count(|limits| &mut limits.idle_wakes)),
    ("stack-free", Place::Bytes(|limits| &mut limits.stack_free_bytes)),
    ("long-mask", Place::Time(|limits| &mut limits.long_mask_us)),
];

/// Why a limit cannot be set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LimitError {
    /// There is none of this name.
    #[error("unknown limit `{name}`; {known}")]
    Unknown {
        /// The name.
        name: String,
        /// The nearest ones, or all, in words.
        known: String,
    },
    /// The value does not fit.
    #[error("`{value}` is no value of `{name}`: {wanted}")]
    Value {
        /// The limit's name.
        name: &'static str,
        /// The value.
        value: String,
        /// What it takes, with an example.
        wanted: &'static str,
    },
}

impl Limits {
    /// The names of all limits.
    pub fn names() -> impl Iterator<Item = &'static str> {
        SETTINGS.iter().map(|(name, _)| *name)
    }

    /// Sets the limit called `name` to `value`: `50ms`, `50%`, `10`, `104` or `2KiB`.
    ///
    /// # Errors
    /// [`LimitError`]; then nothing is changed.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), LimitError> {
        let Some((name, place)) = SETTINGS.iter().find(|(known, _)| *known == name) else {
            let known = match nearest(name, Self::names()).as_slice() {
                [] => format!("there are {}", Self::names().collect::<Vec<_>>().join(", ")),
                near => format!("did you mean {}?", list(near, "or")),
            };
            return Err(LimitError::Unknown { name: name.to_owned(), known });
        };
        let value = value.trim();
        let wrong = |wanted| LimitError::Value { name, value: value.to_owned(), wanted };
        match place {
            Place::Time(field) => {
                *field(self) = microseconds(value).ok_or_else(|| wrong("a time of whole microseconds, as in 50ms"))?;
            }
            Place::Percent(field) => {
                let percent = value.strip_suffix('%').and_then(|number| number.trim().parse().ok());
                *field(self) = percent
                    .filter(|percent| *percent <= 100)
                    .ok_or_else(|| wrong("a part in whole percent, as in 50%"))?;
            }
            Place::Count(field) => *field(self) = value.parse().map_err(|_| wrong("a count, as in 10"))?,
            Place::Bytes(field) => *field(self) = bytes(value).ok_or_else(|| wrong("a size, as in 104 or 1KiB"))?,
        }
        Ok(())
    }
}

/// A time that is a whole number of microseconds. Cycles are none: they mean another time on every board.
fn microseconds(text: &str) -> Option<u64> {
    let nanoseconds = time::parse(text, 1_000_000_000).ok().filter(|_| !text.contains("cy"))?;
    nanoseconds.is_multiple_of(1_000).then_some(nanoseconds / 1_000)
}

fn bytes(text: &str) -> Option<u32> {
    let (number, unit) = match text.strip_suffix("KiB") {
        Some(number) => (number, 1024),
        None => (text.strip_suffix('B').unwrap_or(text), 1),
    };
    number.trim().parse::<u32>().ok()?.checked_mul(unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(name: &str, value: &str) -> Result<Limits, String> {
        let mut limits = Limits::default();
        limits.set(name, value).map_err(|error| error.to_string())?;
        Ok(limits)
    }

    #[test]
    fn each_limit_has_a_name_and_takes_a_value() {
        let mut all = Limits::default();
        for name in Limits::names() {
            let value = ["7us", "7%", "7"].into_iter().find(|value| all.set(name, value).is_ok());
            assert!(value.is_some(), "{name}");
        }
        let seven = Limits {
            bounded_inversion_us: 7,
            deadline_late_us: 7,
            starvation_us: 7,
            storm_window_us: 7,
            storm_percent: 7,
            idle_wake_us: 7,
            idle_wakes: 7,
            stack_free_bytes: 7,
            long_mask_us: 7,
        };
        assert_eq!(all, seven, "no two names are of the same limit");
    }

    #[test]
    fn values_are_written_as_in_budgets() {
        assert_eq!(set("starvation", "1.5ms").unwrap().starvation_us, 1_500);
        assert_eq!(set("starvation", " 2s ").unwrap().starvation_us, 2_000_000);
        assert_eq!(set("long-mask", "3000ns").unwrap().long_mask_us, 3);
        assert_eq!(set("storm-share", "30 %").unwrap().storm_percent, 30);
        assert_eq!(set("stack-free", "2KiB").unwrap().stack_free_bytes, 2_048);
        assert_eq!(set("stack-free", "128B").unwrap().stack_free_bytes, 128);
        for (name, value) in [
            ("starvation", "50"),
            ("starvation", "50cy"),
            ("starvation", "500ns"),
            ("starvation", "-1ms"),
            ("storm-share", "101%"),
            ("storm-share", "50"),
            ("idle-wakes", "10us"),
            ("stack-free", "4194304KiB"),
        ] {
            let error = set(name, value).unwrap_err();
            assert!(error.starts_with(&format!("`{value}` is no value of `{name}`: a ")), "{error}");
        }
        assert_eq!(set("starvaton", "1ms").unwrap_err(), "unknown limit `starvaton`; did you mean `starvation`?");
        assert!(set("qqq", "1ms").unwrap_err().ends_with(
            "there are bounded-inversion, deadline-late, starvation, \
            storm-window, storm-share, idle-wake, idle-wakes, stack-free, long-mask"
        ));
    }
}
