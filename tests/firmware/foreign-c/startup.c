/* Vector table and reset handler. */
#include "kernel.h"

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
    for (;;)
        ;
}

static void unexpected(void)
{
    for (;;)
        ;
}

/* The core's exceptions; no external interrupt is used. */
__attribute__((section(".isr_vector"), used)) static void (*const vectors[16])(void) = {
    (void (*)(void)) & _estack,
    Reset_Handler,
    unexpected, /* NMI */
    unexpected, /* HardFault */
    unexpected, /* MemManage */
    unexpected, /* BusFault */
    unexpected, /* UsageFault */
    0, 0, 0, 0,
    SVC_Handler,
    unexpected, /* DebugMonitor */
    0,
    PendSV_Handler,
    SysTick_Handler,
};
