//! RTT while the firmware runs, read by probe-rs and recorded by bksim: both see every byte.

use std::time::Instant;

use probe_rs::rtt::Rtt;

use super::rig::{PATIENCE, Rig};
use super::ticker;

/// Where the firmware puts its control block.
const BLOCK: u64 = 0x2000_0000;

#[test]
fn what_probe_rs_reads_is_what_bksim_records() {
    let rig = Rig::slow(ticker::image());
    let mut session = rig.attach();
    let mut core = session.core(0).unwrap();
    core.reset_and_halt(PATIENCE).unwrap();
    core.run().unwrap();
    let give_up = Instant::now() + PATIENCE;
    let mut rtt = loop {
        match Rtt::attach_at(&mut core, BLOCK) {
            Ok(rtt) => break rtt,
            Err(error) => assert!(Instant::now() < give_up, "{error}"),
        }
    };
    let channel = rtt.up_channel(0).unwrap();
    assert_eq!((channel.name(), channel.buffer_size()), (Some("ticks"), 64));
    let (mut read, mut buffer) = (Vec::new(), [0; 64]);
    while read.len() < 250 {
        assert!(Instant::now() < give_up, "{} bytes", read.len());
        // The firmware does not look whether its ring is full. It is after 64 ticks of half a millisecond of virtual
        // time, which are 160 ms here.
        let count = channel.read(&mut core, &mut buffer).unwrap();
        read.extend_from_slice(&buffer[..count]);
    }
    drop(core);
    drop(session);
    rig.pause();
    let recorded = rig.seen(|seen| seen.rtt.clone());
    // bksim had begun before the reset that probe-rs's reading begins with.
    let at = recorded.len().checked_sub(read.len()).expect("it records at least as much");
    let found = (0..=at).any(|start| recorded[start..].starts_with(&read));
    assert!(found, "{} bytes recorded, {} read", recorded.len(), read.len());
}
