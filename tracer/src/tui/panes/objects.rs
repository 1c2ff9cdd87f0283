//! Every object at the cursor's time: what it is, who holds it, who waits; and who waits for whom, as a graph.

use ratatui::layout::Rect;

use crate::label;
use crate::model::LaneKind;
use crate::objects::{Holder, Object, Objects, Wait};
use crate::time::{self, Scale};
use crate::tui::keys::Action;
use crate::tui::layout::Layout;
use crate::tui::paint::Paint;
use crate::tui::state::{AsOf, Session};

use super::pane::Pane;
use super::table::{self, Column, Line, column};

const COLUMNS: [Column; 6] = [
    column("KIND", 13, 0),
    column("HOLDER", 16, 0),
    column("VALUE", 8, 64),
    column("WAIT", 6, 0),
    column("LONGEST", 12, 80),
    column("OPERATIONS", 12, 80),
];

/// Links of a chain that are followed: longer ones are those of damaged bytes.
const LONGEST_CHAIN: usize = 32;

/// The table, and which object is selected in it.
#[derive(Debug, Default)]
pub(super) struct ObjectsView {
    selected: usize,
}

impl ObjectsView {
    fn object<'a>(&self, session: &'a Session) -> Option<&'a Object> {
        let all = session.derived.whole(&session.trace)?.0.all();
        all.get(self.selected.min(all.len().saturating_sub(1)))
    }
}

impl Pane for ObjectsView {
    fn name(&self) -> &'static str {
        "Objects"
    }

    fn needs_whole_history(&self) -> bool {
        true
    }

    fn hints(&self) -> &'static str {
        "k/j object  ,/. operation on it  Enter timeline  1-9 views  ? help  q quit"
    }

    fn act(&mut self, session: &mut Session, _: &Layout, action: Action) -> bool {
        let whole = session.derived.whole(&session.trace);
        let last = whole.map_or(0, |(objects, _)| objects.all().len().saturating_sub(1));
        let by = match action {
            Action::RowUp => -1,
            Action::RowDown => 1,
            Action::RowsUp => -10,
            Action::RowsDown => 10,
            Action::NextEvent | Action::PreviousEvent => {
                let Some(object) = self.object(session) else { return true };
                let steps = &object.steps;
                let place = if action == Action::NextEvent {
                    Some(steps.partition_point(|step| step.time <= session.cursor))
                } else {
                    steps.partition_point(|step| step.time < session.cursor).checked_sub(1)
                };
                let name = object.name.clone();
                match place.and_then(|place| steps.get(place)).copied() {
                    Some(step) => {
                        if let Some(row) = Session::waker(step.by).and_then(|kind| session.row_of(kind)) {
                            session.select(row);
                        }
                        session.go_to(step.time);
                        session.message = Some(format!("{} {name}, value {}", step.op.name(), step.value));
                    }
                    None => session.message = Some(format!("no further operation on {name}")),
                }
                return true;
            }
            _ => return false,
        };
        self.selected = self.selected.saturating_add_signed(by).min(last);
        true
    }

    fn draw(&self, session: &Session, layout: &Layout, paint: &mut Paint<'_>) {
        let body = layout.body;
        let Some((objects, as_of)) = session.derived.whole(&session.trace) else {
            let text = " The history of the objects is being worked out.";
            paint.text(body.x, body.y, body.width, text, paint.theme.faint);
            return;
        };
        if objects.all().is_empty() {
            let text = " Nothing was done to an object, and nobody waited for one.";
            paint.text(body.x, body.y, body.width, text, paint.theme.faint);
            return;
        }
        // Behind that nobody has looked yet.
        let last = if as_of == AsOf::now(&session.trace) { session.cursor } else { as_of.end.saturating_sub(1) };
        let now = session.cursor.min(last);
        let moment = Moment { session, objects, now, waits: objects.waits_in(now..now.saturating_add(1)) };
        let lines: Vec<Line> = objects.all().iter().map(|object| moment.line(object, paint)).collect();
        // The graph has a third of the room, and more if the table leaves it.
        let graph = moment.graph(paint);
        let wanted = u16::try_from(lines.len() + 1).unwrap_or(u16::MAX);
        let upper = wanted.min(body.height - body.height / 3);
        let place = Some(self.selected.min(lines.len() - 1));
        table::draw("OBJECT", &COLUMNS, &lines, place, Rect { height: upper, ..body }, paint);
        let heading = format!(
            " WHO WAITS FOR WHOM at {}{}",
            time::moment(now, session.trace.clock_hz()),
            as_of.words(&session.trace)
        );
        let mut y = body.y + upper;
        if y + 2 < body.bottom() {
            y += 1;
        }
        if y < body.bottom() {
            paint.text(body.x, y, body.width, &heading, paint.theme.heading);
        }
        for ((text, alarm), y) in graph.iter().zip(y + 1..body.bottom()) {
            let style = if *alarm { paint.theme.alarm } else { paint.theme.plain };
            paint.text(body.x, y, body.width, &format!(" {text}"), style);
        }
        let y = y.saturating_add(u16::try_from(graph.len() + 2).unwrap_or(u16::MAX));
        if let Some(object) = self.object(session).filter(|_| y + 1 < body.bottom()) {
            operations(session, object, Rect { y, height: body.bottom() - y, ..body }, paint);
        }
    }
}

