//! Which chord asks for which action: the defaults, changed by the user's file.
//!
//! ```toml
//! # Names as in the help (`?`). An action that is named here has these keys and no others; a key that is given to it
//! # is taken from whichever action has it by default.
//! zoom-in = ["w", "+"]
//! quit = "ctrl-q"
//! theme = []
//! ```

use std::collections::HashSet;

use crossterm::event::{KeyEvent, KeyEventKind};
use toml::de::{DeTable, DeValue};

use crate::nearest::{list, nearest};

use super::action::{ACTIONS, Action, named};
use super::chord::Chord;

/// Which key asks for which action. Ctrl-C always leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keymap {
    bindings: Vec<(Chord, Action)>,
}

/// Why a file of keys cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct KeysError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong there, naming the key or action.
    pub reason: String,
}

impl Default for Keymap {
    fn default() -> Self {
        let mut bindings = vec![(Chord::INTERRUPT, Action::Quit)];
        for entry in ACTIONS {
            bindings.extend(entry.keys.iter().filter_map(|key| Some((key.parse().ok()?, entry.action))));
        }
        Self { bindings }
    }
}

impl Keymap {
    /// The defaults, changed by a file of keys (TOML; see the head of this module's source, or the book).
    ///
    /// # Errors
    /// [`KeysError`]: no TOML, an unknown action or key, a key that two actions of the file want.
    pub fn from_toml(text: &str) -> Result<Self, KeysError> {
        let line = |at: usize| 1 + text.bytes().take(at).filter(|byte| *byte == b'\n').count();
        let table = DeTable::parse(text).map_err(|error| KeysError {
            line: line(error.span().map_or(0, |span| span.start)),
            reason: error.message().to_owned(),
        })?;
        let mut chosen: Vec<(Chord, Action, &str)> = Vec::new();
        let mut changed = HashSet::new();
        let mut lines: Vec<_> = table.get_ref().iter().collect();
        lines.sort_by_key(|(name, _)| name.span().start);
        for (name, value) in lines {
            let name: &str = name.get_ref();
            let at = line(value.span().start);
            let wrong = |line, reason| KeysError { line, reason };
            let place = ACTIONS.iter().position(|entry| entry.name == name);
            let action = place.and_then(|_| named(name)).ok_or_else(|| wrong(at, unknown(name)))?;
            changed.extend(place);
            let one = std::slice::from_ref(value);
            let keys = match value.get_ref() {
                DeValue::String(_) => one,
                DeValue::Array(keys) => &keys[..],
                _ => {
                    return Err(wrong(at, format!("`{name}` wants a key, or a list of keys: \"w\" or [\"w\", \"+\"]")));
                }
            };
            for key in keys {
                let at = line(key.span().start);
                let DeValue::String(key) = key.get_ref() else {
                    return Err(wrong(at, format!("a key of `{name}` is no text; write it in quotes")));
                };
                let chord: Chord = key.parse().map_err(|()| {
                    wrong(at, format!("`{key}` is no key (of `{name}`); keys are w, W, ctrl-w, space, page-down, f5"))
                })?;
                if chord == Chord::INTERRUPT {
                    return Err(wrong(at, format!("`{name}` cannot have ctrl-c, which always leaves")));
                }
                if let Some((.., other)) = chosen.iter().find(|(taken, ..)| *taken == chord) {
                    return Err(wrong(at, format!("`{key}` is a key of `{other}` already, and of `{name}`")));
                }
                chosen.push((chord, action, name));
            }
        }
        let mut bindings = Self::default().bindings;
        bindings.retain(|(chord, action)| {
            let kept = !changed.iter().any(|place| ACTIONS[*place].action == *action);
            *chord == Chord::INTERRUPT || (kept && !chosen.iter().any(|(taken, ..)| taken == chord))
        });
        bindings.extend(chosen.into_iter().map(|(chord, action, _)| (chord, action)));
        Ok(Self { bindings })
    }

    /// What `key` asks for.
    pub(in crate::tui) fn action(&self, key: KeyEvent) -> Option<Action> {
        let chord = Chord::of(key);
        let bound = self.bindings.iter().find(|(bound, _)| *bound == chord);
        bound.filter(|_| key.kind != KeyEventKind::Release).map(|(_, action)| *action)
    }

