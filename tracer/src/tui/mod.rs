//! The terminal viewer: a timeline to work with, recorded or live.
//!
//! ```text
//! event_loop.rs  source: keys, mouse, bytes          ─▶ App::key, App::mouse, App::input
//! state/         App: what is looked at; never draws
//! layout.rs      where things are on the screen        (both read it)
//! view/          draws an App; never changes it
//! terminal.rs    enters and leaves the alternate screen, whatever happens
//! ```
//!
//! It blocks while nothing happens; live, it draws at most fifteen times a second.

mod event_loop;
mod feed;
mod layout;
mod state;
mod terminal;
mod view;

pub use event_loop::run;
pub use feed::{Feed, Input, Options};
pub use layout::{MIN_HEIGHT, MIN_WIDTH};
pub use state::{App, View};
pub use terminal::restore;
pub use view::draw;
