//! Names in lines and columns: padded and cut by the cells they take on a terminal, so that double-width names line up.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// How many cells `text` takes.
#[must_use]
pub fn width(text: &str) -> usize {
    text.width()
}

/// `text` in exactly `cells` cells: padded with spaces, or cut with an ellipsis (`~` if `ascii`).
///
/// Control characters are shown as `?`: a name comes from a firmware and must not move the cursor.
#[must_use]
pub fn fit(text: &str, cells: usize, ascii: bool) -> String {
    let clean: String = text.chars().map(|c| if c.is_control() { '?' } else { c }).collect();
    let mut out = String::with_capacity(clean.len().max(cells));
    let mut used = 0;
    if clean.width() <= cells {
        out.push_str(&clean);
        used = clean.width();
    } else if cells > 0 {
        for c in clean.chars() {
            let wide = c.width().unwrap_or(0);
            // One cell is kept for the ellipsis.
            if used + wide > cells - 1 {
                break;
            }
            out.push(c);
            used += wide;
        }
        out.push(if ascii { '~' } else { '…' });
        used += 1;
    }
    out.extend(std::iter::repeat_n(' ', cells.saturating_sub(used)));
    out
}

/// `text` at the right end of `cells` cells.
#[must_use]
pub fn right(text: &str, cells: usize) -> String {
    let mut out = " ".repeat(cells.saturating_sub(text.width()));
    out.push_str(text);
    out
}

/// The size of a memory, in the unit that it is a whole number of.
#[must_use]
pub fn memory(bytes: u64) -> String {
    const MIB: u64 = 1 << 20;
    match bytes {
        MIB.. if bytes.is_multiple_of(MIB) => format!("{} MiB", bytes / MIB),
        1024.. if bytes.is_multiple_of(1024) => format!("{} KiB", bytes / 1024),
        _ => format!("{bytes} B"),
    }
}

/// `word` as a shell takes it.
#[must_use]
pub fn shell(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:@,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

/// Sets `text` in lines of at most `cells` cells, cut between words where there are any.
#[must_use]
pub fn wrap(text: &str, cells: usize) -> Vec<String> {
    let mut lines: Vec<String> = vec![String::new()];
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if width(line) + 1 + width(word) <= cells => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn double_width_names_take_two_cells_a_character() {
        assert_eq!(fit("中文任务名", 12, false), "中文任务名  ");
        assert_eq!(fit("中文任务名", 10, false), "中文任务名");
        // Nine cells: four characters are eight, the ellipsis is the ninth.
        assert_eq!(fit("中文任务名", 9, false), "中文任务…");
        // Eight cells: three characters and the ellipsis are seven, one space fills up.
        assert_eq!(fit("中文任务名", 8, true), "中文任~ ");
        assert_eq!(fit("abc", 0, false), "");
        assert_eq!(fit("a\x1b[2Jb", 8, false), "a?[2Jb  ");
    }

    #[test]
    fn words_of_a_shell() {
        assert_eq!(shell("target/run-1.bkt"), "target/run-1.bkt");
        assert_eq!(shell("my run.bkt"), "'my run.bkt'");
        assert_eq!(shell("it's"), "'it'\\''s'");
        assert_eq!(shell(""), "''");
    }

    #[test]
    fn lines_break_between_words() {
        assert_eq!(wrap("a bc  def g", 4), ["a bc", "def", "g"]);
        assert_eq!(wrap("中文 任务名", 6), ["中文", "任务名"], "ten cells and a space");
        assert_eq!(wrap("", 4), [""]);
    }
}
