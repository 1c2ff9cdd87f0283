//! The kernel's operations between marker instructions, for tests/bench to count.
//!
//! A marker is `mov rN,rN` with N from 8 to 12: no compiler emits one, and it changes nothing. Marker 12 begins a group;
//! each group runs three times, of which the later two count. A figure is the count from one marker to the next, less
//! the opening marker. The groups:
//!
//! | group | markers | what lies between |
//! |---|---|---|
//! | 0 | 8 9 | nothing |
//! | 1 | 8 10 9 | give to a more important task that waits; and back in the giver |
//! | 2 | 8 9 10 | give, nobody waits; take, available |
//! | 3 | 8 9 10 | mutex lock; unlock, nobody waits |
//! | 4 | 8 9 10 | channel send; receive, 4 bytes |
//! | 5 | 8 9 10 | channel send; receive, 16 bytes |
//! | 6 | 8 11 10 9 | pend an interrupt; from its first instruction to the task that waits (the instruction after 11 is the benchmark's own: less 1); back in the interrupted task |
//! | 7 | 8 10 9 | yield to a task of the same priority; and back |
//! | 8 to 11 | 8 9 10 | groups 2 to 5 once more, each operation as a call |
//! | 12, 13 | 8 9 10 | pool alloc; free, blocks of 128 bytes; as calls |
//! | 14 | 8 9 10 11 | with feature `trace`: `mark_begin!`; `mark_end!`; `counter!` |
//!
//! One image holds, as for the peers: this task, a more important one that waits for its semaphore, one that waits for
//! the interrupt's, an equal one, and eight sleepers. Nothing ticks, as nothing does in this kernel.
#![no_std]
#![no_main]

#[path = "../../board/board.rs"]
mod board;

use bluekernel::{Channel, Duration, Mutex, Pool, Semaphore, sleep, yield_now};
use core::arch::{asm, naked_asm};
use core::mem::MaybeUninit;

macro_rules! mark {
    ($register:literal) => {
        // SAFETY: changes nothing. A barrier for the compiler, since it claims nothing.
        unsafe { asm!(concat!("mov ", $register, ", ", $register)) }
    };
}

/// Three times, behind a marker 12.
macro_rules! group {
    ($($body:tt)*) => {
        mark!("r12");
        for _ in 0..3 { $($body)* }
    };
}

static HIGH: Semaphore = Semaphore::new(0, 10);
static FROM_INTERRUPT: Semaphore = Semaphore::new(0, 10);
static NOBODY: Semaphore = Semaphore::new(0, 10);
static PEER: Semaphore = Semaphore::new(0, 10);
static SLEEPERS: Semaphore = Semaphore::new(0, 10);
static MUTEX: Mutex<u32> = Mutex::new(0);
static WORDS: Channel<u32, 4> = Channel::new();
static BLOCKS: Channel<[u32; 4], 4> = Channel::new();
/// What is in a block is the user's: nothing is written.
type Block = MaybeUninit<[u8; 128]>;
static POOL: Pool<Block, 4> = Pool::new();

#[bluekernel::main]
fn main() {
    board::Interrupt::UART1_RX.enable();
}

#[bluekernel::task(priority = 5, stack = 1024)]
fn measure() {
    group! { mark!("r8"); mark!("r9"); }
    group! { mark!("r8"); HIGH.give().ok(); mark!("r9"); }
    group! { mark!("r8"); NOBODY.give().ok(); mark!("r9"); NOBODY.take(); mark!("r10"); }
    group! { mark!("r8"); let guard = MUTEX.lock(); mark!("r9"); drop(guard); mark!("r10"); }
    let mut word = 0x1122_3344;
    group! { mark!("r8"); WORDS.send(word); mark!("r9"); word = WORDS.receive(); mark!("r10"); }
    let mut block = [word, 2, 3, 4];
    group! { mark!("r8"); BLOCKS.send(block); mark!("r9"); block = BLOCKS.receive(); mark!("r10"); }
    let whole = core::hint::black_box(block) == [0x1122_3344, 2, 3, 4];
    group! { mark!("r8"); pend(); mark!("r9"); }
    PEER.give().ok();
    yield_now();
    group! { mark!("r8"); yield_now(); mark!("r9"); }
    group! { mark!("r8"); called::give(&NOBODY).ok(); mark!("r9"); called::take(&NOBODY); mark!("r10"); }
    group! { mark!("r8"); let guard = called::lock(&MUTEX); mark!("r9"); called::unlock(guard); mark!("r10"); }
    let mut word = 5;
    group! { mark!("r8"); called::send(&WORDS, word); mark!("r9"); word = called::receive(&WORDS); mark!("r10"); }
    let mut block = [word, 6, 7, 8];
    group! {
        mark!("r8");
        called::send_block(&BLOCKS, block);
        mark!("r9");
        block = called::receive_block(&BLOCKS);
        mark!("r10");
    }
    group! { mark!("r8"); let block = POOL.alloc(Block::uninit()); mark!("r9"); drop(block); mark!("r10"); }
    group! { mark!("r8"); let block = called::alloc(&POOL); mark!("r9"); called::free(block); mark!("r10"); }
    // Nobody waited where nobody should, and everything that went in came out.
    let whole = whole && block == [5, 6, 7, 8];
    let quiet =
        NOBODY.count() == 0 && HIGH.count() == 0 && WORDS.is_empty() && BLOCKS.is_empty() && POOL.available() == 4;
    #[cfg(feature = "trace")]
    {
        group! {
            mark!("r8");
            bluekernel::mark_begin!("span");
            mark!("r9");
            bluekernel::mark_end!("span");
            mark!("r10");
            bluekernel::counter!("counter", 1000);
            mark!("r11");
        }
    }
    for _ in 0..8 {
        SLEEPERS.give().ok();
    }
    bluekernel::exit(u8::from(!(quiet && whole)))
}

