//! `--hold-back`: what the firmware's trace shall not tell, as messages to the kernel.

use bluekernel_abi::Named;
use bluekernel_abi::wire::group;
use bluekernel_tracer::recording::Header;
use bluekernel_tracer::wire::Control;

use super::firmware::Firmware;
use super::run;
use crate::error::{Error, Result};

/// The groups by their names.
const GROUPS: [(&str, u32); 8] = [
    ("calls", group::CALLS),
    ("interrupts", group::INTERRUPTS),
    ("jobs", group::JOBS),
    ("marks", group::USER),
    ("memory", group::MEMORY),
    ("objects", group::OBJECTS),
    ("polls", group::POLLS),
    ("timers", group::TIMERS),
];

/// The messages that hold `wishes` back: names of groups, `task:NAME`, `object:NAME`, `mark:NAME`.
///
/// # Errors
/// Exit 2 for a wish that is none, or a name that the firmware does not have.
pub(super) fn messages(firmware: &Firmware, wishes: &[String]) -> Result<Vec<u8>> {
    if wishes.is_empty() {
        return Ok(Vec::new());
    }
    let header = run::header(firmware)?;
    let (mut groups, mut controls) = (group::ALL, Vec::new());
    for wish in wishes {
        match wish.split_once(':') {
            None => {
                let found = GROUPS.iter().find(|(name, _)| name == wish);
                let (_, group) = found.ok_or_else(|| {
                    let names = GROUPS.map(|(name, _)| name).join(", ");
                    Error::usage(format!("--hold-back {wish}: no such group of events"))
                        .hint(format!("{names}; or task:NAME, object:NAME, mark:NAME"))
                })?;
                groups &= !group;
            }
            Some((of, name)) => controls.push(mute(&header, wish, of, name)?),
        }
    }
    if groups != group::ALL {
        controls.insert(0, Control::Groups(groups));
    }
    Ok(controls.into_iter().flat_map(Control::bytes).collect())
}

fn mute(header: &Header, wish: &str, of: &str, name: &str) -> Result<Control> {
    let named = |mut names: Box<dyn Iterator<Item = (u32, &String)> + '_>| {
        // An object's last part is enough: `STATE` for `app::STATE`.
        names.find(|(_, full)| *full == name || full.rsplit("::").next() == Some(name)).map(|(id, _)| id)
    };
    let (of, id) = match of {
        "task" => (Named::Task, named(Box::new(header.tasks.iter().map(|task| (task.number, &task.name))))),
        "object" => (Named::Object, named(Box::new(header.objects.iter().map(|(id, name)| (*id, name))))),
        "mark" => (Named::Mark, named(Box::new(header.names.iter().map(|(id, name)| (*id, name))))),
        _ => return Err(Error::usage(format!("--hold-back {wish}: `{of}` is neither task, object nor mark"))),
    };
    match id {
        Some(id) => Ok(Control::Mute { of, id }),
        None => Err(Error::usage(format!("--hold-back {wish}: the firmware has no such name"))),
    }
}
