//! The viewer: the session, the views, and what the keyboard speaks to.

use std::ops::Range;

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, MouseEvent};
use ratatui::layout::Rect;

use crate::model::Trace;
use crate::recording::Recording;

use super::dispatch::{act, command};
use super::feed::{Backing, Input, Options};
use super::help;
use super::keys::{Action, Keymap};
use super::panes::{self, Pane};
use super::prompt::{Prompt, Purpose};
use super::state::{Session, Status, Stream};
use super::time_machine::Wish;

/// What the keyboard speaks to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// The view.
    Normal,
    /// The help is open, scrolled by so many lines.
    Help(usize),
    /// A line is being typed.
    Prompt(Prompt),
}

/// The viewer's state.
#[derive(Debug)]
pub struct App {
    session: Session,
    panes: Vec<Box<dyn Pane>>,
    /// The place of the view that is shown.
    shown: usize,
    mode: Mode,
    keymap: Keymap,
    quit: bool,
}

impl App {
    /// A viewer of a recording.
    #[must_use]
    pub fn open(recording: Recording, options: &Options) -> Self {
        let mut app = Self::recorded(Trace::of(&recording), options);
        app.session.stream = Stream::of(recording.stream);
        app
    }

    /// A viewer of a whole trace whose bytes are gone: it cannot list single events.
    #[must_use]
    pub fn recorded(trace: Trace, options: &Options) -> Self {
        let window = options.window.clone().unwrap_or_else(|| trace.window());
        Self::new(Session::new(trace, Status::Recorded, window, options), options)
    }

    /// A viewer of a trace that grows. It begins with the last 200 ms and follows.
    #[must_use]
    pub fn live(trace: Trace, options: &Options) -> Self {
        let default = trace.start()..trace.start() + (trace.clock_hz() / 5).max(1);
        let window = options.window.clone().unwrap_or(default);
        Self::new(Session::new(trace, Status::Live, window, options), options)
    }

    fn new(session: Session, options: &Options) -> Self {
        let keymap = options.keys.clone();
        let mut app = Self { session, panes: panes::all(), shown: 0, mode: Mode::Normal, keymap, quit: false };
        app.settle();
        app
    }

    /// Whoever stands behind the viewer. What was marked the last time is there again.
    pub fn attach(&mut self, backing: Backing) {
        self.session.restored.machine = backing.machine;
        if let Some(notebook) = backing.notebook {
            self.session.open_notebook(notebook);
        }
    }

    /// Whether an answer of the machine's is still to come: then ask [`App::take_moment`] every now and then.
    #[must_use]
    pub const fn awaits_moment(&self) -> bool {
        self.session.restored.awaited
    }

    /// Takes the machine's answer, if it is there; tells whether it was.
    pub fn take_moment(&mut self) -> bool {
        let taken = self.session.take_moment();
        self.settle();
        taken
    }

    /// Whether the user wants to leave.
    #[must_use]
    pub const fn quits(&self) -> bool {
        self.quit
    }

    /// What is looked at.
    #[must_use]
    pub const fn trace(&self) -> &Trace {
        &self.session.trace
    }

    /// The window of time on the screen, in cycles.
    #[must_use]
    pub fn window(&self) -> Range<u64> {
        self.session.window()
    }

    /// The cursor's time, in cycles.
    #[must_use]
    pub const fn cursor(&self) -> u64 {
        self.session.cursor
    }

    /// The two marks, in cycles.
    #[must_use]
    pub const fn marks(&self) -> [Option<u64>; 2] {
        self.session.marked.marks
    }

    /// The name of the selected row.
    #[must_use]
    pub fn selected_name(&self) -> String {
        self.session.selected_row().map(|row| row.name(&self.session.trace)).unwrap_or_default()
    }

    pub(super) const fn session(&self) -> &Session {
        &self.session
    }

    pub(super) const fn mode(&self) -> &Mode {
        &self.mode
    }

    pub(super) const fn keymap(&self) -> &Keymap {
        &self.keymap
    }

    /// The place of the view that is shown.
    pub(super) const fn shown(&self) -> usize {
        self.shown
    }

    /// The view that is shown.
    pub(super) fn pane(&self) -> &dyn Pane {
        &*self.panes[self.shown]
    }

    /// Every view's key and name.
    pub(super) fn tabs(&self) -> Vec<(String, &'static str)> {
        let key = |place| self.keymap.keys_of(Action::View(place));
        self.panes.iter().enumerate().map(|(place, pane)| (key(place), pane.name())).collect()
    }

    /// The screen has another size.
    pub fn resize(&mut self, width: u16, height: u16) {
        self.session.area = Rect::new(0, 0, width, height);
        self.settle();
    }

    /// Something arrived from the run. Call [`App::tick`] before drawing.
    pub fn input(&mut self, input: Input) {
        self.session.input(input);
    }

