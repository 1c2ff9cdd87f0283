//! Making a project: everything is rendered first, written to a folder beside the target, and moved there at once.

use std::fs;
use std::path::{Path, PathBuf};

use bluekernel_boards::generate;
use bluekernel_boards::model::Board;

use super::template::Template;
use super::{name, stamp};
use crate::error::{Error, Exit, Result};
use crate::{interrupt, kit};

/// What to make.
#[derive(Clone, Copy, Debug)]
pub struct Plan<'a> {
    /// The project's folder; its last part is its name.
    pub path: &'a Path,
    /// The board.
    pub board: &'a Board,
    /// The template's name.
    pub template: &'a str,
}

/// Makes the project.
///
/// # Errors
/// If the name cannot be used, the folder is not empty, the template is unknown or does not fit the board, or writing
/// fails. Nothing is left behind then.
pub fn create(plan: &Plan<'_>) -> Result<PathBuf> {
    let name = project_name(plan.path)?;
    if plan.board.kernel.is_none() {
        let board = &plan.board.name;
        return Err(Error::usage(format!("the kernel has no port for the chip of the board {board}"))
            .hint(format!("firmware made otherwise runs there: bkctl sim ELF --board {board}")));
    }
    let template = Template::find(plan.template, plan.board)?;
    check_name(&name, &template)?;
    check_free(plan.path)?;
    let mut files = render(plan, &name, &template);
    add_board_files(plan, &template, &mut files);
    add_vendor(&mut files)?;
    write(plan.path, &files)?;
    Ok(plan.path.to_owned())
}

fn project_name(path: &Path) -> Result<String> {
    path.file_name().and_then(|name| name.to_str()).map(str::to_owned).ok_or_else(|| {
        Error::usage(format!("'{}' does not end in a project's name", path.display())).hint("use bkctl new NAME")
    })
}

fn check_name(project: &str, template: &Template) -> Result<()> {
    let taken: Vec<String> = template
        .text("Cargo.lock")
        .lines()
        .filter_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"'))
        .filter(|name| !name.starts_with("{{"))
        .map(str::to_owned)
        .collect();
    name::check(project, &taken).map_err(|why| {
        Error::usage(format!("the project's name '{project}' {why}")).hint("use a name like 'blinky' or 'my-app'")
    })
}

fn check_free(path: &Path) -> Result<()> {
    match fs::read_dir(path) {
        Ok(mut entries) => match entries.next() {
            None => Ok(()),
            Some(_) => Err(Error::usage(format!("the folder {} is not empty", path.display()))
                .hint("choose another name, or empty the folder first; nothing was changed")),
        },
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(_) if path.exists() => Err(Error::usage(format!("{} exists and is not a folder", path.display()))
            .hint("choose another name; nothing was changed")),
        Err(error) => Err(Error::file("look into", path, &error)),
    }
}

fn render(plan: &Plan<'_>, name: &str, template: &Template) -> Vec<kit::File> {
    let board = plan.board;
    let crate_name = name.replace('-', "_");
    let toolchain = kit::toolchain();
    let console = board.console.uart.clone().unwrap_or_default();
    // What cargo calls with an ELF: a board that can be programmed is, before it runs; others are only simulated.
    let runner = if board.flash.method == "none" { "sim" } else { "run" };
    let values: &[(&str, &str)] = &[
        ("{{name}}", name),
        ("{{crate_name}}", &crate_name),
        ("{{board}}", &board.name),
        ("{{board_title}}", &board.title),
        ("{{chip}}", &board.chip.name),
        ("{{target}}", &board.chip.target),
        ("{{console}}", &console),
        ("{{runner}}", runner),
        ("{{kit_version}}", kit::VERSION),
        ("{{toolchain}}", &toolchain),
    ];
    let render = |(path, text): (&String, &String)| {
        let text = values.iter().fold(text.clone(), |text, (token, value)| text.replace(token, value));
        let text = if path == "Cargo.lock" { sort_lock(&text) } else { text };
        (path.clone(), text.into_bytes())
    };
    template.files.iter().map(render).collect()
}

