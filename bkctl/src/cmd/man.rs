//! `bkctl man FOLDER`: the manual pages, for packagers.

use std::fs;

use clap::CommandFactory as _;

use crate::cli::{Cli, Man};
use crate::error::{Error, Exit, Result};

pub(super) fn run(args: &Man) -> Result {
    fs::create_dir_all(&args.folder).map_err(|error| Error::file("make", &args.folder, &error))?;
    clap_mangen::generate_to(Cli::command(), &args.folder)
        .map_err(|error| Error::file("write manual pages to", &args.folder, &error))?;
    Ok(Exit::Ok)
}
