//! Which probe: the one that was named, or the only one that is plugged in.

use probe_rs::probe::DebugProbeSelector;
use probe_rs::probe::list::{Accessibility, Lister, ProbeListItem};

use crate::error::{Error, Exit, Result};

/// USB ids of the Glasgow probe (probe-rs's driver of that name), which are also those of a probe behind a socket.
pub const GLASGOW: (u16, u16) = (0x20b7, 0x9db1);

/// The selector of a probe that bksim serves at an address, `unix:PATH` or `tcp:HOST:PORT`.
#[must_use]
pub fn selector(address: &str) -> String {
    let (vendor, product) = GLASGOW;
    format!("{vendor:04x}:{product:04x}:{address}")
}

/// What to do about a probe that cannot be opened.
pub const ACCESS: &str = "your user may lack the right to open it (on Linux: udev rules, \
                          https://probe.rs/docs/getting-started/probe-setup/), or another program is using it";

/// What probe-rs looks for on USB.
const KINDS: &str = "CMSIS-DAP, ST-Link, J-Link, FTDI, WCH-Link, Espressif USB-JTAG, Black Magic Probe";

/// A probe that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// How probe-rs selects it.
    pub selector: DebugProbeSelector,
    /// What it calls itself.
    pub name: String,
    /// Whether this user may open it.
    pub accessible: bool,
}

impl Found {
    /// Name and selector, for people.
    #[must_use]
    pub fn title(&self) -> String {
        format!("{} ({})", self.name, self.selector)
    }
}

impl From<ProbeListItem> for Found {
    fn from(item: ProbeListItem) -> Self {
        Self {
            selector: DebugProbeSelector::from(&item.info),
            name: item.info.identifier,
            accessible: item.accessibility == Accessibility::Accessible,
        }
    }
}

/// The probes of this computer.
#[must_use]
pub fn all() -> Vec<Found> {
    Lister::new().list_all_with_access().into_iter().map(Found::from).collect()
}

/// The probe that `selector` names; without one, the only probe there is.
///
/// # Errors
/// Exit 2 for a selector that cannot be read; exit 4 if no probe or several fit, with what to do.
pub fn find(selector: Option<&str>) -> Result<Found> {
    let selector = selector.map(parse).transpose()?;
    match &selector {
        // A probe behind a socket is in no list.
        Some(selector) if is_remote(selector) => {
            Ok(Found { selector: selector.clone(), name: "Glasgow".into(), accessible: true })
        }
        _ => choose(selector.as_ref(), all()),
    }
}

fn parse(text: &str) -> Result<DebugProbeSelector> {
    text.parse().map_err(|error| {
        Error::usage(format!("'{text}' names no probe: {error}"))
            .hint("a selector is VID:PID or VID:PID:SERIAL, as bkctl probe list shows them")
    })
}

fn is_remote(selector: &DebugProbeSelector) -> bool {
    let is_address = |serial: &String| serial.starts_with("tcp:") || serial.starts_with("unix:");
    (selector.vendor_id, selector.product_id) == GLASGOW && selector.serial_number.as_ref().is_some_and(is_address)
}

/// The one of `probes` that fits.
fn choose(selector: Option<&DebugProbeSelector>, probes: Vec<Found>) -> Result<Found> {
    let wanted = |probe: &Found| selector.is_none_or(|selector| fits(selector, &probe.selector));
    let (mut fitting, others): (Vec<_>, Vec<_>) = probes.into_iter().partition(wanted);
    match (fitting.len(), selector) {
        (1, _) => {
            let probe = fitting.remove(0);
            if probe.accessible {
                Ok(probe)
            } else {
                Err(Error::new(Exit::Target, format!("the probe {} cannot be opened", probe.title())).hint(ACCESS))
            }
        }
        (0, None) => Err(Error::new(Exit::Target, format!("no debug probe was found on USB; looked for {KINDS}"))
            .hint(format!("plug the board or its probe in; {ACCESS}. Without a board: --target sim"))),
        (0, Some(selector)) => {
            let there = if others.is_empty() { "there is none at all".to_owned() } else { list(&others) };
            Err(Error::new(Exit::Target, format!("no debug probe {selector} was found: {there}"))
                .hint("bkctl probe list shows the probes that are there; without a board: --target sim"))
        }
        (several, _) => Err(Error::new(Exit::Target, format!("{several} debug probes fit: {}", list(&fitting)))
            .hint(format!("choose one, as in --target probe:{}", fitting[0].selector))),
    }
}

fn fits(wanted: &DebugProbeSelector, probe: &DebugProbeSelector) -> bool {
    wanted.vendor_id == probe.vendor_id
        && wanted.product_id == probe.product_id
        && (wanted.interface.is_none() || wanted.interface == probe.interface)
        && wanted.serial_number.as_ref().is_none_or(|serial| serial == probe.serial_number.as_deref().unwrap_or(""))
}

fn list(probes: &[Found]) -> String {
    let titles: Vec<_> = probes.iter().map(Found::title).collect();
    titles.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn probe(selector: &str, accessible: bool) -> Found {
        Found { selector: selector.parse().expect("parses"), name: "ST-Link".into(), accessible }
    }

    fn refused(selector: Option<&str>, probes: &[Found]) -> Error {
        let selector = selector.map(|text| parse(text).expect("parses"));
        choose(selector.as_ref(), probes.to_vec()).expect_err("refused")
    }

    #[test]
    fn the_only_probe_is_taken() {
        let one = probe("0483:3748:A", true);
        assert_eq!(choose(None, vec![one.clone()]).expect("taken"), one);
    }

    #[test]
    fn none_and_several_are_refused_with_what_to_do() {
        let none = refused(None, &[]);
        assert_eq!(none.exit(), Exit::Target);
        assert!(none.message().contains("CMSIS-DAP"), "{}", none.message());
        let both = [probe("0483:3748:A", true), probe("0483:3748:B", true)];
        let several = refused(None, &both);
        assert_eq!(several.exit(), Exit::Target);
        for selector in ["0483:3748:A", "0483:3748:B"] {
            assert!(several.message().contains(selector), "{}", several.message());
        }
    }

    #[test]
    fn a_selector_chooses() {
        let both = vec![probe("0483:3748:A", true), probe("0483:3748:B", true)];
        let selector = parse("0483:3748:B").expect("parses");
        assert_eq!(choose(Some(&selector), both.clone()).expect("taken"), both[1]);
        let absent = refused(Some("1366:1015"), &both);
        assert!(absent.message().contains("1366:1015") && absent.message().contains("0483:3748:A"));
        assert_eq!(refused(Some("0483:3748"), &both).exit(), Exit::Target);
    }

    #[test]
    fn a_probe_of_another_user_is_told() {
        let locked = refused(None, &[probe("0483:3748:A", false)]);
        assert!(locked.message().contains("cannot be opened"), "{}", locked.message());
    }

    #[test]
    fn addresses_are_taken_as_they_are() {
        for text in ["20b7:9db1:tcp:localhost:4567", "20b7:9db1:unix:/tmp/a socket:1"] {
            let found = find(Some(text)).expect("taken");
            assert_eq!(found.selector.to_string(), text);
        }
        assert!(!is_remote(&parse("20b7:9db1:C3-20200213").expect("parses")));
    }

    #[test]
    fn words_that_are_no_selector_are_usage() {
        for wrong in ["stlink", "0483", "xyzw:3748", "0483:3748-x"] {
            assert_eq!(find(Some(wrong)).expect_err("refused").exit(), Exit::Usage, "{wrong}");
        }
    }
}
