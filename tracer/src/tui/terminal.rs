//! Entering and leaving the terminal. Whatever ends the viewer (a key, an error, a panic), the terminal is as before.

use std::io::{self, IsTerminal, stdout};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::event::{DisableMouseCapture, EnableMouseCapture};
use crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode};
use crossterm::{cursor, execute};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;

/// Whether the terminal is ours at the moment.
static ACTIVE: AtomicBool = AtomicBool::new(false);

/// The terminal, for as long as this lives.
pub(super) struct Screen {
    pub(super) terminal: Terminal<CrosstermBackend<io::Stdout>>,
}

impl Screen {
    /// Takes the terminal.
    pub(super) fn enter(mouse: bool) -> io::Result<Self> {
        if !stdout().is_terminal() || !io::stdin().is_terminal() {
            return Err(io::Error::new(
                io::ErrorKind::Unsupported,
                "the timeline needs a terminal; without one, ask for it as text",
            ));
        }
        static HOOK: Once = Once::new();
        HOOK.call_once(|| {
            let previous = std::panic::take_hook();
            std::panic::set_hook(Box::new(move |info| {
                // First, so that the message is readable. Nothing to do about an error here.
                let _ = restore();
                previous(info);
            }));
        });
        // The guard is made first: what fails half-way is undone.
        ACTIVE.store(true, Ordering::SeqCst);
        let undo = Undo;
        enable_raw_mode()?;
        execute!(stdout(), EnterAlternateScreen, cursor::Hide)?;
        if mouse {
            execute!(stdout(), EnableMouseCapture)?;
        }
        let terminal = Terminal::new(CrosstermBackend::new(stdout()))?;
        std::mem::forget(undo);
        Ok(Self { terminal })
    }
}

impl Screen {
    /// Whether the terminal has not been given back: a panic elsewhere in the program does that.
    pub(super) fn is_ours(&self) -> bool {
        ACTIVE.load(Ordering::SeqCst)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        let _ = restore();
    }
}

/// Gives the terminal back if the rest of [`Screen::enter`] fails.
struct Undo;

impl Drop for Undo {
    fn drop(&mut self) {
        let _ = restore();
    }
}

/// Gives the terminal back, if the viewer has it: for a program that is about to end on a signal. May be called at any
/// time, from any thread, more than once.
///
/// # Errors
/// What the terminal says.
pub fn restore() -> io::Result<()> {
    if !ACTIVE.swap(false, Ordering::SeqCst) {
        return Ok(());
    }
    // All of it, even if a part fails.
    let screen = execute!(stdout(), DisableMouseCapture, LeaveAlternateScreen, cursor::Show);
    let raw = disable_raw_mode();
    screen.and(raw)
}
