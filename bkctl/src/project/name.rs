//! What a project may be called: what cargo, rustc and every file system accept.

/// Rust's keywords, strict and reserved, and `union`-like words that cargo refuses too.
const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do", "dyn", "else",
    "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro", "match", "mod",
    "move", "mut", "override", "priv", "pub", "ref", "return", "self", "static", "struct", "super", "trait", "true",
    "try", "type", "typeof", "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// Names of Rust's own crates, of folders that cargo makes in `target`, and of devices on Windows.
const RESERVED: &[&str] = &[
    "alloc",
    "core",
    "proc_macro",
    "std",
    "test",
    "build",
    "deps",
    "examples",
    "incremental",
    "aux",
    "con",
    "nul",
    "prn",
    "board",
];

/// Checks `name`; `taken` are the names of the packages that the project depends on.
///
/// # Errors
/// Why it cannot be used, as the second half of a sentence.
pub fn check(name: &str, taken: &[String]) -> Result<(), String> {
    if name.is_empty() {
        return Err("is empty".into());
    }
    if !name.starts_with(|first: char| first.is_ascii_alphabetic()) {
        return Err("does not begin with a letter a-z".into());
    }
    if let Some(odd) = name.chars().find(|c| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_')) {
        return Err(format!("contains {odd:?}: only letters a-z, digits, '-' and '_' work in a crate's name"));
    }
    if name.len() > 64 {
        return Err("is longer than 64 characters".into());
    }
    let lower = name.to_ascii_lowercase().replace('-', "_");
    if KEYWORDS.contains(&lower.as_str()) {
        return Err("is a keyword of Rust".into());
    }
    if RESERVED.contains(&lower.as_str()) {
        return Err("is a reserved name".into());
    }
    if taken.iter().any(|other| other.replace('-', "_") == lower) {
        return Err("is the name of a crate that the project depends on".into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_names_pass() {
        for name in ["blinky", "my-app", "rig_2", "A"] {
            assert_eq!(check(name, &["cortex-m".into()]), Ok(()), "{name}");
        }
    }

    #[test]
    fn names_that_cannot_build_are_told_why() {
        for name in ["", "2fast", "-x", "a b", "größe", "fn", "std", "con", "cortex_m", "a/b", "deps"] {
            assert!(check(name, &["cortex-m".into()]).is_err(), "{name}");
        }
        assert!(check(&"x".repeat(65), &[]).is_err());
    }
}
