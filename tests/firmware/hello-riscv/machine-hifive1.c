/* SiFive FE310-G000: the core and its UART run from the crystal of 16 MHz. */
#include "machine.h"

#define HFXOSCCFG REGISTER(0x10008004)
#define PLLCFG REGISTER(0x10008008)
#define PLLOUTDIV REGISTER(0x1000800C)
#define GPIO_IOF_EN REGISTER(0x10012038)
#define GPIO_IOF_SEL REGISTER(0x1001203C)
#define UART_TXDATA REGISTER(0x10013000)
#define UART_TXCTRL REGISTER(0x10013008)
#define UART_IE REGISTER(0x10013010)
#define UART_IP REGISTER(0x10013014)
#define UART_DIV REGISTER(0x10013018)

const uint32_t uart_source = 3;
const uint32_t ticks_in_a_millisecond = 33;

void machine_init(void)
{
    HFXOSCCFG = 1u << 30;
    while (!(HFXOSCCFG >> 31))
        ;
    PLLOUTDIV = 1u << 8;                              /* not divided */
    PLLCFG |= 1u << 18 | 1u << 17;                    /* past the PLL, from the crystal */
    PLLCFG |= 1u << 16;                               /* and into the core */
    GPIO_IOF_SEL &= ~(1u << 17);
    GPIO_IOF_EN |= 1u << 17;                          /* pin 17 is the UART's */
    UART_DIV = 138;                                   /* 16 MHz / 139 = 115,108 baud */
    UART_TXCTRL = 1u << 16 | 1;                       /* on; pending while the FIFO is empty */
}

void uart_byte(char byte)
{
    while (UART_TXDATA >> 31)
        ;
    UART_TXDATA = (uint8_t)byte;
}

void uart_interrupt(int on)
{
    UART_IE = on;
}

int uart_ready(void)
{
    return UART_IP & 1;
}

/* Semihosting's SYS_EXIT_EXTENDED ("RISC-V Semihosting" 0.2): there is no finisher. */
void machine_exit(int code)
{
    const uint32_t block[2] = {0x20026, (uint32_t)code};
    register uint32_t operation __asm("a0") = 0x20;
    register const uint32_t *parameter __asm("a1") = block;
    __asm volatile(".option push\n.option norvc\n"
                   "slli zero, zero, 0x1f\nebreak\nsrai zero, zero, 7\n"
                   ".option pop" ::"r"(operation), "r"(parameter) : "memory");
    for (;;)
        ;
}