/// Operations as functions. They are symbols of the image, so nothing is known of their arguments.
mod called {
    use super::Block;
    use bluekernel::{Channel, Full, Mutex, MutexGuard, Pool, PoolBox, Semaphore};

    macro_rules! called {
        ($($symbol:literal fn $name:ident($($argument:ident: $type:ty),*) $(-> $result:ty)? { $body:expr })*) => {$(
            #[unsafe(export_name = $symbol)]
            #[inline(never)]
            pub fn $name($($argument: $type),*) $(-> $result)? {
                $body
            }
        )*};
    }

    called! {
        "called_give" fn give(semaphore: &'static Semaphore) -> Result<(), Full> { semaphore.give() }
        "called_take" fn take(semaphore: &'static Semaphore) { semaphore.take() }
        "called_lock" fn lock(mutex: &'static Mutex<u32>) -> MutexGuard<u32> { mutex.lock() }
        "called_unlock" fn unlock(guard: MutexGuard<u32>) { drop(guard) }
        "called_send" fn send(channel: &'static Channel<u32, 4>, value: u32) { channel.send(value) }
        "called_receive" fn receive(channel: &'static Channel<u32, 4>) -> u32 { channel.receive() }
        "called_send_block" fn send_block(channel: &'static Channel<[u32; 4], 4>, value: [u32; 4]) { channel.send(value) }
        "called_receive_block" fn receive_block(channel: &'static Channel<[u32; 4], 4>) -> [u32; 4] { channel.receive() }
        "called_alloc" fn alloc(pool: &'static Pool<Block, 4>) -> PoolBox<Block> { pool.alloc(Block::uninit()) }
        "called_free" fn free(block: PoolBox<Block>) { drop(block) }
    }
}

/// Pends external interrupt 2, UART1_RX, by ISPR.
#[inline(always)]
fn pend() {
    // SAFETY: writes the Interrupt Set-Pending Register; DSB and ISB make it take effect here.
    unsafe {
        (0xe000_e200 as *mut u32).write_volatile(1 << board::Interrupt::UART1_RX.number());
        asm!("dsb", "isb");
    }
}

/// The interrupt's first instruction is a marker; then the kernel's own entry, bound to a neighbour that never asks.
#[unsafe(naked)]
#[unsafe(export_name = "UART1_RX")]
extern "C" fn first_instruction() {
    naked_asm!("mov r11, r11", "b UART2_RX")
}

#[bluekernel::interrupt]
fn UART2_RX() {
    FROM_INTERRUPT.give().ok();
}

#[bluekernel::task(priority = 5, stack = 512)]
fn peer() {
    PEER.take();
    loop {
        yield_now();
        mark!("r10");
    }
}

#[bluekernel::task(priority = 6, stack = 512)]
fn high() {
    loop {
        HIGH.take();
        mark!("r10");
    }
}

#[bluekernel::task(priority = 7, stack = 512)]
fn high_from_interrupt() {
    loop {
        FROM_INTERRUPT.take();
        mark!("r10");
    }
}

macro_rules! sleepers {
    ($($name:ident)*) => {$(
        #[bluekernel::task(priority = 8, stack = 512)]
        fn $name() {
            SLEEPERS.take();
            loop {
                sleep(Duration::from_secs(100));
            }
        }
    )*};
}

sleepers! { sleeper0 sleeper1 sleeper2 sleeper3 sleeper4 sleeper5 sleeper6 sleeper7 }
