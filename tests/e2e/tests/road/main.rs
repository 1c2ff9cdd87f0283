//! The whole road, against judges that nobody here wrote: QEMU, a terminal, the book's reader.

mod book;
mod bookmarks;
mod control_loop;
mod latency;
mod names;
mod pend;
mod qemu;
mod template;
mod terminal;
mod tracing_cost;
