//! Traces whose states were chosen by hand.

