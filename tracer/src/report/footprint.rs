//! What fills the board's memories: a bar for each, with its sections, and a table by crate.

use std::fmt::Write;

use bluekernel_inspect::footprint::{CrateUse, Footprint, RegionUse, UNKNOWN};

use crate::label;

use super::html::escape;

/// Crates with a line of their own; the others share one.
const MOST_CRATES: usize = 20;

/// Colours of the sections in a bar; the next one has the first again.
const COLOURS: usize = 6;

/// The map of `footprint`.
pub(super) fn draw(footprint: &Footprint) -> String {
    let mut out = String::from("<h3 class=\"part\">Flash and RAM</h3>");
    footprint.regions.iter().filter(|region| region.used > 0).for_each(|region| self::region(&mut out, region));
    crates(&mut out, footprint);
    out
}

/// A memory, as far as it is full.
fn region(out: &mut String, region: &RegionUse) {
    let percent = |bytes: u64| bytes as f64 * 100.0 / region.size.max(1) as f64;
    let (mut bar, mut words) = (String::new(), String::new());
    for (at, (name, bytes)) in region.sections.iter().enumerate() {
        let (name, colour) = (escape(name), at % COLOURS);
        // Writing to a String cannot fail.
        let _ = write!(
            bar,
            "<i class=\"m{colour}\" style=\"width:{:.3}%\" title=\"{name} {bytes} B\"></i>",
            percent(*bytes)
        );
        let _ = write!(words, "<span><i class=\"swatch m{colour}\"></i>{name} {bytes} B</span>");
    }
    let _ = write!(
        out,
        "<p class=\"region\"><b>{}</b> {} B of {} ({:.1} %), from {:#010x}</p><div class=\"parts map\" aria-hidden=\"true\">{bar}</div>\
         <div class=\"legend\">{words}</div>",
        escape(&region.name),
        region.used,
        label::memory(region.size),
        percent(region.used),
        region.base,
    );
}

fn crates(out: &mut String, footprint: &Footprint) {
    out.push_str(
        "<div class=\"scroll\" tabindex=\"0\"><table id=\"crates\"><caption>By crate. Flash is what is programmed; RAM holds the \
         tasks\u{2019} stacks too.</caption><thead><tr><th scope=\"col\">Crate</th><th scope=\"col\" class=\"left\">Flash</th>\
         <th scope=\"col\">Bytes</th><th scope=\"col\" class=\"left\">RAM</th><th scope=\"col\">Bytes</th></tr></thead><tbody>",
    );
    let (shown, others) = footprint.crates.split_at(footprint.crates.len().min(MOST_CRATES));
    let name = |one: &CrateUse| match one.name.as_str() {
        UNKNOWN => "? (no symbol covers it)".to_owned(),
        name => escape(name),
    };
    let mut lines: Vec<(String, u64, u64)> = shown.iter().map(|one| (name(one), one.flash, one.ram)).collect();
    if !others.is_empty() {
        let sum = |of: fn(&CrateUse) -> u64| others.iter().map(of).fold(0, u64::saturating_add);
        lines.push((format!("{} more", others.len()), sum(|one| one.flash), sum(|one| one.ram)));
    }
    for (name, flash, ram) in lines {
        let _ = write!(out, "<tr><td>{name}</td>");
        for (key, bytes, of) in [("flash", flash, footprint.flash), ("ram", ram, footprint.ram)] {
            let percent = bytes as f64 * 100.0 / of.max(1) as f64;
            let _ = write!(
                out,
                "<td class=\"share\"><span class=\"bar wide\" aria-hidden=\"true\"><i style=\"width:{percent:.1}%\"></i></span></td>\
                 <td data-key=\"{key}\" data-value=\"{bytes}\">{bytes}</td>"
            );
        }
        out.push_str("</tr>");
    }
    out.push_str("</tbody></table></div>");
}
