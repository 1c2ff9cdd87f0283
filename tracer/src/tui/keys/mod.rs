//! From keys to named actions, and back for the help.
//!
//! ```text
//! action.rs  what can be asked for, with its name, default keys and words: the one table
//! chord.rs   a key as people write it: `w`, `ctrl-c`, `page-down`
//! keymap.rs  which chord asks for which action; the user's file changes it
//! ```

mod action;
mod chord;
mod keymap;

pub(super) use action::{ACTIONS, Action, Entry, named};
pub use keymap::{Keymap, KeysError};
