/* Two tasks of equal priority share the processor by the tick: one counts primes, one walks Collatz sequences. A more
 * important third measures time meanwhile, waits for both and prints. The text does not depend on the timing. */
#include "kernel.h"
#include "uart.h"

static task_t prime_task, collatz_task, report_task;
static semaphore_t done;
static uint32_t primes, longest_start, longest_steps;
static volatile uint32_t wakes;

static void count_primes(void *limit)
{
    for (uint32_t number = 2; number < (uint32_t)limit; number++) {
        uint32_t divisor = 2;
        while (divisor * divisor <= number && number % divisor)
            divisor++;
        primes += divisor * divisor > number;
    }
    semaphore_give(&done);
    for (;;)
        task_delay(1000);
}

static void walk_collatz(void *limit)
{
    for (uint32_t start = 1; start < (uint32_t)limit; start++) {
        uint32_t steps = 0;
        for (uint32_t value = start; value != 1; steps++)
            value = value & 1 ? 3 * value + 1 : value / 2;
        if (steps > longest_steps) {
            longest_steps = steps;
            longest_start = start;
        }
        if (start % 64 == 0)
            task_yield();
    }
    semaphore_give(&done);
    for (;;)
        task_delay(1000);
}

/* Arm semihosting: SYS_EXIT (0x18) with ADP_Stopped_ApplicationExit. */
static void finish(void)
{
    register uint32_t operation __asm("r0") = 0x18;
    register uint32_t reason __asm("r1") = 0x20026;
    __asm volatile("bkpt 0xab" ::"r"(operation), "r"(reason) : "memory");
}

static void report(void *argument)
{
    (void)argument;
    uint32_t begin = kernel_ticks();
    for (; wakes < 10; wakes++)
        task_delay(2);
    semaphore_take(&done);
    semaphore_take(&done);
    uart_text("primes below 2000: ");
    uart_number(primes);
    uart_text("\nlongest Collatz sequence below 1000: from ");
    uart_number(longest_start);
    uart_text(", ");
    uart_number(longest_steps);
    uart_text(" steps\nten sleeps of 2 ticks took at least 20: ");
    uart_text(kernel_ticks() - begin >= 20 ? "yes\n" : "no\n");
    finish();
}

int main(void)
{
    uart_init();
    task_create(&prime_task, count_primes, (void *)2000, 1);
    task_create(&collatz_task, walk_collatz, (void *)1000, 1);
    task_create(&report_task, report, 0, 2);
    kernel_start();
}
