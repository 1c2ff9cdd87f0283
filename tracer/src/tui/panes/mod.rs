//! The views: each one file (or folder) with the same small interface, [`Pane`]. A new view is its file, a line in
//! [`all`], and a line in the table of actions, which gives it a key.

mod chart;
mod console;
mod crates;
mod events;
mod latency;
mod memory;
mod objects;
mod pane;
mod problems;
mod recorder;
mod source;
mod table;
mod tasks;
mod timeline;

pub(super) use pane::Pane;

/// The place of the view that shows the machine.
pub(super) const SOURCE: usize = 7;

/// Every view, in the order of the `view-` actions.
pub(super) fn all() -> Vec<Box<dyn Pane>> {
    vec![
        Box::new(timeline::Timeline::default()),
        Box::new(tasks::Tasks::default()),
        Box::new(events::Events::default()),
        Box::new(latency::Latency::default()),
        Box::new(objects::ObjectsView::default()),
        Box::new(memory::Memory::default()),
        Box::new(problems::Problems::default()),
        Box::new(source::Source::default()),
        Box::new(recorder::Recorder::default()),
        Box::new(console::Console),
    ]
}
