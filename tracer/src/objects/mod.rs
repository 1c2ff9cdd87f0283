//! Who held what, who waited for it, and who ended the wait: the history of each object.
//!
//! ```text
//! operations ─────▶ steps.rs ─▶ kind.rs, holds.rs    what it is, its values, who owned it
//! lanes of tasks ─▶ waits.rs                         who waited for it, and how that ended
//! wakes ──────────▶ arrows.rs                        who made whom ready, and when that task ran
//! priorities ─────▶ inheritance.rs                   who was raised because of it
//! ```
//!
//! Nothing here is carried over what nobody knows: where events were lost ([`Stretches`]) holds end as [`Ending::Lost`], and
//! who owns a mutex behind a loss is unknown until an operation tells. [`Objects`] is made in one pass over each list of the
//! trace and keeps lists in order of time; questions about a moment are binary searches.

mod arrows;
mod holds;
mod inheritance;
mod kind;
mod list;
mod parts;
mod steps;
mod stretches;
mod waits;

pub use arrows::Arrow;
pub(crate) use holds::LockFollower;
pub use holds::{Ending, Hold, Holder};
pub use inheritance::Inheritance;
pub(crate) use inheritance::of as inheritance;
pub use kind::ObjectKind;
pub use list::{Object, Objects};
pub(crate) use parts::whole;
pub use steps::Step;
pub use stretches::Stretches;
pub use waits::{Wait, WaitEnd};
