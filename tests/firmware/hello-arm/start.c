/* Vector table, reset, and what the handlers have in common. The table is as long as the boards' timers need. */
#include "machine.h"

extern uint32_t _estack, _sidata, _sdata, _edata, _sbss, _ebss;
int main(void);

void Reset_Handler(void)
{
    uint32_t *from = &_sidata;
    for (uint32_t *to = &_sdata; to < &_edata;)
        *to++ = *from++;
    for (uint32_t *to = &_sbss; to < &_ebss;)
        *to++ = 0;
    machine_exit(main());
}

/* Hands the frame and the exception's number to `fault`. */
__attribute__((naked)) static void Fault_Handler(void)
{
    __asm__ volatile("mrs r0, msp\n mrs r1, ipsr\n push {r4, lr}\n bl fault\n pop {r4, pc}\n");
}

/* What a kernel may have instead. */
__attribute__((weak, alias("Fault_Handler"))) void SVC_Handler(void);
__attribute__((weak, alias("Fault_Handler"))) void PendSV_Handler(void);

__attribute__((weak)) void SysTick_Handler(void)
{
    tick();
}

/* Semihosting's SYS_EXIT_EXTENDED ("Semihosting for AArch32 and AArch64", 2.0). */
_Noreturn void machine_exit(int code)
{
    const uint32_t block[2] = {0x20026, (uint32_t)code};
    register uint32_t operation __asm__("r0") = 0x20;
    register const uint32_t *parameter __asm__("r1") = block;
    __asm__ volatile("bkpt 0xab" ::"r"(operation), "r"(parameter) : "memory");
    for (;;)
        ;
}

__attribute__((section(".isr_vector"), used)) static void (*const vectors[16 + 32])(void) = {
    (void (*)(void)) & _estack,
    Reset_Handler,
    Fault_Handler, /* NMI */
    Fault_Handler, /* HardFault */
    Fault_Handler, /* MemManage */
    Fault_Handler, /* BusFault */
    Fault_Handler, /* UsageFault */
    0, 0, 0, 0,
    SVC_Handler,
    Fault_Handler, /* DebugMonitor */
    0,
    PendSV_Handler,
    SysTick_Handler,
    [16 ... 16 + 31] = tick,
};
