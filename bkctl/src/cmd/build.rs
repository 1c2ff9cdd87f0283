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

/// Copies the ELF to `target/bk/elf/BUILD_ID.elf`, where a later tool finds the firmware that a recording names.
fn keep(root: &Path, elf: &Path, id: &str) -> Result<PathBuf> {
    let folder = root.join("target/bk/elf");
    let file = folder.join(format!("{id}.elf"));
    if !file.exists() {
        fs::create_dir_all(&folder).map_err(|error| Error::file("make", &folder, &error))?;
        // By a rename, so that a copy that is there is whole.
        let part = folder.join(format!("{id}.part{}", std::process::id()));
        fs::copy(elf, &part).map_err(|error| Error::file("write", &part, &error))?;
        fs::rename(&part, &file).map_err(|error| Error::file("write", &file, &error))?;
    }
    Ok(file)
}
