//! What the timeline needs of a terminal, and how the person wants it to look.

use std::fs;
use std::io::{self, IsTerminal as _};

use bluekernel_tracer::{text, tui};

use crate::cli::View;
use crate::error::{Error, Result};
use crate::folders;

pub(super) fn options(args: &View) -> Result<tui::Options> {
    let mut options = tui::Options::from_env();
    if args.ascii {
        options.glyphs = text::Style::Ascii;
    }
    if let Some(theme) = args.theme.as_deref().and_then(tui::Theme::named) {
        options.theme = theme;
    }
    options.keys = keys()?;
    Ok(options)
}

/// The viewer's keys: the defaults, changed by the user's `keys.toml`, if there is one.
fn keys() -> Result<tui::Keymap> {
    let Some(path) = folders::config().map(|folder| folder.join("keys.toml")) else {
        return Ok(tui::Keymap::default());
    };
    match fs::read_to_string(&path) {
        Ok(text) => tui::Keymap::from_toml(&text).map_err(|error| {
            Error::usage(format!("{}:{}: {}", path.display(), error.line, error.reason))
                .hint("mend the line, or move the file away: then the viewer has its own keys")
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(tui::Keymap::default()),
        Err(error) => Err(Error::file("read", &path, &error)),
    }
}

pub(super) fn need_terminal() -> Result<()> {
    if io::stdout().is_terminal() && io::stdin().is_terminal() {
        return Ok(());
    }
    Err(Error::usage("the timeline needs a terminal, and this is none").hint("bkctl trace view FILE --text prints one"))
}
