/* What differs between the boards. */
#include <stdint.h>

#define REGISTER(address) (*(volatile uint32_t *)(uintptr_t)(address))

/* The console. */
void uart_init(void);
void uart_byte(char byte);
/* A timer whose interrupt calls `tick` about every millisecond, until it is stopped. */
void timer_start(void);
void timer_stop(void);
/* Called first by each interrupt: takes back the timer's request. */
void timer_tick(void);
/* Where a load faults. */
extern const uint32_t nowhere;

/* In main.c. */
void tick(void);
/* The console's text, and the frame of a fault. */
void say(const char *text);
void fault(const uint32_t *frame, uint32_t exception);
_Noreturn void machine_exit(int code);
