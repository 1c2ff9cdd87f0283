/* What differs between the machines. */
#ifndef MACHINE_H
#define MACHINE_H

#include <stdint.h>

#define REGISTER(address) (*(volatile uint32_t *)(uintptr_t)(address))

/* Core-local interruptor and interrupt controller are at the same place, in the same layout. */
#define MSIP REGISTER(0x02000000)
#define MTIMECMP 0x02004000
#define MTIME 0x0200BFF8
#define PLIC 0x0C000000

/* The source of the UART's interrupt. */
extern const uint32_t uart_source;
/* Ticks of the timer in a millisecond, at least one. */
extern const uint32_t ticks_in_a_millisecond;

/* Clocks and UART. */
void machine_init(void);
/* Sends a byte, when there is room for it. */
void uart_byte(char byte);
/* Whether the UART interrupts while it has room. */
void uart_interrupt(int on);
/* In the interrupt: acknowledges it, and tells whether there is room. */
int uart_ready(void);
/* Ends the simulation. */
_Noreturn void machine_exit(int code);

#endif
