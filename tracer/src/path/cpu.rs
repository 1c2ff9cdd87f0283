//! Who had the processor within a window, as one list.

use std::ops::Range;

use crate::model::{LaneKind, State, Trace};

/// Who ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Who {
    Task(u32),
    Handler(u32),
    Idle,
}

/// Pieces of a window in which somebody ran, in order; no two overlap. In between the kernel did, or nobody can tell.
#[derive(Debug)]
pub(super) struct Cpu(Vec<(Range<u64>, Who)>);

impl Cpu {
    pub(super) fn of(trace: &Trace, window: &Range<u64>) -> Self {
        let mut pieces = Vec::new();
        for lane in trace.lanes() {
            let who = match lane.kind() {
                LaneKind::Task { number } => Who::Task(number),
                LaneKind::Interrupt { exception } => Who::Handler(exception),
                LaneKind::Idle => Who::Idle,
                LaneKind::Mark { .. } | LaneKind::Future { .. } => continue,
            };
            let running = lane.spans(window.clone(), trace.end()).filter(|span| span.state == State::Running);
            let clipped = running.map(|span| (span.start.max(window.start)..span.end.min(window.end), who));
            pieces.extend(clipped.filter(|(piece, _)| !piece.is_empty()));
        }
        pieces.sort_by_key(|(piece, _)| (piece.start, piece.end));
        // Two never run at once. If damaged events say so, the earlier one does.
        let mut until = window.start;
        for (piece, _) in &mut pieces {
            piece.start = piece.start.max(until);
            until = until.max(piece.end);
        }
        pieces.retain(|(piece, _)| !piece.is_empty());
        Self(pieces)
    }

    /// The stretches of `part`, without holes: who ran in each, `None` for nobody. `part` lies in the window.
    pub(super) fn within(&self, part: Range<u64>) -> impl Iterator<Item = (Range<u64>, Option<Who>)> {
        let mut next = self.0.partition_point(|(piece, _)| piece.end <= part.start);
        let mut from = part.start;
        std::iter::from_fn(move || {
            if from >= part.end {
                return None;
            }
            let piece = self.0.get(next).filter(|(piece, _)| piece.start < part.end);
            let (stretch, who) = match piece {
                Some((piece, who)) if piece.start <= from => {
                    next += 1;
                    (from..piece.end.min(part.end), Some(*who))
                }
                Some((piece, _)) => (from..piece.start, None),
                None => (from..part.end, None),
            };
            from = stretch.end;
            Some((stretch, who))
        })
    }
}
