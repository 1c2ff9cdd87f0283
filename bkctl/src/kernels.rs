//! Whose ghost trace a firmware has: our kernel's, which describes itself, or that of one which a small file describes.
//! Files for some kernels come with the kit, in bkctl/kernels; `--kernel` takes others.

use std::fs;
use std::path::Path;

use bksim_protocol::message::GhostOf;
use bluekernel_inspect::Image;

use crate::error::{Error, Result};

/// The files that come with the kit.
const BUILT_IN: [&str; 2] = [include_str!("../kernels/freertos.toml"), include_str!("../kernels/embassy.toml")];
/// The key that only a kernel which polls its tasks has.
const POLLS: &str = "polls";

/// The kernel of a firmware: as the file says, if there is one; else ours, or the first that the kit knows.
///
/// # Errors
/// Exit 2 for a firmware without a kernel that is known, and for a file that cannot be used.
pub fn of(image: &Image, elf: &Path, file: Option<&Path>) -> Result<GhostOf> {
    let unfit = |why: &dyn std::fmt::Display| Error::usage(format!("{}: {why}", elf.display()));
    if let Some(file) = file {
        let text = fs::read_to_string(file).map_err(|error| Error::file("read", file, &error))?;
        return parse(&text).map_err(|error| Error::usage(format!("{}: {error}", file.display())));
    }
    if image.kernel().map_err(|error| unfit(&error))?.is_some() {
        return Ok(GhostOf::Ours);
    }
    let known = BUILT_IN.iter().filter_map(|text| parse(text).ok());
    let (fit, others): (Vec<_>, Vec<_>) = known.partition(|kernel| is_of(image, kernel));
    if let Some(kernel) = fit.into_iter().next() {
        return Ok(kernel);
    }
    let names: Vec<_> = others.iter().map(name).collect();
    Err(unfit(&format!("no kernel is known in this firmware: none of BlueKernel, {}", names.join(", ")))
        .hint("--kernel FILE describes another one: see bkctl/kernels in the kit"))
}

/// Whether a firmware is a kernel's.
fn is_of(image: &Image, kernel: &GhostOf) -> bool {
    let mut symbols = image.symbols().iter();
    match kernel {
        GhostOf::Ours => false,
        GhostOf::Lists(kernel) => kernel.symbols.iter().all(|name| image.symbols().iter().any(|it| it.name == *name)),
        GhostOf::Polls(kernel) => symbols.any(|symbol| kernel.polls_are(&symbol.name)),
    }
}

/// What a kernel is called.
#[must_use]
pub fn name(kernel: &GhostOf) -> &str {
    match kernel {
        GhostOf::Ours => "BlueKernel",
        GhostOf::Lists(kernel) => &kernel.name,
        GhostOf::Polls(kernel) => &kernel.name,
    }
}

fn parse(text: &str) -> std::result::Result<GhostOf, toml::de::Error> {
    let table: toml::Table = toml::from_str(text)?;
    if table.contains_key(POLLS) {
        toml::from_str(text).map(|kernel| GhostOf::Polls(Box::new(kernel)))
    } else {
        toml::from_str(text).map(|kernel| GhostOf::Lists(Box::new(kernel)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_of_the_kit_are_read() {
        let kernels = BUILT_IN.map(|text| parse(text).unwrap());
        assert_eq!(kernels.each_ref().map(name), ["FreeRTOS", "Embassy"]);
        let [GhostOf::Lists(freertos), GhostOf::Polls(embassy)] = kernels else { panic!("another kind") };
        assert!(!freertos.symbols.is_empty() && !freertos.lists.ready.is_empty());
        // How rustc mangles names in its two ways, and what its demangler makes of them.
        assert!(embassy.polls_are("embassy_executor::raw::TaskStorage<F>::poll"));
        assert!(embassy.polls_are("<embassy_executor::raw::TaskStorage<app::__blink_task::{closure#0}>>::poll"));
        assert!(!embassy.polls_are("embassy_executor::raw::poll_exited"));
        assert_eq!(embassy.task_name("app::blink::POOL").as_deref(), Some("app::blink"));
        assert_eq!(embassy.task_name("app::__embassy_main::POOL").as_deref(), Some("app::main"));
        assert_eq!(embassy.task_name("app::blink::SPOOL"), None);
    }

    #[test]
    fn a_word_too_many_is_refused() {
        for (text, from, to) in [(BUILT_IN[0], "idle", "idel"), (BUILT_IN[1], "queued", "quueued")] {
            let text = text.replacen(from, to, 1);
            assert!(parse(&text).unwrap_err().to_string().contains(to));
        }
    }
}
