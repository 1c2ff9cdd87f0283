/* Interrupts whose instants are compared with QEMU's, instruction by instruction: tests/firmware/counts.py.
 *
 * KIND says what interrupts what. A mark is one of the instructions `mov rN,rN`, N = 8 to 12, which change nothing and
 * which no compiler emits: tests/bench/qemu-markers.c counts up to it on QEMU. Here, the cycle counter is read behind it
 * and both are kept; QEMU has no such counter and keeps zeros, by as many instructions. At the end they are printed.
 *
 * A tick of a timer is 40 ns on QEMU, whose instruction takes 32 ns; on bksim's board for this a tick is as long as an
 * instruction. (The periods are such that no tick falls on the very instant at which its interrupt is unmasked: QEMU
 * would enter first and let it become pending once more.) `unit` is the ticks in 160 ns there and here: 4 or 5. Nothing else differs between the two images.
 */
#include <stdint.h>

#define SYSTICK 0 /* SysTick interrupts a loop */
#define TIMERS 1  /* TIMER0 and TIMER1 interrupt a loop and each other: nested and tail-chained */
#define PENDSV 2  /* SysTick pends PendSV, which TIMER0 interrupts */
#define MASKS 3   /* PRIMASK, BASEPRI and disabled lines hold TIMER0 and SysTick off and let them come */

#define REG(address) (*(volatile uint32_t *)(address))
#define TIMER(n, offset) REG(0x40000000u + 0x1000u * (n) + (offset)) /* CTRL, VALUE, RELOAD, INTCLEAR */
#define SYST_CSR REG(0xe000e010u)
#define SYST_RVR REG(0xe000e014u)
#define SYST_CVR REG(0xe000e018u)
#define NVIC_ISER REG(0xe000e100u)
#define NVIC_ICER REG(0xe000e180u)
#define NVIC_IPR2 REG(0xe000e408u) /* of interrupts 8 to 11: TIMER0 is 8, TIMER1 is 9 */
#define ICSR REG(0xe000ed04u)
#define SHPR3 REG(0xe000ed20u)
#define DEMCR REG(0xe000edfcu)
#define DWT_CTRL REG(0xe0001000u)
#define DWT_CYCCNT REG(0xe0001004u)

#define MARKS 400

const volatile uint32_t unit = UNIT;

static struct {
    uint32_t mark, count;
} marks[MARKS];
static volatile uint32_t kept;

/* Masked, so that the counter is read right behind the mark. */
#define MARK(n)                                                                                                          \
    do {                                                                                                                 \
        uint32_t masked, count;                                                                                          \
        __asm volatile("mrs %0, primask\n cpsid i\n mov r" #n ", r" #n "\n ldr %1, [%2]\n"                               \
                       : "=&r"(masked), "=&r"(count)                                                                     \
                       : "r"(&DWT_CYCCNT)                                                                                \
                       : "memory");                                                                                      \
        keep(n, count);                                                                                                  \
        __asm volatile("msr primask, %0" ::"r"(masked) : "memory");                                                      \
    } while (0)

__attribute__((noinline)) static void keep(uint32_t mark, uint32_t count)
{
    uint32_t place = kept < MARKS ? kept : MARKS - 1;
    marks[place].mark = mark;
    marks[place].count = count;
    kept = place + 1;
}

