/* What the parts of this firmware know of each other. KIND is one of these. */
#include <stdint.h>

#define MIX 0
#define DEVICE 1
#define SWITCHES 2
#define IDLE 3
#define REGIONS 4

/* So many rounds of the mix; about 40,000 instructions each. */
uint32_t work(uint32_t rounds);

/* The machine, in arm.c or riscv.c. */

/* Lets a timer make an event every so many cycles; its interrupt is masked. 0: none. */
void events(uint32_t cycles);
/* Makes `count` accesses of a device. */
void device(uint32_t count);
/* Switches `count` times to another thread and back, about 60 instructions apart. With KIND REGIONS, an MPU region goes
 * with each thread. */
void switches(uint32_t count);
/* Sleeps for ever; a timer wakes the core every so many cycles. */
void idle(uint32_t cycles);
/* Prints a number and ends the run. */
void finish(uint32_t result);
