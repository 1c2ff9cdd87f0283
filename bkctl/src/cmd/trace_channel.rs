//! Which of a run's streams carries the trace: decided here, for whoever records or shows it.

use bksim_protocol::frame;

/// The name of the RTT channel that carries the kernel's trace.
pub(super) const TRACE_CHANNEL: &str = "bk-trace";

/// The stream with the trace that is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TraceStream {
    /// The firmware's own: the stream of its RTT channel, once the firmware has opened that.
    Own(Option<u8>),
    /// What the simulator sees.
    Ghost,
}

impl TraceStream {
    /// The firmware's own, before it has opened a channel.
    pub(super) const OWN: Self = Self::Own(None);

    /// An RTT channel was found.
    pub(super) fn channel(&mut self, stream: u8, name: &str) {
        tracing::info!(stream, name, "RTT channel");
        if let Self::Own(own) = self
            && name == TRACE_CHANNEL
        {
            *own = Some(stream);
        }
    }

    /// Whether `stream` carries it.
    pub(super) fn is(self, stream: u8) -> bool {
        match self {
            Self::Own(own) => own == Some(stream),
            Self::Ghost => stream == frame::GHOST,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_firmwares_own_is_the_channel_of_that_name() {
        let mut trace = TraceStream::OWN;
        trace.channel(frame::RTT_UP, "Terminal");
        assert!(!trace.is(frame::RTT_UP) && !trace.is(frame::RTT_UP + 2) && !trace.is(frame::GHOST));
        trace.channel(frame::RTT_UP + 2, "bk-trace");
        assert!(trace.is(frame::RTT_UP + 2) && !trace.is(frame::RTT_UP) && !trace.is(frame::GHOST));
    }

    #[test]
    fn the_simulators_stays_the_simulators() {
        let mut trace = TraceStream::Ghost;
        trace.channel(frame::RTT_UP + 1, TRACE_CHANNEL);
        assert!(trace.is(frame::GHOST) && !trace.is(frame::RTT_UP + 1));
    }
}
