/* Fuzz target: the bounds check of child programs (Sources/Keeper/program_check.c), the one parser of the keeper.
 *
 * A program that passes is then read the way the child reads it: every string to its NUL, every list to its end, every
 * blob's last byte; AddressSanitizer finds what the check let through. Half of the inputs get a header that fits, since
 * random bytes hardly ever do. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "../../Sources/Keeper/program.h"

static volatile unsigned long seen;
static bool filled[PODRUN_MAX_SLOTS]; /* what a child would have in its slots by now */

static void touch(const void *bytes, size_t size)
{
    const unsigned char *at = bytes;
    for (size_t index = 0; index < size; index++)
        seen += at[index];
}

static void read_string(const struct podrun_program *program, uint32_t offset)
{
    touch(program->strings + offset, strlen(program->strings + offset));
}

static void read_list(const struct podrun_program *program, uint32_t offset)
{
    const char *entry = program->strings + offset;
    for (size_t count = podrun_list_count(entry); count > 0; count--) {
        touch(entry, strlen(entry));
        entry += strlen(entry) + 1;
    }
}

static void read_run(const struct podrun_program *program, uint32_t offset, uint64_t count)
{
    const char *entry = program->strings + offset;
    for (; count > 0; count--)
        entry += strlen(entry) + 1;
    seen += (unsigned long)(entry - program->strings);
}

static void need_slot(const struct podrun_program *program, uint64_t slot)
{
    if (slot >= program->header->slots_total || slot >= PODRUN_MAX_SLOTS || !filled[slot])
        abort();
}

static void fill_slot(const struct podrun_program *program, uint64_t slot)
{
    if (slot >= program->header->slots_total || slot >= PODRUN_MAX_SLOTS || filled[slot])
        abort();
    filled[slot] = true;
}

static void read_op(const struct podrun_program *program, const struct podrun_op *op)
{
    const char *strings = program->strings;
    switch (op->code) {
    case PODRUN_OP_SETNS:
        need_slot(program, op->slot);
        break;
    case PODRUN_OP_WRITE_FILE:
        read_string(program, op->s0);
        touch(strings + op->s1, op->x);
        break;
    case PODRUN_OP_CHDIR:
    case PODRUN_OP_PRIVATE:
    case PODRUN_OP_HOSTNAME:
    case PODRUN_OP_KEYRING:
    case PODRUN_OP_WORKDIR:
        read_string(program, op->s0);
        break;
    case PODRUN_OP_OPEN_TREE:
        if (op->flags & PODRUN_F_BENEATH)
            need_slot(program, op->x);
        read_string(program, op->s0);
        fill_slot(program, op->slot);
        break;
    case PODRUN_OP_MAP_IDS:
        need_slot(program, op->slot);
        need_slot(program, op->x);
        break;
    case PODRUN_OP_MOUNT_ROOT:
        read_string(program, op->s0);
        read_string(program, op->s1);
        fill_slot(program, op->slot);
        break;
    case PODRUN_OP_MAKE_ROOT:
        read_string(program, op->s0);
        read_list(program, op->s1);
        fill_slot(program, op->slot);
        break;
    case PODRUN_OP_MOUNT:
        need_slot(program, op->slot);
        read_string(program, op->s0);
        read_string(program, op->s1);
        read_list(program, op->s2);
        break;
    case PODRUN_OP_ATTACH:
        need_slot(program, op->slot);
        need_slot(program, op->x);
        read_string(program, op->s0);
        break;
    case PODRUN_OP_OPEN_DIR:
        if (op->slot != PODRUN_NO_SLOT)
            need_slot(program, op->slot);
        read_string(program, op->s0);
        fill_slot(program, op->x);
        break;
    case PODRUN_OP_MASK:
    case PODRUN_OP_READ_ONLY:
    case PODRUN_OP_MKNOD:
        need_slot(program, op->slot);
        read_string(program, op->s0);
        break;
    case PODRUN_OP_SYMLINK:
        need_slot(program, op->slot);
        read_string(program, op->s0);
        read_string(program, op->s1);
        break;
    case PODRUN_OP_CONSOLE:
    case PODRUN_OP_PIVOT:
        need_slot(program, op->slot);
        break;
    case PODRUN_OP_GROUPS:
        touch(strings + op->s0, op->x * 4);
        break;
    case PODRUN_OP_SECCOMP:
        touch(strings + op->s0, op->x * 8);
        break;
    case PODRUN_OP_EXEC_FD:
        need_slot(program, op->slot);
        read_run(program, op->s0, op->x);
        read_list(program, op->s1);
        break;
    case PODRUN_OP_EXEC:
        read_run(program, op->s0, op->x);
        read_list(program, op->s1);
        read_string(program, op->s2);
        break;
    default:
        break;
    }
}

