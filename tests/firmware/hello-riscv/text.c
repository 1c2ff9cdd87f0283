#include "text.h"
#include "machine.h"

void text(const char *text)
{
    while (*text)
        uart_byte(*text++);
}

void number(uint32_t number)
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

void address(uintptr_t address)
{
    text("0x");
    for (int shift = 8 * (int)sizeof address - 4; shift >= 0; shift -= 4)
        uart_byte("0123456789abcdef"[address >> shift & 0xF]);
}
