/* Runs sequences one after another on a RISC-V hart in machine mode and tells what each has left behind: a number made of
 * all registers, flags, memory and the trap, or (detail) the bytes themselves.
 *
 * XLEN is 32 or 64; FLEN 0, 32 or 64; ATOMIC if there is A. CODE and RAM are where the image and its data begin; what
 * lies where is image.rs's to say.
 *
 *   CODE  this program | CODE + 0x1000: count, detail, ticking, headers, then the headers and what they name
 *   RAM   record | window | variables | results
 *
 * A sequence ends with ECALL or with another trap: both come to `left`.
 */
#if XLEN == 64
#define L ld
#define S sd
#define LU lwu
#else
#define L lw
#define S sw
#define LU lw
#endif
#if FLEN == 64
#define LF fld
#define SF fsd
#else
#define LF flw
#define SF fsw
#endif
#define X (XLEN / 8)
#define HEADER (36 * X)

    .equ CONFIG, CODE + 0x1000
    .equ RECORD, RAM
    .equ REGISTERS, 8 * X               /* in the record: x1 on */
    .equ FLOATS, 0x180                  /* in the record: f0 on, 8 bytes each */
    .equ WINDOW, RAM + 0x300
    .equ BLOCK, 0x400                   /* record and window */
    .equ VARIABLES, RAM + 0x800
    .equ RESULTS, RAM + 0x1000
    .equ MTIMECMP, 0x2004000
    .equ MTIME, 0x200bff8

    .option norvc
    .text
    .globl reset
reset:
    la t0, trap
    csrw mtvec, t0
#if FLEN
    li t0, 1 << 13                      /* mstatus.FS: Initial */
    csrs mstatus, t0
#endif
    li t0, 1 << 7                       /* mie.MTIE */
    csrw mie, t0
    li s0, VARIABLES                    /* next header, sequences left, next result, traps but ECALL */
    li s1, CONFIG
    LU t0, 12(s1)
    lw t1, 0(s1)
    li t2, RESULTS
    S t0, 0(s0)
    S t1, X(s0)
    S t2, 2*X(s0)
    S zero, 3*X(s0)
    li t0, RECORD
    csrw mscratch, t0

next:
    li t0, VARIABLES
    L s0, 0(t0)
    li t0, WINDOW
    L t1, X(s0)
    addi t2, t0, 0x100
1:  L t3, 0(t1)
    S t3, 0(t0)
    addi t1, t1, X
    addi t0, t0, X
    bne t0, t2, 1b
#ifdef ATOMIC
    sc.w t0, zero, (t1)                 /* no reservation is left */
#endif
#if FLEN
    L t1, 2*X(s0)
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    LF f\n, 8*\n(t1)
    .endr
    .irp n, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    flw f\n, 8*\n(t1)
    .endr
    L t1, 4*X(s0)
    csrw fcsr, t1
#endif
    li t0, MTIMECMP
    li t1, -1
    sw t1, 4(t0)
    sw t1, 0(t0)
    li t1, CONFIG
    lw t1, 8(t1)
    beqz t1, 1f
    li t1, MTIME
    lw t1, 0(t1)
    lw t2, 3*X(s0)
    add t1, t1, t2
    sw t1, 0(t0)
    sw zero, 4(t0)
1:  L t0, 0(s0)
    csrw mepc, t0
    li t0, 3 << 11 | 1 << 7             /* mstatus.MPP: machine mode, MPIE */
    csrs mstatus, t0
    addi x31, s0, 4*X
    .irp n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    L x\n, X*\n(x31)
    .endr
    mret

    .balign 4
trap:
    csrrw x31, mscratch, x31
    S x1, REGISTERS(x31)
    csrr x1, mcause
    bgez x1, left
    /* An interrupt: the next one a little later, and back. */
    S x2, REGISTERS + X(x31)
    S x3, REGISTERS + 2*X(x31)
    li x1, VARIABLES
    L x1, 0(x1)
    lw x2, 3*X(x1)
    li x1, MTIME
    lw x1, 0(x1)
    add x2, x2, x1
    li x1, MTIMECMP
    sw x2, 0(x1)
    L x1, REGISTERS(x31)
    L x2, REGISTERS + X(x31)
    L x3, REGISTERS + 2*X(x31)
    csrrw x31, mscratch, x31
    mret

