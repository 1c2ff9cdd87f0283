/* Reset and traps. */
#if __riscv_xlen == 64
#define STORE sd
#define LOAD ld
#define SIZE 8
#else
#define STORE sw
#define LOAD lw
#define SIZE 4
#endif

    .section .text.start, "ax"
    .globl _start
_start:
    .option push
    .option norelax
    la gp, __global_pointer$
    .option pop
    la sp, _stack_top
    la t0, trap_entry
    csrw mtvec, t0
    la t0, _data_from
    la t1, _data_start
    la t2, _data_end
1:  bgeu t1, t2, 2f
    lw t3, 0(t0)
    sw t3, 0(t1)
    addi t0, t0, 4
    addi t1, t1, 4
    j 1b
2:  la t1, _bss_start
    la t2, _bss_end
3:  bgeu t1, t2, 4f
    sw zero, 0(t1)
    addi t1, t1, 4
    j 3b
4:  call main
5:  wfi
    j 5b

/* Saves what a call may change, and goes on where trap() says. */
    .text
    .balign 4
trap_entry:
    addi sp, sp, -16 * SIZE
    STORE ra, 0 * SIZE(sp)
    STORE t0, 1 * SIZE(sp)
    STORE t1, 2 * SIZE(sp)
    STORE t2, 3 * SIZE(sp)
    STORE t3, 4 * SIZE(sp)
    STORE t4, 5 * SIZE(sp)
    STORE t5, 6 * SIZE(sp)
    STORE t6, 7 * SIZE(sp)
    STORE a0, 8 * SIZE(sp)
    STORE a1, 9 * SIZE(sp)
    STORE a2, 10 * SIZE(sp)
    STORE a3, 11 * SIZE(sp)
    STORE a4, 12 * SIZE(sp)
    STORE a5, 13 * SIZE(sp)
    STORE a6, 14 * SIZE(sp)
    STORE a7, 15 * SIZE(sp)
    csrr a0, mcause
    csrr a1, mepc
    csrr a2, mtval
    call trap
    csrw mepc, a0
    LOAD ra, 0 * SIZE(sp)
    LOAD t0, 1 * SIZE(sp)
    LOAD t1, 2 * SIZE(sp)
    LOAD t2, 3 * SIZE(sp)
    LOAD t3, 4 * SIZE(sp)
    LOAD t4, 5 * SIZE(sp)
    LOAD t5, 6 * SIZE(sp)
    LOAD t6, 7 * SIZE(sp)
    LOAD a0, 8 * SIZE(sp)
    LOAD a1, 9 * SIZE(sp)
    LOAD a2, 10 * SIZE(sp)
    LOAD a3, 11 * SIZE(sp)
    LOAD a4, 12 * SIZE(sp)
    LOAD a5, 13 * SIZE(sp)
    LOAD a6, 14 * SIZE(sp)
    LOAD a7, 15 * SIZE(sp)
    addi sp, sp, 16 * SIZE
    mret

/* Each of these makes a fault at the address of its name, and returns if the handler goes on behind it. */
    .option push
    .option norvc
    .globl fault_illegal, fault_load, fault_store, fault_call
fault_illegal:
    .word 0xffffffff
    ret
fault_load:
    lw a0, 0(a0)
    ret
fault_store:
    sw zero, 0(a0)
    ret
fault_call:
    ecall
    ret
    .option pop
