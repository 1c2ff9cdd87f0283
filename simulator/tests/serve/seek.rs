//! Back and forth in time through the protocol.

use bksim_protocol::client::{Client, ClientError, ClientEvent, Events};
use bksim_protocol::message::{Probe, Run, Stop, Stopped, error_code};
use bksim_protocol::rpc::code;

use super::session::{BKSIM, Firmware};
use super::{small, ticker};

const MILLISECOND: u64 = 1_000_000_000;
/// In the middle of a slice.
const MIDDLE: u64 = 20 * MILLISECOND + 345_678_901;

type Data = Vec<(u8, Vec<u8>)>;

fn client(image: Vec<u8>) -> (Client, Events, Firmware) {
    let firmware = Firmware::new(image);
    let (client, events) = Client::spawn(BKSIM.as_ref(), "test").unwrap();
    client.create(&firmware.create()).unwrap();
    (client, events, firmware)
}

/// Runs to a time; what was sent, joined by stream.
fn run(client: &Client, events: &Events, until_ps: u64, data: &mut Data) -> Stopped {
    client.start(Run { until_ps: Some(until_ps), pace: None }).unwrap();
    loop {
        match events.next() {
            Some(ClientEvent::Data { stream, chunk }) => match data.iter_mut().find(|(known, _)| *known == stream) {
                Some((_, bytes)) => bytes.extend(chunk.bytes),
                None => data.push((stream, chunk.bytes)),
            },
            Some(ClientEvent::Channel(_)) => {}
            Some(ClientEvent::Stopped(stopped)) => return stopped.unwrap(),
            other => panic!("{other:?}"),
        }
    }
}

fn refusal<T: std::fmt::Debug>(result: Result<T, ClientError>) -> (i64, String) {
    let Err(ClientError::Rpc { code, message }) = result else { panic!("{result:?}") };
    (code, message)
}

#[test]
fn a_run_through_the_past_sends_nothing_twice() {
    let (plain, plain_events, _kept) = client(ticker::image());
    let mut whole = Data::new();
    let end = run(&plain, &plain_events, 60 * MILLISECOND, &mut whole);
    let state = plain.state_hash().unwrap();

    let (client, events, _kept) = client(ticker::image());
    client.seek(0).unwrap();
    let mut data = Data::new();
    let middle = run(&client, &events, MIDDLE, &mut data);
    let then = client.state_hash().unwrap();
    assert_eq!((then.time_ps, then.sha256.len()), (middle.time_ps, 64));
    run(&client, &events, 40 * MILLISECOND, &mut data);
    let there = client.seek(MIDDLE).unwrap();
    assert_eq!((there.time_ps, there.cycles, there.core_hz), (middle.time_ps, middle.cycles, 25_000_000));
    assert_eq!(client.state_hash().unwrap(), then);
    client.seek(7).unwrap();
    assert_eq!(run(&client, &events, 60 * MILLISECOND, &mut data), end);
    assert_eq!(client.state_hash().unwrap(), state);
    assert_eq!(data, whole);
}

#[test]
fn a_snapshot_is_another_beginning() {
    let (client, events, _kept) = client(ticker::image());
    let mut before = Data::new();
    run(&client, &events, MIDDLE, &mut before);
    let snapshot = client.snapshot().unwrap();
    assert_eq!(snapshot.snapshot, 0);
    let (mut once, mut again) = (Data::new(), Data::new());
    let end = run(&client, &events, 40 * MILLISECOND, &mut once);
    let state = client.state_hash().unwrap();
    assert_eq!(client.snapshot().unwrap().snapshot, 1);
    assert_eq!(client.restore(0).unwrap().time_ps, snapshot.time_ps);
    assert_eq!(run(&client, &events, 40 * MILLISECOND, &mut again), end);
    assert_eq!((again, client.state_hash().unwrap()), (once, state), "all of it once more");
    // What had been before the snapshot has been before it still.
    client.seek(MILLISECOND).unwrap();
}

