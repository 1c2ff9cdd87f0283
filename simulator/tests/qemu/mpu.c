// Bare metal for the memory protection unit of a Cortex-M3, M4F, M7 or M33 (QEMU's mps2-an385, an386, an500, an505): sets
// regions up, does what they do not permit, and prints by semihosting what it sees. `make` tells how it is built and run.
// Left out is what QEMU does otherwise than the manuals: tests/cpu/mpu.rs has that.

#include <stdint.h>

#define REGISTER(address) (*(volatile uint32_t *)(address))
#define CCR REGISTER(0xe000ed14)
#define SHPR2 REGISTER(0xe000ed1c)
#define SHCSR REGISTER(0xe000ed24)
#define CFSR REGISTER(0xe000ed28)
#define HFSR REGISTER(0xe000ed2c)
#define MMFAR REGISTER(0xe000ed34)
#define BFAR REGISTER(0xe000ed38)
#define CPACR REGISTER(0xe000ed88)
#define MPU_TYPE REGISTER(0xe000ed90)
#define MPU_CTRL REGISTER(0xe000ed94)
#define MPU_RNR REGISTER(0xe000ed98)
#define MPU_RBAR REGISTER(0xe000ed9c)
#define MPU_RASR REGISTER(0xe000eda0) // RLAR on Armv8-M
#define MPU_MAIR0 REGISTER(0xe000edc0)

#define MRS(name) ({ uint32_t value_; __asm volatile("mrs %0, " #name : "=r"(value_)); value_; })
#define MSR(name, value) __asm volatile("msr " #name ", %0; isb" ::"r"(value) : "memory")
#define BARRIER() __asm volatile("dsb; isb" ::: "memory")

enum { ENABLE = 1, HFNMIENA = 2, PRIVDEFENA = 4 };
// Permissions as the values of RASR.AP that both kinds of unit have.
enum { RW_PRIVILEGED = 1, RW = 3, RO_PRIVILEGED = 5, RO = 6 };

extern uint32_t DATA[], CODE[], stack_top[], process_top[];
#define PLACE ((uint32_t)DATA + 0x8000) // 32 KiB that nothing else uses
#define WORD(offset) REGISTER(PLACE + (offset))

