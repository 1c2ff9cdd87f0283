/* QEMU's machine virt: a 16550 with registers of a byte, and a finisher. */
#include "machine.h"

#define UART(offset) (*(volatile uint8_t *)(uintptr_t)(0x10000000 + (offset)))
#define THR UART(0)
#define DLL UART(0)
#define IER UART(1)
#define DLM UART(1)
#define IIR UART(2)
#define FCR UART(2)
#define LCR UART(3)
#define LSR UART(5)
#define LSR_THRE 0x20
#define IIR_THRE 0x02
#define FINISHER REGISTER(0x100000)

const uint32_t uart_source = 10;
const uint32_t ticks_in_a_millisecond = 10000;

void machine_init(void)
{
    LCR = 0x80; /* the divisor */
    DLL = 2;    /* 3.6864 MHz / 16 / 2 = 115,200 baud */
    DLM = 0;
    LCR = 0x03; /* 8N1 */
    FCR = 0x07; /* FIFOs on and empty */
}

void uart_byte(char byte)
{
    while (!(LSR & LSR_THRE))
        ;
    THR = (uint8_t)byte;
}

void uart_interrupt(int on)
{
    IER = on ? 0x02 : 0;
}

int uart_ready(void)
{
    return (IIR & 0x0F) == IIR_THRE;
}

void machine_exit(int code)
{
    FINISHER = code ? (uint32_t)code << 16 | 0x3333 : 0x5555;
    for (;;)
        ;
}
