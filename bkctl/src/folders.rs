//! The user's folders that are bkctl's (XDG Base Directory Specification; `%APPDATA%` and `%LOCALAPPDATA%` on Windows).

use std::env;
use std::path::PathBuf;

/// What the user has set: boards, chips, keys.
#[must_use]
pub fn config() -> Option<PathBuf> {
    of("APPDATA", "XDG_CONFIG_HOME", ".config")
}

/// What can be made again.
#[must_use]
pub fn cache() -> Option<PathBuf> {
    if cfg!(target_os = "macos") {
        return Some(absolute("HOME")?.join("Library/Caches/bkctl"));
    }
    of("LOCALAPPDATA", "XDG_CACHE_HOME", ".cache")
}

/// What stays from one time to the next, and is no setting.
#[must_use]
pub fn state() -> Option<PathBuf> {
    of("LOCALAPPDATA", "XDG_STATE_HOME", ".local/state")
}

/// `bkctl` in the folder of the variable `windows` there, else in that of `xdg`, else in `default` at home.
fn of(windows: &str, xdg: &str, default: &str) -> Option<PathBuf> {
    let base =
        if cfg!(windows) { absolute(windows) } else { absolute(xdg).or_else(|| Some(absolute("HOME")?.join(default))) };
    Some(base?.join("bkctl"))
}

/// The specification: a path that is not absolute is to be ignored.
fn absolute(variable: &str) -> Option<PathBuf> {
    env::var_os(variable).map(PathBuf::from).filter(|folder| folder.is_absolute())
}
