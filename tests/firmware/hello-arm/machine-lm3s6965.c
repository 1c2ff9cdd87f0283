/* LM3S6965: PL011 and timer 0, interrupt 19, from the internal oscillator's 12 MHz. */
#include "machine.h"

#define RCGC1 REGISTER(0x400fe104)
#define UART0 0x4000c000
#define TIMER0 0x40030000
#define NVIC_ISER REGISTER(0xe000e100)
#define MPU_CTRL REGISTER(0xe000ed94)
#define MPU_RNR REGISTER(0xe000ed98)
#define MPU_RBAR REGISTER(0xe000ed9c)
#define MPU_RASR REGISTER(0xe000eda0)

const uint32_t nowhere = 0x70000000;

/* QEMU's machine answers everywhere with zeros, but for what the MPU forbids. */
static void guard_nowhere(void)
{
    MPU_RNR = 0;
    MPU_RBAR = nowhere;
    MPU_RASR = 4 << 1 | 1; /* 32 bytes, no access */
    MPU_CTRL = 5;          /* on, and the default map for the rest */
    __asm__ volatile("dsb\n isb");
}

void uart_init(void)
{
    guard_nowhere();
    RCGC1 |= 1u << 16 | 1u << 0;     /* the clocks of timer 0 and UART0 */
    (void)RCGC1;                     /* they run three clocks later */
    (void)RCGC1;
    REGISTER(UART0 + 0x24) = 6;      /* IBRD, FBRD: 12 MHz / (16 * 115200) = 6 + 33/64 */
    REGISTER(UART0 + 0x28) = 33;
    REGISTER(UART0 + 0x2c) = 0x70;   /* LCR_H: eight bits, FIFOs */
    REGISTER(UART0 + 0x30) = 0x0101; /* CR: on, transmitter */
}

void uart_byte(char byte)
{
    while (REGISTER(UART0 + 0x18) & 1u << 5) /* FR: full */
        ;
    REGISTER(UART0) = (uint8_t)byte;
}

void timer_start(void)
{
    REGISTER(TIMER0 + 0x00) = 0;         /* CFG: 32 bits */
    REGISTER(TIMER0 + 0x04) = 2;         /* TAMR: periodic */
    REGISTER(TIMER0 + 0x28) = 12000 - 1; /* TAILR */
    REGISTER(TIMER0 + 0x18) = 1;         /* IMR: time-out */
    NVIC_ISER = 1u << 19;
    REGISTER(TIMER0 + 0x0c) = 1;         /* CTL: on */
}

void timer_tick(void)
{
    REGISTER(TIMER0 + 0x24) = 1;   /* ICR */
    (void)REGISTER(TIMER0 + 0x1c); /* RIS, so that the store is done before the return */
}

void timer_stop(void)
{
    REGISTER(TIMER0 + 0x0c) = 0;
}
