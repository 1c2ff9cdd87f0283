//! Files that are written whole or not at all.

use std::io::{Error, Write as _};
use std::path::Path;

use tempfile::Builder;

/// Writes `text` into `file`: whole, or not at all. Nobody, a build server for one, ever reads a part of it.
///
/// # Errors
/// If it cannot be written; what stood there before then stands there still.
pub fn write(file: &Path, text: &str) -> Result<(), Error> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = Builder::new();
    // As any other file: a temporary one is its owner's alone.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut written = builder.tempfile_in(folder)?;
    written.write_all(text.as_bytes())?;
    written.as_file().sync_all()?;
    written.persist(file)?;
    Ok(())
}
