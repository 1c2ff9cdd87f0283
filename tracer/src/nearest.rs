//! Names that a typed one was most likely meant to be.

/// The `known` names that are like `typed`, the nearest first, three at most.
pub(crate) fn nearest<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let typed = typed.to_lowercase();
    // Jaro-Winkler looks at the beginning first, as people do; below 0.75 suggestions are noise. The last part of a path
    // (`app::TOTAL`) counts as the name too.
    let likeness = |name: &str| {
        let name = name.to_lowercase();
        let last = name.rsplit("::").next().unwrap_or(&name);
        strsim::jaro_winkler(&typed, &name).max(strsim::jaro_winkler(&typed, last))
    };
    let mut near: Vec<(f64, &str)> = known.into_iter().map(|name| (likeness(name), name)).collect();
    near.retain(|(likeness, _)| *likeness > 0.75);
    near.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    near.dedup_by_key(|(_, name)| *name);
    near.into_iter().take(3).map(|(_, name)| name).collect()
}

/// `a`, `b` or `c`, with `last` before the last of them.
pub(crate) fn list(names: &[&str], last: &str) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        Some((end, front)) if !front.is_empty() => format!("{} {last} {end}", front.join(", ")),
        _ => quoted.concat(),
    }
}
