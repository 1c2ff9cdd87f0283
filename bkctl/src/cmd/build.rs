//! `bkctl build`: cargo, and the ELF kept by its build id.

use std::fs;
use std::path::{Path, PathBuf};

use bluekernel_inspect::Image;
use serde::Serialize;

use super::firmware;
use crate::cli::{Build, Global};
use crate::error::{Error, Exit, Result};
use crate::output::{self, Format};

#[derive(Serialize)]
struct Answer {
    schema: &'static str,
    elf: PathBuf,
    build_id: Option<String>,
    kept: Option<PathBuf>,
}

pub(super) fn run(global: &Global, args: &Build) -> Result {
    let place = firmware::place(&args.project)?;
    let elf = place.build(&args.project, false, &args.cargo)?;
    let image = firmware::read_image(&elf)?;
    let kept = match (&place.project, image.build_id_hex()) {
        (Some(project), Some(id)) => Some(keep(&project.root, &elf, &id)?),
        _ => None,
    };
    match global.format {
        Format::Json => {
            output::json(&Answer { schema: "bk.build/1", elf, build_id: build_id(&image), kept })?;
        }
        Format::Text => output::text(&format!("{}\n", elf.display()))?,
    }
    Ok(Exit::Ok)
}

fn build_id(image: &Image) -> Option<String> {
    image.build_id_hex()
}

/// Where an ELF is kept by its build id.
fn place(root: &Path, id: &str) -> PathBuf {
    root.join("target/bk/elf").join(format!("{id}.elf"))
}

/// The ELF with this build id, if the project in `root` has kept it.
pub(super) fn kept(root: &Path, id: &str) -> Option<PathBuf> {
    // An id out of a recording may be anything; only digits are the name of a file here.
    let is_id = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    Some(place(root, id)).filter(|file| is_id && file.is_file())
}

/// Copies the ELF to where [`kept`] finds the firmware that a recording names.
fn keep(root: &Path, elf: &Path, id: &str) -> Result<PathBuf> {
    let file = place(root, id);
    if !file.exists() {
        let folder = root.join("target/bk/elf");
        fs::create_dir_all(&folder).map_err(|error| Error::file("make", &folder, &error))?;
        // By a rename, so that a copy that is there is whole.
        let part = folder.join(format!("{id}.part{}", std::process::id()));
        fs::copy(elf, &part).map_err(|error| Error::file("write", &part, &error))?;
        fs::rename(&part, &file).map_err(|error| Error::file("write", &file, &error))?;
    }
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_elf_is_found_by_its_id_and_by_nothing_else() {
        let scratch = tempfile::tempdir().unwrap();
        let root = scratch.path();
        fs::write(root.join("built"), "an ELF").unwrap();
        let file = keep(root, &root.join("built"), "0aF3").unwrap();
        assert_eq!(kept(root, "0aF3"), Some(file.clone()));
        fs::copy(&file, root.join("target/bk/secret.elf")).unwrap();
        for id in ["0af4", "", "../secret", "/etc/passwd"] {
            assert_eq!(kept(root, id), None, "{id}");
        }
    }
}
