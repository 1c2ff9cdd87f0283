/* Runs sequences one after another on a Cortex-M and tells what each has left behind: a number made of all registers,
 * flags, memory and the fault, or (detail) the bytes themselves.
 *
 * Only Armv6-M's instructions unless V7M, V8M or FLOAT says more. CODE and RAM are where the image and its data begin; what
 * lies where is image.rs's to say.
 *
 *   CODE  vectors, this program | CODE + 0x1000: count, detail, ticking, headers, then the headers and what they name
 *   RAM   record | window | stack of the sequences | variables and this program's stack | results
 *
 * A sequence runs in thread mode on the process stack and ends with SVC, or with a fault: both come to `left`.
 */
    .syntax unified
    .thumb

    .equ CONFIG, CODE + 0x1000
    .equ RECORD, RAM
    .equ WINDOW, RAM + 0x100
    .equ STACK, RAM + 0x200
    .equ STACK_START, RAM + 0x380
    .equ VARIABLES, RAM + 0x800
    .equ STACK_OF_THIS, RAM + 0x1000
    .equ RESULTS, RAM + 0x1000
    .equ BLOCK, 0x400               /* record, window and stack */

    .equ SYSTICK, 0xe000e010
    .equ CCR, 0xe000ed14
    .equ SHCSR, 0xe000ed24
    .equ CFSR, 0xe000ed28
    .equ CPACR, 0xe000ed88

    .text
    .word STACK_OF_THIS
    .word reset + 1
    .word left + 1                  /* NMI */
    .word left + 1                  /* HardFault */
    .word left + 1                  /* MemManage */
    .word left + 1                  /* BusFault */
    .word left + 1                  /* UsageFault */
    .word left + 1                  /* SecureFault */
    .word 0, 0, 0
    .word left + 1                  /* SVCall */
    .word left + 1, 0, left + 1
    .word tick + 1

tick:
    bx lr

reset:
#ifdef V7M
    ldr r0, =SHCSR
    ldr r1, =0x70000                /* each fault has its own exception */
    str r1, [r0]
#endif
#ifdef FLOAT
    ldr r0, =CPACR
    ldr r1, =0xf00000
    str r1, [r0]
    dsb
    isb
