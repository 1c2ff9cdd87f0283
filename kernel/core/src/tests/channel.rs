use super::rig::{id, started, tasks, wake_first};
use crate::ChannelControl;
use crate::channel::{Receive, Send};

#[test]
fn slots_go_round() {
    let channel = ChannelControl::new();
    assert_eq!(channel.receive(3), Receive::Empty);
    for slot in 0..3 {
        assert_eq!(channel.send(3), Send::Store(slot));
    }
    assert_eq!(channel.send(3), Send::Full);
    assert_eq!(channel.receive(3), Receive::Take(0));
    assert_eq!(channel.send(3), Send::Store(0));
    assert_eq!(channel.receive(3), Receive::Take(1));
    assert_eq!(channel.receive(3), Receive::Take(2));
    assert_eq!(channel.receive(3), Receive::Take(0));
    assert!(channel.is_empty());
}

#[test]
fn the_largest_ring_wraps() {
    let capacity = if cfg!(miri) { 100 } else { usize::from(u16::MAX) };
    let channel = ChannelControl::new();
    for slot in 0..capacity {
        assert_eq!(channel.send(capacity), Send::Store(slot));
    }
    assert_eq!(channel.send(capacity), Send::Full);
    for slot in 0..capacity {
        assert_eq!(channel.receive(capacity), Receive::Take(slot));
    }
    assert_eq!(channel.send(capacity), Send::Store(0));
}

#[test]
fn a_value_goes_to_a_waiting_receiver_and_past_the_ring() {
    let channel = ChannelControl::new();
    let table = &tasks(1)[..];
    let scheduler = started(table, &[1]);
    let _ = scheduler.block(table, id(0), Some(channel.list()));
    assert_eq!(channel.send(1), Send::Deliver(id(0)));
    assert_eq!(channel.len(), 0);
    assert_eq!(wake_first(&scheduler, table, channel.list()), Some(id(0)));
    assert_eq!(channel.send(1), Send::Store(0));
}

#[test]
fn room_goes_to_a_waiting_sender_at_once() {
    let channel = ChannelControl::new();
    let table = &tasks(1)[..];
    let scheduler = started(table, &[1]);
    assert_eq!(channel.send(2), Send::Store(0));
    assert_eq!(channel.send(2), Send::Store(1));
    let _ = scheduler.block(table, id(0), Some(channel.list()));
    assert_eq!(channel.receive(2), Receive::TakeAndRefill(0, id(0)));
    assert_eq!(wake_first(&scheduler, table, channel.list()), Some(id(0)));
    assert_eq!(channel.len(), 2);
    // The refilled slot is behind the older value.
    assert_eq!(channel.receive(2), Receive::Take(1));
    assert_eq!(channel.receive(2), Receive::Take(0));
}

#[test]
fn what_is_sent_first_goes_before_the_others() {
    let channel = ChannelControl::new();
    assert_eq!(channel.send_first(3), Send::Store(2));
    assert_eq!(channel.send(3), Send::Store(0));
    assert_eq!(channel.send_first(3), Send::Store(1));
    assert_eq!((channel.send_first(3), channel.send(3)), (Send::Full, Send::Full));
    for slot in [1, 2, 0] {
        assert_eq!(channel.receive(3), Receive::Take(slot));
    }
    let table = &tasks(1)[..];
    let scheduler = started(table, &[1]);
    let _ = scheduler.block(table, id(0), Some(channel.list()));
    assert_eq!(channel.send_first(3), Send::Deliver(id(0)));
}