#[test]
fn input_in_the_past_replaces_the_future() {
    let (client, events, _kept) = client(small::image(&small::ECHO, 0x1C));
    let mut data = Data::new();
    run(&client, &events, 2 * MILLISECOND, &mut data);
    client.input(0x10, b"one").unwrap();
    run(&client, &events, 5 * MILLISECOND, &mut data);
    let with_one = client.state_hash().unwrap();
    client.seek(MILLISECOND).unwrap();
    assert_eq!(run(&client, &events, 5 * MILLISECOND, &mut data).stop, Stop::Time);
    assert_eq!(client.state_hash().unwrap(), with_one, "the input is in the log");
    client.seek(MILLISECOND).unwrap();
    assert_eq!(client.input(0x10, b"other").unwrap().time_ps, MILLISECOND);
    assert_eq!(refusal(client.seek(2 * MILLISECOND)).0, code::PARAMETERS, "that is still to come now");
    run(&client, &events, 8 * MILLISECOND, &mut data);
    assert_eq!(data, [(0x10, b"oneother".to_vec())]);
}

#[test]
fn refusals() {
    let (client, events) = Client::spawn(BKSIM.as_ref(), "test").unwrap();
    let none = (error_code::STATE, "there is no machine yet: say `create` first".to_owned());
    assert_eq!(refusal(client.seek(0)), none);
    assert_eq!(refusal(client.snapshot()), none);
    assert_eq!(refusal(client.restore(0)), none);
    assert_eq!(refusal(client.state_hash()), none);

    let firmware = Firmware::new(small::image(&small::SPIN, 0));
    let create = firmware.create();
    client.create(&create).unwrap();
    assert_eq!(refusal(client.restore(0)), (code::PARAMETERS, "there is no snapshot 0".into()));
    let ahead = "1 ps is still to come: the machine has run to 0 ps, and `run` takes it further";
    assert_eq!(refusal(client.seek(1)), (code::PARAMETERS, ahead.into()));
    client.start(Run::default()).unwrap();
    assert_eq!(refusal(client.seek(0)), (error_code::STATE, "`seek` while a run is under way".into()));
    assert_eq!(refusal(client.restore(0)), (error_code::STATE, "`restore` while a run is under way".into()));
    client.snapshot().unwrap();
    client.pause().unwrap();
    while !matches!(events.next(), Some(ClientEvent::Stopped(_))) {}
    client.restore(0).unwrap();
    // Another machine: what was kept is gone.
    client.create(&create).unwrap();
    assert_eq!(refusal(client.restore(0)).0, code::PARAMETERS);
    for _ in 0..256 {
        client.snapshot().unwrap();
    }
    let (code, message) = refusal(client.snapshot());
    assert!(code == error_code::STATE && message.contains("256 snapshots"), "{message}");
    client.probe(&Probe { address: "tcp:127.0.0.1:0".into() }).unwrap();
    let (code, message) = refusal(client.seek(0));
    assert!(code == error_code::STATE && message.contains("debug probe"), "{message}");
}

#[test]
fn the_registers_are_those_of_the_moment() {
    let (client, events, _kept) = client(ticker::image());
    client.seek(0).unwrap();
    let start = client.registers().unwrap();
    // From the vector table: the stack's end, and the reset handler.
    assert_eq!((start.pc, start.general[13], start.general.len()), (0x64, 0x2001_0000, 32));
    run(&client, &events, MIDDLE, &mut Data::new());
    let there = client.registers().unwrap();
    // The listing: r0 is UART0 and r2 TIMER0 from the first instructions on, and there is no seventeenth register.
    assert_eq!((there.general[0], there.general[2], there.general[16]), (0x4000_4000, 0x4000_0000, 0));
    assert!((0x98..0xca).contains(&there.pc) && there.general[15] == there.pc, "{there:?}");
    client.seek(0).unwrap();
    assert_eq!(client.registers().unwrap(), start);
}
