//! `bkctl attach`: listen to the firmware that runs, without programming or resetting the chip.

use std::sync::Arc;

use super::super::firmware;
use super::super::recorder::Recorder;
use super::super::run::{self as shared, Ear};
use super::listen::{self, Job, Start};
use super::run;
use crate::cli::{Attach, Global};
use crate::error::Result;
use crate::target::probe::layout;

pub(in crate::cmd) fn run(global: &Global, args: &Attach) -> Result {
    let place = firmware::place(&args.project)?;
    let mut reach = super::reach(global, &place, false)?;
    reach.pace = Some(1.0);
    // What runs was programmed before: nothing is built.
    let firmware = place.firmware(&args.project, args.elf.as_deref(), true)?;
    let blocks = layout::blocks(&firmware.image, &firmware.elf, &firmware.place.board)?;
    let recorder = match &args.trace {
        Some(file) => Some(Recorder::create(Some(file), &shared::header(&firmware)?)?),
        None => None,
    };
    let firmware = Arc::new(firmware);
    let job = Job {
        firmware: Arc::clone(&firmware),
        project: args.project.clone(),
        blocks,
        start: Start::Attach,
        wants_trace: recorder.is_some(),
        duration_ps: None,
        timeout: args.timeout,
        wants_backtrace: true,
        format: global.format,
    };
    let ended = listen::listen(&reach, job, Ear::new(run::text(global.format), recorder, None))?;
    let (exit, message) = listen::verdict(&ended.heard.end, args.timeout, args.exit_code);
    run::answer("bk.attach/1", global.format, &reach, &firmware, &ended, exit, &message)?;
    Ok(exit)
}
