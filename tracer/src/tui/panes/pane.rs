//! What a view is.

use std::fmt::Debug;

use crossterm::event::MouseEvent;

use crate::tui::keys::Action;
use crate::tui::layout::Layout;
use crate::tui::paint::Paint;
use crate::tui::state::Session;

/// A view: what it keeps for itself, the actions that mean something of its own to it, and how it is drawn. What views
/// share is in the [`Session`].
pub(in crate::tui) trait Pane: Debug {
    /// Its name in the title.
    fn name(&self) -> &'static str;

    /// The keys that help most here, shown at the bottom: most important first, since the rest may be cut.
    fn hints(&self) -> &'static str;

    /// Whether it shows the history of objects from the beginning of the trace on. Else, while a run goes on, that is worked out
    /// for what is on the screen only.
    fn needs_whole_history(&self) -> bool {
        false
    }

    /// Does what `action` asks for, if it means something of its own here; tells whether it did. Else it does what it
    /// does everywhere.
    fn act(&mut self, session: &mut Session, layout: &Layout, action: Action) -> bool {
        let _ = (session, layout, action);
        false
    }

    /// The mouse was used.
    fn mouse(&mut self, session: &mut Session, layout: &Layout, mouse: MouseEvent) {
        let _ = (session, layout, mouse);
    }

    /// Whether what it works out for itself is not of all that has arrived, and will be without anything more arriving.
    fn is_behind(&self, session: &Session) -> bool {
        let _ = session;
        false
    }

    /// Takes account of what has changed, before it is drawn.
    fn settle(&mut self, session: &Session, layout: &Layout) {
        let _ = (session, layout);
    }

    /// Draws it into [`Layout::body`].
    fn draw(&self, session: &Session, layout: &Layout, paint: &mut Paint<'_>);
}
