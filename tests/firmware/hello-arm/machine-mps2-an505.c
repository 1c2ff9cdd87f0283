/* MPS2+ with the image AN505, from Secure state: CMSDK UART, and TIMER0 at 20 MHz, interrupt 3. */
#include "machine.h"

#define UART0 0x50200000
#define TIMER0 0x50000000
#define NVIC_ISER REGISTER(0xe000e100)

const uint32_t nowhere = 0x70000000;

void uart_init(void)
{
    REGISTER(UART0 + 0x10) = 20000000 / 115200; /* BAUDDIV */
    REGISTER(UART0 + 0x08) = 1;                 /* CTRL: transmitter */
}

void uart_byte(char byte)
{
    while (REGISTER(UART0 + 0x04) & 1) /* STATE: full */
        ;
    REGISTER(UART0) = (uint8_t)byte;
}

void timer_start(void)
{
    REGISTER(TIMER0 + 0x08) = 20000 - 1; /* RELOAD */
    REGISTER(TIMER0 + 0x04) = 20000 - 1; /* VALUE */
    NVIC_ISER = 1u << 3;
    REGISTER(TIMER0) = 9;                /* CTRL: on, with its interrupt */
}

void timer_tick(void)
{
    REGISTER(TIMER0 + 0x0c) = 1; /* INTCLEAR */
}

void timer_stop(void)
{
    REGISTER(TIMER0) = 0;
}
