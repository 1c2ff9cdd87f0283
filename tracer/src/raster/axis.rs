//! The time axis: round numbers at round distances.

use crate::label;

use super::glyphs::Glyphs;
use super::grid::Grid;

/// A labelled moment on the axis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tick {
    /// Its column.
    pub column: usize,
    /// Its time with a unit.
    pub label: String,
}

const PICOSECONDS: u128 = 1_000_000_000_000;

/// The ticks of `grid`, for a clock of `clock_hz`: at 1, 2 or 5 times a power of ten, so far apart that labels fit.
#[must_use]
pub fn axis(grid: &Grid, clock_hz: u64) -> Vec<Tick> {
    let clock = u128::from(clock_hz.max(1));
    let window = grid.window();
    let (start, end) = (u128::from(window.start) * PICOSECONDS / clock, u128::from(window.end) * PICOSECONDS / clock);
    let length = (end - start).max(1);
    let mut step = 1_u128;
    for factor in [2, 5, 10].into_iter().cycle() {
        // Not worth a try while not even a label of one character and a unit would fit.
        if step * grid.width() as u128 >= length * 4 {
            let ticks = ticks(grid, clock, step, start, end);
            let fits = |pair: &[Tick]| match pair {
                [left, right] => left.column + label::width(&left.label) + 2 <= right.column,
                _ => true,
            };
            if ticks.windows(2).all(fits) {
                return ticks;
            }
        }
        step = power_of_ten_below(step) * factor;
    }
    Vec::new()
}

/// The moments at multiples of `step` picoseconds from `start` to `end`.
fn ticks(grid: &Grid, clock: u128, step: u128, start: u128, end: u128) -> Vec<Tick> {
    let mut ticks = Vec::new();
    let mut at = start.div_ceil(step) * step;
    while at < end && ticks.len() < grid.width() {
        // The first cycle at or behind the tick, so that the tick stands where an event at that time does.
        let cycle = u64::try_from((at * clock).div_ceil(PICOSECONDS)).unwrap_or(u64::MAX);
        if let Some(column) = grid.column(cycle) {
            ticks.push(Tick { column, label: text(at, step) });
        }
        at += step;
    }
    ticks
}

/// The axis as two lines: labels, and a line with ticks.
#[must_use]
pub fn axis_lines(grid: &Grid, clock_hz: u64, glyphs: Glyphs) -> (String, String) {
    let (line, tick) = glyphs.axis();
    let mut marks = vec![line; grid.width()];
    let mut labels = String::new();
    let mut used = 0;
    for Tick { column, label } in axis(grid, clock_hz) {
        if let Some(mark) = marks.get_mut(column) {
            *mark = tick;
        }
        if column >= used && column + label::width(&label) <= grid.width() {
            labels.extend(std::iter::repeat_n(' ', column - used));
            labels.push_str(&label);
            used = column + label::width(&label);
        }
    }
    (labels, marks.into_iter().collect())
}

/// The largest power of ten that is not above `value`.
fn power_of_ten_below(value: u128) -> u128 {
    10_u128.pow(value.max(1).ilog10())
}

/// A time in the largest unit it fills, with the decimals that `step` needs.
fn text(picoseconds: u128, step: u128) -> String {
    if picoseconds == 0 {
        return "0".to_owned();
    }
    const UNITS: [(&str, u32); 5] = [("s", 12), ("ms", 9), ("us", 6), ("ns", 3), ("ps", 0)];
    let (unit, digits) = UNITS.into_iter().find(|(_, digits)| picoseconds >= 10_u128.pow(*digits)).unwrap_or(("ps", 0));
    let size = 10_u128.pow(digits);
    let decimals = digits.saturating_sub(power_of_ten_below(step).ilog10());
    let (whole, rest) = (picoseconds / size, picoseconds % size);
    if decimals == 0 {
        return format!("{whole}{unit}");
    }
    let rest = rest / 10_u128.pow(digits - decimals);
    let rest = format!("{rest:0width$}", width = decimals as usize);
    match rest.trim_end_matches('0') {
        "" => format!("{whole}{unit}"),
        rest => format!("{whole}.{rest}{unit}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Trace;
    use crate::recording::Header;

    fn ticks(window: std::ops::Range<u64>, width: usize) -> Vec<(usize, String)> {
        // A clock of 1 MHz: a cycle is a microsecond.
        let trace = Trace::new(Header::new("0", "b", 1_000_000));
        axis(&Grid::new(&trace, window, width), 1_000_000).into_iter().map(|tick| (tick.column, tick.label)).collect()
    }

    fn pairs(list: &[(usize, &str)]) -> Vec<(usize, String)> {
        list.iter().map(|(column, label)| (*column, (*label).to_owned())).collect()
    }

    #[test]
    fn ticks_stand_at_their_times() {
        // 1000 us over 50 columns: 20 us a column. Labels such as "800us" want 7 columns: 140 us, so 200 us.
        assert_eq!(ticks(0..1000, 50), pairs(&[(0, "0"), (10, "200us"), (20, "400us"), (30, "600us"), (40, "800us")]));
        // 1 s to 2 s over 40 columns: 25 ms a column; "1.5s" wants 6 columns: 150 ms, so 200 ms.
        assert_eq!(
            ticks(1_000_000..2_000_000, 40),
            pairs(&[(0, "1s"), (8, "1.2s"), (16, "1.4s"), (24, "1.6s"), (32, "1.8s")])
        );
    }

    #[test]
    fn windows_of_every_size_have_room_for_labels() {
        for width in [10, 30, 60, 200] {
            for exponent in 0..18 {
                for start in [0, 7, 999_999, 1_000_000_007] {
                    let window = start..start + 10_u64.pow(exponent);
                    let ticks = ticks(window.clone(), width);
                    for pair in ticks.windows(2) {
                        assert!(pair[0].0 + label::width(&pair[0].1) < pair[1].0, "{window:?} {width} {ticks:?}");
                    }
                }
            }
        }
    }
}
