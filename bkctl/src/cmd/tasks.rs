//! `bkctl tasks`: what each task does, its stack, and where in its code it is. Needs no tracing: it is all in memory.

use std::fmt::Write as _;
use std::io::{self, IsTerminal as _, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use bksim_protocol::message::Stop;
use bluekernel_inspect::Image;
use bluekernel_tracer::label;
use crossterm::{cursor, queue, terminal};
use serde::Serialize;

use super::device::backtrace;
use super::firmware::{self, Firmware, Place};
use super::run as shared;
use crate::cli::{Global, Tasks};
use crate::error::{Error, Exit, Result};
use crate::interrupt;
use crate::output::{self, Align, Format, Table};
use crate::target::machine::Machine;
use crate::target::moment::{Reader, TaskMoment};
use crate::target::{self, Target};
use crate::units::{PS_PER_SECOND, show_time};

/// Until when firmware runs if nobody says.
const LENGTH: u64 = PS_PER_SECOND;

#[derive(Serialize)]
struct Answer<'a> {
    schema: &'static str,
    board: &'a str,
    /// Virtual time in picoseconds; `null` of a chip.
    time_ps: Option<u64>,
    tasks: &'a [TaskMoment],
}

pub(super) fn run(global: &Global, args: &Tasks) -> Result {
    let place = firmware::place(&args.run.project)?;
    match target::select(global, place.project.as_ref())? {
        Target::Simulator => simulated(global, args, place),
        Target::Probe(_) => by_probe(global, args, place),
    }
}

/// Runs the firmware for a while, or on and on, and looks.
fn simulated(global: &Global, args: &Tasks, place: Place) -> Result {
    target::announce("sim", &place.board);
    let firmware = place.firmware(&args.run.project, args.elf.as_deref(), args.run.no_build)?;
    let image = image(&firmware, args);
    let reader = reader(&firmware, &image)?;
    let request = shared::request(&firmware, &args.run)?;
    let stop = Arc::new(AtomicBool::new(false));
    let asked = Arc::clone(&stop);
    let _guard = interrupt::guard(move || asked.store(true, Ordering::Relaxed));
    let mut machine = Machine::start(request.board, request.elf, request.unmodelled)?;
    let end = args.run.duration.unwrap_or(if args.watch { u64::MAX } else { LENGTH });
    // As fast as the clock on the wall, if somebody watches.
    let pace = args.run.pace.map_or_else(|| args.watch.then_some(1.0), |pace| pace.0);
    let mut screen = Screen::new(args.watch, global.format);
    let mut now = 0;
    loop {
        now = if args.watch { end.min(now + args.every) } else { end };
        let stopped = machine.run(now, pace, &stop)?;
        let tasks = reader.tasks(Some(&machine.registers()?), &mut machine.memory());
        screen.show(&firmware, Some(stopped.time_ps), &tasks, args.calls)?;
        if stop.load(Ordering::Relaxed) {
            return Ok(if args.watch { Exit::Ok } else { Exit::Interrupted });
        }
        if now == end || stopped.stop != Stop::Time {
            return Ok(Exit::Ok);
        }
    }
}

/// Looks at the chip while its firmware runs on: two fields of a task may be from different moments.
fn by_probe(global: &Global, args: &Tasks, place: Place) -> Result {
    let reach = super::device::reach(global, &place, false)?;
    let firmware = Arc::new(place.firmware(&args.run.project, args.elf.as_deref(), true)?);
    let image = image(&firmware, args);
    reader(&firmware, &image)?;
    let stop = Arc::clone(&reach.stop);
    let (watch, calls, format) = (args.watch, args.calls, global.format);
    let every = Duration::from_nanos(args.every / 1000);
    reach.connect(move |chip| {
        let reader = reader(&firmware, &image)?;
        let mut screen = Screen::new(watch, format);
        loop {
            let tasks = reader.tasks(None, chip);
            screen.show(&firmware, None, &tasks, calls)?;
            if !watch || stop.load(Ordering::Relaxed) {
                return Ok(Exit::Ok);
            }
            thread::sleep(every);
        }
    })
}

/// The firmware with its source lines, if it can be had.
fn image(firmware: &Firmware, args: &Tasks) -> Image {
    backtrace::debug_image(firmware, &args.run.project, false).unwrap_or_else(|why| {
        anstream::eprintln!("note: no source lines: {why}");
        firmware.image.clone()
    })
}

