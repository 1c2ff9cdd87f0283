//! What the client asks about time: snapshots, going back, hashes.

use bksim_protocol::message::{Moment, Restore, Seek, Snapshot, StateHash, Stop, error_code};
use bksim_protocol::rpc::{Error, code};

use crate::timeline::{Bookmark, SeekError, Timeline};

/// No more snapshots than these: each may hold all memory that has changed since the one before.
const MOST: usize = 256;

/// The moments that a client has kept, by number.
#[derive(Default)]
pub(super) struct Moments(Vec<Bookmark>);

impl Moments {
    pub(super) fn keep(&mut self, timeline: &mut Timeline) -> Result<Snapshot, Error> {
        if self.0.len() >= MOST {
            let text = format!("{MOST} snapshots are kept already; `create` begins anew");
            return Err(Error::new(error_code::STATE, text));
        }
        let bookmark = timeline.bookmark();
        let snapshot = Snapshot { snapshot: self.0.len() as u64, time_ps: bookmark.time() };
        self.0.push(bookmark);
        Ok(snapshot)
    }

    pub(super) fn restore(&self, timeline: &mut Timeline, Restore { snapshot }: Restore) -> Result<Moment, Error> {
        let bookmark = usize::try_from(snapshot).ok().and_then(|index| self.0.get(index));
        let bookmark =
            bookmark.ok_or_else(|| Error::new(code::PARAMETERS, format!("there is no snapshot {snapshot}")))?;
        timeline.restore(bookmark).map_err(|error| Error::new(error_code::STATE, error.to_string()))?;
        Ok(moment(timeline))
    }
}

pub(super) fn seek(timeline: &mut Timeline, Seek { time_ps }: Seek) -> Result<Moment, Error> {
    timeline.seek(time_ps).map_err(|error| {
        let code = match error {
            SeekError::Ahead { .. } => code::PARAMETERS,
            SeekError::Debugged => error_code::STATE,
        };
        Error::new(code, error.to_string())
    })?;
    Ok(moment(timeline))
}

pub(super) fn state_hash(timeline: &mut Timeline) -> StateHash {
    let machine = timeline.machine_mut();
    StateHash { time_ps: machine.now(), sha256: machine.state_hash().to_string() }
}

fn moment(timeline: &Timeline) -> Moment {
    let here = timeline.machine().stopped(Stop::Time);
    Moment { time_ps: here.time_ps, cycles: here.cycles, core_hz: here.core_hz }
}
