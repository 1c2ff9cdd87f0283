//! What a query is made of.

use bluekernel_abi::{BlockReason, ObjectOp};

/// A search or a filter, read from text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    pub(super) text: String,
    pub(super) terms: Vec<Term>,
}

impl Query {
    /// The text it was read from.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// Why a text is no query.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("column {column}: {reason}")]
pub struct QueryError {
    /// The character that is wrong, from 1.
    pub column: usize,
    /// What is wrong with it.
    pub reason: String,
}

/// One term: it holds, or must not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Term {
    pub(super) negated: bool,
    pub(super) test: Test,
}

/// What a term asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Test {
    /// One of these, in lower case, is in the name of a thing of this kind.
    Name(Kind, Vec<String>),
    /// One of these is in the object's name.
    Object(Vec<String>),
    /// This is in any name.
    Word(String),
    /// The state is one of these.
    State(Vec<Condition>),
    /// The reason of the wait is one of these.
    Reason(Vec<BlockReason>),
    /// The operation is one of these.
    Op(Vec<Op>),
    /// The duration in cycles compares so.
    Duration(Compare, u64),
    /// The value compares so.
    Value(Compare, i64),
    /// The task's base priority compares so.
    Priority(Compare, i64),
}

/// Kinds of things that have names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Task,
    Interrupt,
    Mark,
    Future,
    Counter,
}

/// A state that can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Condition {
    Running,
    Interrupted,
    Ready,
    Blocked,
    Waiting,
    Sleeping,
    Dormant,
    Unknown,
}

/// Something that is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// To an object.
    Object(ObjectOp),
    /// Periodic work begins.
    Release,
    /// It is done.
    Done,
    /// It is done too late.
    Miss,
}

/// How to compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compare {
    Less,
    AtMost,
    Equal,
    AtLeast,
    More,
}

impl Compare {
    pub(super) fn holds<T: Ord>(self, value: T, bound: T) -> bool {
        match self {
            Self::Less => value < bound,
            Self::AtMost => value <= bound,
            Self::Equal => value == bound,
            Self::AtLeast => value >= bound,
            Self::More => value > bound,
        }
    }
}

impl Kind {
    pub(super) const ALL: [(&'static str, Self); 5] = [
        ("task", Self::Task),
        ("isr", Self::Interrupt),
        ("mark", Self::Mark),
        ("async", Self::Future),
        ("counter", Self::Counter),
    ];
}

impl Condition {
    pub(super) const ALL: [(&'static str, Self); 8] = [
        ("running", Self::Running),
        ("interrupted", Self::Interrupted),
        ("ready", Self::Ready),
        ("blocked", Self::Blocked),
        ("waiting", Self::Waiting),
        ("sleeping", Self::Sleeping),
        ("dormant", Self::Dormant),
        ("unknown", Self::Unknown),
    ];
}

impl Op {
    /// Every operation by its name.
    pub(super) fn all() -> Vec<(&'static str, Self)> {
        // The wire numbers operations from 1 without a hole.
        let objects = (1..).map_while(ObjectOp::from_wire).map(|op| (op.name(), Self::Object(op)));
        objects.chain([("release", Self::Release), ("done", Self::Done), ("miss", Self::Miss)]).collect()
    }
}
