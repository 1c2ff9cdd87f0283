//! The terminal viewer: a timeline to work with, recorded or live.
//!
//! ```text
//! event_loop.rs  source: keys, mouse, bytes          ─▶ App::key, App::mouse, App::input
//! keys/          which key asks for which action; the one table of actions
//! app.rs         the session, the views, what the keyboard speaks to
//! dispatch.rs    what actions and commands do to what views share
//! state/         Session: the trace, one selection, one window of time; never draws
//! panes/         the views, one a file: their own state, their own keys, their looks
//! draw.rs        draws an App; never changes it        (bars, help, words, paint, theme)
//! layout.rs      where things are on the screen
//! time_machine.rs  what it asks of whoever can restore the machine at a moment
//! notebook.rs    what it asks of whoever keeps bookmarks
//! terminal.rs    enters and leaves the alternate screen, whatever happens
//! ```
//!
//! It blocks while nothing happens; live, it draws at most fifteen times a second.

mod app;
mod bars;
mod dispatch;
mod draw;
mod event_loop;
mod feed;
mod help;
mod keys;
mod layout;
mod notebook;
mod paint;
mod panes;
mod prompt;
mod state;
mod terminal;
mod theme;
mod time_machine;
mod words;

pub use app::App;
pub use draw::draw;
pub use event_loop::run;
pub use feed::{Backing, Feed, Input, Options};
pub use keys::{Keymap, KeysError};
pub use layout::{MIN_HEIGHT, MIN_WIDTH};
pub use notebook::{Marked, Notebook};
pub use terminal::restore;
pub use theme::Theme;
pub use time_machine::{Excerpt, Moment, TaskLine, TimeMachine, Wish};
