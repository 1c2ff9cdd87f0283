/* The board's console, polled: uart_init and uart_byte are the chip's (uart-*.c). */
#ifndef UART_H
#define UART_H

#include <stdint.h>

void uart_init(void);
void uart_byte(char byte);
void uart_text(const char *text);
void uart_number(uint32_t number);

#endif
