//! probe-rs's errors in one message: what was done, and the whole chain of causes.

use std::error::Error as StdError;
use std::fmt::Display;

use probe_rs::Error as ProbeRs;
use probe_rs::architecture::arm::DapError;
use probe_rs::flashing::FlashError;
use probe_rs::probe::{DebugProbeError, ProbeCreationError};

use crate::error::{Error, Exit};

/// The chain of causes, outermost first: `what: because: because`. A cause that only repeats the one before is left out.
#[must_use]
pub fn chain(error: &dyn StdError) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        let text = error.to_string();
        let text = text.trim().trim_end_matches('.').to_owned();
        if !text.is_empty() && !parts.iter().any(|part| part.contains(&text)) {
            parts.push(text);
        }
        next = error.source();
    }
    parts.join(": ")
}

/// The target failed while `doing` something: exit 4, with the chain of causes and what to do.
#[must_use]
pub fn told(doing: impl Display, error: &(dyn StdError + 'static)) -> Error {
    let told = Error::new(Exit::Target, format!("{doing}: {}", chain(error)));
    match hint(error) {
        Some(hint) => told.hint(hint),
        None => told,
    }
}

/// What to do about the first cause that says something about that.
fn hint(error: &(dyn StdError + 'static)) -> Option<&'static str> {
    let mut next = Some(error);
    while let Some(error) = next {
        let found = creation_hint(error.downcast_ref())
            .or_else(|| probe_hint(error.downcast_ref()))
            .or_else(|| core_hint(error.downcast_ref()))
            .or_else(|| flash_hint(error.downcast_ref()));
        if found.is_some() {
            return found;
        }
        next = error.source();
    }
    None
}

fn creation_hint(error: Option<&ProbeCreationError>) -> Option<&'static str> {
    match error? {
        ProbeCreationError::NotFound => Some("bkctl probe list shows the probes that are there"),
        ProbeCreationError::CouldNotOpen | ProbeCreationError::Usb(_) => Some(super::find::ACCESS),
        ProbeCreationError::ProbeSpecific(_) => Some("is anything serving a probe at that address?"),
        _ => None,
    }
}

fn probe_hint(error: Option<&DebugProbeError>) -> Option<&'static str> {
    match error? {
        DebugProbeError::Usb(_) => Some("plug the probe in again; is another program using it?"),
        DebugProbeError::TargetNotFound => Some(WIRING),
        _ => None,
    }
}

fn core_hint(error: Option<&ProbeRs>) -> Option<&'static str> {
    match error? {
        ProbeRs::ChipNotFound(_) => Some("probe_rs in the chip's file names the chip as probe-rs knows it"),
        ProbeRs::Arm(error) if is_refused(error) => Some("nothing answers at that address, or it may not be read"),
        ProbeRs::Arm(_) | ProbeRs::Timeout => Some(WIRING),
        _ => None,
    }
}

/// Whether the chip answered, with a bus error.
fn is_refused(error: &(dyn StdError + 'static)) -> bool {
    matches!(error.downcast_ref(), Some(DapError::FaultResponse)) || error.source().is_some_and(is_refused)
}

fn flash_hint(error: Option<&FlashError>) -> Option<&'static str> {
    match error? {
        FlashError::ResetAndHalt(_) => Some(WIRING),
        FlashError::RoutineCallFailed { .. } => Some("the flash memory may be protected or worn out"),
        _ => None,
    }
}

const WIRING: &str = "is the board powered, and are SWDIO, SWCLK and GND wired? Firmware that sleeps deeply or takes the \
                      debug pins needs --under-reset, with the reset line wired";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_chain_is_told_once() {
        let inner = DebugProbeError::Usb(std::io::Error::other("the cable is out"));
        let error = FlashError::Core(ProbeRs::Probe(inner));
        let told = chain(&error);
        assert!(told.ends_with("USB Communication Error: the cable is out"), "{told}");
        assert_eq!(told.matches("USB Communication Error").count(), 1, "{told}");
    }

    #[test]
    fn the_innermost_cause_that_can_be_helped_is_helped() {
        let error = ProbeRs::Probe(DebugProbeError::ProbeCouldNotBeCreated(ProbeCreationError::CouldNotOpen));
        assert_eq!(hint(&error), Some(super::super::find::ACCESS));
        assert_eq!(hint(&ProbeRs::Probe(DebugProbeError::TargetNotFound)), Some(WIRING));
        assert_eq!(hint(&std::io::Error::other("x")), None);
    }
}
