/* BBC micro:bit (nRF51822): UART0 on the pins of the USB chip, and TIMER0 at 1 MHz, interrupt 8: there is no SysTick. */
#include "machine.h"

#define UART0 0x40002000
#define STARTTX REGISTER(UART0 + 0x008)
#define TXDRDY REGISTER(UART0 + 0x11c)
#define ENABLE REGISTER(UART0 + 0x500)
#define PSELTXD REGISTER(UART0 + 0x50c)
#define TXD REGISTER(UART0 + 0x51c)
#define BAUDRATE REGISTER(UART0 + 0x524)

#define TIMER0 0x40008000
#define START REGISTER(TIMER0 + 0x000)
#define STOP REGISTER(TIMER0 + 0x004)
#define CLEAR REGISTER(TIMER0 + 0x00c)
#define COMPARE0 REGISTER(TIMER0 + 0x140)
#define SHORTS REGISTER(TIMER0 + 0x200)
#define INTENSET REGISTER(TIMER0 + 0x304)
#define MODE REGISTER(TIMER0 + 0x504)
#define BITMODE REGISTER(TIMER0 + 0x508)
#define PRESCALER REGISTER(TIMER0 + 0x510)
#define CC0 REGISTER(TIMER0 + 0x540)
#define NVIC_ISER REGISTER(0xe000e100)

const uint32_t nowhere = 0x70000000;

void uart_init(void)
{
    PSELTXD = 24;          /* P0.24 */
    BAUDRATE = 0x01d7e000; /* 115200 */
    ENABLE = 4;
    STARTTX = 1;
}

void uart_byte(char byte)
{
    TXDRDY = 0;
    TXD = (uint8_t)byte;
    while (!TXDRDY)
        ;
}

void timer_start(void)
{
    MODE = 0;      /* timer */
    BITMODE = 0;   /* 16 bits */
    PRESCALER = 4; /* 16 MHz / 16 */
    CC0 = 1000;
    SHORTS = 1; /* COMPARE0 clears */
    CLEAR = 1;
    INTENSET = 1u << 16;
    NVIC_ISER = 1u << 8;
    START = 1;
}

void timer_tick(void)
{
    COMPARE0 = 0;
}

void timer_stop(void)
{
    STOP = 1;
}
