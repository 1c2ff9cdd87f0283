//! The language of searches and filters: `task:ctrl state:blocked dur>2ms`.
//!
//! ```text
//! text ─▶ parse.rs ─▶ Query (term.rs) ─▶ matcher.rs  does it match these facts?
//!                                     ─▶ search.rs   the next thing in the trace that does
//! ```
//!
//! Terms are separated by spaces and must all hold; `-` in front of one turns it round. Names match in part and in
//! either case; alternatives are separated by commas, and quotes keep spaces together.
//!
//! | term | holds for |
//! |---|---|
//! | `task:ctrl` `isr:UART0` `mark:fft` `async:net` `counter:depth` | what belongs to it |
//! | `object:TOTAL` | waits for it, operations on it |
//! | `state:blocked` | stretches of the state; `waiting` and `sleeping` are the two kinds of blocked |
//! | `reason:mutex` | waits with that reason |
//! | `op:lock` | operations on objects; `release`, `done` and `miss` of periodic work |
//! | `dur>2ms` `value<=3` `prio=9` | stretches so long, values, tasks of that priority; `<` `<=` `=` `>=` `>` |
//! | `fft` | whatever has that in a name |

mod matcher;
mod parse;
mod search;
mod term;

pub use matcher::{Facts, Matcher};
pub use search::{Hit, Place, Source};
pub use term::{Op, Query, QueryError};
