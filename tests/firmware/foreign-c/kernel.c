#include "kernel.h"

#define SYST_CSR (*(volatile uint32_t *)0xE000E010)
#define SYST_RVR (*(volatile uint32_t *)0xE000E014)
#define SYST_CVR (*(volatile uint32_t *)0xE000E018)
#define SCB_ICSR (*(volatile uint32_t *)0xE000ED04)
#define SCB_SHPR3 (*(volatile uint32_t *)0xE000ED20)
#define PENDSVSET (1u << 28)

task_t *current_task;
static task_t *tasks;
static task_t idle_task;
static volatile uint32_t ticks;

static uint32_t lock(void)
{
    uint32_t primask;
    __asm volatile("mrs %0, primask\n cpsid i" : "=r"(primask)::"memory");
    return primask;
}

static void unlock(uint32_t primask)
{
    __asm volatile("msr primask, %0" ::"r"(primask) : "memory");
}

static void task_returned(void)
{
    for (;;)
        task_delay(1000);
}

void task_create(task_t *task, void (*function)(void *), void *argument, uint8_t priority)
{
    uint32_t *sp = &task->stack[TASK_STACK_WORDS];
    *--sp = 0x01000000u; /* xPSR: Thumb */
    *--sp = (uint32_t)function & ~1u;
    *--sp = (uint32_t)task_returned;
    for (int register_ = 0; register_ < 4; register_++)
        *--sp = 0; /* r12, r3, r2, r1 */
    *--sp = (uint32_t)argument;
    for (int register_ = 0; register_ < 8; register_++)
        *--sp = 0; /* r11 to r4 */
    task->saved_sp = sp;
    task->priority = priority;
    task->ready = 1;
    task->next = tasks;
    tasks = task;
}

/* The next task: the most important ready one; of equals, the first behind the current one. */
__attribute__((used)) void select_task(void)
{
    task_t *best = 0;
    task_t *task = current_task->next ? current_task->next : tasks;
    for (task_t *first = task;;) {
        if (task->ready && (!best || task->priority > best->priority))
            best = task;
        task = task->next ? task->next : tasks;
        if (task == first)
            break;
    }
    current_task = best;
}

static void idle(void *argument)
{
    (void)argument;
    for (;;)
        __asm volatile("wfi");
}

void kernel_start(void)
{
    task_create(&idle_task, idle, 0, 0);
    current_task = tasks;
    select_task();
    SCB_SHPR3 |= 0xFFFF0000u; /* PendSV and SysTick: least important */
    __asm volatile("svc 0");
    for (;;)
        ;
}

/* In the SVC handler, which no tick interrupts: a switch before the first task has its stack would save to nowhere. */
__attribute__((used)) static void start_tick(void)
{
    SYST_RVR = CPU_HZ / TICK_HZ - 1;
    SYST_CVR = 0;
    SYST_CSR = 7; /* processor clock, interrupt, enable */
}

__attribute__((naked)) void SVC_Handler(void)
{
    __asm volatile("push {r4, lr}\n"
                   "bl start_tick\n"
                   "pop {r4, lr}\n"
                   "ldr r0, =current_task\n"
                   "ldr r0, [r0]\n"
                   "ldr r0, [r0]\n"
                   "ldmia r0!, {r4-r11}\n"
                   "msr psp, r0\n"
                   "orr lr, lr, #0xd\n" /* thread mode, process stack */
                   "bx lr\n"
                   ".ltorg");
}

__attribute__((naked)) void PendSV_Handler(void)
{
    __asm volatile("mrs r0, psp\n"
                   "stmdb r0!, {r4-r11}\n"
                   "ldr r4, =current_task\n"
                   "ldr r1, [r4]\n"
                   "str r0, [r1]\n"
                   "cpsid i\n"
                   "push {r4, lr}\n"
                   "bl select_task\n"
                   "pop {r4, lr}\n"
                   "cpsie i\n"
                   "ldr r1, [r4]\n"
                   "ldr r0, [r1]\n"
                   "ldmia r0!, {r4-r11}\n"
                   "msr psp, r0\n"
                   "bx lr\n"
                   ".ltorg");
}

void SysTick_Handler(void)
{
    ticks++;
    for (task_t *task = tasks; task; task = task->next)
        if (!task->ready && (int32_t)(ticks - task->wake_tick) >= 0)
            task->ready = 1;
    SCB_ICSR = PENDSVSET; /* also shares time among equals */
}

void task_yield(void)
{
    SCB_ICSR = PENDSVSET;
    __asm volatile("dsb\n isb");
}

void task_delay(uint32_t count)
{
    uint32_t primask = lock();
    current_task->wake_tick = ticks + count;
    current_task->ready = 0;
    SCB_ICSR = PENDSVSET;
    unlock(primask);
    __asm volatile("dsb\n isb");
}

void semaphore_give(semaphore_t *semaphore)
{
    uint32_t primask = lock();
    semaphore->count++;
    unlock(primask);
}

void semaphore_take(semaphore_t *semaphore)
{
    for (;;) {
        uint32_t primask = lock();
        if (semaphore->count) {
            semaphore->count--;
            unlock(primask);
            return;
        }
        unlock(primask);
        task_delay(1);
    }
}

uint32_t kernel_ticks(void)
{
    return ticks;
}
