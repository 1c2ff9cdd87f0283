#include "uart.h"

/* CMSDK APB UART (Arm DDI 0479). */
#define UART0_DATA (*(volatile uint32_t *)0x40004000)
#define UART0_STATE (*(volatile uint32_t *)0x40004004)
#define UART0_CTRL (*(volatile uint32_t *)0x40004008)
#define UART0_BAUDDIV (*(volatile uint32_t *)0x40004010)

void uart_init(void)
{
    UART0_BAUDDIV = 217; /* 115,200 baud at 25 MHz */
    UART0_CTRL = 1;      /* transmitter on */
}

static void put(char byte)
{
    while (UART0_STATE & 1) /* transmit buffer full */
        ;
    UART0_DATA = (uint8_t)byte;
}

void uart_text(const char *text)
{
    while (*text)
        put(*text++);
}

void uart_number(uint32_t number)
{
    char digits[10];
    int count = 0;
    do {
        digits[count++] = (char)('0' + number % 10);
        number /= 10;
    } while (number);
    while (count)
        put(digits[--count]);
}
