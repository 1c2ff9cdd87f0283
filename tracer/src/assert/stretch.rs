//! The longest stretch of a kind in a lane: what a maximum is, and where to look at it.

use std::ops::Range;

use bluekernel_abi::BlockReason;

use crate::model::{Lane, State};

/// What a stretch is. Begin and end are those of [`crate::stats`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stretch<'a> {
    /// From being woken to running.
    Response,
    /// Ready, whyever: woken or pre-empted.
    Ready,
    /// Blocked on something that fits.
    Blocked(&'a Cause),
    /// From a handler's entry to its exit.
    Active,
}

/// What a task waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    /// Anything.
    Any,
    /// Anything for this reason.
    Reason(BlockReason),
    /// The object of this name.
    Object(String),
}

/// A stretch that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) span: Range<u64>,
    /// Whether it lasts on where the window ends.
    pub(super) open: bool,
}

impl Stretch<'_> {
    fn begins(self, previous: Option<State>, state: State, name: &impl Fn(u32) -> String) -> bool {
        match self {
            Self::Response => state == State::Ready && matches!(previous, Some(State::Blocked { .. } | State::Dormant)),
            Self::Ready => state == State::Ready,
            Self::Blocked(cause) => cause.fits(state, name),
            Self::Active => state == State::Running && !previous.is_some_and(State::is_on_cpu),
        }
    }

    /// Whether a stretch that lasts ends where `state` begins, and whether it is then whole: not where events were lost.
    fn ends(self, state: State) -> Option<bool> {
        match (self, state) {
            (_, State::Unknown) => Some(false),
            (Self::Response, State::Ready) => None,
            (Self::Response, state) => Some(state.is_on_cpu()),
            (Self::Ready, State::Ready) => None,
            (Self::Ready, _) => Some(true),
            (Self::Blocked(_), State::Blocked { .. }) => Some(false),
            (Self::Blocked(_), _) => Some(true),
            (Self::Active, state) => (!state.is_on_cpu()).then_some(state == State::Dormant),
        }
    }

    /// The longest stretch of `lane` that ends within `window`, of equals the earliest. One that has not ended at the end
    /// of the window counts as far as it lasts there: a task that starves, or waits for ever, has no end to be measured.
    /// `end` is the end of the trace, `name` names objects.
    pub(super) fn longest(
        self,
        lane: &Lane,
        window: &Range<u64>,
        end: u64,
        name: impl Fn(u32) -> String,
    ) -> Option<Found> {
        let mut best: Option<Found> = None;
        let mut offer = |found: Found| {
            let length = |span: &Range<u64>| span.end - span.start;
            if best.as_ref().is_none_or(|best| length(&found.span) > length(&best.span)) {
                best = Some(found);
            }
        };
        // What ends with the last record of the trace ends within a window that reaches it.
        let until = if window.end >= end { u64::MAX } else { window.end };
        let (mut since, mut previous) = (None, None);
        for span in lane.spans(0..until, end) {
            if let (Some(start), Some(whole)) = (since, self.ends(span.state)) {
                since = None;
                if whole && span.start >= window.start {
                    offer(Found { span: start..span.start, open: false });
                }
            }
            if since.is_none() && self.begins(previous, span.state, &name) {
                since = Some(span.start);
            }
            previous = Some(span.state);
        }
        if let Some(start) = since {
            offer(Found { span: start..window.end.max(start), open: true });
        }
        best
    }
}

impl Cause {
    /// Whether a lane in `state` waits for this.
    fn fits(&self, state: State, name: &impl Fn(u32) -> String) -> bool {
        let State::Blocked { reason, object } = state else { return false };
        match self {
            Self::Any => true,
            Self::Reason(wanted) => reason == *wanted,
            Self::Object(wanted) => object != 0 && name(object) == *wanted,
        }
    }

    /// Cycles of `window` in which `lane` waits for this; `end` is the end of the trace, `name` names objects.
    pub(super) fn total(&self, lane: &Lane, window: &Range<u64>, end: u64, name: impl Fn(u32) -> String) -> u64 {
        let inside = |start: u64, stop: u64| stop.min(window.end).saturating_sub(start.max(window.start));
        let spans = lane.spans(window.clone(), end).filter(|span| self.fits(span.state, &name));
        spans.map(|span| inside(span.start, span.end)).sum()
    }
}
