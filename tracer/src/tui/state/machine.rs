//! The machine behind the trace, as far as there is one: where it was asked to go, and what it was like there.

use crate::tui::time_machine::{Moment, TimeMachine, Wish};

use super::session::Session;

/// The machine, and the last moment that it was at.
#[derive(Debug, Default)]
pub(in crate::tui) struct Restored {
    pub(in crate::tui) machine: Option<Box<dyn TimeMachine>>,
    /// The last moment that was restored.
    pub(in crate::tui) moment: Option<Moment>,
    /// Whether an answer is still to come.
    pub(in crate::tui) awaited: bool,
}

impl Session {
    /// Asks the machine to go there. Says so if there is none; tells whether there is one.
    pub(in crate::tui) fn restore(&mut self, wish: Wish) -> bool {
        let Some(machine) = &mut self.restored.machine else {
            self.message =
                Some("no machine behind this trace: record in the simulator, and keep the firmware".to_owned());
            return false;
        };
        machine.ask(wish);
        self.restored.awaited = true;
        self.follow = false;
        self.message = Some("going there ...".to_owned());
        true
    }

    /// Takes the machine's answer, if it is there; tells whether it was. The cursor follows the machine.
    pub(in crate::tui) fn take_moment(&mut self) -> bool {
        let Some(answer) = self.restored.machine.as_mut().filter(|_| self.restored.awaited).and_then(|it| it.answer())
        else {
            return false;
        };
        self.restored.awaited = false;
        self.message = None;
        match answer {
            Ok(moment) => {
                self.go_to(moment.time);
                self.restored.moment = Some(moment);
            }
            Err(why) => self.message = Some(why),
        }
        true
    }
}
