//! Bars: of single values, and side by side in a chart.

use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::model::Class;
use crate::raster::Glyphs;
use crate::tui::paint::Paint;

/// A bar of `value` of `whole` in `cells` cells; ASCII has whole cells only.
pub(super) fn bar(value: u64, whole: u64, cells: usize, glyphs: Glyphs) -> String {
    const PARTS: [char; 8] = [' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];
    let eighths = u128::from(value) * cells as u128 * 8 / u128::from(whole.max(1));
    let eighths = usize::try_from(eighths).unwrap_or(0).min(cells * 8);
    let mut bar: String = std::iter::repeat_n(glyphs.class(Class::Running), eighths / 8).collect();
    if glyphs == Glyphs::Unicode && !eighths.is_multiple_of(8) {
        bar.push(PARTS[eighths % 8]);
    }
    bar
}

/// Draws `values` as bars side by side, each one cell wide and `most` as high as `area`. What is not zero shows.
pub(super) fn columns(values: &[Option<u64>], most: u64, area: Rect, style: Style, paint: &mut Paint<'_>) {
    let full = u128::from(area.height) * 8;
    for (value, x) in values.iter().zip(area.x..area.right()) {
        let Some(value) = value.filter(|value| *value > 0) else { continue };
        let eighths = (u128::from(value) * full / u128::from(most.max(1))).clamp(1, full);
        for (row, y) in (0..u128::from(area.height)).zip((area.y..area.bottom()).rev()) {
            let glyph = match eighths.saturating_sub(row * 8) {
                0 => continue,
                8.. => paint.glyphs.class(Class::Running),
                part => paint.glyphs.part(u8::try_from(part).unwrap_or(7)),
            };
            paint.glyph(x, y, glyph, style);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_exact_to_the_eighth() {
        assert_eq!(bar(1, 2, 4, Glyphs::Unicode), "██");
        assert_eq!(bar(3, 16, 4, Glyphs::Unicode), "▊"); // 6 of 32 eighths
        assert_eq!(bar(3, 4, 4, Glyphs::Ascii), "###");
        assert_eq!(bar(9, 4, 2, Glyphs::Ascii), "##", "no longer than there is room");
        assert_eq!(bar(0, 0, 2, Glyphs::Ascii), "");
    }
}