fn reader<'a>(firmware: &'a Firmware, image: &'a Image) -> Result<Reader<'a>> {
    let root = firmware.place.project.as_ref().map(|project| project.root.as_path());
    let reader = Reader::new(image, root);
    if reader.knows_kernel() {
        return Ok(reader);
    }
    Err(Error::usage(format!(
        "{} does not describe a BlueKernel kernel: its tasks are not known",
        firmware.elf.display()
    ))
    .hint("bkctl sim --ghost shows the tasks of some other kernels"))
}

/// Where the table goes: below the last one, or over it.
struct Screen {
    format: Format,
    /// Lines of the last table, if the next one goes over it.
    drawn: Option<u16>,
}

impl Screen {
    fn new(watch: bool, format: Format) -> Self {
        let over = watch && format == Format::Text && io::stdout().is_terminal();
        Self { format, drawn: over.then_some(0) }
    }

    fn show(&mut self, firmware: &Firmware, time_ps: Option<u64>, tasks: &[TaskMoment], calls: bool) -> Result<()> {
        if self.format == Format::Json {
            let board = &firmware.place.board.name;
            return output::json(&Answer { schema: "bk.tasks/1", board, time_ps, tasks });
        }
        let mut text = time_ps.map_or_else(String::new, |time| format!("at {}\n", show_time(time)));
        text.push_str(&render(tasks, calls));
        let Some(lines) = &mut self.drawn else {
            return output::text(&text);
        };
        let mut out = io::stdout().lock();
        if *lines > 0 {
            queue!(out, cursor::MoveToPreviousLine(*lines), terminal::Clear(terminal::ClearType::FromCursorDown))?;
        }
        // A line that wraps, or one below the screen's end, would leave the next table in the wrong place.
        let (columns, rows) = terminal::size().unwrap_or((80, 24));
        let shown: Vec<String> = text
            .lines()
            .take(usize::from(rows.saturating_sub(1)))
            .map(|line| label::fit(line, usize::from(columns), true).trim_end().to_owned())
            .collect();
        *lines = u16::try_from(shown.len()).unwrap_or(0);
        writeln!(out, "{}", shown.join("\n"))?;
        Ok(out.flush()?)
    }
}

fn render(tasks: &[TaskMoment], calls: bool) -> String {
    let columns = [
        ("task", Align::Left),
        ("prio", Align::Right),
        ("state", Align::Left),
        ("stack", Align::Right),
        ("where", Align::Left),
    ];
    let mut table = Table::new(&columns);
    let mut order: Vec<&TaskMoment> = tasks.iter().collect();
    order.sort_by_key(|task| (std::cmp::Reverse(task.priority), task.number));
    for task in &order {
        let priority = match task.effective_priority {
            Some(effective) if effective != task.priority => format!("{} ({effective})", task.priority),
            _ => task.priority.to_string(),
        };
        let state = match &task.waits_for {
            Some(object) => format!("{} on {object}", task.state),
            None => task.state.to_owned(),
        };
        let stack = match task.stack_used {
            Some(used) => format!("{used}/{}", task.stack_bytes),
            None => format!("?/{}", task.stack_bytes),
        };
        let place = task.place().map(crate::target::moment::Place::to_text).unwrap_or_default();
        table.row([task.name.clone(), priority, state, stack, place]);
    }
    let mut out = table.render();
    if calls {
        for task in order {
            let _ = writeln!(out, "\n{}", task.name);
            for (number, call) in task.calls.iter().enumerate() {
                let _ = writeln!(out, "{number:>4}: {:#010x} {}", call.address, call.to_text());
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_important_task_stands_first() {
        let task = |number, name: &str, priority, effective| TaskMoment {
            number,
            name: name.into(),
            priority,
            effective_priority: Some(effective),
            state: "blocked",
            waits_for: (number == 1).then(|| "app::STATE".into()),
            stack_bytes: 512,
            stack_used: (number == 0).then_some(100),
            calls: Vec::new(),
        };
        let text = render(&[task(0, "low", 2, 9), task(1, "high", 9, 9)], false);
        assert_eq!(
            text,
            "  task   prio  state                    stack  where\n  high      9  blocked on app::STATE    ?/512\n  \
             low   2 (9)  blocked                100/512\n"
        );
    }
}
