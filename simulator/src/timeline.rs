//! A machine with a past: every time that it has been at can be gone back to, exactly.
//!
//! What comes from outside is logged with the moment at which it took effect. A [`Timeline::seek`] restores the nearest
//! keyframe at or before the time asked for and runs from there, with the logged input, as the machine did the first time:
//!
//! ```text
//!   keyframes  │        │        │        │  │ │││
//!   input         a          b                 c
//!              ├────────┴────────┴──·───────────────▶ virtual time
//!              0                    ▲                │
//!                            2 replay to the time    end: so far the machine has got
//!                       1 restore│
//! ```
//!
//! Output that was given out once is not given out again. A run that goes on from the past repeats what has happened up to
//! the end, and then goes on into what has not. Input in the past takes the place of all that had come after it: the end is
//! there then.
//!
//! Nothing of this costs anything before the first seek but the log. From then on keyframes are kept: while the machine
//! runs, one every million instructions.

mod keyframes;
#[cfg(test)]
mod tests;

use bksim_protocol::message::Stop;

use crate::clock::Picoseconds;
use crate::machine::{Machine, OtherMachine};
use keyframes::{Keyframe, Keyframes};

/// Something that comes from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Bytes for the UART or the RTT down channel of a stream.
    Bytes {
        /// The stream.
        stream: u8,
        /// The bytes.
        bytes: Vec<u8>,
    },
    /// A pin is driven, or let go of.
    Pin {
        /// 0 is port A.
        port: u8,
        /// 0 to 15.
        pin: u8,
        /// High, or not driven.
        level: Option<bool>,
    },
}

/// When something came from outside: the time, and the end of the slice that the machine was in. An instruction may cross
/// the end of a slice, and then it matters whether the output of that slice had been collected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Moment {
    time: Picoseconds,
    cut: Picoseconds,
}

impl Moment {
    fn of(machine: &Machine) -> Self {
        Self { time: machine.now(), cut: machine.cut() }
    }

    /// A run until then ends at this moment.
    fn until(self) -> Picoseconds {
        self.time.min(self.cut - 1)
    }

    fn has_come(self, machine: &Machine) -> bool {
        machine.now() >= self.until() && machine.cut() >= self.cut
    }
}

#[derive(Clone, Debug)]
struct Entry {
    at: Moment,
    action: Action,
}

/// Why a time cannot be gone to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SeekError {
    /// The machine has not been there.
    #[error("{time} ps is still to come: the machine has run to {end} ps, and `run` takes it further")]
    Ahead {
        /// The time asked for.
        time: Picoseconds,
        /// The end.
        end: Picoseconds,
    },
    /// A debug probe is at the chip's pins.
    #[error("a debug probe is wired to the machine, and what a debugger does cannot be repeated")]
    Debugged,
}

/// A moment to come back to, whatever becomes of the timeline in between.
#[derive(Clone, Debug)]
pub struct Bookmark {
    frame: Keyframe,
    log: Vec<Entry>,
}

impl Bookmark {
    /// Its virtual time.
    #[must_use]
    pub fn time(&self) -> Picoseconds {
        self.frame.snapshot.time()
    }
}

/// A machine, and how it got where it is.
pub struct Timeline {
    machine: Machine,
    log: Vec<Entry>,
    /// How many entries of the log the machine has had.
    fed: usize,
    keyframes: Keyframes,
    keeps: bool,
    end: Picoseconds,
    /// There the machine has stopped for good.
    over: bool,
    /// The machine repeats what has happened.
    repeats: bool,
    debugged: bool,
}

impl Timeline {
    /// The timeline of a machine that has just been built.
    #[must_use]
    pub fn new(mut machine: Machine) -> Self {
        let origin = Keyframe::of(&mut machine, 0);
        Self {
            end: machine.now(),
            machine,
            log: Vec::new(),
            fed: 0,
            keyframes: Keyframes::new(origin),
            keeps: false,
            over: false,
            repeats: false,
            debugged: false,
        }
    }

    /// The machine.
    #[must_use]
    pub fn machine(&self) -> &Machine {
        &self.machine
    }

    /// The machine, for what is no input and changes nothing of what happens; and for a debugger.
    pub fn machine_mut(&mut self) -> &mut Machine {
        &mut self.machine
    }

    /// See [`Machine::wire_probe`]. What a debugger does is not logged: from now on there is no way back.
    pub fn wire_probe(&mut self) {
        self.debugged = true;
        self.machine.wire_probe();
    }

    /// So far the machine has got: up to here is [`Timeline::seek`].
    #[must_use]
    pub fn end(&self) -> Picoseconds {
        self.end
    }

