/* Cortex-M: the boards of ../hello-arm, and interrupt 31, which software requests. */
#include "FreeRTOS.h"

#include "../hello-arm/machine.h"
#include "board.h"

#define NVIC_ISER REGISTER(0xe000e100)
#define NVIC_ISPR REGISTER(0xe000e200)
#define NVIC_PRIORITIES REGISTER(0xe000e41c)

void tick(void)
{
    board_interrupt();
}

void fault(const uint32_t *frame, uint32_t exception)
{
    (void)frame;
    failed("exception", (int)exception);
    machine_exit(1);
}

void board_init(void)
{
    uart_init();
    NVIC_PRIORITIES |= 0x80u << 24;
    NVIC_ISER = 1u << 31;
}

void board_byte(char byte)
{
    uart_byte(byte);
}

void board_request(void)
{
    NVIC_ISPR = 1u << 31;
    __asm__ volatile("dsb\n isb");
}

void board_exit(int code)
{
    machine_exit(code);
}
