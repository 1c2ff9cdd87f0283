//! The machine and what tracing costs its firmware, which goes into the trace that it sends.

use bksim_protocol::frame;

use super::Machine;
use crate::cpu::Core;
use crate::rtt::{Found, Rtt};
use crate::spent::{CHANNEL, Code, Spent, SpentError};

impl Machine {
    /// Tells behind each event what tracing cost for it from now on, which is when power comes on; `code` is tracing's.
    ///
    /// # Errors
    /// [`SpentError`]: where that cannot be known.
    pub fn tell_spent(&mut self, code: &Code) -> Result<(), SpentError> {
        if self.ghost.is_some() {
            return Err(SpentError::Ghost);
        }
        let place = self.rtt.up_ring(CHANNEL).map(|(_, write_offset)| write_offset).ok_or(SpentError::NoTracing)?;
        let spent = Spent::new(place);
        if !self.core.observe(&spent.ranges()) || !self.core.count_code(&code.own, &code.called) {
            return Err(SpentError::SeveralCores);
        }
        self.spent = Some(spent);
        Ok(())
    }

    /// Follows what the core has done.
    pub(super) fn follow_spent(&mut self) {
        if let Some(spent) = &mut self.spent {
            let (ran, observed) = (self.core.take_ran(), self.core.take_observed());
            spent.follow(self.core.cycles(), ran, &observed);
        }
    }

    /// The same at the end of the run.
    pub(super) fn finish_spent(&mut self) {
        self.follow_spent();
        if let Some(spent) = &mut self.spent {
            spent.finish();
        }
    }
}

/// Puts what tracing cost into what was found in the rings.
pub(super) fn tell(spent: &mut Option<Spent>, core: &dyn Core, rtt: &Rtt, found: &mut Vec<Found>) {
    let Some(spent) = spent else { return };
    let stream = frame::RTT_UP + CHANNEL;
    let mut size = [0; 4];
    if !rtt.up_ring(CHANNEL).is_some_and(|(place, _)| core.peek(place, &mut size)) {
        return;
    }
    let size = u32::from_le_bytes(size);
    let trace = found.iter_mut().find_map(|found| match found {
        Found::Bytes { stream: of, bytes } if *of == stream => Some(bytes),
        _ => None,
    });
    match trace {
        Some(bytes) => *bytes = spent.insert(bytes, size),
        None => {
            let bytes = spent.insert(&[], size);
            if !bytes.is_empty() {
                found.push(Found::Bytes { stream, bytes });
            }
        }
    }
}
