//! What actions and commands do to what views share.

use crate::raster::Row;
use crate::time;

use super::keys::{Action, named};
use super::prompt::{Prompt, Purpose};
use super::state::Session;
use super::theme::Theme;
use super::time_machine::Wish;

/// Rows that a page key moves by.
const PAGE: isize = 10;

/// Does what `action` does in every view.
pub(super) fn act(session: &mut Session, action: Action) {
    match action {
        Action::ZoomIn => session.zoom(2, 3, session.cursor),
        Action::ZoomOut => session.zoom(3, 2, session.cursor),
        Action::PanLeft => session.pan(-1),
        Action::PanRight => session.pan(1),
        Action::PageLeft => session.pan(-8),
        Action::PageRight => session.pan(8),
        Action::CursorLeft => session.step(-1),
        Action::CursorRight => session.step(1),
        Action::First => session.go_to(session.limits().start),
        Action::Last => session.go_to(session.trace.end()),
        Action::Fit => session.fit(),
        Action::Full => session.show(session.trace.window()),
        Action::RowUp => session.select_by(-1),
        Action::RowDown => session.select_by(1),
        Action::RowsUp => session.select_by(-PAGE),
        Action::RowsDown => session.select_by(PAGE),
        Action::NextEvent => session.jump(Row::next_change, "no later event in this row"),
        Action::PreviousEvent => session.jump(Row::previous_change, "no earlier event in this row"),
        Action::Mark => session.mark(),
        Action::Follow => session.toggle_follow(),
        Action::Theme => {
            session.theme = session.theme.next();
            session.message = Some(format!("theme {}", session.theme.name()));
        }
        Action::NextFlow => session.flow_forward(),
        Action::PreviousFlow => session.flow_back(),
        Action::NextMatch => session.find(true),
        Action::PreviousMatch => session.find(false),
        Action::Bookmark => session.bookmark(None),
        Action::NextBookmark => session.go_to_bookmark(true),
        Action::PreviousBookmark => session.go_to_bookmark(false),
        Action::Cancel => {
            if !session.clear_search() {
                session.marked.marks = [None; 2];
            }
        }
        Action::StepOn => {
            session.restore(Wish::Step);
        }
        Action::StepBack => {
            session.restore(Wish::StepBack);
        }
        Action::Open | Action::Sort | Action::SortReverse | Action::Arrows => {
            session.message = Some("nothing here for that key".to_owned());
        }
        // What the viewer itself does.
        Action::Quit
        | Action::Help
        | Action::Palette
        | Action::GoTo
        | Action::Search
        | Action::Filter
        | Action::View(_) => {}
    }
}

/// Does what was typed. An action by its name is handed back.
///
/// # Errors
/// What is wrong with it, in words.
pub(super) fn command(session: &mut Session, prompt: &Prompt) -> Result<Option<Action>, String> {
    let text = prompt.text().trim();
    let (name, argument) = match prompt.purpose {
        Purpose::GoTo => ("goto", text),
        Purpose::Search => ("search", text),
        Purpose::Filter => ("filter", text),
        Purpose::Command => text.split_once(' ').map_or((text, ""), |(name, rest)| (name, rest.trim())),
    };
    let hz = session.trace.clock_hz();
    match name {
        "" => {}
        "goto" => {
            let time = time::parse(argument, hz).map_err(|error| error.to_string())?;
            session.go_to(time);
        }
        "window" => {
            let whole = session.trace.window();
            let window = time::parse_window(argument, hz, &whole).map_err(|error| error.to_string())?;
            session.show(window);
        }
        "search" if argument.is_empty() => {
            session.clear_search();
        }
        "search" => session.search(argument)?,
        "filter" => session.filter(argument)?,
        "bookmark" => session.bookmark(Some(argument).filter(|name| !name.is_empty())),
        "theme" if !argument.is_empty() => {
            session.theme = Theme::named(argument).ok_or_else(|| {
                let names = Theme::ALL.map(|theme| theme.name());
                format!("no theme `{argument}`; there are {}", names.join(", "))
            })?;
        }
        name => {
            let action = named(name).ok_or_else(|| format!("no action or command `{name}`; : and Tab list them"))?;
            if !argument.is_empty() {
                return Err(format!("`{name}` takes nothing behind it"));
            }
            return Ok(Some(action));
        }
    }
    Ok(None)
}
