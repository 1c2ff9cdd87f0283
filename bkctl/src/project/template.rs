//! Templates: what of one goes into a project for a board.
//!
//! A template's files are common to all boards but for those in `overlay/NAME/`, of which the one for the board's chip is
//! taken, and before it the one that it stands upon: its `Cargo.toml` is merged into the common one, its other files stand
//! beside the common ones. A template can stand upon another one: what it does not have itself is that one's.

use std::collections::BTreeMap;

use bluekernel_boards::model::Board;
use serde::Deserialize;
use toml_edit::{DocumentMut, Item, TomlError};

use crate::error::{Error, Result};
use crate::kit;

/// The template's own description; not rendered.
const DESCRIPTION: &str = "template.toml";
/// The folder of the overlays.
const OVERLAYS: &str = "overlay/";
/// The file that is merged.
const MANIFEST: &str = "Cargo.toml";

/// A template for one board.
#[derive(Clone, Debug)]
pub struct Template {
    /// Its files by path, not rendered.
    pub files: BTreeMap<String, String>,
    /// Whether vector table and device.x come from a peripheral access crate.
    pub pac_vectors: bool,
}

/// `template.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Description {
    /// The template that it stands upon.
    #[serde(default)]
    base: Option<String>,
    #[serde(default)]
    overlay: Vec<Overlay>,
}

/// What differs for a family of chips.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Overlay {
    /// Its folder.
    name: String,
    /// The overlay that it stands upon.
    #[serde(default)]
    base: Option<String>,
    /// The chips that its code is for.
    chips: Vec<String>,
    /// See [`Template::pac_vectors`].
    #[serde(default)]
    pac_vectors: bool,
}

impl Template {
    /// The template `name` for `board`.
    ///
    /// # Errors
    /// If there is no such template, or it has no code for the board's chip.
    pub fn find(name: &str, board: &Board) -> Result<Self> {
        let (mut all, mut description) = read(name)?;
        if let Some(base) = &description.base {
            let (mut files, described) = read(base)?;
            files.extend(all);
            (all, description) = (files, described);
        }
        let Some(overlay) = description.overlay.iter().find(|overlay| overlay.chips.contains(&board.chip.name)) else {
            let chips: Vec<&str> =
                description.overlay.iter().flat_map(|overlay| &overlay.chips).map(String::as_str).collect();
            return Err(Error::usage(format!(
                "the template '{name}' has no code for the chip {} of the board {}",
                board.chip.name, board.name
            ))
            .hint(format!("it has code for: {}", chips.join(", "))));
        };

        let common = all.iter().filter(|(path, _)| !path.starts_with(OVERLAYS));
        let mut files: BTreeMap<String, String> =
            common.map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
        for overlay in overlay.base.iter().chain([&overlay.name]) {
            let folder = format!("{OVERLAYS}{overlay}/");
            for (path, text) in all.iter().filter_map(|(path, text)| Some((path.strip_prefix(&folder)?, *text))) {
                let text = match files.get(path) {
                    Some(common) if path == MANIFEST => {
                        merge(common, text).map_err(|error| defect(name, &format_args!("{folder}{path}: {error}")))?
                    }
                    _ => text.to_owned(),
                };
                files.insert(path.to_owned(), text);
            }
        }
        Ok(Self { files, pac_vectors: overlay.pac_vectors })
    }

    /// A file's text, empty if there is no such file.
    #[must_use]
    pub fn text(&self, path: &str) -> &str {
        self.files.get(path).map_or("", String::as_str)
    }
}

/// The files of the template `name` by path, and its description, which is none of them.
fn read(name: &str) -> Result<(BTreeMap<&'static str, &'static str>, Description)> {
    let Some(bytes) = kit::template(name) else {
        return Err(Error::usage(format!("no template '{name}'"))
            .hint(format!("the templates are: {}", kit::templates().join(", "))));
    };
    let mut files = BTreeMap::new();
    for (path, bytes) in bytes {
        let text = std::str::from_utf8(bytes).map_err(|_| defect(name, &format_args!("{path}: not text")))?;
        files.insert(path, text);
    }
    let text = files.remove(DESCRIPTION).unwrap_or_default();
    let description = toml::from_str(text).map_err(|error| defect(name, &format_args!("{DESCRIPTION}: {error}")))?;
    Ok((files, description))
}

/// What is wrong with the template `name` that this bkctl carries.
fn defect(name: &str, what: &dyn std::fmt::Display) -> Error {
    Error::usage(format!("this build of bkctl is defective: templates/{name}/{what}"))
}

/// `common` with the keys of `overlay`'s tables in its own: a key that both have is the overlay's.
fn merge(common: &str, overlay: &str) -> Result<String, TomlError> {
    let (mut merged, overlay): (DocumentMut, DocumentMut) = (common.parse()?, overlay.parse()?);
    for (name, table) in overlay.iter() {
        match (merged.get_mut(name).and_then(Item::as_table_mut), table.as_table()) {
            (Some(into), Some(table)) => {
                for (key, item) in table.iter() {
                    // Written as there, with the comment above it.
                    if let Some(key) = table.key(key) {
                        into.remove(key);
                        into.insert_formatted(key, item.clone());
                    }
                }
            }
            _ => {
                merged.insert(name, table.clone());
            }
        }
    }
    Ok(merged.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_overlays_keys_join_the_common_ones_or_replace_them() {
        let common =
            "# Top.\n[package]\nname = \"{{name}}\"\n\n[dependencies]\na = \"1\"\nb = \"1\"\n\n# Last.\n[workspace]\n";
        let overlay = "[dependencies]\n# Another one.\nb = { version = \"2\", features = [\"x\"] }\nc = \"3\"\n";
        assert_eq!(
            merge(common, overlay).expect("parses"),
            "# Top.\n[package]\nname = \"{{name}}\"\n\n[dependencies]\na = \"1\"\n# Another one.\n\
             b = { version = \"2\", features = [\"x\"] }\nc = \"3\"\n\n# Last.\n[workspace]\n"
        );
    }
}
