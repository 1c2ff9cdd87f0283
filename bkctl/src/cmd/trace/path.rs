//! `bkctl trace path`: what every cycle of a task's response was spent on.

use std::ops::Range;

use bluekernel_tracer::model::Trace as Model;
use bluekernel_tracer::objects::Objects;
use bluekernel_tracer::path::{self, Path, Response};
use bluekernel_tracer::time;

use crate::cli::{Global, TracePath};
use crate::error::{Error, Exit, Result};
use crate::output::{self, Format};

pub(super) fn run(global: &Global, args: &TracePath) -> Result {
    let (_, model) = super::open(&args.file)?;
    let task = super::task(&args.task, &model)?;
    let window = match &args.window {
        Some(text) => {
            let (window, whole) = (super::window(Some(text), &model)?, model.window());
            let window = window.start.max(whole.start)..window.end.min(whole.end);
            if window.is_empty() {
                let (start, end) =
                    (time::moment(whole.start, model.clock_hz()), time::moment(whole.end, model.clock_hz()));
                let message =
                    format!("the window `{text}` lies outside of the recording, which is of {start} to {end}");
                return Err(Error::usage(message));
            }
            window
        }
        None => response(args, &model, task)?,
    };
    let path = Path::of(&model, &Objects::of(&model), task, window);
    match global.format {
        Format::Json => output::json(&path)?,
        Format::Text => output::text(&path.to_text())?,
    }
    Ok(Exit::Ok)
}

/// The response that was asked for: the longest, unless one is named.
fn response(args: &TracePath, model: &Model, task: u32) -> Result<Range<u64>> {
    let all = path::responses(model, task);
    let name = &args.task;
    let longest = all.iter().max_by_key(|one| (one.end.saturating_sub(one.start), std::cmp::Reverse(one.start)));
    let Some(longest) = longest else {
        return Err(Error::usage(format!("`{name}` has no finished response in this recording"))
            .hint("--window A..B explains any stretch of time"));
    };
    let found = if let Some(at) = &args.at {
        let time = time::parse(at, model.clock_hz()).map_err(|error| Error::usage(error.to_string()))?;
        let holds = |one: &&Response| one.start <= time && time < one.end;
        all.iter().find(holds).ok_or_else(|| format!("no response of `{name}` holds {at}"))
    } else if let Some(job) = args.job {
        let found = usize::try_from(job - 1).ok().and_then(|at| all.get(at));
        found.ok_or_else(|| format!("`{name}` has {} responses, not {job}", all.len()))
    } else {
        Ok(longest)
    };
    let hint = || format!("bkctl trace stats {} --task {name} lists the longest ones", args.file.display());
    found.map(|one| one.start..one.end).map_err(|message| Error::usage(message).hint(hint()))
}
