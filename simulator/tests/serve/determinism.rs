//! Pace, credit, pauses and requests from outside change nothing of what happens.

use std::time::{Duration, Instant};

use bksim_protocol::client::{Client, ClientEvent, Events};
use bksim_protocol::frame::{self, Chunk};
use bksim_protocol::message::{Run, Statistics, Stop, Stopped};
use serde_json::{Value, json};

use super::session::{BKSIM, Firmware, Session};
use super::{small, ticker};

const MILLISECOND: u64 = 1_000_000_000;
const UNTIL: u64 = 60 * MILLISECOND;
/// By how much an instruction, or the entry of an exception, may cross a cut: 20 cycles of 25 MHz.
const LONGEST_INSTRUCTION: u64 = 20 * 40_000;

type Data = Vec<(u8, Chunk)>;

fn client(firmware: &Firmware) -> (Client, Events) {
    let (client, events) = Client::spawn(BKSIM.as_ref(), "test").unwrap();
    client.create(&firmware.create()).unwrap();
    (client, events)
}

/// Takes events until the run stops.
fn until_stopped(events: &Events, data: &mut Data) -> Stopped {
    loop {
        match events.next() {
            Some(ClientEvent::Data { stream, chunk }) => data.push((stream, chunk)),
            Some(ClientEvent::Channel(channel)) => assert_eq!((channel.stream, channel.name.as_str()), (0x20, "ticks")),
            Some(ClientEvent::Stopped(stopped)) => return stopped.unwrap(),
            other => panic!("{other:?}"),
        }
    }
}

fn plain(firmware: &Firmware, pace: Option<f64>) -> (Data, Stopped, Statistics) {
    let (client, events) = client(firmware);
    let mut data = Data::new();
    client.start(Run { until_ps: Some(UNTIL), pace }).unwrap();
    let stopped = until_stopped(&events, &mut data);
    (data, stopped, client.statistics().unwrap())
}

#[test]
fn pace_changes_nothing_and_takes_its_time() {
    let firmware = Firmware::new(ticker::image());
    let fast = plain(&firmware, None);
    assert_eq!(fast.1.stop, Stop::Time);
    assert!((UNTIL..UNTIL + LONGEST_INSTRUCTION).contains(&fast.1.time_ps));
    assert!(fast.0.len() > 100, "UART and RTT in most of 60 slices");
    let started = Instant::now();
    assert_eq!(plain(&firmware, Some(0.5)), fast);
    assert!(started.elapsed() >= Duration::from_millis(119), "60 ms at half speed");
    assert_eq!(plain(&firmware, Some(7.3)), fast);
}

#[test]
fn pauses_and_questions_change_nothing() {
    let firmware = Firmware::new(ticker::image());
    let whole = plain(&firmware, None);
    let (client, events) = client(&firmware);
    let mut data = Data::new();
    let mut pauses = 0;
    let stopped = loop {
        client.start(Run { until_ps: Some(UNTIL), pace: Some(1.0) }).unwrap();
        std::thread::sleep(Duration::from_millis(3));
        client.read(0x2000_0000, 64).unwrap();
        client.statistics().unwrap();
        client.pause().unwrap();
        let stopped = until_stopped(&events, &mut data);
        if stopped.stop != Stop::Paused {
            break stopped;
        }
        assert!(stopped.time_ps % MILLISECOND < LONGEST_INSTRUCTION, "only at a cut");
        pauses += 1;
    };
    assert!(pauses > 3, "{pauses} pauses");
    assert_eq!((data, stopped, client.statistics().unwrap()), whole);
}

/// Reads data frames and counts them against what was granted.
#[test]
fn without_credit_virtual_time_stands_still_and_nothing_is_lost() {
    let firmware = Firmware::new(ticker::image());
    let whole = plain(&firmware, None).0;
    let mut session = Session::with(&firmware);
    session.send(&json!({ "jsonrpc": "2.0", "id": 9, "method": "run", "params": { "until_ps": UNTIL } }));
    // The channel is no data.
    assert_eq!(session.message()["method"], "channel");
    let cycles = |session: &mut Session| session.call("statistics", Value::Null)["result"]["cycles"].as_u64();
    let before = cycles(&mut session);
    std::thread::sleep(Duration::from_millis(30));
    assert_eq!(cycles(&mut session), before);
    assert_eq!(before, Some(25_000), "the first slice has output, and no further slice was run");

    let mut data = Data::new();
    let mut granted = 0_u64;
    let mut received = 0_u64;
    let mut grant = 1;
    'run: loop {
        session.notify("credit", json!({ "bytes": grant }));
        granted += grant;
        grant = grant % 5 + 1;
        // A question marks the point up to which the credit has been used.
        session.send(&json!({ "jsonrpc": "2.0", "id": 1, "method": "statistics" }));
        loop {
            let frame = session.frame().unwrap();
            if frame.stream != 0 {
                let chunk = Chunk::from_payload(&frame.payload).unwrap();
                received += chunk.bytes.len() as u64;
                data.push((frame.stream, chunk));
                continue;
            }
            let message: Value = serde_json::from_slice(&frame.payload).unwrap();
            if message["id"] == 9 {
                assert_eq!(message["result"]["stop"]["kind"], "time");
                break 'run;
            }
            break;
        }
        assert!(received <= granted, "{received} bytes for {granted}");
    }
    assert_eq!(data, whole);
}

