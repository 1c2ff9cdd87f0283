/* RISC-V: the boards of ../hello-riscv, and the software interrupt of the core-local interruptor. */
#include "FreeRTOS.h"

#include "../hello-riscv/machine.h"
#include "board.h"

void freertos_risc_v_trap_handler(void);
void board_init(void)
{
    machine_init();
    __asm__ volatile("csrw mtvec, %0" ::"r"(freertos_risc_v_trap_handler));
    __asm__ volatile("csrs mie, %0" ::"r"(8));
}

void board_byte(char byte)
{
    uart_byte(byte);
}

void freertos_risc_v_application_interrupt_handler(void)
{
    MSIP = 0;
    board_interrupt();
}

void freertos_risc_v_application_exception_handler(void)
{
    uintptr_t cause;
    __asm__ volatile("csrr %0, mcause" : "=r"(cause));
    failed("exception", (int)cause);
}

/* What ../hello-riscv/start.S enters before there is the kernel's own. */
uintptr_t trap(uintptr_t cause)
{
    failed("trap", (int)cause);
}

void board_request(void)
{
    MSIP = 1;
    /* The interruptor is not said to be as fast as the core. */
    while (*(volatile uint32_t *)(uintptr_t)0x02000000)
        ;
}

void board_exit(int code)
{
    machine_exit(code);
}
