//! Whether facts match a query, quickly: names are compared once, not once a fact.

use std::collections::HashMap;

use crate::model::{LaneKind, State, Trace};

use super::term::{Condition, Kind, Op, Query, Term, Test};

/// What is known of a thing that may match.
#[derive(Clone, Copy, Debug, Default)]
pub struct Facts {
    /// Whose it is: a place in [`Trace::lanes`].
    pub lane: Option<usize>,
    /// The mark or counter it belongs to, by its name in the dictionary.
    pub name: Option<u32>,
    /// Whether that name is a counter's.
    pub counts: bool,
    /// The state that it begins or is.
    pub state: Option<State>,
    /// The object it is about.
    pub object: Option<u32>,
    /// What was done.
    pub op: Option<Op>,
    /// How long it takes, in cycles.
    pub duration: Option<u64>,
    /// Its value.
    pub value: Option<i64>,
}

/// A query that knows the names of a trace. It must be used with that trace, which may have grown.
#[derive(Clone, Debug)]
pub struct Matcher {
    query: Query,
    /// For each lane, what each term says of it by its name; `None` if the name does not decide.
    lanes: Vec<Vec<Option<bool>>>,
    /// The same for objects and for names in the dictionary.
    objects: HashMap<u32, Vec<bool>>,
    names: HashMap<u32, Vec<bool>>,
}

impl Matcher {
    /// Of `query`.
    #[must_use]
    pub fn new(query: Query) -> Self {
        Self { query, lanes: Vec::new(), objects: HashMap::new(), names: HashMap::new() }
    }

    /// The query.
    #[must_use]
    pub const fn query(&self) -> &Query {
        &self.query
    }

    /// Whether a state is asked for: then stretches that nobody looks for otherwise (of what is dormant) count too.
    #[must_use]
    pub(super) fn asks_for_states(&self) -> bool {
        self.query.terms.iter().any(|term| matches!(term.test, Test::State(_)))
    }

    /// Whether anything of the lane at place `lane` can match: what its name alone rules out cannot.
    pub fn may_match_lane(&mut self, trace: &Trace, lane: usize) -> bool {
        self.learn_lane(trace, lane);
        let of_lane = self.lanes.get(lane);
        let ruled_out = |(place, term): (usize, &Term)| {
            let decided = of_lane.and_then(|of_lane| of_lane.get(place).copied().flatten());
            match term.test {
                Test::Name(..) | Test::Priority(..) => decided == Some(term.negated),
                _ => false,
            }
        };
        !self.query.terms.iter().enumerate().any(ruled_out)
    }

    /// Whether anything of the mark or counter `id` can match.
    pub fn may_match_name(&self, trace: &Trace, id: u32, counts: bool) -> bool {
        let name = trace.header().name(id).to_lowercase();
        let ruled_out = |term: &Term| match term.test {
            Test::Name(..) | Test::Word(_) => in_name(&term.test, counts, &name) == term.negated,
            // What only stretches and tasks have.
            Test::State(_) | Test::Reason(_) | Test::Duration(..) | Test::Priority(..) => !term.negated,
            _ => false,
        };
        !self.query.terms.iter().any(ruled_out)
    }