#[test]
fn a_slow_taker_loses_nothing() {
    let firmware = Firmware::new(ticker::image());
    let whole = plain(&firmware, None).0;
    let (sender, receiver) = std::sync::mpsc::channel();
    let client = Client::spawn_with(BKSIM.as_ref(), "test", move |event| {
        std::thread::sleep(Duration::from_micros(300));
        let _ = sender.send(event);
    })
    .unwrap();
    client.create(&firmware.create()).unwrap();
    assert_eq!(client.run(Run { until_ps: Some(UNTIL), pace: None }).unwrap().stop, Stop::Time);
    client.shutdown().unwrap();
    let data: Data = receiver
        .into_iter()
        .filter_map(|event| match event {
            ClientEvent::Data { stream, chunk } => Some((stream, chunk)),
            _ => None,
        })
        .collect();
    assert_eq!(data, whole);
}

/// More than may be under way at once: taking must grant again.
#[test]
fn a_flood_comes_through_whole() {
    let image = small::image(&small::FLOOD, 0);
    let firmware = Firmware::new(image.clone());
    let (client, events) = client(&firmware);
    client.start(Run::default()).unwrap();
    let mut data = Data::new();
    assert_eq!(until_stopped(&events, &mut data).stop, Stop::Exit { code: 0 });
    assert!(data.iter().all(|(stream, chunk)| *stream == 0x30 && chunk.bytes.len() <= 4096));
    let bytes: Vec<u8> = data.into_iter().flat_map(|(_, chunk)| chunk.bytes).collect();
    let mut memory = image;
    memory.resize(64 << 10, 0);
    assert!(bytes == memory.repeat(40), "{} bytes", bytes.len());
}

#[test]
fn stimulus_ports_are_streams() {
    let firmware = Firmware::new(small::image(&small::STIMULI, 0));
    let (client, events) = client(&firmware);
    client.start(Run { until_ps: Some(100_000_000), pace: None }).unwrap();
    let mut data = Data::new();
    until_stopped(&events, &mut data);
    let data: Vec<_> = data.into_iter().map(|(stream, chunk)| (stream, chunk.bytes)).collect();
    assert_eq!(data, [(frame::ITM, b"ok".to_vec()), (frame::ITM + 6, vec![0x41, 0, 0, 0])]);
}

#[test]
fn typed_bytes_come_back_and_a_replay_is_the_same() {
    let firmware = Firmware::new(small::image(&small::ECHO, 0x1C));
    let (client, events) = client(&firmware);
    // Nothing can happen until somebody types: virtual time waits, and the host does not burn.
    client.start(Run::default()).unwrap();
    std::thread::sleep(Duration::from_millis(30));
    assert!(client.statistics().unwrap().cycles <= 25_000);
    let taken = client.input(0x10, b"echo").unwrap();
    let mut data = Data::new();
    while data.iter().map(|(_, chunk)| chunk.bytes.len()).sum::<usize>() < 4 {
        let Some(ClientEvent::Data { stream, chunk }) = events.next() else { panic!() };
        data.push((stream, chunk));
    }
    client.pause().unwrap();
    assert_eq!(until_stopped(&events, &mut data).stop, Stop::Paused);
    let typed: Vec<u8> = data.iter().flat_map(|(_, chunk)| chunk.bytes.clone()).collect();
    assert_eq!(typed, b"echo");

    // Again, with the bytes at the same virtual time.
    let (client, events) = self::client(&firmware);
    let mut again = Data::new();
    client.start(Run { until_ps: Some(taken.time_ps), pace: None }).unwrap();
    until_stopped(&events, &mut again);
    assert_eq!(client.input(0x10, b"echo").unwrap(), taken);
    client.start(Run { until_ps: Some(10 * MILLISECOND), pace: None }).unwrap();
    until_stopped(&events, &mut again);
    assert_eq!(again, data);
}
