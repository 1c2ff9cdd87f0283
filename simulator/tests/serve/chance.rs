//! A firmware that interrupts itself by chance ends in the same state and sends the same, however it is run and watched,
//! and whatever else the host does.
//!
//! `BKSIM_DETERMINISM_RUNS=1000` makes so many runs in place of 20.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use bksim_protocol::client::{Client, ClientEvent, Events};
use bksim_protocol::message::{Probe, Run, Stop};

use super::by_chance;
use super::session::{BKSIM, Firmware};

const MILLISECOND: u64 = 1_000_000_000;
const UNTIL: u64 = 40 * MILLISECOND;
/// When somebody types, and what.
const TYPED: [(u64, &[u8]); 3] = [(7 * MILLISECOND, b"a"), (19 * MILLISECOND, b"random"), (31 * MILLISECOND, b"walk")];
const UART: u8 = 0x10;

/// How a run is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Plain,
    /// Twenty times slower than the host could.
    Paced,
    /// Paused over and over, memory and figures read.
    Watched,
    /// Whoever takes the output takes his time.
    SlowTaker,
    /// A debug probe is served, and nobody comes.
    Probed,
    /// Back to a snapshot, and back in time, and there again.
    Travelled,
}

const WAYS: [Way; 6] = [Way::Plain, Way::Paced, Way::Watched, Way::SlowTaker, Way::Probed, Way::Travelled];

/// What must be the same: the bytes of each stream, the state, the time.
#[derive(Debug, Default, PartialEq, Eq)]
struct Outcome {
    uart: Vec<u8>,
    rtt: Vec<u8>,
    sha256: String,
    end: (u64, u64),
}

struct Session {
    client: Client,
    events: Events,
    way: Way,
    outcome: Outcome,
}

impl Session {
    fn take(&mut self, event: Option<ClientEvent>) -> Option<Stop> {
        match event {
            Some(ClientEvent::Data { stream, chunk }) => {
                if self.way == Way::SlowTaker {
                    std::thread::sleep(Duration::from_micros(200));
                }
                let bytes = if stream == UART { &mut self.outcome.uart } else { &mut self.outcome.rtt };
                bytes.extend(chunk.bytes);
                None
            }
            Some(ClientEvent::Channel(_)) => None,
            Some(ClientEvent::Stopped(stopped)) => {
                let stopped = stopped.unwrap();
                self.outcome.end = (stopped.time_ps, stopped.cycles);
                Some(stopped.stop)
            }
            other => panic!("{other:?}"),
        }
    }

    fn start(&self, until: u64) {
        let pace = (self.way == Way::Paced).then_some(0.5);
        self.client.start(Run { until_ps: Some(until), pace }).unwrap();
    }

    fn until_stopped(&mut self) -> Stop {
        loop {
            let event = self.events.next();
            if let Some(stop) = self.take(event) {
                return stop;
            }
        }
    }

    fn run(&mut self, until: u64) {
        self.start(until);
        loop {
            if self.way == Way::Watched {
                self.client.read(0x2000_0000, 256).unwrap();
                self.client.statistics().unwrap();
                self.client.pause().unwrap();
            }
            match self.until_stopped() {
                Stop::Time => return,
                Stop::Paused => self.start(until),
                stop => panic!("{stop:?}"),
            }
        }
    }
}

fn outcome(way: Way) -> Outcome {
    let firmware = Firmware::new(by_chance::image());
    let (client, events) = Client::spawn(BKSIM.as_ref(), "test").unwrap();
    client.create(&firmware.create()).unwrap();
    let mut session = Session { client, events, way, outcome: Outcome::default() };
    match way {
        Way::Probed => drop(session.client.probe(&Probe { address: "tcp:127.0.0.1:0".into() }).unwrap()),
        Way::Travelled => drop(session.client.seek(0).unwrap()),
        _ => {}
    }
    for (index, (time, bytes)) in TYPED.into_iter().enumerate() {
        session.run(time);
        session.client.input(UART, bytes).unwrap();
        if way == Way::Travelled && index == 1 {
            let kept = session.client.snapshot().unwrap();
            let sent = (session.outcome.uart.len(), session.outcome.rtt.len());
            session.run(UNTIL);
            session.client.seek(12 * MILLISECOND + 345).unwrap();
            session.run(15 * MILLISECOND);
            session.client.restore(kept.snapshot).unwrap();
            // What was sent from there on is going to be sent once more.
            session.outcome.uart.truncate(sent.0);
            session.outcome.rtt.truncate(sent.1);
        }
    }
    session.run(UNTIL);
    session.outcome.sha256 = session.client.state_hash().unwrap().sha256;
    session.outcome
}

#[test]
fn one_outcome_whatever_the_way_and_the_load() {
    let runs = std::env::var("BKSIM_DETERMINISM_RUNS").ok().and_then(|runs| runs.parse().ok()).unwrap_or(20_usize);
    let expected = outcome(Way::Plain);
    assert!(
        expected.uart.len() > 100 && expected.rtt.len() > 100,
        "{} and {}",
        expected.uart.len(),
        expected.rtt.len()
    );
    let (next, done) = (AtomicUsize::new(0), AtomicBool::new(false));
    std::thread::scope(|scope| {
        // The host has other things to do.
        for _ in 0..2 {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    std::hint::spin_loop();
                }
            });
        }
        let work = || {
            while let Some(way) = Some(next.fetch_add(1, Ordering::Relaxed)).filter(|run| *run < runs) {
                let way = WAYS[way % WAYS.len()];
                let Outcome { uart, rtt, sha256, end } = outcome(way);
                assert!(uart == expected.uart && end == expected.end, "{way:?}: the firmware has done something else");
                // RTT is left to the probe then, and with it the offset in memory up to which it is read.
                assert!(way == Way::Probed || rtt == expected.rtt && sha256 == expected.sha256, "{way:?}");
            }
        };
        let workers: Vec<_> = (0..4).map(|_| scope.spawn(work)).collect();
        let results: Vec<_> = workers.into_iter().map(std::thread::ScopedJoinHandle::join).collect();
        done.store(true, Ordering::Relaxed);
        assert!(results.iter().all(Result::is_ok));
    });
    println!("{runs} runs in {} ways, one outcome: {}", WAYS.len(), expected.sha256);
}

/// The firmware is one that a single cycle changes: a byte typed one slice later makes another outcome.
#[test]
fn another_time_of_input_is_another_outcome() {
    let typed_at = |time| {
        let firmware = Firmware::new(by_chance::image());
        let (client, events) = Client::spawn(BKSIM.as_ref(), "test").unwrap();
        client.create(&firmware.create()).unwrap();
        let mut session = Session { client, events, way: Way::Plain, outcome: Outcome::default() };
        session.run(time);
        session.client.input(UART, b"x").unwrap();
        session.run(UNTIL);
        session.outcome.sha256 = session.client.state_hash().unwrap().sha256;
        session.outcome
    };
    let (early, late) = (typed_at(7 * MILLISECOND), typed_at(8 * MILLISECOND));
    assert!(early.sha256 != late.sha256 && early.uart != late.uart);
}