/* Record: mcause, mtval, mepc, mstatus.FS, fcsr, three words of nothing, x1 to x31, and from FLOATS on f0 to f31, of
 * which the last 16 hold single precision. */
left:
    .irp n, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30
    S x\n, REGISTERS + X*(\n - 1)(x31)
    .endr
    mv s0, x31
    csrrw t0, mscratch, s0
    S t0, REGISTERS + X*30(s0)
    csrr s1, mcause
    S s1, 0(s0)
    csrr t0, mtval
    addi t1, s1, -3                     /* EBREAK: its address or 0, as one likes (Volume II, section 3.1.16) */
    bnez t1, 1f
    mv t0, t1
1:  S t0, X(s0)
    csrr t0, mepc
    S t0, 2*X(s0)
#if FLEN
    csrr t0, mstatus
    li t1, 3 << 13
    and t0, t0, t1
    S t0, 3*X(s0)
    csrr t0, fcsr
    S t0, 4*X(s0)
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    SF f\n, FLOATS + 8*\n(s0)
    .endr
    .irp n, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    fsw f\n, FLOATS + 8*\n(s0)
    .endr
    li t0, 3 << 13
    csrc mstatus, t0
    li t0, 1 << 13
    csrs mstatus, t0
#endif
    li t0, CONFIG
    lw t0, 4(t0)
    beqz t0, 1f
    mv a0, s0
    li a1, BLOCK
    jal write
1:  /* h = (h ^ word) rotated by 13, times an odd number: one word that differs makes a difference for sure. */
    li a0, 0x811c9dc5
    li a1, 0x9e3779b1
    addi t0, s0, BLOCK / 2
    addi t0, t0, BLOCK / 2
1:  lw t1, 0(s0)
    xor a0, a0, t1
#if XLEN == 64
    srliw t1, a0, 13
    slliw a0, a0, 19
    or a0, a0, t1
    mulw a0, a0, a1
#else
    srli t1, a0, 13
    slli a0, a0, 19
    or a0, a0, t1
    mul a0, a0, a1
#endif
    addi s0, s0, 4
    bne s0, t0, 1b
    li s0, VARIABLES
    li t0, 11                           /* ECALL from machine mode */
    L t1, 3*X(s0)
    beq s1, t0, 1f
    addi t1, t1, 1
    S t1, 3*X(s0)
1:  L t2, 2*X(s0)
    sw a0, 0(t2)
    addi t2, t2, 4
    S t2, 2*X(s0)
    L t3, 0(s0)
    addi t3, t3, HEADER
    S t3, 0(s0)
    L t3, X(s0)
    addi t3, t3, -1
    S t3, X(s0)
    beqz t3, 1f
    la t0, next
    jr t0
1:  sw t1, 0(t2)                        /* the last result: how many ended with another trap */
    li t0, CONFIG
    lw t0, 4(t0)
    bnez t0, 1f
    li a0, RESULTS
    sub a1, t2, a0
    addi a1, a1, 4
    jal write
1:  li a0, 0x18                         /* SYS_EXIT, ADP_Stopped_ApplicationExit */
    li t0, 0x20026
    li a1, VARIABLES
#if XLEN == 64
    S t0, 0(a1)                         /* with 64 bits a block: reason and exit code */
    S zero, X(a1)
#else
    mv a1, t0
#endif
    jal semihosting

/* a1 bytes from a0 on, to the console: SYS_OPEN of ":tt" to write, SYS_WRITE. */
write:
    mv s10, ra
    li s11, VARIABLES + 0x100
    S a0, X(s11)
    S a1, 2*X(s11)
    addi a1, s11, 4*X
    la t0, name
    S t0, 0(a1)
    li t0, 4
    S t0, X(a1)
    li t0, 3
    S t0, 2*X(a1)
    li a0, 1
    jal semihosting
    S a0, 0(s11)
    mv a1, s11
    li a0, 5
    jal semihosting
    jr s10

    .balign 16
semihosting:
    slli zero, zero, 0x1f
    ebreak
    srai zero, zero, 7
    ret

name:
    .ascii ":tt\0"
