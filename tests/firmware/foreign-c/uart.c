/* Text on a serial line, whichever chip it is. */
#include "uart.h"

void uart_text(const char *text)
{
    while (*text)
        uart_byte(*text++);
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
        uart_byte(digits[--count]);
}
