/* Text, a timer interrupt, an interrupt through the PLIC, and faults, each reported by the trap handler. The text does not
 * depend on the timing. */
#include "machine.h"
#include "text.h"

#define TICKS 3
/* Where neither machine has anything. */
#define NOWHERE 0x000F0000u

#define CSR_SET(csr, bits) __asm volatile("csrs " #csr ", %0" ::"r"(bits))
#define CSR_CLEAR(csr, bits) __asm volatile("csrc " #csr ", %0" ::"r"(bits))
#define MSTATUS_MIE (1u << 3)
#define MIE_SOFTWARE (1u << 3)
#define MIE_TIMER (1u << 7)
#define MIE_EXTERNAL (1u << 11)

void fault_illegal(void);
void fault_load(uintptr_t from);
void fault_store(uintptr_t to);
void fault_call(void);

static volatile uint32_t ticks, software_interrupts, claimed, all_sent;
static const char *volatile queue = "";

/* mtime, whose upper half may change between two loads. */
static uint64_t now(void)
{
    uint32_t low, high;
    do {
        high = REGISTER(MTIME + 4);
        low = REGISTER(MTIME);
    } while (high != REGISTER(MTIME + 4));
    return (uint64_t)high << 32 | low;
}

/* No time on the way is earlier than the old one and the new one. */
static void set_alarm(uint64_t at)
{
    REGISTER(MTIMECMP + 4) = UINT32_MAX;
    REGISTER(MTIMECMP) = (uint32_t)at;
    REGISTER(MTIMECMP + 4) = (uint32_t)(at >> 32);
}

static void external_interrupt(void)
{
    uint32_t source = REGISTER(PLIC + 0x200004);
    if (source == uart_source && uart_ready()) {
        claimed = source;
        if (*queue) {
            uart_byte(*queue++);
        } else {
            uart_interrupt(0);
            all_sent = 1;
        }
    }
    REGISTER(PLIC + 0x200004) = source;
}

static const char *name(uintptr_t cause)
{
    switch (cause) {
    case 1: return "instruction access fault";
    case 2: return "illegal instruction";
    case 5: return "load access fault";
    case 7: return "store access fault";
    case 11: return "call from machine mode";
    default: return "unexpected";
    }
}

/* Returns where to go on. */
uintptr_t trap(uintptr_t cause, uintptr_t at, uintptr_t value)
{
    const uintptr_t interrupt = ~(UINTPTR_MAX >> 1);
    if (cause == (interrupt | 3)) {
        MSIP = 0;
        software_interrupts++;
    } else if (cause == (interrupt | 7)) {
        ticks++;
        set_alarm(now() + ticks_in_a_millisecond);
    } else if (cause == (interrupt | 11)) {
        external_interrupt();
    } else {
        text("trap: mcause ");
        number((uint32_t)cause);
        text(" (");
        text(name(cause));
        text("), mepc ");
        address(at);
        text(", mtval ");
        address(value);
        text("\n");
        if (cause == 1) {
            text("there is nothing to go back to\n");
            machine_exit(3);
        }
        return at + 4;
    }
    return at;
}

/* Sleeps until the handler has counted. An interrupt between the test and WFI is pending then, and WFI does not sleep. */
static void wait_for(volatile uint32_t *counter, uint32_t value)
{
    CSR_CLEAR(mstatus, MSTATUS_MIE);
    while (*counter < value) {
        __asm volatile("wfi");
        CSR_SET(mstatus, MSTATUS_MIE);
        CSR_CLEAR(mstatus, MSTATUS_MIE);
    }
    CSR_SET(mstatus, MSTATUS_MIE);
}

static void timer(void)
{
    uint64_t begin = now();
    set_alarm(begin + ticks_in_a_millisecond);
    CSR_SET(mie, MIE_TIMER);
    wait_for(&ticks, TICKS);
    CSR_CLEAR(mie, MIE_TIMER);
    number(TICKS);
    text(" timer interrupts took at least as many milliseconds: ");
    text(now() - begin >= TICKS * ticks_in_a_millisecond ? "yes\n" : "no\n");
}

static void software(void)
{
    CSR_SET(mie, MIE_SOFTWARE);
    MSIP = 1;
    wait_for(&software_interrupts, 1);
    CSR_CLEAR(mie, MIE_SOFTWARE);
    number(software_interrupts);
    text(" software interrupt\n");
}

static void external(void)
{
    REGISTER(PLIC + 4 * uart_source) = 1;
    REGISTER(PLIC + 0x2000) = 1u << uart_source;
    REGISTER(PLIC + 0x200000) = 0;
    queue = "this line is sent by an interrupt\n";
    CSR_SET(mie, MIE_EXTERNAL);
    uart_interrupt(1);
    wait_for(&all_sent, 1);
    CSR_CLEAR(mie, MIE_EXTERNAL);
    text("it came from source ");
    number(claimed);
    text("\n");
}

int main(void)
{
    uintptr_t hart;
    __asm volatile("csrr %0, mhartid" : "=r"(hart));
    machine_init();
    text("hello from hart ");
    number((uint32_t)hart);
    text(" with registers of ");
    number(__riscv_xlen);
    text(" bits\n");
    CSR_SET(mstatus, MSTATUS_MIE);
    timer();
    software();
    external();
    fault_illegal();
    fault_load(NOWHERE);
    fault_store(NOWHERE + 4);
    fault_call();
    ((void (*)(void))(uintptr_t)NOWHERE)();
    return 0;
}