/// What was done to the selected object before the cursor, and what comes next: the last one before it is selected.
fn operations(session: &Session, object: &Object, area: Rect, paint: &mut Paint<'_>) {
    let heading = format!(" OPERATIONS ON {}", object.name);
    paint.text(area.x, area.y, area.width, &heading, paint.theme.heading);
    let rows = usize::from(area.height - 1);
    let moments = Scale::of_moments(session.trace.end(), session.trace.clock_hz());
    let until = object.steps.partition_point(|step| step.time <= session.cursor);
    let first = until.saturating_sub(rows / 2 + 1).min(object.steps.len().saturating_sub(rows));
    let shown = object.steps.iter().enumerate().skip(first).take(rows);
    for ((place, step), y) in shown.zip(area.y + 1..) {
        let by = Session::waker(step.by).and_then(|kind| session.trace.lane(kind));
        let by = by.map_or_else(|| "?".to_owned(), |lane| session.trace.lane_name(lane));
        let when = label::right(&moments.show(step.time), 16);
        let text = format!(" {when}  {} {} value {}", label::fit(&by, 16, paint.ascii()), step.op.name(), step.value);
        let style = if place + 1 == until { paint.theme.selected } else { paint.theme.plain };
        paint.text(area.x, y, area.width, &text, style);
    }
}

/// What the objects are like at a moment.
struct Moment<'a> {
    session: &'a Session,
    objects: &'a Objects,
    now: u64,
    waits: Vec<&'a Wait>,
}

impl Moment<'_> {
    /// One object.
    fn line(&self, object: &Object, paint: &Paint<'_>) -> Line {
        let (now, trace) = (self.now, &self.session.trace);
        let holder = match self.objects.holder_at(object.id, now) {
            _ if !object.kind.is_owned() => String::new(),
            Holder::Free => "free".to_owned(),
            Holder::Task(task) => trace.header().task(task),
            Holder::Unknown => "?".to_owned(),
        };
        let value = match self.objects.value_at(object.id, now) {
            _ if object.kind.is_owned() => String::new(),
            Some(value) => value.to_string(),
            None => "?".to_owned(),
        };
        let own = self.waits.iter().filter(|wait| wait.object == object.id);
        let longest = own.clone().map(|wait| now - wait.start.min(now)).max();
        let cells = vec![
            object.kind.name().to_owned(),
            holder,
            value,
            own.count().to_string(),
            longest.map_or_else(|| "-".to_owned(), |cycles| time::duration(cycles, trace.clock_hz())),
            object.steps.len().to_string(),
        ];
        Line { name: object.name.clone(), cells, style: paint.theme.plain }
    }

    /// Who waits for whom, a chain a line; whether it is a ring.
    fn graph(&self, paint: &Paint<'_>) -> Vec<(String, bool)> {
        let arrow = if paint.ascii() { "->" } else { "─▶" };
        let (objects, now) = (self.objects, self.now);
        let header = self.session.trace.header();
        let mut lines = Vec::new();
        for wait in self.waits.iter().filter(|wait| wait.object != 0) {
            let mut text = header.task(wait.task);
            let (mut task, mut seen) = (wait.task, vec![wait.task]);
            let mut ring = false;
            while let Some(wait) = objects.wait_at(task, now).filter(|wait| wait.object != 0) {
                text.push_str(&format!(" {arrow} {} ({})", header.object(wait.object), wait.reason.name()));
                let Holder::Task(holder) = objects.holder_at(wait.object, now) else { break };
                text.push_str(&format!(" {arrow} {}", header.task(holder)));
                if seen.contains(&holder) || seen.len() == LONGEST_CHAIN {
                    ring = seen.contains(&holder);
                    break;
                }
                seen.push(holder);
                task = holder;
            }
            if ring {
                text.push_str("  a ring: none of them will run");
            } else if let Some(span) = self.session.row_of(LaneKind::Task { number: task }).and_then(|row| {
                let lane = self.session.lane_of(row)?;
                lane.at(now, self.session.trace.end()).filter(|_| task != wait.task)
            }) {
                text.push_str(&format!(" ({})", span.state.name()));
            }
            lines.push((text, ring));
        }
        if lines.is_empty() {
            lines.push(("nobody waits for an object".to_owned(), false));
        }
        lines
    }
}