static uint32_t semihosting(uint32_t operation, const void *parameter) {
    register uint32_t r0 __asm("r0") = operation;
    register const void *r1 __asm("r1") = parameter;
    __asm volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

static void text(const char *words) { semihosting(4, words); }

static void line(const char *name, const volatile uint32_t *words, int count) {
    char digits[10];
    text(name);
    text(": ");
    for (int word = 0; word < count; word++) {
        for (int index = 0; index < 8; index++)
            digits[index] = "0123456789abcdef"[words[word] >> (28 - 4 * index) & 15];
        digits[8] = ' ';
        digits[9] = 0;
        text(digits);
    }
    text("\n");
}

// What the fault handler notes: how many faults, the last one's number, CFSR, HFSR, MMFAR or BFAR, its instruction, and
// what a HardFault handler could load from PLACE.
static volatile uint32_t notes[8];
static volatile uint32_t expected_at, again;

static void region(uint32_t number, uint32_t base, uint32_t log, uint32_t permission, uint32_t never) {
    MPU_RNR = number;
#ifdef ARMV8M
    MPU_RBAR = base | (permission == RW) << 1 | (permission == RO_PRIVILEGED) << 2 | (permission == RO) * 6 | never;
    MPU_RASR = (base + (1u << log) - 1) & ~31u;
    MPU_RASR |= 1;
#else
    MPU_RASR = 0;
    MPU_RBAR = base;
    MPU_RASR = never << 28 | permission << 24 | (log - 1) << 1 | 1;
#endif
    BARRIER();
}

static void no_region(uint32_t number) {
    MPU_RNR = number;
    MPU_RASR = 0;
    BARRIER();
}

static void control(uint32_t value) {
    MPU_CTRL = value;
    BARRIER();
}

void fault_body(uint32_t *frame, uint32_t link) {
    notes[0]++;
    notes[1] = MRS(ipsr);
    notes[2] = CFSR;
    notes[3] = HFSR;
    notes[4] = CFSR & 0x80 ? MMFAR : CFSR & 0x8000 ? BFAR : 0;
    if (notes[1] == 3)
        notes[6] = WORD(0);
    CFSR = CFSR;
    HFSR = HFSR;
    uint32_t status = notes[2];
    if (status & 0x10) { // MSTKERR: the frame is lost, a new one is made.
        frame = (uint32_t *)((uint32_t)process_top - 256);
        frame[6] = expected_at & ~1u;
        frame[7] = 1 << 24;
        MSR(psp, frame);
        notes[5] = link;
    } else if (status & 0x28) { // MUNSTKERR, MLSPERR: permitted now, and on.
        region(0, PLACE, 10, RW, 1);
        notes[5] = link;
    } else {
        notes[5] = frame[6] - expected_at;
        if (status & 1) { // IACCVIOL: back to the caller.
            frame[6] = frame[5] & ~1u;
        } else {
            frame[6] += *(uint16_t *)(frame[6]) >> 11 >= 0x1d ? 4 : 2;
        }
    }
}

#define HANDLER(name, body) \
    __attribute__((naked)) void name(void) { \
        __asm volatile("tst lr, #4; ite eq; mrseq r0, msp; mrsne r0, psp; mov r1, lr; b " #body); \
    }
HANDLER(fault, fault_body)

// SVC: makes the thread privileged again; or takes its stack away, and with it the place of a lazy frame.
void svc_body(uint32_t *frame, uint32_t link) {
    (void)frame;
    (void)link;
    if (again == 0) {
        MSR(control, MRS(control) & ~1u);
        return;
    }
    region(0, PLACE, 10, RW_PRIVILEGED, 1);
#ifndef NO_FLOAT
    if (again == 2)
        __asm volatile("vmov.f32 s0, s1" ::: "s0");
#endif
    again = 0;
}
HANDLER(svc, svc_body)

static void report(const char *name) {
    control(0);
    line(name, notes, 7);
    for (int index = 0; index < 8; index++)
        notes[index] = 0;
}

// One access under the unit, as privileged code or not; its address is where the fault is expected.
#define TRY(name, flags, unprivileged, instruction, address) \
    do { \
        control((flags) | ENABLE); \
        __asm volatile( \
            "adr r2, 1f; str r2, [%1]; ldr r1, =0x55; mov r0, %0; cbz %2, 1f; mrs r2, control; orr r2, #1; msr control, r2;" \
            "isb; .balign 4; 1: " instruction "; svc 0" ::"r"(address), \
            "r"(&expected_at), "l"(unprivileged) \
            : "r0", "r1", "r2", "r3", "r12", "lr", "memory"); \
        report(name); \
    } while (0)

static void common(void) {
    region(7, (uint32_t)CODE, 16, RO, 0);
    region(6, (uint32_t)DATA, 15, RW, 1);
}

static void done(void) {
    const uint32_t good[] = {0x20026, 0};
    semihosting(0x20, good);
}

void after_overflow(void);

static void thread(void) {
    const uint32_t type[] = {MPU_TYPE};
    line("MPU_TYPE", type, 1);
    common();
    WORD(0) = 0x12345678;
    for (uint32_t at = 0x3000; at < 0x4000; at += 4)
        WORD(at) = 0x47704770; // bx lr

    // No region, with and without a background.
    TRY("no region, load", 0, 0, "ldr r3, [r0]", PLACE + 4);
    TRY("no region, store", 0, 0, "str r1, [r0]", PLACE + 8);
    TRY("background, store", PRIVDEFENA, 0, "str r1, [r0]", PLACE + 8);
    TRY("background, unprivileged load", PRIVDEFENA, 1, "ldr r3, [r0]", PLACE + 4);

    // Permissions, by the smallest region.
    static const uint32_t permissions[] = {RW_PRIVILEGED, RW, RO_PRIVILEGED, RO};
    for (int index = 0; index < 4; index++) {
        region(0, PLACE + 0x20, 5, permissions[index], 1);
        TRY("privileged load", 0, 0, "ldr r3, [r0, #0x1c]", PLACE + 0x20);
        TRY("privileged store", 0, 0, "str r1, [r0, #0x1c]", PLACE + 0x20);
        TRY("unprivileged load", 0, 1, "ldr r3, [r0, #0x1c]", PLACE + 0x20);
        TRY("unprivileged store", 0, 1, "str r1, [r0, #0x1c]", PLACE + 0x20);
        TRY("ldrt", 0, 0, "ldrt r3, [r0, #0x1c]", PLACE + 0x20);
        TRY("strbt", 0, 0, "strbt r1, [r0, #0x1f]", PLACE + 0x20);
        TRY("behind its end", 0, 0, "ldrb r3, [r0, #0x20]", PLACE + 0x20);
        TRY("in front of it", 0, 0, "ldrb r3, [r0, #-1]", PLACE + 0x20);
    }
    const uint32_t stored[] = {WORD(8), WORD(0x3c), WORD(0x40)};
    line("stored", stored, 3);

    // Several words across an end: what is permitted is stored.
    region(0, PLACE + 0x40, 5, RW, 1);
    TRY("stm", 0, 0, "movs r2, #2; movs r3, #3; stmia r0!, {r1-r3}", PLACE + 0x58);
    const uint32_t multiple[] = {WORD(0x58), WORD(0x5c), WORD(0x60)};
    line("stored", multiple, 3);
    TRY("ldrd", 0, 0, "ldrd r2, r3, [r0]", PLACE + 0x5c);
    TRY("it block", 0, 0, "cmp r0, r0; itt eq; streq r1, [r0]; moveq r3, #1", PLACE + 0x64);

#ifdef ARMV8M
    region(1, PLACE + 0x40, 5, RW, 1);
    TRY("two regions", PRIVDEFENA, 0, "ldr r3, [r0]", PLACE + 0x40);
    no_region(1);
#else
    region(1, PLACE, 12, RO, 1);
    TRY("below a higher region", 0, 0, "str r1, [r0]", PLACE + 0x40);
    region(0, PLACE, 12, RW, 1);
    no_region(1);
    MPU_RNR = 0;
    MPU_RASR |= 0x42 << 8; // two eighths, of 512 bytes each
    BARRIER();
    TRY("in a part", 0, 0, "str r1, [r0]", PLACE + 0x400);
    TRY("in a part that is taken out", 0, 0, "str r1, [r0]", PLACE + 0x3fc);
    TRY("in another", PRIVDEFENA, 1, "str r1, [r0]", PLACE + 0xc00);
#endif

    // Execution.
    region(0, PLACE + 0x3000, 12, RW, 1);
    TRY("execute never", 0, 0, "adds r0, #1; blx r0", PLACE + 0x3000);
    region(0, PLACE + 0x3000, 12, RO_PRIVILEGED, 0);
    TRY("execute", 0, 0, "adds r0, #1; blx r0", PLACE + 0x3000);
    TRY("execute, unprivileged", 0, 1, "adds r0, #1; blx r0", PLACE + 0x3000);
    TRY("execute in no region", 0, 0, "adds r0, #1; blx r0", PLACE + 0x2000);
    TRY("execute a device", PRIVDEFENA, 0, "adds r0, #1; blx r0", 0x40000000);

    // The private peripheral bus.
    TRY("private bus", 0, 0, "ldr r3, [r0]", 0xe000ed00);
    TRY("private bus, unprivileged", 0, 1, "ldr r3, [r0]", 0xe000ed00);
    TRY("software trigger, unprivileged", 0, 1, "str r1, [r0]", 0xe000ef00);
    CCR |= 2;
    TRY("software trigger, opened", 0, 1, "str r1, [r0]", 0xe000ef00);

    // Escalation: the HardFault handler reads PLACE, which it may without HFNMIENA.
    no_region(0);
    SHCSR &= ~(1u << 16);
    TRY("escalated", 0, 0, "ldr r3, [r0]", PLACE + 4);
    SHCSR |= 1 << 16;

    // Frames: no room; taken away before the return, or before they are saved.
    region(0, PLACE, 10, RW, 1);
    for (int round = 1; round <= 2; round++) {
        region(0, PLACE, 10, RW, 1);
        again = round;
        MSR(psp, PLACE + 0x200);
        control(ENABLE | PRIVDEFENA);
#ifdef NO_FLOAT
        __asm volatile("mrs r2, control; orr r2, #3; msr control, r2; isb; svc 0; svc 0" ::: "r2", "memory");
#else
        __asm volatile(
            "vmov.f32 s0, s1; mrs r2, control; orr r2, #3; msr control, r2; isb; svc 0; svc 0" ::: "r2", "s0", "memory");
#endif
        MSR(control, MRS(control) & ~2u);
        report("a frame that is taken away");
    }
    region(0, PLACE + 0x400, 10, RW, 1);
    expected_at = (uint32_t)after_overflow;
    MSR(psp, PLACE + 0x400 + 24);
    control(ENABLE | PRIVDEFENA);
    __asm volatile("mrs r2, control; bic r2, #4; orr r2, #3; msr control, r2; isb; svc 0" ::: "r2", "memory");
    text("not reached\n");
}

void after_overflow(void) {
    __asm volatile("svc 0"); // what was pending has run, and this one makes the thread privileged
    report("no room for a frame");
    done();
}

void lockup(void) {
    text("unexpected exception\n");
    const uint32_t failed[] = {0x20026, 1};
    semihosting(0x20, failed);
}

__attribute__((noreturn)) void start(void) {
#ifndef NO_FLOAT
    CPACR = 0xf << 20;
    BARRIER();
#endif
#ifdef ARMV8M
    MPU_MAIR0 = 0x44444444; // Normal memory.
#endif
    SHPR2 = 0x80u << 24;
    SHCSR = 7 << 16;
    thread();
    for (;;)
        ;
}

__attribute__((section(".vectors"), used)) static void (*const vectors[])(void) = {
    (void (*)(void))stack_top, start, lockup, fault, fault, fault, lockup, lockup, lockup, lockup, lockup, svc,
};
