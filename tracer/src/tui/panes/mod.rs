//! The views: each one file (or folder) with the same small interface, [`Pane`]. A new view is its file, a line in
//! [`all`], and a line in the table of actions, which gives it a key.

mod console;
mod pane;
mod recorder;
mod tasks;
mod timeline;

pub(super) use pane::Pane;

/// Every view, in the order of the `view-` actions.
pub(super) fn all() -> Vec<Box<dyn Pane>> {
    vec![
        Box::new(timeline::Timeline::default()),
        Box::new(tasks::Tasks),
        Box::new(recorder::Recorder),
        Box::new(console::Console),
    ]
}
