// Bare metal for a Cortex-M7 (QEMU's mps2-an500) or a Cortex-M33 (mps2-an505): floating point, frames, EXC_RETURN, lazy
// saving, pre-emption, faults and stack limits. Prints what it sees by semihosting; `make` tells how it is built and run.

#include <stdint.h>

#define REGISTER(address) (*(volatile uint32_t *)(address))
#define ICSR REGISTER(0xe000ed04)
#define SHPR2 REGISTER(0xe000ed1c)
#define SHPR3 REGISTER(0xe000ed20)
#define SHCSR REGISTER(0xe000ed24)
#define CFSR REGISTER(0xe000ed28)
#define HFSR REGISTER(0xe000ed2c)
#define CPACR REGISTER(0xe000ed88)
#define FPCCR REGISTER(0xe000ef34)
#define FPCAR REGISTER(0xe000ef38)
#define FPDSCR REGISTER(0xe000ef3c)
#define NVIC_ISER REGISTER(0xe000e100)
#define NVIC_ISPR REGISTER(0xe000e200)
#define NVIC_IPR REGISTER(0xe000e400)

#define MRS(name) ({ uint32_t value_; __asm volatile("mrs %0, " #name : "=r"(value_)); value_; })
#define MSR(name, value) __asm volatile("msr " #name ", %0; isb" ::"r"(value) : "memory")
#define BARRIER() __asm volatile("dsb; isb" ::: "memory")

typedef union {
    double value;
    uint32_t half[2];
} Double;

typedef union {
    float value;
    uint32_t bits;
} Single;

