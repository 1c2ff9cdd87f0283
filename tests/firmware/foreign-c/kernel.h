/* A kernel in the manner of FreeRTOS: a task control block begins with the saved stack pointer, SVC starts the first
 * task, PendSV switches, SysTick counts ticks and wakes sleepers; priorities are fixed, larger is more important. */
#ifndef KERNEL_H
#define KERNEL_H

#include <stdint.h>

#define TASK_STACK_WORDS 128u
#define TICK_HZ 1000u

typedef struct task {
    uint32_t *saved_sp; /* first: PendSV_Handler finds it there */
    uint32_t wake_tick;
    uint8_t priority;
    uint8_t ready;
    struct task *next;
    uint32_t stack[TASK_STACK_WORDS];
} task_t;

typedef struct {
    volatile uint32_t count;
} semaphore_t;

void task_create(task_t *task, void (*function)(void *), void *argument, uint8_t priority);
void kernel_start(void) __attribute__((noreturn));
void task_delay(uint32_t ticks);
void task_yield(void);
void semaphore_give(semaphore_t *semaphore);
/* Polls a tick at a time: enough here. */
void semaphore_take(semaphore_t *semaphore);
uint32_t kernel_ticks(void);

void SVC_Handler(void);
void PendSV_Handler(void);
void SysTick_Handler(void);

#endif
