//! The kernel's operations between marker instructions, for tests/bench to count.
//!
//! A marker is `mov rN,rN` with N from 8 to 12, on RISC-V `addi x0,x0,N`, a hint: no compiler emits one, and it changes
//! nothing. Marker 12 begins a group; each group runs three times, of which the later two count. A figure is the count from
//! one marker to the next, less the opening marker. The groups:
//!
//! | group | markers | what lies between |
//! |---|---|---|
//! | 0 | 8 9 | nothing |
//! | 1 | 8 10 9 | give to a more important task that waits; and back in the giver |
//! | 2 | 8 9 10 | give, nobody waits; take, available |
//! | 3 | 8 9 10 | mutex lock; unlock, nobody waits |
//! | 4 | 8 9 10 | channel send; receive, 4 bytes |
//! | 5 | 8 9 10 | channel send; receive, 16 bytes |
//! | 6 | 8 11 10 9 | pend an interrupt; from its first instruction to the task that waits (the instruction after 11 is the benchmark's own: less 1; not on RISC-V, where the first instructions are the kernel's); back in the interrupted task |
//! | 7 | 8 10 9 | yield to a task of the same priority; and back |
//! | 8 to 11 | 8 9 10 | groups 2 to 5 once more, each operation as a call |
//! | 12, 13 | 8 9 10 | pool alloc; free, blocks of 128 bytes; as calls |
//! | 14 | 8 9 10 11 | with feature `trace`: `mark_begin!`; `mark_end!`; `counter!` |
//!
//! One image holds, as for the peers: this task, a more important one that waits for its semaphore, one that waits for
//! the interrupt's, an equal one, and eight sleepers. Nothing ticks, as nothing does in this kernel.
#![no_std]
#![no_main]

#[path = "../../../suite/tests/board/mod.rs"]
mod board;

use bluekernel::{Channel, Duration, Mutex, Pool, Semaphore, sleep, yield_now};
use core::arch::asm;
use core::mem::MaybeUninit;

#[cfg(target_arch = "arm")]
macro_rules! mark {
    ($number:literal) => {
        // SAFETY: changes nothing. A barrier for the compiler, since it claims nothing.
        unsafe { asm!(concat!("mov r", $number, ", r", $number)) }
    };
}

#[cfg(target_arch = "riscv32")]
macro_rules! mark {
    ($number:literal) => {
        // SAFETY: as above. Of four bytes: those of two are hints, too, but other ones.
        unsafe { asm!(".option push", ".option norvc", concat!("addi x0, x0, ", $number), ".option pop") }
    };
}

/// Three times, behind a marker 12.
macro_rules! group {
    ($($body:tt)*) => {
        mark!(12);
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
    board::Interrupt::PORT0.enable();
}

#[bluekernel::task(priority = 5, stack = 1024)]
fn measure() {
    group! { mark!(8); mark!(9); }
    group! { mark!(8); HIGH.give().ok(); mark!(9); }
    group! { mark!(8); NOBODY.give().ok(); mark!(9); NOBODY.take(); mark!(10); }
    group! { mark!(8); let guard = MUTEX.lock(); mark!(9); drop(guard); mark!(10); }
    let mut word = 0x1122_3344;
    group! { mark!(8); WORDS.send(word); mark!(9); word = WORDS.receive(); mark!(10); }
    let mut block = [word, 2, 3, 4];
    group! { mark!(8); BLOCKS.send(block); mark!(9); block = BLOCKS.receive(); mark!(10); }
    let whole = core::hint::black_box(block) == [0x1122_3344, 2, 3, 4];
    group! { mark!(8); pend(); mark!(9); }
    PEER.give().ok();
    yield_now();
    group! { mark!(8); yield_now(); mark!(9); }
    group! { mark!(8); called::give(&NOBODY).ok(); mark!(9); called::take(&NOBODY); mark!(10); }
    group! { mark!(8); let guard = called::lock(&MUTEX); mark!(9); called::unlock(guard); mark!(10); }
    let mut word = 5;
    group! { mark!(8); called::send(&WORDS, word); mark!(9); word = called::receive(&WORDS); mark!(10); }
    let mut block = [word, 6, 7, 8];
    group! {
        mark!(8);
        called::send_block(&BLOCKS, block);
        mark!(9);
        block = called::receive_block(&BLOCKS);
        mark!(10);
    }
    group! { mark!(8); let block = POOL.alloc(Block::uninit()); mark!(9); drop(block); mark!(10); }
    group! { mark!(8); let block = called::alloc(&POOL); mark!(9); called::free(block); mark!(10); }
    // Nobody waited where nobody should, and everything that went in came out.
    let whole = whole && block == [5, 6, 7, 8];
    let quiet =
        NOBODY.count() == 0 && HIGH.count() == 0 && WORDS.is_empty() && BLOCKS.is_empty() && POOL.available() == 4;
    #[cfg(any(feature = "trace", feature = "trace-flight"))]
    {
        group! {
            mark!(8);
            bluekernel::mark_begin!("span");
            mark!(9);
            bluekernel::mark_end!("span");
            mark!(10);
            bluekernel::counter!("counter", 1000);
            mark!(11);
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

/// Pends the interrupt PORT0 by ISPR.
#[cfg(target_arch = "arm")]
#[inline(always)]
fn pend() {
    // SAFETY: writes the Interrupt Set-Pending Register; DSB and ISB make it take effect here.
    unsafe {
        (0xe000_e200 as *mut u32).write_volatile(1 << board::Interrupt::PORT0.number());
        asm!("dsb", "isb");
    }
}

/// The interrupt's first instruction is a marker; then the kernel's own entry, bound to a neighbour that never asks.
#[cfg(target_arch = "arm")]
#[unsafe(naked)]
#[unsafe(export_name = "PORT0")]
extern "C" fn first_instruction() {
    core::arch::naked_asm!("mov r11, r11", "b PORT1")
}

#[cfg(target_arch = "arm")]
#[bluekernel::interrupt]
fn PORT1() {
    FROM_INTERRUPT.give().ok();
}

/// Pends the interrupt PORT0, by the kernel: the hardware has no such register.
#[cfg(target_arch = "riscv32")]
#[inline(always)]
fn pend() {
    board::Interrupt::PORT0.pend();
}

#[cfg(target_arch = "riscv32")]
#[bluekernel::interrupt]
fn PORT0() {
    FROM_INTERRUPT.give().ok();
}

#[bluekernel::task(priority = 5, stack = 512)]
fn peer() {
    PEER.take();
    loop {
        yield_now();
        mark!(10);
    }
}

#[bluekernel::task(priority = 6, stack = 512)]
fn high() {
    loop {
        HIGH.take();
        mark!(10);
    }
}

#[bluekernel::task(priority = 7, stack = 512)]
fn high_from_interrupt() {
    loop {
        FROM_INTERRUPT.take();
        mark!(10);
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