    /// See [`Machine::waits_for_input`]. Where the log has something there is no need to wait.
    #[must_use]
    pub fn waits_for_input(&self) -> bool {
        !self.repeats && self.machine.waits_for_input()
    }

    /// Something comes from outside, at the present time; `false` if nothing takes it. In the past it replaces everything
    /// that had happened from here on. On a machine that has stopped for good it is lost.
    pub fn act(&mut self, action: Action) -> bool {
        if self.machine.has_ended() {
            return true;
        }
        let at = Moment::of(&self.machine);
        let taken = apply(&mut self.machine, &action);
        if taken {
            self.replace_future();
            self.log.push(Entry { at, action });
            self.fed += 1;
        }
        taken
    }

    /// As [`Machine::step`]; in the past the step may be a shorter one.
    pub fn step(&mut self, until: Option<Picoseconds>) -> Option<Stop> {
        self.feed();
        let (cut, pause) = (self.machine.cut(), self.pause());
        let stop = self.machine.step(until.into_iter().chain(pause).min());
        self.feed();
        self.end = self.end.max(self.machine.now());
        self.over |= stop.as_ref().is_some_and(|stop| *stop != Stop::Time);
        if self.keeps && self.machine.cut() != cut {
            self.keyframes.keep(&mut self.machine, self.fed);
        }
        // It may be the pause's.
        stop.filter(|stop| *stop != Stop::Time || until.is_some_and(|until| self.machine.has_come_to(until)))
    }

    /// Goes to a time, exactly: the machine is as a run would leave it that stops there. What came from outside then has
    /// taken effect; and if that is where it stopped for good, it has.
    ///
    /// # Errors
    /// [`SeekError`]; the machine is where it was.
    pub fn seek(&mut self, time: Picoseconds) -> Result<(), SeekError> {
        if self.debugged {
            return Err(SeekError::Debugged);
        }
        if time > self.end {
            return Err(SeekError::Ahead { time, end: self.end });
        }
        self.keeps = true;
        let frame = self.keyframes.before(time);
        let now = self.machine.now();
        if now > time || frame.snapshot.time() > now {
            let restored = self.machine.restore(&frame.snapshot);
            debug_assert!(restored.is_ok(), "its own keyframe");
            (self.fed, self.repeats) = (frame.fed, true);
        }
        let until = if self.over && time == self.end { None } else { Some(time) };
        while self.step(until).is_none() {}
        Ok(())
    }

    /// A moment to come back to: the present one.
    pub fn bookmark(&mut self) -> Bookmark {
        let frame = Keyframe::of(&mut self.machine, self.fed);
        Bookmark { frame, log: self.log[..self.fed].to_vec() }
    }

    /// Goes back to a moment, and begins another future there: what had happened since then is forgotten.
    ///
    /// # Errors
    /// [`OtherMachine`] for a bookmark of another machine; nothing has changed then.
    pub fn restore(&mut self, bookmark: &Bookmark) -> Result<(), OtherMachine> {
        self.machine.restore(&bookmark.frame.snapshot)?;
        self.log.clone_from(&bookmark.log);
        self.fed = bookmark.frame.fed;
        self.keyframes.begin_again(bookmark.frame.clone());
        self.repeats = true;
        self.replace_future();
        Ok(())
    }

    /// Gives the machine what the log has for this moment. At the end of what has happened it is free.
    fn feed(&mut self) {
        while let Some(entry) = self.log.get(self.fed).filter(|entry| entry.at.has_come(&self.machine)) {
            apply(&mut self.machine, &entry.action);
            self.fed += 1;
        }
        if self.repeats && self.fed == self.log.len() && self.machine.now() >= self.end {
            self.repeats = false;
            self.machine.begin_future(false);
        }
    }

    /// When a machine that repeats what has happened must be looked at.
    fn pause(&self) -> Option<Picoseconds> {
        let pause = self.log.get(self.fed).map_or(self.end, |entry| entry.at.until());
        // If it is there, it is the end of a slice that is still to come.
        self.repeats.then_some(pause.max(self.machine.now() + 1))
    }

    /// Something else happens from here on.
    fn replace_future(&mut self) {
        if self.repeats {
            self.repeats = false;
            self.log.truncate(self.fed);
            (self.end, self.over) = (self.machine.now(), false);
            self.keyframes.forget_after(self.end, self.fed);
            self.machine.begin_future(true);
        }
    }
}

fn apply(machine: &mut Machine, action: &Action) -> bool {
    match action {
        Action::Bytes { stream, bytes } => machine.input(*stream, bytes),
        Action::Pin { port, pin, level } => machine.drive_pin(*port, *pin, *level),
    }
}