    /// Whether `key` is the one that leaves every program.
    pub(in crate::tui) fn interrupts(key: KeyEvent) -> bool {
        Chord::of(key) == Chord::INTERRUPT && key.kind != KeyEventKind::Release
    }

    /// The keys of `action` as people write them; Ctrl-C, which everybody knows, is left out.
    pub(in crate::tui) fn keys_of(&self, action: Action) -> String {
        let keys = self.bindings.iter().filter(|(chord, bound)| *bound == action && *chord != Chord::INTERRUPT);
        keys.map(|(chord, _)| chord.to_string()).collect::<Vec<_>>().join(" ")
    }
}

/// What is said of a name that no action has. The viewer does not open with such a file, so that its help cannot tell.
fn unknown(name: &str) -> String {
    let all: Vec<&str> = ACTIONS.iter().map(|entry| entry.name).collect();
    match nearest(name, all.iter().copied()).as_slice() {
        [] => format!("`{name}` is no action; there are {}", all.join(", ")),
        near => format!("`{name}` is no action; did you mean {}?", list(near, "or")),
    }
}

#[cfg(test)]
mod tests {
    use crossterm::event::{KeyCode, KeyModifiers};

    use super::*;

    fn press(keymap: &Keymap, c: char) -> Option<Action> {
        keymap.action(KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE))
    }

    #[test]
    fn every_default_key_is_read_and_none_is_bound_twice() {
        let keymap = Keymap::default();
        let all = ACTIONS.iter().map(|entry| entry.keys.len()).sum::<usize>();
        assert_eq!(keymap.bindings.len(), all + 1, "a key of the table cannot be read");
        for (at, (chord, action)) in keymap.bindings.iter().enumerate() {
            let again = keymap.bindings[at + 1..].iter().find(|(other, _)| other == chord);
            assert!(again.is_none(), "{chord}: {action:?} and {again:?}");
        }
    }

    #[test]
    fn a_file_replaces_keys_and_takes_them_from_others() {
        let keymap = Keymap::from_toml("zoom-in = [\"d\", \"x\"] # d pans by default\nquit = \"ctrl-q\"").unwrap();
        assert_eq!(press(&keymap, 'd'), Some(Action::ZoomIn));
        assert_eq!(press(&keymap, 'x'), Some(Action::ZoomIn));
        assert_eq!(press(&keymap, 'w'), None, "no longer zooms");
        assert_eq!(press(&keymap, 'q'), None, "no longer leaves");
        assert_eq!(keymap.keys_of(Action::PanRight), "right");
        assert_eq!(keymap.keys_of(Action::Quit), "ctrl-q");
        let interrupt = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
        assert_eq!(keymap.action(interrupt), Some(Action::Quit), "always leaves");
    }

    #[test]
    fn errors_name_the_line_and_the_key() {
        let error = |text: &str| Keymap::from_toml(text).unwrap_err().to_string();
        let zoom = error("fit = \"x\"\nzoom = \"w\"");
        assert!(zoom.starts_with("line 2: `zoom` is no action; did you mean `zoom-"), "{zoom}");
        let nothing = error("qqq = \"w\"");
        assert!(
            nothing.contains("there are ") && ACTIONS.iter().all(|entry| nothing.contains(entry.name)),
            "{nothing}"
        );
        assert!(error("\n\nfit = [\"x\",\n\"shift-x\"]").starts_with("line 4: `shift-x` is no key (of `fit`)"));
        assert!(error("fit = \"x\"\nfull = \"x\"").starts_with("line 2: `x` is a key of `fit` already"));
        assert!(error("fit = 3").starts_with("line 1: `fit` wants a key"));
        assert!(error("fit = [3]").starts_with("line 1: a key of `fit` is no text"));
        assert!(error("fit = \"ctrl-c\"").starts_with("line 1: `fit` cannot have ctrl-c"));
        assert!(error("fit = \"x\"\nfit = \"y\"").starts_with("line 2: "), "{}", error("fit = \"x\"\nfit = \"y\""));
        assert!(error("fit = ").starts_with("line 1: "));
    }
}