static uint32_t semihosting(uint32_t operation, const void *parameter) {
    register uint32_t r0 __asm("r0") = operation;
    register const void *r1 __asm("r1") = parameter;
    __asm volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

static void text(const char *words) { semihosting(4, words); }

static void hex(uint32_t value) {
    char digits[10];
    for (int index = 0; index < 8; index++)
        digits[index] = "0123456789abcdef"[value >> (28 - 4 * index) & 15];
    digits[8] = ' ';
    digits[9] = 0;
    text(digits);
}

static void line(const char *name, const uint32_t *words, int count) {
    text(name);
    text(": ");
    for (int index = 0; index < count; index++)
        hex(words[index]);
    text("\n");
}

#define LINE(name, ...) \
    do { \
        const uint32_t words_[] = {__VA_ARGS__}; \
        line(name, words_, sizeof(words_) / sizeof(words_[0])); \
    } while (0)

// What the handlers leave for the thread, which prints it: their own printing would use the unit or not as the compiler
// likes.
static volatile uint32_t notes[32];
static volatile uint32_t order;

extern uint32_t stack_top[], process_top[];

// The frame that EXC_RETURN tells of.
#define HANDLER(name, body) \
    __attribute__((naked)) void name(void) { \
        __asm volatile("tst lr, #4; ite eq; mrseq r0, msp; mrsne r0, psp; mov r1, lr; b " #body); \
    }

// SVC: the frame, EXC_RETURN, and what FPCCR says before and behind the handler's own floating point.
void svc_body(uint32_t *frame, uint32_t link) {
    for (int index = 0; index < 8; index++)
        notes[index] = frame[index];
    notes[7] &= ~(1u << 20); // SFPA, of the Security Extension.
    notes[8] = link;
    notes[9] = MRS(control) & 7; // Bit 3 is of the Security Extension.
    notes[10] = MRS(ipsr);
    notes[11] = FPCCR & ~4u; // S is of the Security Extension.
    notes[12] = link & 16 ? 0 : FPCAR - (uint32_t)frame;
    __asm volatile("vadd.f32 s0, s1, s2" ::: "s0");
    notes[13] = FPCCR & ~4u;
    notes[14] = MRS(control) & 7;
    for (int index = 0; index < 16 && !(link & 16); index++)
        notes[15 + index] = frame[8 + index];
}
HANDLER(svc, svc_body)

// Faults: status, and on behind the instruction.
void fault_body(uint32_t *frame, uint32_t link) {
    notes[0] = MRS(ipsr);
    notes[1] = link;
    notes[2] = CFSR;
    notes[3] = HFSR;
    notes[4] = MRS(psp);
    CFSR = CFSR;
    HFSR = HFSR;
    uint16_t first = *(uint16_t *)frame[6];
    frame[6] += first >> 11 >= 0x1d ? 4 : 2;
}
HANDLER(fault, fault_body)

static void mark(uint32_t who) { order = order << 4 | who; }

// Armv8-M lets a handler set CONTROL.SPSEL: what runs goes on on the main stack, and EXC_RETURN tells of it.
void low(void) {
    mark(1);
    notes[0] = (uint32_t)__builtin_return_address(0);
#ifdef CORTEX_M33
    MSR(control, MRS(control) | 2);
#endif
    notes[1] = MRS(control) & 3;
    notes[2] = (uint32_t)__builtin_frame_address(0) > (uint32_t)process_top;
    NVIC_ISPR = 2;
    BARRIER();
    mark(2);
    notes[3] = MRS(control) & 3;
}

void high(void) {
    mark(3);
    notes[4] = (uint32_t)__builtin_return_address(0);
    notes[5] = MRS(control) & 3;
}

void pendsv(void) { mark(4); }

#ifdef CORTEX_M33
// A stack overflow of the thread: its frame is lost, so a new one is made for it.
extern void after_overflow(void);
void overflow_body(uint32_t *frame, uint32_t link) {
    (void)frame;
    notes[16] = MRS(ipsr);
    notes[17] = link;
    notes[18] = CFSR;
    notes[19] = MRS(psp) - MRS(psplim);
    notes[20] = SHCSR & 0x8000; // SVCALLPENDED.
    CFSR = CFSR;
    MSR(psplim, 0);
    uint32_t *fresh = (uint32_t *)((uint32_t)process_top - 256);
    fresh[6] = (uint32_t)after_overflow & ~1u;
    fresh[7] = 1 << 24;
    MSR(psp, fresh);
}
HANDLER(usage, overflow_body)
#else
HANDLER(usage, fault_body)
#endif

static void lockup(void) {
    text("unexpected exception\n");
    const uint32_t failed[] = {0x20026, 1};
    semihosting(0x20, failed);
}

static void done(void) {
    const uint32_t good[] = {0x20026, 0};
    semihosting(0x20, good);
}

static void singles(void) {
    volatile Single a = {1.25f}, b = {-0.75f}, c = {3.5e-39f};
    Single sum = {a.value + b.value}, product = {a.value * b.value}, quotient = {a.value / b.value}, tiny = {c.value * b.value};
    Single root, most, least, away, even;
    __asm("vsqrt.f32 %0, %1" : "=t"(root.value) : "t"(a.value));
    __asm("vmaxnm.f32 %0, %1, %2" : "=t"(most.value) : "t"(a.value), "t"(b.value));
    __asm("vminnm.f32 %0, %1, %2" : "=t"(least.value) : "t"(a.value), "t"(b.value));
    __asm("vrinta.f32 %0, %1" : "=t"(away.value) : "t"(b.value));
    __asm("vrintn.f32 %0, %1" : "=t"(even.value) : "t"(b.value));
    LINE("single", sum.bits, product.bits, quotient.bits, root.bits, tiny.bits, most.bits, least.bits, away.bits, even.bits);
    uint32_t fpscr;
    __asm volatile("vmrs %0, fpscr" : "=r"(fpscr));
    LINE("fpscr", fpscr);
}

#ifndef CORTEX_M33
static void doubles(void) {
    volatile Double a = {1.1}, b = {-3.25}, c = {5e-324};
    Double x = {0}, y = {1};
    for (int round = 0; round < 20; round++) {
        Double root;
        x.value += a.value / (y.value + round);
        y.value = __builtin_fma(y.value, a.value, b.value * x.value);
        Double square = {x.value * x.value + 2};
        __asm("vsqrt.f64 %P0, %P1" : "=w"(root.value) : "w"(square.value));
        y.value -= root.value;
        LINE("double", x.half[1], x.half[0], y.half[1], y.half[0], (uint32_t)(int32_t)y.value, (uint32_t)x.value);
    }
    Single narrow = {(float)y.value};
    Double wide = {narrow.value}, tiny = {c.value / a.value}, most, down;
    __asm("vmaxnm.f64 %P0, %P1, %P2" : "=w"(most.value) : "w"(a.value), "w"(b.value));
    __asm("vrintm.f64 %P0, %P1" : "=w"(down.value) : "w"(b.value));
    LINE("converted", narrow.bits, wide.half[1], wide.half[0], tiny.half[1], tiny.half[0], most.half[1], down.half[1]);
}
#endif

static void report(const char *name, int count) {
    line(name, (const uint32_t *)notes, count);
    for (int index = 0; index < 32; index++)
        notes[index] = 0;
}

static void thread(void) {
    LINE("thread", MRS(control) & 7, MRS(ipsr), (uint32_t)process_top - MRS(psp) < 512);

    // A basic frame, then an extended one.
    MSR(control, 2);
    __asm volatile(
        "movs r0, #10; movs r1, #11; movs r2, #12; movs r3, #13; mov.w r12, #14; svc 0" ::: "r0", "r1", "r2", "r3", "r12",
        "memory");
    notes[6] = 0;
    report("basic frame", 15);
    for (int index = 0; index < 16; index++) {
        Single value = {1.0f + index};
        notes[index] = value.bits;
    }
    __asm volatile(
        "vldm %0, {s0-s15}; movs r0, #20; movs r1, #21; movs r2, #22; movs r3, #23; svc 0" ::"r"(notes)
        : "r0", "r1", "r2", "r3", "r12", "memory", "s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11",
          "s12", "s13", "s14", "s15");
    notes[6] = 0;
    notes[4] = 0;
    report("extended frame", 31);

    // Pre-emption: interrupt 0 pends interrupt 1, which is more important; PendSV comes last.
    SHPR3 = 0xff << 16;
    NVIC_IPR = 0x2040;
    NVIC_ISER = 3;
    __asm volatile("cpsid i");
    ICSR = 1 << 28;
    NVIC_ISPR = 1;
    __asm volatile("cpsie i; isb");
    LINE("order", order);
    report("stacks", 6);

    // Faults, escalated while UsageFault is off. The undefined instruction is one of coprocessor 15 the second time.
    SHCSR &= ~(1u << 18);
    __asm volatile("udf #0");
    report("undefined", 4);
    __asm volatile(".inst.w 0xee100f10" ::: "r0");
    report("no coprocessor", 4);
    CPACR = 0;
    BARRIER();
    __asm volatile("vmov.f32 s0, s1");
    report("unit off", 4);
    CPACR = 0xf << 20;
    BARRIER();
    uint32_t value;
    __asm volatile("ldr %0, [%1]" : "=r"(value) : "r"(0x70000000) : "memory");
    report("nowhere", 4);

#ifdef CORTEX_M33
    uint32_t word = 0x12345678, acquired, failed, closed, target;
    __asm volatile("lda %0, [%1]" : "=r"(acquired) : "r"(&word) : "memory");
    __asm volatile("stl %0, [%1]" ::"r"(acquired + 1), "r"(&word) : "memory");
    __asm volatile("ldaex %0, [%3]; stlex %1, %0, [%3]; stlex %2, %0, [%3]"
                   : "=&r"(acquired), "=&r"(failed), "=&r"(closed)
                   : "r"(&word)
                   : "memory");
    __asm volatile("tt %0, %1" : "=r"(target) : "r"(&word));
    __asm volatile("sg");
    LINE("acquire and release", acquired, failed, closed, target & 0x000c0000);
    MSR(psplim, 0x38000007);
    LINE("limit", MRS(psplim));

    // The thread's stack overflows by an instruction; behind it, by a frame.
    SHCSR |= 1 << 18;
    SHPR2 = 0x20 << 24;
    MSR(psplim, MRS(psp) - 64);
    __asm volatile("sub sp, #128");
    text("not reached\n");
#else
    done();
#endif
}

#ifdef CORTEX_M33
void after_overflow(void) {
    static int times;
    report("stack overflow", 21);
    if (times++)
        done();
    MSR(psplim, MRS(psp) - 16);
    __asm volatile("svc 0");
    text("not reached\n");
}
#endif

__attribute__((noreturn)) void start(void) {
    CPACR = 0xf << 20;
    BARRIER();
    LINE("registers", REGISTER(0xe000ed00), REGISTER(0xe000ef40), REGISTER(0xe000ef44), REGISTER(0xe000ef48),
         REGISTER(0xe000ed60), REGISTER(0xe000ed64), REGISTER(0xe000ed68), REGISTER(0xe000ed6c), REGISTER(0xe000ed70),
         FPCCR & ~4u, FPDSCR);
    singles();
#ifndef CORTEX_M33
    doubles();
#endif
    MSR(psp, process_top);
    MSR(control, 2);
    thread();
    for (;;)
        ;
}

__attribute__((section(".vectors"), used)) static void (*const vectors[])(void) = {
    (void (*)(void))stack_top, start, lockup, fault, lockup, lockup, usage, lockup, lockup, lockup, lockup, svc, lockup,
    lockup, pendsv, lockup, low, high,
};
