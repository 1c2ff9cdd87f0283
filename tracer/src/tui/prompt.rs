//! A line that is being typed: a command, a time, a search.

use super::keys::{ACTIONS, Entry};

/// The longest line.
const LONGEST: usize = 200;

/// What the line is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// An action by its name, or a command.
    Command,
    /// A time to go to.
    GoTo,
    /// What to look for.
    Search,
    /// What to show.
    Filter,
}

/// A line that is being typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Prompt {
    pub(super) purpose: Purpose,
    text: String,
    /// The completion that is offered first.
    chosen: usize,
}

/// A command that takes an argument, besides the actions.
pub(super) struct Command {
    pub(super) name: &'static str,
    pub(super) argument: &'static str,
    pub(super) does: &'static str,
}

/// Every command with an argument.
pub(super) const COMMANDS: &[Command] = &[
    Command { name: "bookmark", argument: "NAME", does: "bookmark at the cursor" },
    Command { name: "filter", argument: "task:a,b", does: "show only what matches; nothing: all" },
    Command { name: "goto", argument: "1.5ms", does: "cursor to a time" },
    Command { name: "search", argument: "op:lock", does: "look for it from the cursor on" },
    Command { name: "theme", argument: "NAME", does: "colour-blind-safe, dark, light, mono" },
    Command { name: "window", argument: "1ms..2ms", does: "show this window" },
];

impl Prompt {
    pub(super) const fn new(purpose: Purpose) -> Self {
        Self { purpose, text: String::new(), chosen: 0 }
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The line as it is shown.
    pub(super) fn shown(&self) -> String {
        match self.purpose {
            Purpose::Command => format!(":{}_", self.text),
            Purpose::Search => format!("/{}_", self.text),
            Purpose::Filter => format!("show only: {}_", self.text),
            Purpose::GoTo => format!("go to (1.5ms, 200us, 2s, 40000cy): {}_", self.text),
        }
    }

    pub(super) fn push(&mut self, c: char) {
        if self.text.len() < LONGEST && !c.is_control() {
            self.text.push(c);
            self.chosen = 0;
        }
    }

    /// Takes the last character away; tells whether there was one.
    pub(super) fn pop(&mut self) -> bool {
        self.chosen = 0;
        self.text.pop().is_some()
    }

    /// The names that the line may become: what begins with it first, then what holds it.
    pub(super) fn completions(&self) -> Vec<(&'static str, String)> {
        if self.purpose != Purpose::Command || self.text.contains(' ') {
            return Vec::new();
        }
        let commands = COMMANDS.iter().map(|command| (command.name, format!("{}  {}", command.argument, command.does)));
        let actions = ACTIONS.iter().map(|Entry { name, does, .. }| (*name, (*does).to_owned()));
        let all: Vec<_> = commands.chain(actions).filter(|(name, _)| name.contains(&self.text)).collect();
        let (mut first, rest): (Vec<_>, Vec<_>) = all.into_iter().partition(|(name, _)| name.starts_with(&self.text));
        first.extend(rest);
        first
    }

    /// The place of the completion that [`Prompt::complete`] takes.
    pub(super) const fn chosen(&self) -> usize {
        self.chosen
    }

    /// Moves among the completions.
    pub(super) fn choose(&mut self, by: isize) {
        let last = self.completions().len().saturating_sub(1);
        self.chosen = self.chosen.saturating_add_signed(by).min(last);
    }

    /// Takes the chosen completion.
    pub(super) fn complete(&mut self) {
        if let Some((name, _)) = self.completions().get(self.chosen) {
            self.text = (*name).to_owned();
            if COMMANDS.iter().any(|command| command.name == *name) {
                self.text.push(' ');
            }
            self.chosen = 0;
        }
    }
}