    /// Takes account of all that arrived: once a frame, not once an input.
    pub fn tick(&mut self) {
        self.session.refresh(false, self.panes[self.shown].needs_whole_history());
        self.settle();
    }

    /// Whether what is shown is not of all that has arrived, but will be although nothing more arrives: then call [`App::tick`]
    /// and draw every now and then.
    #[must_use]
    pub fn is_behind(&self) -> bool {
        self.session.is_behind() || self.panes[self.shown].is_behind(&self.session)
    }

    /// A key was pressed.
    pub fn key(&mut self, key: KeyEvent) {
        if Keymap::interrupts(key) {
            self.quit = true;
        } else if let Mode::Prompt(prompt) = &mut self.mode {
            if key.kind != KeyEventKind::Release {
                let typed = std::mem::replace(prompt, Prompt::new(Purpose::Command));
                self.mode = self.type_key(typed, key.code);
            }
        } else if let Some(action) = self.keymap.action(key) {
            self.session.message = None;
            // The view that the key may lead to is asked as well as the one that is shown.
            let shown = if let Action::View(place) = action { place.min(self.panes.len() - 1) } else { self.shown };
            self.session.refresh(true, self.panes[shown].needs_whole_history());
            self.act(action);
        }
        self.settle();
    }

    /// The mouse was used.
    pub fn mouse(&mut self, mouse: MouseEvent) {
        if let (Mode::Normal, Some(layout)) = (&self.mode, self.session.layout()) {
            self.panes[self.shown].mouse(&mut self.session, &layout, mouse);
        }
        self.settle();
    }

    fn act(&mut self, action: Action) {
        if let Mode::Help(scroll) = self.mode {
            let limit = self.session.layout().map_or(0, |layout| help::scroll_limit(&self.keymap, &layout));
            self.mode = match action {
                Action::RowDown => Mode::Help((scroll + 1).min(limit)),
                Action::RowUp => Mode::Help(scroll.saturating_sub(1)),
                Action::RowsDown => Mode::Help((scroll + 8).min(limit)),
                Action::RowsUp => Mode::Help(scroll.saturating_sub(8)),
                _ => Mode::Normal,
            };
            self.quit = action == Action::Quit;
            return;
        }
        match action {
            Action::Quit => self.quit = true,
            Action::Help => self.mode = Mode::Help(0),
            Action::Palette => self.mode = Mode::Prompt(Prompt::new(Purpose::Command)),
            Action::Search => self.mode = Mode::Prompt(Prompt::new(Purpose::Search)),
            Action::Filter => self.mode = Mode::Prompt(Prompt::new(Purpose::Filter)),
            Action::GoTo => self.mode = Mode::Prompt(Prompt::new(Purpose::GoTo)),
            Action::View(place) => self.shown = place.min(self.panes.len() - 1),
            Action::Open if self.shown == 0 => {
                if self.session.restore(Wish::At(self.session.cursor)) {
                    self.shown = panes::SOURCE;
                }
            }
            Action::Open => {
                let handled = self.in_pane(action);
                // Whatever was selected there is looked at on the timeline.
                if !handled {
                    self.shown = 0;
                }
            }
            _ => {
                if !self.in_pane(action) {
                    act(&mut self.session, action);
                }
            }
        }
    }

    fn in_pane(&mut self, action: Action) -> bool {
        let Some(layout) = self.session.layout() else { return false };
        self.panes[self.shown].act(&mut self.session, &layout, action)
    }

    /// A key while `prompt` is open.
    fn type_key(&mut self, mut prompt: Prompt, key: KeyCode) -> Mode {
        match key {
            KeyCode::Esc => return Mode::Normal,
            KeyCode::Backspace if !prompt.pop() => return Mode::Normal,
            KeyCode::Char(c) => prompt.push(c),
            KeyCode::Tab => prompt.complete(),
            KeyCode::Up => prompt.choose(-1),
            KeyCode::Down => prompt.choose(1),
            KeyCode::Enter => {
                self.mode = Mode::Normal;
                self.session.message = None;
                match command(&mut self.session, &prompt) {
                    Ok(Some(action)) => self.act(action),
                    Ok(None) => {}
                    Err(words) => self.session.message = Some(words),
                }
                return std::mem::replace(&mut self.mode, Mode::Normal);
            }
            _ => {}
        }
        Mode::Prompt(prompt)
    }

    /// What follows from whatever has changed.
    fn settle(&mut self) {
        self.session.clamp_cursor();
        self.session.keep_marked();
        if let Some(layout) = self.session.layout() {
            self.panes[self.shown].settle(&self.session, &layout);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::keys::ACTIONS;

    #[test]
    fn every_view_has_the_action_of_its_name() {
        for (place, pane) in panes::all().iter().enumerate() {
            let entry = ACTIONS.iter().find(|entry| entry.action == Action::View(place)).expect("an action");
            assert_eq!(entry.name, format!("view-{}", pane.name().to_lowercase()));
        }
    }
}