/// Cargo keeps its lock sorted by name, and `--locked` refuses one that is not; the project's name was a placeholder.
fn sort_lock(text: &str) -> String {
    const HEAD: &str = "[[package]]\n";
    let mut parts = text.split(HEAD);
    let mut out = parts.next().unwrap_or_default().to_owned();
    let mut packages: Vec<&str> = parts.map(str::trim_end).collect();
    packages.sort_by_key(|package| {
        let mut lines = package.lines();
        (lines.next().unwrap_or_default().to_owned(), lines.next().unwrap_or_default().to_owned())
    });
    for (place, package) in packages.iter().enumerate() {
        out.push_str(if place == 0 { "" } else { "\n" });
        out.push_str(HEAD);
        out.push_str(package);
        out.push('\n');
    }
    out
}

fn add_board_files(plan: &Plan<'_>, template: &Template, files: &mut Vec<kit::File>) {
    let mut generated =
        vec![("board/memory.x", generate::memory_x(plan.board)), ("src/board.rs", generate::board_rs(plan.board))];
    // The linker must find one device.x only.
    if !template.pac_vectors {
        generated.push(("board/device.x", generate::device_x(plan.board)));
    }
    let mut hashes = std::collections::BTreeMap::new();
    for (path, text) in generated {
        hashes.insert(path.to_owned(), kit::hash_file(text.as_bytes()));
        put(files, path, text.into_bytes());
    }
    let stamp = stamp::BoardStamp {
        board: plan.board.name.clone(),
        sha256: plan.board.hash().to_owned(),
        kit: kit::VERSION.into(),
        files: hashes,
    };
    let text =
        stamp::render("From what the board's files were generated, and how they were then. Written by bkctl.", &stamp);
    put(files, stamp::BOARD_STAMP, text.into_bytes());
}

fn add_vendor(files: &mut Vec<kit::File>) -> Result<()> {
    let vendored = kit::vendored()?;
    let sha256 = kit::hash(vendored.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice())));
    for (path, bytes) in vendored {
        put(files, &format!("{}/{path}", stamp::VENDOR), bytes);
    }
    let stamp = stamp::VendorStamp { version: kit::VERSION.into(), sha256 };
    let text = stamp::render("The kernel as this version of the kit carried it. Written by bkctl.", &stamp);
    put(files, stamp::VENDOR_STAMP, text.into_bytes());
    Ok(())
}

/// Adds a file; one of the same name is replaced.
fn put(files: &mut Vec<kit::File>, path: &str, bytes: Vec<u8>) {
    files.retain(|(other, _)| other != path);
    files.push((path.to_owned(), bytes));
}

/// Writes all files to a folder beside `path` and renames it: there is a whole project afterwards, or none.
fn write(path: &Path, files: &[kit::File]) -> Result<()> {
    let parent = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    if !parent.is_dir() {
        return Err(Error::usage(format!("there is no folder {} to make the project in", parent.display())));
    }
    // While this lives, Ctrl-C only asks: the temporary folder goes away with `scratch` in every case.
    let _guard = interrupt::guard(|| {});
    let scratch = tempfile::Builder::new()
        .prefix(".bkctl-new-")
        .tempdir_in(parent)
        .map_err(|error| Error::file("make a folder in", parent, &error))?;
    // A folder inside: the outer one is private to the user, the project's folder shall follow the umask.
    let stage = scratch.path().join("project");
    for (name, bytes) in files {
        let file = stage.join(name);
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder).map_err(|error| Error::file("make", folder, &error))?;
        }
        fs::write(&file, bytes).map_err(|error| Error::file("write", &file, &error))?;
    }
    if interrupt::asked() {
        return Err(Error::new(Exit::Interrupted, "interrupted; nothing was made"));
    }
    // Not every system renames onto an empty folder.
    if path.is_dir() {
        fs::remove_dir(path).map_err(|error| Error::file("replace the empty folder", path, &error))?;
    }
    fs::rename(&stage, path).map_err(|error| Error::file("make", path, &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lock_is_sorted_as_cargo_sorts_it() {
        let lock = "version = 4\n\n[[package]]\nname = \"zeta\"\nversion = \"1\"\n\n[[package]]\nname = \"b\"\nversion = \"2\"\n\n\
                    [[package]]\nname = \"b\"\nversion = \"1\"\n";
        assert_eq!(
            sort_lock(lock),
            "version = 4\n\n[[package]]\nname = \"b\"\nversion = \"1\"\n\n[[package]]\nname = \"b\"\nversion = \"2\"\n\n\
             [[package]]\nname = \"zeta\"\nversion = \"1\"\n"
        );
    }
}