    /// Whether `facts` match.
    pub fn matches(&mut self, trace: &Trace, facts: &Facts) -> bool {
        if let Some(lane) = facts.lane {
            self.learn_lane(trace, lane);
        }
        if let Some(object) = facts.object.filter(|object| !self.objects.contains_key(object)) {
            let name = trace.header().object(object).to_lowercase();
            self.objects.insert(object, self.query.terms.iter().map(|term| in_object(&term.test, &name)).collect());
        }
        if let Some(id) = facts.name.filter(|id| !self.names.contains_key(id)) {
            let name = trace.header().name(id).to_lowercase();
            let tell = |term: &Term| in_name(&term.test, facts.counts, &name);
            self.names.insert(id, self.query.terms.iter().map(tell).collect());
        }
        let lane = facts.lane.and_then(|lane| self.lanes.get(lane));
        let object = facts.object.and_then(|object| self.objects.get(&object));
        let name = facts.name.and_then(|id| self.names.get(&id));
        self.query.terms.iter().enumerate().all(|(place, term)| {
            let by_lane = || lane.and_then(|lane| lane.get(place).copied().flatten()) == Some(true);
            let by_object = || object.and_then(|object| object.get(place)) == Some(&true);
            let by_name = || name.and_then(|name| name.get(place)) == Some(&true);
            let holds = match &term.test {
                Test::Name(..) => by_lane() || by_name(),
                Test::Priority(..) => by_lane(),
                Test::Object(_) => by_object(),
                Test::Word(_) => by_lane() || by_object() || by_name(),
                Test::State(wanted) => facts.state.is_some_and(|state| wanted.iter().any(|want| is(*want, state))),
                Test::Reason(wanted) => match facts.state {
                    Some(State::Blocked { reason, .. }) => wanted.contains(&reason),
                    _ => false,
                },
                Test::Op(wanted) => facts.op.is_some_and(|op| wanted.contains(&op)),
                Test::Duration(compare, bound) => facts.duration.is_some_and(|value| compare.holds(value, *bound)),
                Test::Value(compare, bound) => facts.value.is_some_and(|value| compare.holds(value, *bound)),
            };
            holds != term.negated
        })
    }

    /// Compares the names of the lanes up to `lane`, if that was not done yet.
    fn learn_lane(&mut self, trace: &Trace, lane: usize) {
        for lane in trace.lanes().iter().take(lane + 1).skip(self.lanes.len()) {
            let name = trace.lane_name(lane).to_lowercase();
            let of_lane = |term: &Term| in_lane(&term.test, trace, lane.kind(), &name);
            self.lanes.push(self.query.terms.iter().map(of_lane).collect());
        }
    }
}

/// What a test says of a lane by its name.
fn in_lane(test: &Test, trace: &Trace, kind: LaneKind, name: &str) -> Option<bool> {
    let of_kind = match kind {
        LaneKind::Interrupt { .. } => Some(Kind::Interrupt),
        LaneKind::Task { .. } => Some(Kind::Task),
        LaneKind::Idle => None,
        LaneKind::Mark { .. } => Some(Kind::Mark),
        LaneKind::Future { .. } => Some(Kind::Future),
    };
    match test {
        Test::Name(wanted, texts) => {
            Some(of_kind == Some(*wanted) && texts.iter().any(|text| name.contains(text.as_str())))
        }
        Test::Word(text) => Some(name.contains(text.as_str())),
        Test::Priority(compare, bound) => Some(match kind {
            LaneKind::Task { number } => {
                trace.task(number).priority.is_some_and(|priority| compare.holds(i64::from(priority), *bound))
            }
            _ => false,
        }),
        _ => None,
    }
}

fn in_object(test: &Test, name: &str) -> bool {
    match test {
        Test::Object(texts) => texts.iter().any(|text| name.contains(text.as_str())),
        Test::Word(text) => name.contains(text.as_str()),
        _ => false,
    }
}

fn in_name(test: &Test, counts: bool, name: &str) -> bool {
    let kind = if counts { Kind::Counter } else { Kind::Mark };
    match test {
        Test::Name(wanted, texts) => *wanted == kind && texts.iter().any(|text| name.contains(text.as_str())),
        Test::Word(text) => name.contains(text.as_str()),
        _ => false,
    }
}

fn is(want: Condition, state: State) -> bool {
    use crate::model::Class;
    match want {
        Condition::Running => state == State::Running,
        Condition::Interrupted => state == State::Interrupted,
        Condition::Ready => state == State::Ready,
        Condition::Blocked => matches!(state, State::Blocked { .. }),
        Condition::Waiting => state.class() == Class::Waiting,
        Condition::Sleeping => state.class() == Class::Sleeping,
        Condition::Dormant => state == State::Dormant,
        Condition::Unknown => state == State::Unknown,
    }
}
