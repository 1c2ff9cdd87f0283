//! The debug probe's socket: where it listens, and what bytes on it can and cannot do. The protocol itself is tested in
//! `src/probe`, and by the real probe-rs in `tests/probe` of the workspace.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use bksim_protocol::client::{Client, ClientError, ClientEvent, Events};
use bksim_protocol::message::{Probe, Run, Stop, error_code};

use super::session::{BKSIM, Firmware};
use super::{small, ticker};

fn start(image: Vec<u8>) -> (Client, Events, Firmware) {
    let firmware = Firmware::new(image);
    let (client, events) = Client::spawn(BKSIM.as_ref(), "test").unwrap();
    client.create(&firmware.create()).unwrap();
    (client, events, firmware)
}

/// A client, its probe at a free port, and where that is.
fn with_probe(image: Vec<u8>) -> (Client, Events, String) {
    let (client, events, _firmware) = start(image);
    let address = client.probe(&Probe { address: "tcp:127.0.0.1:0".into() }).unwrap().address;
    let place = address.strip_prefix("tcp:").unwrap().to_owned();
    assert!(!place.ends_with(":0"), "{place}");
    (client, events, place)
}

fn connect(place: &str) -> TcpStream {
    let stream = TcpStream::connect(place).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    stream.set_nodelay(true).unwrap();
    stream
}

/// Asks the probe what it is: target 0, command 0, in COBS.
fn identify(stream: &mut TcpStream) -> std::io::Result<[u8; 15]> {
    let mut answer = [0; 15];
    stream.write_all(&[1, 1, 1, 0])?;
    stream.read_exact(&mut answer)?;
    Ok(answer)
}

fn stopped(events: &Events) -> Stop {
    loop {
        if let ClientEvent::Stopped(stopped) = events.next_timeout(Duration::from_secs(5)).unwrap() {
            return stopped.unwrap().stop;
        }
    }
}

#[test]
fn it_answers_while_something_runs_and_keeps_what_came_before() {
    let (client, events, place) = with_probe(small::image(&small::SPIN, 0));
    let mut stream = connect(&place);
    stream.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
    let error = identify(&mut stream).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut), "nothing runs: {error}");
    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    client.start(Run::default()).unwrap();
    let mut answer = [0; 15];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"\x01\x0dprobe-rs,v01\0");
    assert_eq!(&identify(&mut stream).unwrap(), b"\x01\x0dprobe-rs,v01\0");
    client.pause().unwrap();
    assert_eq!(stopped(&events), Stop::Paused);
}

#[test]
fn a_run_with_a_probe_ends_at_its_time() {
    let (client, events, _) = with_probe(small::image(&[0xbf30, 0xe7fd], 0));
    drop(events);
    let stopped = client.run(Run { until_ps: Some(3_000_000_000), pace: None }).unwrap();
    assert_eq!((stopped.stop, stopped.time_ps), (Stop::Time, 3_000_000_000));
}

#[test]
fn another_connection_may_follow_and_a_second_probe_may_not() {
    let (client, _events, place) = with_probe(small::image(&small::SPIN, 0));
    client.start(Run::default()).unwrap();
    for _ in 0..20 {
        identify(&mut connect(&place)).unwrap();
    }
    let Err(ClientError::Rpc { code, message }) = client.probe(&Probe { address: "tcp:127.0.0.1:0".into() }) else {
        panic!()
    };
    assert_eq!(code, error_code::STATE);
    assert_eq!(message, format!("a debug probe is served at tcp:{place} already"));
}

#[test]
fn addresses_that_cannot_be() {
    let (client, _events, _firmware) = start(small::image(&small::SPIN, 0));
    for address in ["", "tcp", "unix:", "udp:127.0.0.1:1", "tcp:127.0.0.1", "tcp:127.0.0.1:99999"] {
        let Err(ClientError::Rpc { message, .. }) = client.probe(&Probe { address: address.into() }) else {
            panic!("{address}")
        };
        assert!(message.starts_with(&format!("cannot serve a debug probe at {address}: ")), "{message}");
    }
    // It is none the worse for it.
    client.probe(&Probe { address: "tcp:127.0.0.1:0".into() }).unwrap();
}

