//! What the firmware takes of flash and RAM: a line for the board's memories, and a table by crate.

use bluekernel_inspect::footprint::Footprint;
use ratatui::layout::Rect;

use crate::label;
use crate::tui::paint::Paint;

use super::chart;
use super::table::{self, Column, Line, column};

const COLUMNS: [Column; 6] = [
    column("FLASH", 9, 0),
    column("RAM", 9, 0),
    column("FLASH %", 9, 0),
    column("", 13, 90),
    column("RAM %", 9, 76),
    column("", 13, 104),
];

/// Cells of a bar.
const BAR: usize = 12;

/// Lines that all of it takes.
pub(super) fn height(footprint: &Footprint) -> u16 {
    u16::try_from(footprint.crates.len() + 2).unwrap_or(u16::MAX)
}

/// Draws as much as `area` has room for, with the crate at place `selected` in sight.
pub(super) fn draw(footprint: &Footprint, selected: usize, area: Rect, paint: &mut Paint<'_>) {
    if area.height == 0 {
        return;
    }
    let line = |bytes: u64, of: u64| {
        let percent = bytes as f64 * 100.0 / of.max(1) as f64;
        (format!("{percent:.1}"), label::fit(&chart::bar(bytes, of, BAR, paint.glyphs), BAR, paint.ascii()))
    };
    let lines: Vec<Line> = footprint
        .crates
        .iter()
        .map(|one| {
            let (flash, flash_bar) = line(one.flash, footprint.flash);
            let (ram, ram_bar) = line(one.ram, footprint.ram);
            Line {
                name: one.name.clone(),
                cells: vec![one.flash.to_string(), one.ram.to_string(), flash, flash_bar, ram, ram_bar],
                style: paint.theme.plain,
            }
        })
        .collect();
    // Where there is little room, the crates have it.
    let above = u16::from(area.height > 3);
    if above > 0 {
        paint.text(area.x, area.y, area.width, &regions(footprint), paint.theme.faint);
    }
    let below = Rect { y: area.y + above, height: area.height - above, ..area };
    table::draw("CRATE", &COLUMNS, &lines, Some(selected), below, paint);
}

/// ` FLASH 20284 of 4 MiB (0.5 %)  RAM 11160 of 4 MiB (0.3 %)`: memories that hold something.
fn regions(footprint: &Footprint) -> String {
    let used = footprint.regions.iter().filter(|region| region.used > 0);
    let words = used.map(|region| {
        let percent = region.used as f64 * 100.0 / region.size.max(1) as f64;
        format!(" {} {} of {} ({percent:.1} %)", region.name, region.used, label::memory(region.size))
    });
    words.collect::<Vec<_>>().join(" ")
}
