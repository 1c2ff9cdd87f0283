//! The window of time on the screen, and how it moves.

use std::ops::Range;

/// The shortest window, in cycles: zooming deeper shows nothing new.
const SHORTEST: u64 = 10;

/// The window of time on the screen. It never leaves the limits it was last given, unless it is longer than they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::tui) struct Viewport {
    window: Range<u64>,
}

impl Viewport {
    pub(super) fn new(window: Range<u64>) -> Self {
        let end = window.end.max(window.start.saturating_add(SHORTEST));
        Self { window: window.start..end }
    }

    pub(super) fn window(&self) -> Range<u64> {
        self.window.clone()
    }

    pub(super) fn length(&self) -> u64 {
        self.window.end - self.window.start
    }

    /// Shows `window`, or as much of it as there is.
    pub(super) fn show(&mut self, window: Range<u64>, limits: &Range<u64>) {
        *self = Self::new(window);
        self.clamp(limits);
    }

    /// Makes the window `numerator / denominator` as long; `at` stays where it is on the screen.
    pub(super) fn zoom(&mut self, numerator: u64, denominator: u64, at: u64, limits: &Range<u64>) {
        let scale = |cycles: u64| {
            let scaled = u128::from(cycles) * u128::from(numerator) / u128::from(denominator);
            u64::try_from(scaled).unwrap_or(u64::MAX)
        };
        let at = at.clamp(self.window.start, self.window.end);
        let most = (limits.end - limits.start).max(self.length().min(SHORTEST)).max(SHORTEST);
        let (old, new) = (self.length(), scale(self.length()).clamp(SHORTEST, most));
        // The part left of `at` keeps its share of the length.
        let before = u128::from(at - self.window.start) * u128::from(new) / u128::from(old.max(1));
        let start = at.saturating_sub(u64::try_from(before).unwrap_or(u64::MAX));
        self.window = start..start.saturating_add(new);
        self.clamp(limits);
    }

    /// Moves by `eighths` of its length, to the left if negative.
    pub(super) fn pan(&mut self, eighths: i64, limits: &Range<u64>) {
        let step = (self.length() / 8).max(1).saturating_mul(eighths.unsigned_abs());
        let length = self.length();
        let start =
            if eighths < 0 { self.window.start.saturating_sub(step) } else { self.window.start.saturating_add(step) };
        self.window = start..start.saturating_add(length);
        self.clamp(limits);
    }

    /// Puts `time` in the middle, if it is not on the screen.
    pub(super) fn reveal(&mut self, time: u64, limits: &Range<u64>) {
        if !self.window.contains(&time) {
            let length = self.length();
            let start = time.saturating_sub(length / 2);
            self.window = start..start.saturating_add(length);
            self.clamp(limits);
        }
    }

    /// Moves the window so that it ends at `end`.
    pub(super) fn end_at(&mut self, end: u64, limits: &Range<u64>) {
        let length = self.length();
        let start = end.saturating_sub(length).max(limits.start);
        self.window = start..start.saturating_add(length);
    }

    fn clamp(&mut self, limits: &Range<u64>) {
        let length = self.length();
        let latest = limits.end.saturating_sub(length).max(limits.start);
        let start = self.window.start.clamp(limits.start, latest);
        self.window = start..start.saturating_add(length);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zoom_keeps_the_cursor_in_place() {
        let limits = 0..1000;
        let mut viewport = Viewport::new(0..1000);
        viewport.zoom(1, 2, 400, &limits);
        assert_eq!(viewport.window(), 200..700); // 400 stays at two fifths
        viewport.zoom(2, 1, 400, &limits);
        assert_eq!(viewport.window(), 0..1000);
        viewport.zoom(2, 1, 400, &limits);
        assert_eq!(viewport.window(), 0..1000, "no wider than the trace");
        for _ in 0..40 {
            viewport.zoom(1, 2, 400, &limits);
        }
        assert_eq!(viewport.length(), SHORTEST);
        assert!(viewport.window().contains(&400));
    }

    #[test]
    fn pan_stops_at_the_ends() {
        let limits = 100..1100;
        let mut viewport = Viewport::new(100..180);
        viewport.pan(3, &limits);
        assert_eq!(viewport.window(), 130..210);
        viewport.pan(-100, &limits);
        assert_eq!(viewport.window(), 100..180);
        viewport.pan(1000, &limits);
        assert_eq!(viewport.window(), 1020..1100);
    }

    #[test]
    fn reveal_moves_only_if_needed() {
        let limits = 0..1000;
        let mut viewport = Viewport::new(0..100);
        viewport.reveal(99, &limits);
        assert_eq!(viewport.window(), 0..100);
        viewport.reveal(500, &limits);
        assert_eq!(viewport.window(), 450..550);
        viewport.reveal(999, &limits);
        assert_eq!(viewport.window(), 900..1000);
    }
}
