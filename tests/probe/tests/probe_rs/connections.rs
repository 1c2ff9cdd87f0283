//! Debuggers that come and go, in an orderly way or not.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};

use bksim_protocol::message::Stop;
use probe_rs::{CoreStatus, MemoryInterface};

use super::firmware::{at, starting_at};
use super::rig::{PATIENCE, Rig};

/// A connection to bksim that can be cut.
struct Wire {
    address: String,
    ends: std::sync::mpsc::Receiver<[TcpStream; 2]>,
}

impl Wire {
    fn to(rig: &Rig) -> Self {
        let place = rig.address.trim_start_matches("tcp:").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("tcp:{}", listener.local_addr().unwrap());
        let (sender, ends) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let (near, _) = listener.accept().unwrap();
            let far = TcpStream::connect(place).unwrap();
            let copy = |mut from: TcpStream, mut to: TcpStream| {
                to.set_nodelay(true).unwrap();
                std::thread::spawn(move || std::io::copy(&mut from, &mut to));
            };
            copy(near.try_clone().unwrap(), far.try_clone().unwrap());
            copy(far.try_clone().unwrap(), near.try_clone().unwrap());
            sender.send([near, far]).unwrap();
        });
        Self { address, ends }
    }

    fn cut(self) {
        for end in self.ends.recv().unwrap() {
            end.shutdown(Shutdown::Both).unwrap();
        }
    }
}

#[test]
fn one_after_the_other() {
    let rig = Rig::over_tcp(starting_at(at::COUNTER));
    for count in 0..4_u32 {
        let mut session = rig.attach();
        let mut core = session.core(0).unwrap();
        assert_eq!(core.read_word_32(0x2000_0000).unwrap(), count);
        core.write_word_32(0x2000_0000, count + 1).unwrap();
    }
    assert_eq!(rig.pause().stop, Stop::Paused);
}

#[test]
fn a_debugger_that_vanishes_leaves_the_core_as_it_is() {
    let rig = Rig::over_tcp(starting_at(at::COUNTER));
    let wire = Wire::to(&rig);
    let mut session = rig.attach_at(&wire.address);
    {
        let mut core = session.core(0).unwrap();
        core.halt(PATIENCE).unwrap();
        core.write_core_reg(probe_rs::RegisterId(8), 0x1234_u32).unwrap();
    }
    wire.cut();
    // A debugger that is dead runs no destructors. (This one's would wait for answers for ever: probe-rs 0.32 does not
    // notice that the other end of a Glasgow's socket is closed.)
    std::mem::forget(session);
    let mut session = rig.attach();
    let mut core = session.core(0).unwrap();
    assert!(core.core_halted().unwrap());
    assert_eq!(core.read_core_reg::<u32>(probe_rs::RegisterId(8)).unwrap(), 0x1234);
    core.run().unwrap();
    assert_eq!(core.status().unwrap(), CoreStatus::Running);
}

#[test]
fn bytes_that_mean_nothing_end_their_connection_only() {
    let rig = Rig::over_tcp(starting_at(at::COUNTER));
    let address = rig.address.trim_start_matches("tcp:");
    for garbage in [&b"GET / HTTP/1.1\r\n\r\n\0"[..], &[0x03, 0x01, 0x7f, 0x01, 0x00], &[0xff; 5000]] {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(garbage).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        let mut answer = Vec::new();
        // Closed, by an orderly end or by force.
        let _ = stream.read_to_end(&mut answer);
        assert!(answer.is_empty(), "{answer:x?}");
    }
    let mut session = rig.attach();
    let mut core = session.core(0).unwrap();
    core.halt(PATIENCE).unwrap();
}
