/* Text, timer interrupts, and faults, each reported by the handler. The text does not depend on the timing. */
#include "machine.h"

#define TICKS 3
#define SHCSR REGISTER(0xe000ed24)
#define CFSR REGISTER(0xe000ed28)
#define HFSR REGISTER(0xe000ed2c)
#define BFAR REGISTER(0xe000ed38)

static volatile uint32_t ticks;

void say(const char *text)
{
    while (*text)
        uart_byte(*text++);
}

static void say_hex(const char *name, uint32_t value)
{
    say(name);
    for (int digit = 28; digit >= 0; digit -= 4)
        uart_byte("0123456789abcdef"[value >> digit & 15]);
}

void tick(void)
{
    timer_tick();
    if (++ticks == TICKS)
        timer_stop();
}

/* Reports the fault and goes on behind the instruction, which has two bytes. */
void fault(const uint32_t *frame, uint32_t exception)
{
    const uint16_t *pc = (const uint16_t *)frame[6];
    say_hex("fault: exception ", exception);
#if __ARM_ARCH >= 7
    uint32_t status = CFSR;
    say_hex(", CFSR ", status);
    say_hex(", HFSR ", HFSR);
    if (status & 1u << 15)
        say_hex(", BFAR ", BFAR);
    CFSR = status;
    HFSR = HFSR;
#endif
    say_hex(", instruction ", *pc);
    say("\n");
    ((uint32_t *)frame)[6] += 2;
}

int main(void)
{
    uart_init();
    say("hello from bare metal\n");
    timer_start();
    while (ticks < TICKS)
        __asm__ volatile("wfi");
    say("three ticks\n");
    /* Undefined, then a load from nowhere: as HardFaults first, as what they are then. */
    for (int enabled = 0; enabled < 2; enabled++) {
#if __ARM_ARCH >= 7
        SHCSR = enabled ? 7u << 16 : 0;
#else
        if (enabled)
            break;
#endif
        __asm__ volatile("udf #0");
        register uint32_t address __asm__("r0") = nowhere;
        __asm__ volatile("ldr r1, [r0]" ::"r"(address) : "r1", "memory");
    }
    say("done\n");
    return 0;
}
