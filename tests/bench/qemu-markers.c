/* A QEMU plugin that counts every executed instruction and writes the count at each marker instruction.
 *
 * Markers are `mov rN,rN` (Thumb) or `addi x0,x0,N` (RISC-V, a hint) for N = 8..12: no compiler emits them and they change
 * nothing. A line of the output is "MARKER COUNT": N, and the instructions executed before it. The last line is
 * "total COUNT".
 * It judges instruction counts independently of this project's own simulator.
 *
 *   gcc -shared -fPIC -O2 -o libmarkers.so qemu-markers.c
 *   qemu-system-arm ... -plugin ./libmarkers.so,out=FILE
 *
 * QEMU ships no plugin header in Debian's packages: the few functions of its plugin API version 1 that are used are
 * declared here, as QEMU's documentation of TCG plugins gives them. */
#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))

struct qemu_plugin_tb;
struct qemu_plugin_insn;
typedef uint64_t plugin_id;

/* The beginning of qemu_info_t. */
struct qemu_info {
    const char *target_name;
};

extern void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id id, void (*cb)(plugin_id, struct qemu_plugin_tb *));
extern void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn, void (*cb)(unsigned cpu, void *data),
                                                   int flags, void *data);
extern void qemu_plugin_register_vcpu_insn_exec_inline(struct qemu_plugin_insn *insn, int op, void *counter, uint64_t add);
extern void qemu_plugin_register_atexit_cb(plugin_id id, void (*cb)(plugin_id, void *), void *data);
extern size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
extern struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t index);
extern const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *insn);
extern size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *insn);

EXPORT int qemu_plugin_version = 1;

enum { NO_REGISTERS = 0, ADD_U64 = 0 };

static uint64_t executed;
static bool is_riscv;
static FILE *out;

static void at_marker(unsigned cpu, void *data)
{
    (void)cpu;
    fprintf(out, "%u %" PRIu64 "\n", (unsigned)(uintptr_t)data, executed);
}

/* The N of `addi x0,x0,N`, 8..12, or 0: opcode OP-IMM, both registers and funct3 are 0 (RISC-V Unprivileged ISA, 2.4). */
static unsigned riscv_marker(const struct qemu_plugin_insn *insn)
{
    uint32_t word;
    if (qemu_plugin_insn_size(insn) != sizeof word)
        return 0;
    memcpy(&word, qemu_plugin_insn_data(insn), sizeof word);
    unsigned number = word >> 20;
    return (word & 0xfffff) == 0x13 && number >= 8 && number <= 12 ? number : 0;
}

/* The register of `mov rN,rN`, 8..12, or 0. Encoding T1 of MOV (register): 0100 0110 D mmmm ddd. No instruction of 32
 * bits begins like that, so the size says nothing; and QEMU 7.2 adds the last halfword of a page to the instruction before
 * it, when it looks whether the next one crosses into the next page. */
static unsigned thumb_marker(const struct qemu_plugin_insn *insn)
{
    uint16_t half;
    if (qemu_plugin_insn_size(insn) < sizeof half)
        return 0;
    memcpy(&half, qemu_plugin_insn_data(insn), sizeof half);
    for (unsigned reg = 8; reg <= 12; reg++)
        if (half == (0x4600u | 0x80u | reg << 3 | (reg & 7)))
            return reg;
    return 0;
}

static void translate(plugin_id id, struct qemu_plugin_tb *tb)
{
    (void)id;
    for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
        struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
        unsigned reg = is_riscv ? riscv_marker(insn) : thumb_marker(insn);
        if (reg)
            qemu_plugin_register_vcpu_insn_exec_cb(insn, at_marker, NO_REGISTERS, (void *)(uintptr_t)reg);
        qemu_plugin_register_vcpu_insn_exec_inline(insn, ADD_U64, &executed, 1);
    }
}

static void finish(plugin_id id, void *data)
{
    (void)id;
    (void)data;
    fprintf(out, "total %" PRIu64 "\n", executed);
    fclose(out);
}

EXPORT int qemu_plugin_install(plugin_id id, const struct qemu_info *info, int argc, char **argv)
{
    is_riscv = strncmp(info->target_name, "riscv", strlen("riscv")) == 0;
    for (int i = 0; i < argc; i++)
        if (strncmp(argv[i], "out=", 4) == 0)
            out = fopen(argv[i] + 4, "w");
    if (!out) {
        fprintf(stderr, "qemu-markers: no out=FILE, or it cannot be written\n");
        return -1;
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, translate);
    qemu_plugin_register_atexit_cb(id, finish, NULL);
    return 0;
}
