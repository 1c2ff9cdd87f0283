//! What can be asked for: the one table behind the keyboard, the palette, the user's file and the help.

/// What a key or a command asks for. [`ACTIONS`] says in words what each does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tui) enum Action {
    Quit,
    Help,
    Palette,
    Cancel,
    /// Show the view of this place in the list of views.
    View(usize),
    ZoomIn,
    ZoomOut,
    PanLeft,
    PanRight,
    PageLeft,
    PageRight,
    CursorLeft,
    CursorRight,
    First,
    Last,
    GoTo,
    Fit,
    Full,
    RowUp,
    RowDown,
    RowsUp,
    RowsDown,
    NextEvent,
    PreviousEvent,
    Arrows,
    NextFlow,
    PreviousFlow,
    Search,
    NextMatch,
    PreviousMatch,
    Filter,
    Bookmark,
    NextBookmark,
    PreviousBookmark,
    Open,
    StepOn,
    StepBack,
    Sort,
    SortReverse,
    Mark,
    Follow,
    Theme,
}

/// A line of the table.
#[derive(Debug)]
pub(in crate::tui) struct Entry {
    /// The name, for the palette and the user's file.
    pub(in crate::tui) name: &'static str,
    /// The keys, unless the user's file says otherwise.
    pub(in crate::tui) keys: &'static [&'static str],
    /// What it does, for the help.
    pub(in crate::tui) does: &'static str,
    /// The action.
    pub(in crate::tui) action: Action,
}

const fn entry(name: &'static str, keys: &'static [&'static str], does: &'static str, action: Action) -> Entry {
    Entry { name, keys, does, action }
}

/// Every action. No name and no key stands in it twice (a test sees to it).
pub(in crate::tui) const ACTIONS: &[Entry] = &[
    entry("view-timeline", &["1"], "lanes over time", Action::View(0)),
    entry("view-tasks", &["2"], "tasks and interrupts", Action::View(1)),
    entry("view-events", &["3"], "every event", Action::View(2)),
    entry("view-latency", &["4"], "distributions and the worst", Action::View(3)),
    entry("view-objects", &["5"], "who holds, who waits", Action::View(4)),
    entry("view-memory", &["6"], "stacks and heap", Action::View(5)),
    entry("view-problems", &["7"], "what the lints found", Action::View(6)),
    entry("view-source", &["8"], "the machine at a moment", Action::View(7)),
    entry("view-recorder", &["9"], "source, loss, remarks, text", Action::View(8)),
    entry("view-console", &["c"], "the firmware's text", Action::View(9)),
    entry("zoom-in", &["w", "+", "="], "zoom in at the cursor", Action::ZoomIn),
    entry("zoom-out", &["s", "-"], "zoom out at the cursor", Action::ZoomOut),
    entry("pan-left", &["a", "left"], "earlier by an eighth", Action::PanLeft),
    entry("pan-right", &["d", "right"], "later by an eighth", Action::PanRight),
    entry("page-left", &["A"], "earlier by a window", Action::PageLeft),
    entry("page-right", &["D"], "later by a window", Action::PageRight),
    entry("cursor-left", &["h"], "cursor to the left", Action::CursorLeft),
    entry("cursor-right", &["l"], "cursor to the right", Action::CursorRight),
    entry("first", &["home"], "to the beginning", Action::First),
    entry("last", &["end"], "to the end", Action::Last),
    entry("go-to", &["g"], "to a time that you type", Action::GoTo),
    entry("fit", &["f"], "fit A..B or the span here", Action::Fit),
    entry("full", &["0"], "the whole trace", Action::Full),
    entry("row-up", &["k", "up"], "row above", Action::RowUp),
    entry("row-down", &["j", "down"], "row below", Action::RowDown),
    entry("rows-up", &["page-up"], "many rows up", Action::RowsUp),
    entry("rows-down", &["page-down"], "many rows down", Action::RowsDown),
    entry("event-next", &["."], "next event of the row", Action::NextEvent),
    entry("event-previous", &[","], "previous event of the row", Action::PreviousEvent),
    entry("flow-next", &["]"], "to whom this row wakes next", Action::NextFlow),
    entry("flow-previous", &["["], "to who woke this task", Action::PreviousFlow),
    entry("arrows", &["r"], "show who woke whom, or not", Action::Arrows),
    entry("search", &["/"], "look for a task, state, time", Action::Search),
    entry("match-next", &["n"], "next match", Action::NextMatch),
    entry("match-previous", &["N"], "previous match", Action::PreviousMatch),
    entry("filter-rows", &["F"], "show only what matches", Action::Filter),
    entry("bookmark-here", &["b"], "bookmark here, or none", Action::Bookmark),
    entry("bookmark-next", &["'"], "next bookmark", Action::NextBookmark),
    entry("bookmark-previous", &["\""], "previous bookmark", Action::PreviousBookmark),
    entry("open", &["enter"], "see it on the timeline", Action::Open),
    entry("step", &[">"], "machine: an instruction on", Action::StepOn),
    entry("step-back", &["<"], "machine: an instruction back", Action::StepBack),
    entry("sort", &["o"], "sort by the next column", Action::Sort),
    entry("sort-reverse", &["O"], "sort the other way round", Action::SortReverse),
    entry("mark", &["m"], "mark A, then B, and measure", Action::Mark),
    entry("follow", &["space"], "follow a live run, or stop", Action::Follow),
    entry("palette", &[":"], "an action by its name", Action::Palette),
    entry("theme", &["t"], "next theme", Action::Theme),
    entry("help", &["?"], "all keys", Action::Help),
    entry("cancel", &["esc"], "clear search, filter, marks", Action::Cancel),
    entry("quit", &["q"], "leave", Action::Quit),
];

/// The action called `name`.
pub(in crate::tui) fn named(name: &str) -> Option<Action> {
    ACTIONS.iter().find(|entry| entry.name == name).map(|entry| entry.action)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The help has columns of 28 cells for them.
    #[test]
    fn words_fit_the_help() {
        for entry in ACTIONS {
            assert!(entry.does.len() <= 28, "{}", entry.does);
        }
    }

    #[test]
    fn names_and_actions_are_there_once() {
        for (at, entry) in ACTIONS.iter().enumerate() {
            for other in &ACTIONS[at + 1..] {
                assert_ne!(entry.name, other.name);
                assert_ne!(entry.action, other.action, "{} and {}", entry.name, other.name);
            }
        }
    }
}
