//! Whose ghost trace a firmware has: our kernel's, which describes itself, or that of one which a small file describes.
//! Files for some kernels come with the kit, in bkctl/kernels; `--kernel` takes others.

use std::fs;
use std::path::Path;

use bksim_protocol::message::{GhostOf, ListKernel};
use bluekernel_inspect::Image;

use crate::error::{Error, Result};

/// The files that come with the kit.
const BUILT_IN: [&str; 1] = [include_str!("../kernels/freertos.toml")];

/// The kernel of a firmware: as the file says, if there is one; else ours, or the first that the kit knows.
///
/// # Errors
/// Exit 2 for a firmware without a kernel that is known, and for a file that cannot be used.
pub fn of(image: &Image, elf: &Path, file: Option<&Path>) -> Result<GhostOf> {
    let unfit = |why: &dyn std::fmt::Display| Error::usage(format!("{}: {why}", elf.display()));
    if let Some(file) = file {
        let text = fs::read_to_string(file).map_err(|error| Error::file("read", file, &error))?;
        let kernel = parse(&text).map_err(|error| Error::usage(format!("{}: {error}", file.display())))?;
        return Ok(GhostOf::Lists(Box::new(kernel)));
    }
    if image.kernel().map_err(|error| unfit(&error))?.is_some() {
        return Ok(GhostOf::Ours);
    }
    let has = |symbol: &String| image.symbols().iter().any(|other| other.name == *symbol);
    let known = BUILT_IN.iter().filter_map(|text| parse(text).ok());
    let (fit, others): (Vec<_>, Vec<_>) = known.partition(|kernel| kernel.symbols.iter().all(has));
    if let Some(kernel) = fit.into_iter().next() {
        return Ok(GhostOf::Lists(Box::new(kernel)));
    }
    let names: Vec<_> = others.into_iter().map(|kernel| kernel.name).collect();
    Err(unfit(&format!("no kernel is known in this firmware: neither BlueKernel nor {}", names.join(", ")))
        .hint("--kernel FILE describes another one: see bkctl/kernels in the kit"))
}

fn parse(text: &str) -> std::result::Result<ListKernel, toml::de::Error> {
    toml::from_str(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_of_the_kit_are_read() {
        for text in BUILT_IN {
            let kernel = parse(text).unwrap();
            assert!(!kernel.symbols.is_empty() && !kernel.lists.ready.is_empty(), "{}", kernel.name);
        }
    }

    #[test]
    fn a_word_too_many_is_refused() {
        let text = BUILT_IN[0].replacen("idle", "idel", 1);
        assert!(parse(&text).unwrap_err().to_string().contains("idel"));
    }
}
