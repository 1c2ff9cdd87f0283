//! "Did you mean": the nearest of the known names.

/// The known name that `typed` was most likely meant to be; `None` if none is near.
pub(crate) fn nearest<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Jaro-Winkler looks at the beginning first, as people do; below 0.75 suggestions are noise.
    known
        .into_iter()
        .map(|name| (strsim::jaro_winkler(typed, name), name))
        .filter(|(likeness, _)| *likeness > 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(a.1)))
        .map(|(_, name)| name)
}

/// Known names for a message: `a`, `b`, `c`.
pub(crate) fn list<'a>(known: impl IntoIterator<Item = &'a str>) -> String {
    let quoted: Vec<String> = known.into_iter().map(|name| format!("`{name}`")).collect();
    if quoted.is_empty() { "(none)".to_owned() } else { quoted.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_its_word_and_nonsense_finds_nothing() {
        let known = ["name", "title", "chip", "tier", "url", "source"];
        assert_eq!(nearest("sorce", known), Some("source"));
        assert_eq!(nearest("tittle", known), Some("title"));
        assert_eq!(nearest("qemu-mps2-an386", ["stm32f4-discovery", "qemu-mps2-an385"]), Some("qemu-mps2-an385"));
        assert_eq!(nearest("zzz", known), None);
        assert_eq!(nearest("", known), None);
    }
}
