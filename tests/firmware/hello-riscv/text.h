/* Text on the UART, polled. */
#ifndef TEXT_H
#define TEXT_H

#include <stdint.h>

void text(const char *text);
void number(uint32_t number);
/* In hexadecimal, as many digits as an address has. */
void address(uintptr_t address);

#endif
