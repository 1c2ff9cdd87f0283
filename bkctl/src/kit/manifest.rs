//! The manifests of `vendor/bluekernel`: the repository's own, cut down to what a project builds.

use std::collections::BTreeSet;

use toml_edit::{Array, DocumentMut, Item, Table, TableLike, TomlError, value};

/// A vendored crate's manifest: without what only the repository's tests use, since those are not vendored.
pub(super) fn member(text: &str) -> Result<String, TomlError> {
    let mut document: DocumentMut = text.parse()?;
    for key in ["dev-dependencies", "bench", "test", "example"] {
        document.remove(key);
    }
    if let Some(targets) = document.get_mut("target").and_then(Item::as_table_like_mut) {
        let names: Vec<String> = targets.iter().map(|(name, _)| name.to_owned()).collect();
        for name in names {
            let Some(target) = targets.get_mut(&name).and_then(Item::as_table_like_mut) else { continue };
            target.remove("dev-dependencies");
            if target.is_empty() {
                targets.remove(&name);
            }
        }
    }
    Ok(document.to_string())
}

/// The workspace manifest above the crates in `members` (folder, manifest): members, package table, lints, and of the
/// dependency table what they use.
pub(super) fn workspace(root: &str, members: &[(String, String)]) -> Result<String, TomlError> {
    let root: DocumentMut = root.parse()?;
    let root = root.get("workspace").and_then(Item::as_table_like);
    let mut used = BTreeSet::new();
    let mut folders = Array::new();
    for (folder, text) in members {
        let document: DocumentMut = text.parse()?;
        // A crate that is a workspace of its own inherits nothing from this one.
        if document.contains_key("workspace") {
            continue;
        }
        folders.push(folder.as_str());
        inherited(document.as_table(), &mut used);
    }

    let mut workspace = Table::new();
    workspace.insert("resolver", root.and_then(|root| root.get("resolver")).cloned().unwrap_or_else(|| value("3")));
    workspace.insert("members", value(folders));
    for key in ["package", "lints"] {
        if let Some(item) = root.and_then(|root| root.get(key)) {
            workspace.insert(key, item.clone());
        }
    }
    let mut dependencies = Table::new();
    if let Some(all) = root.and_then(|root| root.get("dependencies")).and_then(Item::as_table_like) {
        for (name, item) in all.iter().filter(|(name, _)| used.contains(*name)) {
            let mut item = item.clone();
            item.make_value();
            if let Some(decor) = item.as_value_mut().map(toml_edit::Value::decor_mut) {
                decor.set_suffix("");
            }
            dependencies.insert(name, item);
        }
    }
    workspace.insert("dependencies", Item::Table(dependencies));

    let mut document = DocumentMut::new();
    document.insert("workspace", Item::Table(workspace));
    renumber(document.as_table_mut());
    Ok(format!(
        "# The kernel's crates as they stood in the kit that made this project: see kit.toml.\n\
         # A workspace of their own, so that the project's lints and profiles stay the project's.\n{document}"
    ))
}

/// The tables came from another document, whose order is not this one's.
fn renumber(table: &mut Table) {
    table.set_position(None);
    for (_, item) in table.iter_mut() {
        if let Item::Table(inner) = item {
            renumber(inner);
        }
    }
}

/// Adds the names of all dependencies that say `workspace = true`, at any depth (`target.*.dependencies` too).
fn inherited(table: &dyn TableLike, names: &mut BTreeSet<String>) {
    for (key, item) in table.iter() {
        let Some(inner) = item.as_table_like() else { continue };
        if matches!(key, "dependencies" | "build-dependencies") {
            for (name, dependency) in inner.iter() {
                let inherits = dependency.as_table_like().and_then(|one| one.get("workspace")).and_then(Item::as_bool);
                if inherits == Some(true) {
                    names.insert(name.to_owned());
                }
            }
        } else {
            inherited(inner, names);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT: &str = r#"
# A comment.
[workspace]
resolver = "3"
members = ["kernel", "host"]

[workspace.package]
version = "0.1.0"

[workspace.dependencies]
# Target.
a = { path = "kernel/a" }
syn = { version = "2", features = ["full"] }
tokio = "1"

[workspace.lints.rust]
unsafe_code = "deny"

[profile.dev]
opt-level = 1
"#;

    #[test]
    fn only_what_the_members_use_stays() {
        let member = "[package]\nname = \"k\"\nversion.workspace = true\n[target.'cfg(unix)'.dependencies]\n\
                      a.workspace = true\n[build-dependencies]\nsyn = { workspace = true }\n";
        let text = workspace(ROOT, &[("kernel".into(), member.into())]).expect("parses");
        let document: DocumentMut = text.parse().expect("is TOML");
        let workspace = &document["workspace"];
        assert_eq!(workspace["members"].as_array().map(Array::len), Some(1));
        assert_eq!(workspace["package"]["version"].as_str(), Some("0.1.0"));
        assert_eq!(workspace["lints"]["rust"]["unsafe_code"].as_str(), Some("deny"));
        assert_eq!(workspace["dependencies"]["a"]["path"].as_str(), Some("kernel/a"));
        assert_eq!(workspace["dependencies"]["syn"]["version"].as_str(), Some("2"));
        assert!(workspace["dependencies"].get("tokio").is_none());
        assert!(document.get("profile").is_none());
    }

    #[test]
    fn a_member_loses_its_test_dependencies_only() {
        let text = member(
            "[package]\nname = \"k\"\n[dependencies]\na = \"1\"\n[dev-dependencies]\np = \"1\"\n[[bench]]\nname = \"b\"\n\
             [target.x.dev-dependencies]\nq = \"1\"\n[target.y.dependencies]\nr = \"1\"\n",
        )
        .expect("parses");
        assert!(text.contains("a = \"1\"") && text.contains("r = \"1\""));
        for gone in ["dev-dependencies", "bench", "q = "] {
            assert!(!text.contains(gone), "{gone} in {text}");
        }
    }
}
