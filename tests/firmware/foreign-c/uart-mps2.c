/* UART0 of the MPS2 images: CMSDK APB UART (Arm DDI 0479). */
#include "uart.h"

#define UART0_DATA (*(volatile uint32_t *)0x40004000)
#define UART0_STATE (*(volatile uint32_t *)0x40004004)
#define UART0_CTRL (*(volatile uint32_t *)0x40004008)
#define UART0_BAUDDIV (*(volatile uint32_t *)0x40004010)

void uart_init(void)
{
    UART0_BAUDDIV = 217; /* 115,200 baud at 25 MHz */
    UART0_CTRL = 1;      /* transmitter on */
}

void uart_byte(char byte)
{
    while (UART0_STATE & 1) /* transmit buffer full */
        ;
    UART0_DATA = (uint8_t)byte;
}
