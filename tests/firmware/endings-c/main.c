/* A C firmware for the STM32F407VG that speaks over RTT and ends in the way ENDING says: what `bkctl flash` and `bkctl
 * run` are tested with. It has never heard of BlueKernel.
 *
 *   arm-none-eabi-gcc -mcpu=cortex-m4 -mthumb -Og -g -ffreestanding -nostdlib -DENDING=LOOP \
 *       -L../foreign-c -T stm32f4.ld main.c -o endings.elf
 */
#include <stdint.h>

#define LOOP 0       /* prints a counted line over and over */
#define EXIT 1       /* prints, and ends with CODE by semihosting */
#define BREAKPOINT 2 /* prints, and stops at a breakpoint three calls deep */
#define FAULT 3      /* prints, and reads where nothing is, three calls deep */
#define SILENT 4     /* has no RTT, and counts for ever */

#ifndef CODE
#define CODE 0
#endif
#ifndef MARK
#define MARK 0
#endif

extern uint32_t _estack, _sidata, _sdata, _edata, _sbss, _ebss;

#ifndef SHORT
/* Fills three sectors of 16 KiB; MARK changes one byte in the second of them. */
__attribute__((used)) const uint8_t bulk[40000] = {[0] = 0x55, [20000] = MARK, [39999] = 0xaa};
#endif

#ifdef FAR
/* 16 bytes reach beyond the chip's flash memory, if the linker puts the section to 0x080ffff0. */
__attribute__((section(".far"), used)) const uint8_t far[32] = {1};
#endif

#if ENDING != SILENT
/* SEGGER_RTT_CB with one ring up and one down, as SEGGER_RTT.h lays it out. */
struct ring {
    const char *name;
    char *buffer;
    uint32_t size;
    volatile uint32_t write, read;
    uint32_t flags;
};
static char up_buffer[256], down_buffer[16];
struct {
    char id[16];
    uint32_t up_rings, down_rings;
    struct ring up, down;
} _SEGGER_RTT;

static void start_rtt(void)
{
    static const char id[] = "TTR REGGES"; /* backwards, so that flash does not hold it */
    _SEGGER_RTT.up = (struct ring){"Terminal", up_buffer, sizeof up_buffer, 0, 0, 0};
    _SEGGER_RTT.down = (struct ring){"Terminal", down_buffer, sizeof down_buffer, 0, 0, 0};
    _SEGGER_RTT.up_rings = _SEGGER_RTT.down_rings = 1;
    for (int place = 0; place < 10; place++)
        ((volatile char *)_SEGGER_RTT.id)[place] = id[9 - place];
}

/* Waits for the host when the ring is full. */
static void print(const char *text)
{
    struct ring *ring = &_SEGGER_RTT.up;
    for (; *text; text++) {
        uint32_t next = (ring->write + 1) % ring->size;
        while (next == ring->read)
            ;
        ring->buffer[ring->write] = *text;
        ring->write = next;
    }
}
#endif

#if ENDING == LOOP
static void print_number(uint32_t number)
{
    char digits[11], *at = digits + sizeof digits;
    *--at = 0;
    do
        *--at = '0' + number % 10;
    while (number /= 10);
    print(at);
}
#endif

#if ENDING == BREAKPOINT || ENDING == FAULT
volatile uint32_t sink;

__attribute__((noinline)) static void inner(uint32_t address)
{
#if ENDING == BREAKPOINT
    sink = address;
    __asm volatile("bkpt 0");
#else
    sink = *(volatile uint32_t *)address; /* the fault is here */
#endif
    sink = address + 1;
}

__attribute__((noinline)) static void middle(uint32_t address)
{
    inner(address + 4);
    sink = address + 2;
}

__attribute__((noinline)) static void outer(uint32_t address)
{
    middle(address + 8);
    sink = address + 3;
}
#endif

int main(void)
{
#if ENDING != SILENT
    start_rtt();
    print("hello from the endings\n");
#endif
#if ENDING == LOOP
    for (uint32_t number = 0;; number++) {
        print("line ");
        print_number(number);
        print("\n");
        for (volatile uint32_t wait = 0; wait < 20000; wait++)
            ;
    }
#elif ENDING == EXIT
    /* SYS_EXIT_EXTENDED, ADP_Stopped_ApplicationExit: Semihosting for AArch32 and AArch64, section 6.9. */
    static const uint32_t block[2] = {0x20026, CODE};
    register uint32_t operation __asm("r0") = 0x20;
    register const uint32_t *parameter __asm("r1") = block;
    __asm volatile("bkpt 0xab" : "+r"(operation) : "r"(parameter) : "memory");
#elif ENDING == BREAKPOINT || ENDING == FAULT
    outer(0x60000000);
#else
    for (volatile uint32_t wait = 0;; wait++)
        ;
#endif
    for (;;)
        ;
}

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
    for (;;)
        ;
}

__attribute__((section(".isr_vector"), used)) static void (*const vectors[16])(void) = {
    (void (*)(void)) & _estack, Reset_Handler, unexpected, unexpected, unexpected, unexpected, unexpected,
};
