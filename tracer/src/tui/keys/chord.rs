//! A key as people write it.

use std::fmt;
use std::str::FromStr;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// A key, with Ctrl or Alt or without: `w`, `W`, `ctrl-c`, `alt-left`, `space`, `page-down`, `f5`.
///
/// Shift has no name: a terminal reports the character that it makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Chord {
    code: KeyCode,
    control: bool,
    alt: bool,
}

/// The keys that are no characters, and the one whose character cannot be seen.
const NAMED: [(&str, KeyCode); 16] = [
    ("space", KeyCode::Char(' ')),
    ("enter", KeyCode::Enter),
    ("esc", KeyCode::Esc),
    ("tab", KeyCode::Tab),
    ("shift-tab", KeyCode::BackTab),
    ("backspace", KeyCode::Backspace),
    ("delete", KeyCode::Delete),
    ("insert", KeyCode::Insert),
    ("home", KeyCode::Home),
    ("end", KeyCode::End),
    ("page-up", KeyCode::PageUp),
    ("page-down", KeyCode::PageDown),
    ("up", KeyCode::Up),
    ("down", KeyCode::Down),
    ("left", KeyCode::Left),
    ("right", KeyCode::Right),
];

impl Chord {
    /// Ctrl-C: leaves every program, whatever the user's file says.
    pub(super) const INTERRUPT: Self = Self { code: KeyCode::Char('c'), control: true, alt: false };

    pub(super) fn of(key: KeyEvent) -> Self {
        let held = |modifier| key.modifiers.contains(modifier);
        Self { code: key.code, control: held(KeyModifiers::CONTROL), alt: held(KeyModifiers::ALT) }
    }
}

impl FromStr for Chord {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (mut rest, mut control, mut alt) = (text, false, false);
        loop {
            // The last character may be the minus itself.
            let held = |prefix| rest.strip_prefix(prefix).filter(|rest: &&str| !rest.is_empty());
            if let Some(key) = held("ctrl-") {
                (rest, control) = (key, true);
            } else if let Some(key) = held("alt-") {
                (rest, alt) = (key, true);
            } else {
                break;
            }
        }
        let mut characters = rest.chars();
        let code = match (characters.next(), characters.next()) {
            (Some(c), None) if !c.is_control() && c != ' ' => KeyCode::Char(c),
            _ => match NAMED.iter().find(|(name, _)| *name == rest) {
                Some((_, code)) => *code,
                None => {
                    let number = rest.strip_prefix('f').and_then(|number| number.parse().ok());
                    KeyCode::F(number.filter(|number| (1..=12).contains(number)).ok_or(())?)
                }
            },
        };
        Ok(Self { code, control, alt })
    }
}

impl fmt::Display for Chord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.control {
            f.write_str("ctrl-")?;
        }
        if self.alt {
            f.write_str("alt-")?;
        }
        match (NAMED.iter().find(|(_, code)| *code == self.code), self.code) {
            (Some((name, _)), _) => f.write_str(name),
            (None, KeyCode::Char(c)) => write!(f, "{c}"),
            (None, KeyCode::F(number)) => write!(f, "f{number}"),
            (None, other) => write!(f, "{other:?}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_as_they_are_written() {
        for text in ["w", "W", "-", "ctrl-c", "ctrl--", "alt-left", "ctrl-alt-x", "space", "page-down", "f12", "中"] {
            assert_eq!(text.parse::<Chord>().map(|chord| chord.to_string()), Ok(text.to_owned()));
        }
        for text in ["", " ", "ctrl-", "ww", "f0", "f13", "shift-a", "\u{1b}"] {
            assert_eq!(text.parse::<Chord>(), Err(()), "{text}");
        }
    }

    #[test]
    fn shift_is_in_the_character() {
        let key = KeyEvent::new(KeyCode::Char('W'), KeyModifiers::SHIFT);
        assert_eq!("W".parse(), Ok(Chord::of(key)));
    }
}