#endif
    ldr r7, =VARIABLES              /* next header, sequences left, next result, faults */
    ldr r6, =CONFIG
    ldr r0, [r6, #12]
    ldr r1, [r6, #0]
    ldr r2, =RESULTS
    movs r3, #0
    stmia r7!, {r0, r1, r2, r3}

next:
    ldr r7, =VARIABLES
    ldr r4, [r7]
    /* The window and what is known of the stack. */
    ldr r0, =WINDOW
    ldr r1, [r4, #4]
    movs r2, #16
1:  ldmia r1!, {r3, r5, r6, r7}
    stmia r0!, {r3, r5, r6, r7}
    subs r2, #1
    bne 1b
    ldr r0, =STACK_START
    ldr r1, [r4, #8]
    movs r2, #8
1:  ldmia r1!, {r3, r5, r6, r7}
    stmia r0!, {r3, r5, r6, r7}
    subs r2, #1
    bne 1b
    /* r0 to r7 and the sequence's address, to be popped. */
    ldr r0, =STACK_START - 36
    msr psp, r0
    movs r1, r4
    adds r1, #36
    ldmia r1!, {r2, r3, r5, r6}
    stmia r0!, {r2, r3, r5, r6}
    ldmia r1!, {r2, r3, r5, r6}
    stmia r0!, {r2, r3, r5, r6}
    ldr r2, [r4, #0]
    str r2, [r0]
    ldmia r1!, {r2, r3, r5, r6, r7}
    mov r8, r2
    mov r9, r3
    mov r10, r5
    mov r11, r6
    mov r12, r7
    ldr r2, [r1]
    mov lr, r2
#ifdef V7M
    ldr r0, =CCR
    ldr r1, [r4, #24]
    str r1, [r0]
#endif
#ifdef FLOAT
    ldr r1, [r4, #12]
    vldmia r1, {s0-s31}
    ldr r1, [r4, #32]
    vmsr fpscr, r1
#endif
    ldr r0, =CONFIG
    ldr r0, [r0, #8]
    cmp r0, #0
    beq 1f
    ldr r1, [r4, #16]
    ldr r0, =SYSTICK
    str r1, [r0, #4]
    str r1, [r0, #8]
    movs r1, #7
    str r1, [r0]
1:  ldr r0, [r4, #20]
    msr control, r0
    isb
    ldr r0, [r4, #28]
#ifdef DSP
    msr apsr_nzcvqg, r0
#else
    msr apsr_nzcvq, r0
#endif
    pop {r0-r7, pc}

    .ltorg

/* Record: exception, CFSR, sp, pc, xPSR, r0 to r12, lr, FPSCR, s0 to s31. */
left:
    ldr r0, =SYSTICK
    movs r2, #0
    str r2, [r0]
    ldr r0, =RECORD + 36
    stmia r0!, {r4-r7}
    mov r4, r8
    mov r5, r9
    mov r6, r10
    mov r7, r11
    stmia r0!, {r4-r7}
    mrs r1, psp
    ldmia r1!, {r4-r7}
    ldr r3, =RECORD + 20
    stmia r3!, {r4-r7}
    ldmia r1!, {r4-r7}
    stmia r0!, {r4, r5}
#ifdef V8M
    bic r7, r7, #1 << 20            /* SFPA, of the Security Extension */
#endif
    ldr r3, =RECORD + 12
    stmia r3!, {r6, r7}
#ifdef FLOAT
    ldr r0, =RECORD + 80            /* what follows FPSCR: s0 to s31 */
    mov r2, lr
    lsls r2, r2, #27                /* EXC_RETURN.FType: 0, and the frame has s0 to s15 and FPSCR */
    bmi 1f
    adds r2, r0, #64
    vstmia r2, {s16-s31}            /* this fills the frame, if it was reserved only; the others are unknown then */
    movs r3, #16
2:  ldmia r1!, {r2}
    stmia r0!, {r2}
    subs r3, #1
    bne 2b
    ldmia r1!, {r2, r3}
    b 2f
1:  movs r2, #0                     /* no floating-point instruction was executed */
    vstmia r0, {s0-s31}
2:  ldr r0, =RECORD + 76
    str r2, [r0]
#endif
    lsls r7, r7, #22                /* xPSR bit 9: a word of padding */
    bpl 1f
    adds r1, #4
1:  mrs r2, ipsr
    movs r3, #0
#ifdef V7M
    ldr r4, =CFSR
    ldr r3, [r4]
    str r3, [r4]
#endif
    ldr r0, =RECORD
    stmia r0!, {r2, r3}
    str r1, [r0]
    /* Back to thread mode and the main stack: to `judge`. */
    ldr r0, =STACK_OF_THIS - 32
    mov sp, r0
    ldr r1, =judge + 1
    str r1, [r0, #24]
    ldr r1, =0x1000000
    str r1, [r0, #28]
    mov r1, lr
    movs r2, #4
    bics r1, r2
    movs r2, #16
    orrs r1, r2
    bx r1

    .ltorg

judge:
    /* What lies below the stack pointer is nobody's. */
    ldr r0, =RECORD
    ldr r2, [r0, #8]
    ldr r1, =STACK
    ldr r3, =STACK + 0x200
    cmp r2, r1
    blo 2f
    cmp r2, r3
    bhi 2f
    movs r3, #0
1:  cmp r1, r2
    beq 2f
    stmia r1!, {r3}
    b 1b
2:  ldr r0, =CONFIG
    ldr r0, [r0, #4]
    cmp r0, #0
    beq 1f
    ldr r0, =RECORD
    ldr r1, =BLOCK
    bl write
1:  /* h = (h ^ word) rotated by 13, times an odd number: one word that differs makes a difference for sure. */
    ldr r0, =RECORD
    ldr r3, =0x811c9dc5
    ldr r5, =0x9e3779b1
    movs r4, #13
    ldr r2, =RECORD + BLOCK
    mov r8, r2
1:  ldmia r0!, {r1, r2, r6, r7}
    eors r3, r1
    rors r3, r4
    muls r3, r5
    eors r3, r2
    rors r3, r4
    muls r3, r5
    eors r3, r6
    rors r3, r4
    muls r3, r5
    eors r3, r7
    rors r3, r4
    muls r3, r5
    cmp r0, r8
    bne 1b
    ldr r7, =VARIABLES
    ldmia r7!, {r0, r1, r2, r4}
    stmia r2!, {r3}
    ldr r3, =RECORD
    ldr r3, [r3]
    cmp r3, #11                     /* SVCall */
    beq 1f
    adds r4, #1
1:  adds r0, #92                    /* a header */
    ldr r7, =VARIABLES
    subs r1, #1
    stmia r7!, {r0, r1, r2, r4}
    beq 1f
    ldr r0, =next + 1
    bx r0
1:  ldr r0, =CONFIG
    ldr r0, [r0, #4]
    cmp r0, #0
    bne 1f
    stmia r2!, {r4}                 /* the last result: how many ended with a fault */
    ldr r0, =RESULTS
    subs r1, r2, r0
    bl write
1:  movs r0, #0x18                  /* SYS_EXIT, ADP_Stopped_ApplicationExit */
    ldr r1, =0x20026
    bkpt 0xab

/* r1 bytes from r0 on, to the console: SYS_OPEN of ":tt" to write, SYS_WRITE. */
write:
    push {r0, r1, lr}
    ldr r1, =console
    movs r0, #1
    bkpt 0xab
    pop {r1, r2}
    sub sp, #12
    str r0, [sp]
    str r1, [sp, #4]
    str r2, [sp, #8]
    mov r1, sp
    movs r0, #5
    bkpt 0xab
    add sp, #12
    pop {pc}

    .ltorg
    .balign 4
console:
    .word name, 4, 3
name:
    .ascii ":tt\0"
