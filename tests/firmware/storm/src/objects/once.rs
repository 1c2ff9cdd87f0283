//! What is made once is made once, whoever comes meanwhile.

use super::{Object, nothing};
use crate::count::Count;
use crate::crew::Worker;
use crate::handled;
use crate::random::Random;
use bluekernel::{OnceCell, println, sleep};

pub const OBJECT: Object = Object { work, strike, look: nothing, holds };

const CELLS: usize = 16;

static VALUES: [OnceCell<u32>; CELLS] = [const { OnceCell::new() }; CELLS];
static MADE: [Count; CELLS] = [const { Count::new() }; CELLS];
static WRONG: Count = Count::new();
static TIMED_OUT: Count = Count::new();

/// The value of a cell.
fn value(cell: usize) -> u32 {
    1 + 1000 * cell as u32
}

/// One of the cells that there are by now: so they are made at different times.
fn cell(random: &mut Random) -> usize {
    random.below(1 + handled() / 1024) as usize % CELLS
}

fn strike(_: usize, random: &mut Random) {
    let cell = cell(random);
    if let Some(got) = VALUES[cell].get() {
        WRONG.add_if(*got != value(cell));
    }
}

fn work(me: &mut Worker) {
    let cell = cell(&mut me.random);
    let [timeout, time] = [20, 200].map(|most| me.random.time(most));
    let made = VALUES[cell].get_or_init_timeout(timeout, || {
        MADE[cell].add(1);
        sleep(time);
        value(cell)
    });
    match made {
        Ok(got) => WRONG.add_if(*got != value(cell)),
        Err(_) => TIMED_OUT.add(1),
    }
}

fn holds() -> bool {
    let made = MADE.iter().map(Count::get).sum::<u32>();
    let [wrong, timed_out] = [&WRONG, &TIMED_OUT].map(Count::get);
    println!("once: {made} of {CELLS} made, {wrong} times wrong; {timed_out} time-outs");
    let once = MADE.iter().zip(&VALUES).all(|(made, value)| made.get() == u32::from(value.get().is_some()));
    once && wrong == 0 && made > 0
}
