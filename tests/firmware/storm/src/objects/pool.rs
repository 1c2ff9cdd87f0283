//! The pool: no block has two owners, and all come back; some by a handler.

use super::Object;
use super::mutex::dawdle;
use crate::count::Count;
use crate::crew::{At, Worker, waiting};
use crate::random::Random;
use bluekernel::{Channel, Pool, PoolBox, println};

pub const OBJECT: Object = Object { work, strike, look, holds };

type Block = [u32; 4];

const BLOCKS: usize = 3;

static POOL: Pool<Block, BLOCKS> = Pool::new();
/// Blocks on their way to whoever gives them back.
static AWAY: Channel<PoolBox<Block>, 2> = Channel::new();
static TAKEN: Count = Count::new();
static GIVEN_BACK: Count = Count::new();
static WRONG: Count = Count::new();
static TIMED_OUT: Count = Count::new();
static IDLE: Count = Count::new();

/// What an owner writes: every word tells the others.
fn content(random: &mut Random) -> Block {
    let number = random.next();
    [number, !number, number.rotate_left(7), !number.rotate_left(13)]
}

/// Looks at a block and gives it back.
fn give_back(block: PoolBox<Block>) {
    let number = block[0];
    WRONG.add_if(*block != [number, !number, number.rotate_left(7), !number.rotate_left(13)]);
    GIVEN_BACK.add(1);
    drop(block);
}

/// Sends a block away, or gives it back.
fn send(block: PoolBox<Block>) {
    if let Err(block) = AWAY.try_send(block) {
        give_back(block);
    }
}

fn strike(_: usize, random: &mut Random) {
    if random.one_of(2) {
        if let Some(block) = AWAY.try_receive() {
            give_back(block);
        }
    } else if let Ok(block) = POOL.try_alloc(content(random)) {
        TAKEN.add(1);
        send(block);
    }
}

fn work(me: &mut Worker) {
    let (timeout, content) = (me.random.time(60), content(&mut me.random));
    let Ok(block) = me.at(At::Block, timeout, |_| POOL.alloc_timeout(content, timeout)) else {
        return TIMED_OUT.add(1);
    };
    TAKEN.add(1);
    dawdle(me);
    if me.random.one_of(2) {
        send(block);
    } else {
        give_back(block);
    }
}

fn look() {
    IDLE.add_if(POOL.available() > 0 && waiting(At::Block).next().is_some());
}

fn holds() -> bool {
    while let Some(block) = AWAY.try_receive() {
        give_back(block);
    }
    let [taken, given_back, wrong, timed_out, idle] = [&TAKEN, &GIVEN_BACK, &WRONG, &TIMED_OUT, &IDLE].map(Count::get);
    let free = POOL.available();
    println!(
        "pool: {taken} taken, {given_back} given back, {free} of {BLOCKS} free, {wrong} times wrong; {timed_out} time-outs, \
         {idle} idle"
    );
    taken == given_back && free == BLOCKS && wrong == 0 && idle == 0 && taken > 0 && timed_out > 0
}
