//! The source: waits for keys, the mouse and bytes, and hands them to the state.

use std::io;
use std::sync::mpsc::{Receiver, TryRecvError};
use std::time::{Duration, Instant};

use crossterm::event::{self, Event};

use crate::model::Trace;

use super::app::App;
use super::draw::draw;
use super::feed::{Backing, Feed, Input, Options};
use super::terminal::Screen;

/// The time of a frame while bytes arrive: about 14 a second.
const FRAME: Duration = Duration::from_millis(70);

/// How long bytes are taken in before the screen is drawn again, so that a flood of them does not stop the view.
const INTAKE: Duration = Duration::from_millis(40);

/// Shows `feed` until the user quits. Blocks.
///
/// # Errors
/// `Unsupported` if there is no terminal; what the terminal says otherwise. The terminal is restored in every case.
pub fn run(feed: Feed, options: Options, backing: Backing) -> io::Result<()> {
    let (mut app, receiver) = match feed {
        Feed::Recording(recording) => (App::open(recording, &options), None),
        Feed::Live { header, receiver } => (App::live(Trace::new(header), &options), Some(receiver)),
    };
    app.attach(backing);
    let mut screen = Screen::enter(options.mouse)?;
    let size = screen.terminal.size()?;
    app.resize(size.width, size.height);
    show(&mut screen, &app)?;
    // What takes longer to work out comes behind the first picture.
    app.tick();
    show(&mut screen, &app)?;
    let mut receiver = receiver;
    while !app.quits() {
        let changed = match receiver.as_ref() {
            // An answer of the machine's comes without a key.
            None if app.awaits_moment() && !event::poll(FRAME)? => false,
            None => {
                handle(&mut app, &event::read()?);
                true
            }
            Some(inputs) => {
                let deadline = Instant::now() + FRAME;
                let mut changed = false;
                // Keys are answered at once; bytes wait for the next frame.
                if event::poll(FRAME)? {
                    handle(&mut app, &event::read()?);
                    changed = true;
                }
                let (more, ended) = take(inputs, &mut app);
                if ended {
                    receiver = None;
                } else if more && !changed {
                    wait_until(deadline, &mut app)?;
                }
                changed || more || ended
            }
        };
        // Keys that queue up (a held one, a wheel) are drawn once.
        while !app.quits() && event::poll(Duration::ZERO)? {
            handle(&mut app, &event::read()?);
        }
        if !screen.is_ours() {
            return Err(io::Error::other("another part of the program took the terminal back"));
        }
        let answered = app.awaits_moment() && app.take_moment();
        if changed || answered || app.is_behind() {
            app.tick();
            show(&mut screen, &app)?;
        }
    }
    Ok(())
}

/// Waits for the frame's end, or for a key.
fn wait_until(deadline: Instant, app: &mut App) -> io::Result<()> {
    if event::poll(deadline.saturating_duration_since(Instant::now()))? {
        handle(app, &event::read()?);
    }
    Ok(())
}

/// Takes in what has arrived. Tells whether there was something, and whether nothing will follow.
fn take(inputs: &Receiver<Input>, app: &mut App) -> (bool, bool) {
    let begin = Instant::now();
    let mut any = false;
    while begin.elapsed() < INTAKE {
        match inputs.try_recv() {
            Ok(input) => {
                let ended = matches!(input, Input::Ended(_));
                app.input(input);
                if ended {
                    return (true, true);
                }
                any = true;
            }
            Err(TryRecvError::Empty) => return (any, false),
            Err(TryRecvError::Disconnected) => {
                app.input(Input::Ended("the run has ended".to_owned()));
                return (true, true);
            }
        }
    }
    (any, false)
}

fn handle(app: &mut App, event: &Event) {
    match event {
        Event::Key(key) => app.key(*key),
        Event::Mouse(mouse) => app.mouse(*mouse),
        Event::Resize(width, height) => app.resize(*width, *height),
        _ => {}
    }
}

fn show(screen: &mut Screen, app: &App) -> io::Result<()> {
    screen.terminal.draw(|frame| draw(app, frame)).map(|_| ())
}
