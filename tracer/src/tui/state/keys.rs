//! Which key does what: the one table behind the keyboard and the help.

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

/// What a key asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tui) enum Action {
    /// Leave the viewer.
    Quit,
    /// Show or hide the help.
    Help,
    /// Show another view.
    View(u8),
    /// Less time on the screen.
    ZoomIn,
    /// More time on the screen.
    ZoomOut,
    /// Earlier.
    PanLeft,
    /// Later.
    PanRight,
    /// Cursor one column to the left.
    CursorLeft,
    /// Cursor one column to the right.
    CursorRight,
    /// The lane above.
    LaneUp,
    /// The lane below.
    LaneDown,
    /// The marked range, or the span at the cursor.
    Fit,
    /// The whole trace.
    Full,
    /// The next change on the selected lane.
    NextEvent,
    /// The change before on the selected lane.
    PreviousEvent,
    /// Set mark A, then B, then A again.
    Mark,
    /// Ask for a time.
    GoTo,
    /// Follow the run, or stop.
    Follow,
    /// The beginning of the trace.
    First,
    /// The end of the trace.
    Last,
    /// Away with help and marks.
    Cancel,
}

/// One line of the help: the keys, what they do, and their codes.
pub(in crate::tui) struct Binding {
    /// The keys as people write them.
    pub(in crate::tui) keys: &'static str,
    /// What they do.
    pub(in crate::tui) does: &'static str,
    codes: &'static [(KeyCode, Action)],
}

/// Every binding. No key stands in two of them (a test sees to it).
pub(in crate::tui) const KEYS: &[Binding] = &[
    Binding {
        keys: "w + / s -",
        does: "zoom in / out at the cursor",
        codes: &[
            (KeyCode::Char('w'), Action::ZoomIn),
            (KeyCode::Char('+'), Action::ZoomIn),
            (KeyCode::Char('='), Action::ZoomIn),
            (KeyCode::Char('s'), Action::ZoomOut),
            (KeyCode::Char('-'), Action::ZoomOut),
        ],
    },
    Binding {
        keys: "a / d",
        does: "pan (also Left / Right)",
        codes: &[
            (KeyCode::Char('a'), Action::PanLeft),
            (KeyCode::Left, Action::PanLeft),
            (KeyCode::Char('d'), Action::PanRight),
            (KeyCode::Right, Action::PanRight),
        ],
    },
    Binding {
        keys: "h / l",
        does: "cursor one column left / right",
        codes: &[(KeyCode::Char('h'), Action::CursorLeft), (KeyCode::Char('l'), Action::CursorRight)],
    },
    Binding {
        keys: "k / j",
        does: "lane above / below (also Up / Down)",
        codes: &[
            (KeyCode::Char('k'), Action::LaneUp),
            (KeyCode::Up, Action::LaneUp),
            (KeyCode::Char('j'), Action::LaneDown),
            (KeyCode::Down, Action::LaneDown),
        ],
    },
    Binding {
        keys: ", / .",
        does: "previous / next event of the lane",
        codes: &[(KeyCode::Char(','), Action::PreviousEvent), (KeyCode::Char('.'), Action::NextEvent)],
    },
    Binding {
        keys: "f / 0",
        does: "fit A..B or the span / full trace",
        codes: &[(KeyCode::Char('f'), Action::Fit), (KeyCode::Char('0'), Action::Full)],
    },
    Binding {
        keys: "m / g",
        does: "mark A, then B / go to a time",
        codes: &[(KeyCode::Char('m'), Action::Mark), (KeyCode::Char('g'), Action::GoTo)],
    },
    Binding {
        keys: "Home / End",
        does: "to the beginning / end",
        codes: &[(KeyCode::Home, Action::First), (KeyCode::End, Action::Last)],
    },
    Binding { keys: "Space", does: "follow a live run, or stop", codes: &[(KeyCode::Char(' '), Action::Follow)] },
    Binding {
        keys: "1 2 3",
        does: "timeline, tasks, console",
        codes: &[
            (KeyCode::Char('1'), Action::View(1)),
            (KeyCode::Char('2'), Action::View(2)),
            (KeyCode::Char('3'), Action::View(3)),
        ],
    },
    Binding {
        keys: "? Esc q",
        does: "help, close or clear marks, quit",
        codes: &[
            (KeyCode::Char('?'), Action::Help),
            (KeyCode::Esc, Action::Cancel),
            (KeyCode::Char('q'), Action::Quit),
        ],
    },
];

/// What `key` asks for.
pub(super) fn action(key: KeyEvent) -> Option<Action> {
    if key.kind == KeyEventKind::Release {
        return None;
    }
    if key.modifiers.contains(KeyModifiers::CONTROL) {
        return (key.code == KeyCode::Char('c')).then_some(Action::Quit);
    }
    let all = KEYS.iter().flat_map(|binding| binding.codes);
    all.clone().find(|(code, _)| *code == key.code).map(|(_, action)| *action)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_is_bound_twice() {
        let mut seen = Vec::new();
        for (code, _) in KEYS.iter().flat_map(|binding| binding.codes) {
            assert!(!seen.contains(code), "{code:?}");
            seen.push(*code);
        }
    }
}
