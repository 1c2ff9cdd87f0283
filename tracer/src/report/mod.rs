//! A recording as one HTML page, made to be kept beside the build it tells of.
//!
//! ```text
//! Trace ─┬─▶ timeline.rs      lanes as SVG                ┐
//!        ├─▶ findings.rs      lints, their proof drawn    │
//!        ├─▶ waits.rs         the longest waits, drawn    │
//!        ├─▶ tables.rs        the numbers of `stats`      ├─▶ page.rs ─▶ one file
//!        ├─▶ latencies.rs     interrupts, from pend       │   (style.css, script.js inside)
//!        ├─▶ distribution.rs  histograms                  │
//!        └─▶ memory.rs        stacks, heap                ┘
//! ```
//!
//! The page loads nothing: no font, no picture, no script but its own, and its content security policy forbids any other.
//! It follows the system's light or dark theme until its button is pressed, and is whole without the script. Each state
//! has a shape of its own and a title, so that colour carries nothing alone. The same recording gives the same bytes, below
//! a megabyte however long it is: drawings have as many columns, not as many events.

mod distribution;
mod findings;
mod footprint;
mod html;
mod latencies;
mod memory;
mod page;
mod tables;
mod timeline;
mod waits;

pub use page::{About, html};
