//! Which firmware, for which board: from the arguments, the project, or both.

use std::fs;
use std::path::{Path, PathBuf};

use bluekernel_boards::Board;
use bluekernel_inspect::{Architecture, Core, Image, ImageError};

use crate::cli::ProjectArgs;
use crate::error::{Error, Result};
use crate::project::{Project, cargo, stamp};
use crate::target::boards;

/// A board, and the project if there is one.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub board: Board,
    pub project: Option<Project>,
}

/// A firmware for a board.
#[derive(Clone, Debug)]
pub(super) struct Firmware {
    pub place: Place,
    pub elf: PathBuf,
    pub image: Image,
}

/// The board: `--board`, else the project's.
pub(super) fn place(args: &ProjectArgs) -> Result<Place> {
    let project = Project::find()?;
    let name = match (&args.board, &project) {
        (Some(name), _) => name.clone(),
        (None, Some(project)) => project.manifest.board.clone(),
        (None, None) => {
            return Err(Error::usage("which board? There is no bk.toml in this folder or above it")
                .hint("go into a project, or say --board NAME (bkctl board list)"));
        }
    };
    let board = boards::find(&name, project.as_ref().map(|project| project.root.as_path()))?;
    Ok(Place { board, project })
}

impl Place {
    /// Builds the project's firmware.
    pub(super) fn build(&self, args: &ProjectArgs, quiet: bool, extra: &[String]) -> Result<PathBuf> {
        let project = self.project()?;
        if project.manifest.board == self.board.name {
            for difference in stamp::differences(&project.root, self.board.hash()) {
                anstream::eprintln!("note: {difference}");
            }
        }
        cargo::build(&project.root, &self.options(args, quiet, extra))
    }

    fn project(&self) -> Result<&Project> {
        self.project.as_ref().ok_or_else(|| {
            Error::usage("no bk.toml in this folder or above it: not in a project")
                .hint("bkctl new NAME --board BOARD makes one; or name an ELF file")
        })
    }

    fn options(&self, args: &ProjectArgs, quiet: bool, extra: &[String]) -> cargo::Options {
        cargo::Options {
            target: self.board.chip.target.clone(),
            bin: args.bin.clone(),
            no_default_features: args.no_default_features,
            quiet,
            extra: extra.to_vec(),
            env: Vec::new(),
        }
    }

    /// The firmware: `elf`, else the project's, built first unless `no_build`.
    pub(super) fn firmware(self, args: &ProjectArgs, elf: Option<&Path>, no_build: bool) -> Result<Firmware> {
        let elf = match elf {
            Some(elf) => elf.to_owned(),
            None if no_build => cargo::existing(&self.project()?.root, &self.options(args, false, &[]))?,
            None => self.build(args, false, &[])?,
        };
        let image = read_image(&elf)?;
        check_architecture(&image, &elf, &self.board)?;
        Ok(Firmware { place: self, elf, image })
    }

    /// Firmware in a file of any kind: ELF, Intel HEX, or a raw binary to be loaded at `address`.
    pub(super) fn firmware_of_any_kind(self, file: &Path, address: Option<u64>) -> Result<Firmware> {
        let bytes = fs::read(file).map_err(|error| Error::file("read", file, &error))?;
        let image = Image::read(&bytes, address).map_err(|error| {
            let hint = match error {
                ImageError::NoAddress => "for a raw binary, say --address ADDRESS",
                ImageError::HasAddresses(_) => "leave --address out",
                _ => "",
            };
            let told = Error::usage(format!("{}: {error}", file.display()));
            if hint.is_empty() { told } else { told.hint(hint) }
        })?;
        check_architecture(&image, file, &self.board)?;
        Ok(Firmware { place: self, elf: file.to_owned(), image })
    }
}

/// Reads an ELF file.
pub(super) fn read_image(elf: &Path) -> Result<Image> {
    let bytes = fs::read(elf).map_err(|error| Error::file("read", elf, &error))?;
    Image::parse(&bytes).map_err(|error| Error::usage(format!("{}: {error}", elf.display())))
}

fn check_architecture(image: &Image, elf: &Path, board: &Board) -> Result<()> {
    let found = image.architecture();
    let chip = &board.chip;
    let wanted = match chip.target.as_str() {
        target if target.starts_with("thumb") || target.starts_with("arm") => Architecture::Arm,
        target if target.starts_with("aarch64") => Architecture::Aarch64,
        target if target.starts_with("riscv32") => Architecture::Riscv32,
        target if target.starts_with("riscv64") => Architecture::Riscv64,
        _ => return Ok(()),
    };
    let core = Core { arch: &chip.arch, name: &chip.core, float: chip.fpu != "none" };
    // A HEX file or raw binary does not say.
    let found = match image.exceeds(core) {
        _ if found == Architecture::Unstated => return Ok(()),
        _ if found != wanted => found.to_string(),
        Some(beyond) => beyond,
        None => return Ok(()),
    };
    Err(Error::usage(format!(
        "{} is for {found}, and the board {} has {} ({})",
        elf.display(),
        board.name,
        chip.core,
        chip.target
    ))
    .hint(format!("build it for the Rust target {}, or choose another board with --board", chip.target)))
}
