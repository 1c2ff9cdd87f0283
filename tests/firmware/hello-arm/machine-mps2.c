/* MPS2 with the images AN385, AN386 and AN500: CMSDK UART and SysTick at 25 MHz. */
#include "machine.h"

#define UART0 0x40004000
#define SYST_CSR REGISTER(0xe000e010)
#define SYST_RVR REGISTER(0xe000e014)
#define SYST_CVR REGISTER(0xe000e018)

const uint32_t nowhere = 0x70000000;

void uart_init(void)
{
    REGISTER(UART0 + 0x10) = 25000000 / 115200; /* BAUDDIV */
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
    SYST_RVR = 25000 - 1;
    SYST_CVR = 0;
    SYST_CSR = 7;
}

void timer_tick(void) {}

void timer_stop(void)
{
    SYST_CSR = 0;
}
