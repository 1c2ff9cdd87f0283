//! Files and folders that are there whole or not at all: written beside their place and renamed at the end.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Writes the file `path`, which is replaced if it exists.
///
/// # Errors
/// Those of `write` and of the file system. `path` is then as it was.
pub(super) fn file(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let write = |to: &Path| {
        let mut out = BufWriter::with_capacity(256 << 10, File::create(to)?);
        write(&mut out)?;
        out.flush()
    };
    // A device or a pipe cannot be replaced: it gets what there is.
    if path.metadata().is_ok_and(|data| !data.is_file()) {
        return write(path);
    }
    // Behind a link stands what is meant.
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let part = beside(&path)?;
    let written = write(&part).and_then(|()| fs::rename(&part, &path));
    if written.is_err() {
        // The error is told; what else goes wrong here would only hide it.
        drop(fs::remove_file(&part));
    }
    written
}

/// Makes the folder `path`, which must not exist, and has `write` fill it.
///
/// # Errors
/// Those of `write` and of the file system. `path` does not exist then.
pub(super) fn folder(path: &Path, write: impl FnOnce(&Path) -> io::Result<()>) -> io::Result<()> {
    let part = beside(path)?;
    fs::create_dir(&part)?;
    let written = write(&part).and_then(|()| fs::rename(&part, path));
    if written.is_err() {
        drop(fs::remove_dir_all(&part));
    }
    written
}

/// A name beside `path` that nobody else uses.
fn beside(path: &Path) -> io::Result<PathBuf> {
    let name = path.file_name().ok_or(io::ErrorKind::InvalidFilename)?;
    let mut part = OsString::from(".");
    part.push(name);
    part.push(format!(".part{}", std::process::id()));
    Ok(path.with_file_name(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<OsString> {
        let mut names: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_failure_leaves_what_was_there() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("run.json");
        fs::write(&path, "before").unwrap();
        let full = |out: &mut dyn Write| {
            out.write_all(&[b'x'; 1 << 20])?;
            Err(io::ErrorKind::StorageFull.into())
        };
        assert_eq!(file(&path, full).unwrap_err().kind(), io::ErrorKind::StorageFull);
        assert_eq!(fs::read_to_string(&path).unwrap(), "before");
        let half = |dir: &Path| {
            fs::write(dir.join("stream"), "half")?;
            Err(io::ErrorKind::StorageFull.into())
        };
        assert!(folder(&scratch.path().join("ctf"), half).is_err());
        assert_eq!(names(scratch.path()), ["run.json"]);
    }

    #[test]
    fn a_success_leaves_that_alone() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("run.json");
        fs::write(&path, "before").unwrap();
        file(&path, |out| out.write_all(b"after")).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "after");
        folder(&scratch.path().join("ctf"), |dir| fs::write(dir.join("stream"), "all")).unwrap();
        assert_eq!(names(scratch.path()), ["ctf", "run.json"]);
        assert_eq!(fs::read_to_string(scratch.path().join("ctf/stream")).unwrap(), "all");
    }

    #[test]
    fn a_folder_that_is_not_there_is_said() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("none/run.json");
        assert_eq!(file(&path, |_| Ok(())).unwrap_err().kind(), io::ErrorKind::NotFound);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_one() {
        let scratch = tempfile::tempdir().unwrap();
        let (real, link) = (scratch.path().join("real"), scratch.path().join("link"));
        fs::write(&real, "before").unwrap();
        std::os::unix::fs::symlink(&real, &link).unwrap();
        file(&link, |out| out.write_all(b"after")).unwrap();
        assert_eq!(fs::read_to_string(&real).unwrap(), "after");
        assert!(link.symlink_metadata().unwrap().is_symlink());
    }
}