/* What the header says about the tables and the slots. */
static void read_header(const struct podrun_program *program, size_t size)
{
    const struct podrun_program_header *header = program->header;
    if ((const char *)(program->ops + header->op_count) > program->strings ||
        program->strings + header->string_size != (const char *)header + size ||
        header->slots_passed > header->slots_total)
        abort();
}

/* Makes a header that agrees with the size, and a last op that may end a program. With `layout` it also says where the
 * strings are, and passes no more slots than there are. */
static void repair(unsigned char *bytes, size_t size, bool layout)
{
    struct podrun_program_header *header = (struct podrun_program_header *)bytes;
    uint32_t room = (uint32_t)((size - sizeof *header) / sizeof(struct podrun_op));
    header->magic = PODRUN_PROGRAM_MAGIC;
    header->version = PODRUN_PROGRAM_VERSION;
    header->total_size = (uint32_t)size;
    header->op_count = 1 + (header->op_count - 1) % 16;
    header->slots_total %= PODRUN_MAX_SLOTS + 1;
    if (layout) {
        if (header->op_count > room)
            header->op_count = room;
        header->string_offset = (uint32_t)(sizeof *header + header->op_count * sizeof(struct podrun_op));
        header->slots_passed %= header->slots_total + 1;
    }
    header->string_size = (uint32_t)size - header->string_offset;
    header->cgroup_slot = header->pid_namespace_slot = PODRUN_NO_SLOT;
    header->clone_flags &= 0x20000;
    if (header->string_offset < size) {
        bytes[header->string_offset] = 0;
        bytes[size - 1] = 0;
    }
    if (header->op_count > room)
        return;
    struct podrun_op *ops = (struct podrun_op *)(header + 1);
    for (uint32_t index = 0; index < header->op_count; index++) {
        struct podrun_op *op = &ops[index];
        op->code %= 64;
        op->flags &= 0x3f;
        op->s3 = 0;
    }
    if (header->op_count > 0) {
        struct podrun_op *last = &ops[header->op_count - 1];
        last->code = PODRUN_OP_EXEC;
        last->flags = 0;
        last->slot = 0;
        last->y = 0;
    }
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    if (size == 0)
        return 0;
    bool wants_repair = data[0] & 1, keeps_layout = data[0] & 2;
    data++;
    size--;
    /* Exactly as long as the program, so that the sanitizer sees one byte too far. */
    unsigned char *bytes = malloc(size ? size : 1);
    if (!bytes)
        abort();
    memcpy(bytes, data, size);
    if (wants_repair && size > sizeof(struct podrun_program_header) + sizeof(struct podrun_op))
        repair(bytes, size, !keeps_layout);

    struct podrun_program program;
    uint32_t bad_op;
    if (podrun_program_check(bytes, size, &program, &bad_op) == 0) {
        read_header(&program, size);
        memset(filled, false, sizeof filled);
        memset(filled, true, program.header->slots_passed);
        for (uint32_t index = 0; index < program.header->op_count; index++)
            read_op(&program, &program.ops[index]);
    }
    free(bytes);
    return 0;
}
