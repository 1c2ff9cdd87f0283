/* Cortex-M on the MPS2 boards: vectors, timer, threads, the end. */
#include "mix.h"

#define REG(address) (*(volatile uint32_t *)(address))
#ifndef TIMER0
#define TIMER0 0x40000000u /* CMSDK APB timer: CTRL, VALUE, RELOAD */
#endif
#define SYST_CSR REG(0xe000e010u)
#define SYST_RVR REG(0xe000e014u)
#define SYST_CVR REG(0xe000e018u)
#define ICSR REG(0xe000ed04u)
#define MPU_CTRL REG(0xe000ed94u)
#define MPU_RBAR REG(0xe000ed9cu)
#define MPU_RASR REG(0xe000eda0u)

extern uint32_t _estack, _sidata, _sdata, _edata, _sbss, _ebss;
int main(void);

void Reset_Handler(void)
{
    uint32_t *from = &_sidata;
    for (uint32_t *to = &_sdata; to < &_edata;)
        *to++ = *from++;
    for (uint32_t *to = &_sbss; to < &_ebss;)
        *to++ = 0;
    main();
}

static int semihosting(int operation, const void *parameter)
{
    register int r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = parameter;
    __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

void finish(uint32_t result)
{
    static char text[] = "00000000\n";
    for (int digit = 7; digit >= 0; digit--, result >>= 4)
        text[digit] = "0123456789abcdef"[result & 15];
    semihosting(0x04, text);                   /* SYS_WRITE0 */
    semihosting(0x18, (const void *)0x20026);  /* SYS_EXIT: ADP_Stopped_ApplicationExit */
    for (;;)
        ;
}

/* SysTick becomes pending each time, and PRIMASK keeps it so. */
void events(uint32_t cycles)
{
    __asm__ volatile("cpsid i");
    SYST_RVR = cycles - 1;
    SYST_CVR = 0;
    SYST_CSR = 7;
}

void device(uint32_t count)
{
    while (count--)
        REG(TIMER0 + 8);
}

void idle(uint32_t cycles)
{
    SYST_RVR = cycles - 1;
    SYST_CVR = 0;
    SYST_CSR = 7;
    for (;;)
        __asm__ volatile("wfi");
}

void SysTick_Handler(void) {}

/* Two threads on the process stack; PendSV swaps them. */
static uint32_t stacks[2][128] __attribute__((aligned(32)));
__attribute__((used)) static uint32_t *volatile saved[2];
__attribute__((used)) static volatile uint32_t current, left_to_do;

__attribute__((naked)) void PendSV_Handler(void)
{
    __asm__ volatile(
        ".syntax unified\n"
        "mrs r0, psp\n"
        "subs r0, #32\n"
        "mov r1, r0\n"
        "stmia r1!, {r4-r7}\n"
        "mov r4, r8\n mov r5, r9\n mov r6, r10\n mov r7, r11\n"
        "stmia r1!, {r4-r7}\n"
        "ldr r1, =current\n ldr r2, [r1]\n ldr r3, =saved\n"
        "lsls r4, r2, #2\n str r0, [r3, r4]\n"
        "movs r4, #1\n eors r2, r4\n str r2, [r1]\n"
        "lsls r4, r2, #2\n ldr r0, [r3, r4]\n"
        "adds r0, #16\n ldmia r0!, {r4-r7}\n"
        "mov r8, r4\n mov r9, r5\n mov r10, r6\n mov r11, r7\n"
        "msr psp, r0\n"
        "subs r0, #32\n ldmia r0!, {r4-r7}\n"
        "bx lr\n .pool\n");
}

static void thread(void)
{
    for (;;) {
        for (volatile int spare = 0; spare < 3; spare++)
            ;
        if (left_to_do-- == 0)
            finish(0);
#if KIND == REGIONS
        /* Region 7: 32 bytes of the stack that nobody uses, to be read only; another one for each thread. */
        MPU_RBAR = (uint32_t)stacks[current] | 1u << 4 | 7;
        MPU_RASR = 6u << 24 | 4u << 1 | 1;
#endif
        ICSR = 1u << 28;
        __asm__ volatile("dsb\n isb" ::: "memory");
    }
}

void switches(uint32_t count)
{
    left_to_do = count;
    REG(0xe000ed20u) = 0xff << 16; /* SHPR3: PendSV last */
#if KIND == REGIONS
    MPU_CTRL = 5; /* PRIVDEFENA, ENABLE */
#endif
    for (int i = 0; i < 2; i++) {
        uint32_t *top = &stacks[i][128];
        top[-1] = 1u << 24;
        top[-2] = (uint32_t)thread & ~1u;
        saved[i] = top - 16;
    }
    /* The first thread begins as if it had been switched to. */
    __asm__ volatile(
        ".syntax unified\n"
        "msr psp, %0\n movs r0, #2\n msr control, r0\n isb\n bx %1\n"
        :: "r"(&stacks[0][128]), "r"(thread) : "r0", "memory");
}

static void unexpected(void)
{
    semihosting(0x04, "unexpected exception\n");
    semihosting(0x18, (const void *)0x20023); /* ADP_Stopped_RunTimeErrorUnknown */
}

__attribute__((section(".isr_vector"), used)) static void (*const vectors[16])(void) = {
    (void (*)(void)) & _estack,
    Reset_Handler,
    unexpected, unexpected, unexpected, unexpected, unexpected,
    0, 0, 0, 0,
    unexpected, unexpected,
    0,
    PendSV_Handler,
    SysTick_Handler,
};
