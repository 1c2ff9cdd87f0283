/* RISC-V on QEMU's virt machine, in machine mode: start and end. It has the mix only. */
#include "mix.h"

#if KIND || EVENT
#error "this core has the mix without events, and nothing else"
#endif

int main(void);

/* QEMU and bksim clear the memory. */
__attribute__((naked, section(".start"))) void reset(void)
{
    __asm__ volatile(
        ".option push\n .option norelax\n la gp, __global_pointer$\n .option pop\n"
        "la sp, _estack\n"
        "tail main\n");
}

static long semihosting(long operation, const void *parameter)
{
    register long a0 __asm__("a0") = operation;
    register const void *a1 __asm__("a1") = parameter;
    /* The three are one only if none of them is compressed and all lie in one page. */
    __asm__ volatile(".option push\n .option norvc\n .balign 16\n"
                     "slli x0, x0, 0x1f\n ebreak\n srai x0, x0, 7\n .option pop\n"
                     : "+r"(a0) : "r"(a1) : "memory");
    return a0;
}

void finish(uint32_t result)
{
    static char text[] = "00000000\n";
    for (int digit = 7; digit >= 0; digit--, result >>= 4)
        text[digit] = "0123456789abcdef"[result & 15];
    static const long end[2] = {0x20026, 0};    /* ADP_Stopped_ApplicationExit */
    semihosting(0x04, text);                    /* SYS_WRITE0 */
    semihosting(0x18, sizeof(long) == 8 ? (const void *)end : (const void *)0x20026); /* SYS_EXIT */
    for (;;)
        ;
}