static int semihosting(int operation, const void *parameter)
{
    register int r0 __asm("r0") = operation;
    register const void *r1 __asm("r1") = parameter;
    __asm volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

/* "8 0000abcd": as many instructions whatever the count is. */
static void print(uint32_t mark, uint32_t count)
{
    static char text[] = "0 00000000\n";
    text[0] = "0123456789abcdef"[mark];
    for (int digit = 9; digit >= 2; digit--, count >>= 4)
        text[digit] = "0123456789abcdef"[count & 15];
    semihosting(0x04, text); /* SYS_WRITE0 */
}

static void start_timer(uint32_t n, uint32_t units)
{
    TIMER(n, 8) = unit * units - 1;
    TIMER(n, 0) = 9; /* EN, IRQEN */
}

static void start_systick(uint32_t units)
{
    SYST_RVR = unit * units - 1;
    SYST_CVR = 0;
    SYST_CSR = 7;
}

/* A row of numbers; how long a step takes depends on them. */
static uint32_t seed = 1;
__attribute__((noinline)) static uint32_t work(uint32_t steps)
{
    while (steps--) {
        seed ^= seed << 13;
        seed ^= seed >> 17;
        seed ^= seed << 5;
        for (uint32_t more = seed & 7; more; more--)
            __asm volatile("nop");
    }
    return seed;
}

void SysTick_Handler(void)
{
    MARK(8);
    if (KIND == PENDSV)
        ICSR = 1u << 28;
    work(3);
}

void PendSV_Handler(void)
{
    MARK(9);
    work(20);
    MARK(9);
}

void TIMER0_Handler(void)
{
    TIMER(0, 12) = 1;
    MARK(10);
    work(seed & 15);
    if (KIND == TIMERS)
        TIMER(0, 8) = unit * (100 + (seed & 127)) - 1;
    MARK(10);
}

void TIMER1_Handler(void)
{
    TIMER(1, 12) = 1;
    MARK(11);
    work(seed & 31);
    MARK(11);
}

int main(void)
{
    DEMCR = 1u << 24;
    DWT_CYCCNT = 0;
    DWT_CTRL = 1;
    SHPR3 = 0xc0e00000u;  /* SysTick before PendSV */
    NVIC_IPR2 = 0xa040u;  /* TIMER0 before both, TIMER1 behind it */
    MARK(12);
    if (KIND == TIMERS) {
        NVIC_ISER = 3u << 8;
        start_timer(0, 83);
        start_timer(1, 307);
    } else {
        NVIC_ISER = KIND == SYSTICK ? 0 : 1u << 8;
        start_timer(0, KIND == PENDSV ? 211 : 151);
        start_systick(KIND == SYSTICK ? 97 : KIND == PENDSV ? 401 : 219);
    }
    for (int round = 0; round < (KIND == MASKS ? 40 : 120); round++) {
        work(seed & 31);
        MARK(12);
        if (KIND != MASKS)
            continue;
        switch (round & 3) {
        case 0:
            __asm volatile("cpsid i");
            work(40);
            __asm volatile("cpsie i");
            break;
        case 1:
            __asm volatile("msr basepri, %0" ::"r"(0xc0));
            work(40);
            __asm volatile("msr basepri, %0" ::"r"(0));
            break;
        case 2:
            NVIC_ICER = 1u << 8;
            work(40);
            NVIC_ISER = 1u << 8;
            break;
        default:
            SYST_CSR = 5;
            work(40);
            SYST_CSR = 7;
        }
    }
    __asm volatile("cpsid i");
    for (uint32_t place = 0; place < kept; place++)
        print(marks[place].mark, marks[place].count);
    semihosting(0x18, (const void *)0x20026); /* SYS_EXIT: ADP_Stopped_ApplicationExit */
    for (;;)
        ;
}

extern uint32_t _estack, _sbss, _ebss, _sidata, _sdata, _edata;

void Reset_Handler(void)
{
    uint32_t *from = &_sidata;
    for (uint32_t *to = &_sdata; to < &_edata;)
        *to++ = *from++;
    for (uint32_t *to = &_sbss; to < &_ebss;)
        *to++ = 0;
    main();
}

static void unexpected(void)
{
    semihosting(0x18, (const void *)0x20023); /* ADP_Stopped_RunTimeErrorUnknown */
}

__attribute__((section(".isr_vector"), used)) static void (*const vectors[26])(void) = {
    (void (*)(void)) & _estack, Reset_Handler, unexpected, unexpected, unexpected, unexpected, unexpected,
    [11] = unexpected, [14] = PendSV_Handler, [15] = SysTick_Handler, [24] = TIMER0_Handler, [25] = TIMER1_Handler,
};