#[test]
#[cfg(unix)]
fn a_socket_file_is_taken_from_the_dead_and_not_from_the_living() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("probe");
    let probe = Probe { address: format!("unix:{}", path.display()) };
    // A process that was killed leaves its file.
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    assert!(path.exists());
    let (first, _events, _firmware) = start(small::image(&small::SPIN, 0));
    assert_eq!(first.probe(&probe).unwrap().address, probe.address);
    let (second, _events, _firmware) = start(small::image(&small::SPIN, 0));
    let Err(ClientError::Rpc { message, .. }) = second.probe(&probe) else { panic!() };
    assert!(message.contains("in use"), "{message}");
    // A file that is no socket is nobody's to remove.
    let file = folder.path().join("file");
    std::fs::write(&file, "mine").unwrap();
    assert!(second.probe(&Probe { address: format!("unix:{}", file.display()) }).is_err());
    assert_eq!(std::fs::read(&file).unwrap(), b"mine");
    first.shutdown().unwrap();
    assert!(!path.exists(), "an orderly end takes it away");
}

#[test]
fn a_flood_of_commands_does_not_stop_time() {
    let (client, events, place) = with_probe(ticker::image());
    client.start(Run::default()).unwrap();
    let mut stream = connect(&place);
    let mut reader = stream.try_clone().unwrap();
    // Identify, without end.
    std::thread::spawn(move || while stream.write_all(&[1, 1, 1, 0].repeat(4096)).is_ok() {});
    std::thread::spawn(move || while reader.read(&mut [0; 65536]).is_ok_and(|count| count > 0) {});
    let (begin, mut bytes) = (Instant::now(), 0);
    while bytes < 1000 {
        assert!(begin.elapsed() < Duration::from_secs(10), "{bytes} bytes");
        if let ClientEvent::Data { chunk, .. } = events.next_timeout(Duration::from_secs(5)).unwrap() {
            bytes += chunk.bytes.len();
        }
    }
    client.pause().unwrap();
    assert_eq!(stopped(&events), Stop::Paused);
}

#[test]
fn a_client_that_takes_no_answers_is_given_up() {
    let (client, _events, place) = with_probe(small::image(&small::SPIN, 0));
    client.start(Run::default()).unwrap();
    let mut stream = connect(&place);
    stream.set_write_timeout(Some(Duration::from_secs(10))).unwrap();
    // Answers are four times as long as questions; nobody reads them.
    let refused = (0..4096).any(|_| stream.write_all(&[1, 1, 1, 0].repeat(4096)).is_err());
    assert!(refused, "64 MiB were taken");
    // The next one is served.
    identify(&mut connect(&place)).unwrap();
}

#[test]
fn bytes_without_sense_end_their_connection() {
    let (client, _events, place) = with_probe(small::image(&small::SPIN, 0));
    client.start(Run::default()).unwrap();
    // Not COBS; an unknown target; an unknown command; a frame without end.
    for garbage in [vec![9, 9, 0], vec![2, 7, 0], vec![3, 1, 0x90, 0], vec![0x55; 2 << 20]] {
        let mut stream = connect(&place);
        // It may be closed in the middle of it.
        let _ = stream.write_all(&garbage);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        assert!(answer.is_empty());
    }
    identify(&mut connect(&place)).unwrap();
    assert!(client.statistics().unwrap().cycles > 0);
}

#[test]
fn bksim_ends_with_its_client_also_when_a_debugger_is_there() {
    let (client, _events, place) = with_probe(small::image(&small::SPIN, 0));
    client.start(Run::default()).unwrap();
    let mut stream = connect(&place);
    identify(&mut stream).unwrap();
    let begin = Instant::now();
    client.shutdown().unwrap();
    assert!(begin.elapsed() < Duration::from_secs(2));
    assert_eq!(stream.read(&mut [0; 16]).unwrap_or(0), 0);
}
