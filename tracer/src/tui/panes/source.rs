//! The machine at a moment: where the processor is in the source, its registers, every task, and what objects hold.

use ratatui::style::Style;

use crate::tui::keys::Action;
use crate::tui::layout::Layout;
use crate::tui::paint::Paint;
use crate::tui::state::Session;
use crate::tui::theme::Theme;
use crate::tui::time_machine::{Moment, Wish};
use crate::{label, time};

use super::pane::Pane;

/// Lines of source above and below the one that is meant.
const AROUND: u32 = 4;
/// Cells of a register with its name.
const REGISTER: usize = 16;

/// The moment, scrolled by so many lines.
#[derive(Debug, Default)]
pub(super) struct Source {
    scroll: usize,
}

impl Pane for Source {
    fn name(&self) -> &'static str {
        "Source"
    }

    fn hints(&self) -> &'static str {
        "Enter at the cursor  < > step back / on  k/j scroll  1-9 views  ? help  q quit"
    }

    fn act(&mut self, session: &mut Session, _: &Layout, action: Action) -> bool {
        match action {
            Action::RowDown => self.scroll += 1,
            Action::RowUp => self.scroll = self.scroll.saturating_sub(1),
            Action::RowsDown => self.scroll += 10,
            Action::RowsUp => self.scroll = self.scroll.saturating_sub(10),
            Action::Open => {
                session.restore(Wish::At(session.cursor));
            }
            _ => return false,
        }
        true
    }

    fn settle(&mut self, session: &Session, layout: &Layout) {
        let body = layout.body;
        let lines =
            session.restored.moment.as_ref().map_or(0, |moment| {
                lines(moment, session.trace.clock_hz(), usize::from(body.width), session.theme).len()
            });
        self.scroll = self.scroll.min(lines.saturating_sub(usize::from(body.height)));
    }

    fn draw(&self, session: &Session, layout: &Layout, paint: &mut Paint<'_>) {
        let body = layout.body;
        let Some(moment) = &session.restored.moment else {
            let text = match (&session.restored.machine, session.restored.awaited) {
                (None, _) => {
                    " No machine behind this trace. A recording made in the simulator has one, if its ELF is there (--elf)."
                }
                (Some(_), true) => " The firmware runs once more, up to the cursor ...",
                (Some(_), false) => " Enter restores the machine at the cursor.",
            };
            paint.text(body.x, body.y, body.width, text, paint.theme.faint);
            return;
        };
        let lines = lines(moment, session.trace.clock_hz(), usize::from(body.width), paint.theme);
        for ((text, style), y) in lines.iter().skip(self.scroll).zip(body.y..body.bottom()) {
            paint.text(body.x, y, body.width, text, *style);
        }
    }
}

fn lines(moment: &Moment, hz: u64, width: usize, theme: Theme) -> Vec<(String, Style)> {
    let mut out = Vec::new();
    out.push((format!(" at {}, cycle {}", time::moment(moment.time, hz), moment.time), theme.heading));
    out.extend(moment.calls.iter().take(4).map(|call| (format!("   {call}"), theme.plain)));
    if let Some(excerpt) = &moment.source {
        out.push((String::new(), theme.plain));
        out.push((format!(" {}", excerpt.file), theme.heading));
        for (number, text) in excerpt.lines.iter().filter(|(number, _)| number.abs_diff(excerpt.line) <= AROUND) {
            let here = *number == excerpt.line;
            let mark = if here { '>' } else { ' ' };
            out.push((format!("{mark}{number:>5}  {text}"), if here { theme.selected } else { theme.plain }));
        }
    }
    out.push((String::new(), theme.plain));
    let a_line = (width.saturating_sub(1) / REGISTER).clamp(1, 8);
    for registers in moment.registers.chunks(a_line) {
        let cells = registers.iter().map(|(name, value)| format!("{name:>4} {value:#010x} "));
        out.push((format!(" {}", cells.collect::<String>()), theme.plain));
    }
    let longest = |of: fn(&crate::tui::TaskLine) -> &str| moment.tasks.iter().map(|task| label::width(of(task))).max();
    let (name, state) = (longest(|task| &task.name).unwrap_or(0), longest(|task| &task.state).unwrap_or(0));
    if !moment.tasks.is_empty() {
        out.push((String::new(), theme.plain));
        out.push((" TASKS".to_owned(), theme.heading));
    }
    for task in &moment.tasks {
        let used = task.stack.0.map_or_else(|| "?".to_owned(), |used| used.to_string());
        let stack = label::right(&format!("{used}/{}", task.stack.1), 11);
        let (name, state) = (label::fit(&task.name, name, true), label::fit(&task.state, state, true));
        out.push((format!(" {name}  {state} {stack}  {}", task.place), theme.plain));
    }
    if !moment.objects.is_empty() {
        out.push((String::new(), theme.plain));
        out.push((" OBJECTS".to_owned(), theme.heading));
        let longest = moment.objects.iter().map(|(name, _)| label::width(name)).max().unwrap_or(0);
        for (name, bytes) in &moment.objects {
            out.push((format!(" {}  {bytes}", label::fit(name, longest, true)), theme.plain));
        }
    }
    out
}
