/* Every bound of a child program, checked once in the parent so that the child can trust what it reads.
 *
 * A table says what each field of each op is; one loop applies it. Rules that tie fields together are in `check_pair`.
 * Nothing here allocates or calls the kernel: this file is the fuzz target.
 */
#define _GNU_SOURCE
#include "program.h"

#include <errno.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/mount.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#define NAMESPACES (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID | CLONE_NEWNET)
#define MOUNT_ATTRIBUTES                                                                                \
    (MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC | MOUNT_ATTR__ATIME | \
     MOUNT_ATTR_NODIRATIME | MOUNT_ATTR_NOSYMFOLLOW)
#define SECCOMP_FLAGS (SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_LOG | SECCOMP_FILTER_FLAG_SPEC_ALLOW)

/* fsconfig(2) takes keys and values of less than 256 bytes, NUL included. */
#define OPTION_MAX      255u
#define MOUNT_DATA_MAX  4095u
#define HOSTNAME_LENGTH 64u
#define GROUPS_MAX      65536u
#define LIMIT_KINDS     16u

enum field {
    ZERO = 0, /* unused */
    NUMBER,   /* checked by check_pair, or any value will do */
    WORD,     /* fits 32 bits */
    FLAG,     /* 0 or 1 */
    TEXT,     /* a string, perhaps empty */
    PATH,     /* a string, not empty, shorter than PATH_MAX */
    NAME,     /* one path component */
    LIST,     /* a list, perhaps empty */
    OPTIONS,  /* a list of key or key=value for fsconfig */
    INPUT,    /* a slot that is filled */
    OUTPUT,   /* a slot that this op fills */
    SPACES,   /* CLONE_NEW* but CLONE_NEWUSER */
    JOINED,   /* CLONE_NEW* */
    MOUNTING, /* MOUNT_ATTR_* */
};

struct rule {
    uint16_t flags;
    uint8_t slot, s0, s1, s2, x, y;
    bool known;
};

#define F(name) PODRUN_F_##name

static const struct rule rules[] = {
    [PODRUN_OP_SETNS] = {.known = true, .slot = INPUT, .x = JOINED},
    [PODRUN_OP_UNSHARE] = {.known = true, .x = SPACES},
    [PODRUN_OP_NETLINK] = {.known = true, .x = WORD},
    [PODRUN_OP_WRITE_FILE] =
        {.known = true, .flags = F(TOLERATE_EPERM) | F(OPTIONAL), .s0 = PATH, .s1 = NUMBER, .x = NUMBER},
    [PODRUN_OP_CHDIR] = {.known = true, .s0 = PATH},
    [PODRUN_OP_OPEN_TREE] =
        {.known = true, .flags = F(RECURSIVE) | F(BENEATH) | F(DIRECTORY), .slot = OUTPUT, .s0 = PATH, .x = NUMBER},
    [PODRUN_OP_MOUNT_ROOT] = {.known = true, .slot = OUTPUT, .s0 = PATH, .s1 = TEXT, .x = FLAG},
    [PODRUN_OP_PRIVATE] = {.known = true, .flags = F(RECURSIVE), .s0 = PATH},
    [PODRUN_OP_MAKE_ROOT] = {.known = true, .slot = OUTPUT, .s0 = PATH, .s1 = OPTIONS, .x = FLAG},
    [PODRUN_OP_OWNER] = {.known = true, .x = NUMBER},
    [PODRUN_OP_MAP_IDS] = {.known = true, .slot = INPUT, .x = INPUT},
    [PODRUN_OP_MOUNT] = {.known = true,
                         .flags = F(STRICT_TARGET) | F(DIRECTORY),
                         .slot = INPUT,
                         .s0 = PATH,
                         .s1 = PATH,
                         .s2 = OPTIONS,
                         .x = MOUNTING},
    [PODRUN_OP_ATTACH] = {.known = true,
                          .flags = F(RECURSIVE) | F(DIRECTORY) | F(STRICT_TARGET) | F(EXECUTABLE),
                          .slot = INPUT,
                          .s0 = PATH,
                          .s1 = NUMBER,
                          .x = INPUT,
                          .y = MOUNTING},
    [PODRUN_OP_OPEN_DIR] =
        {.known = true, .flags = F(DIRECTORY) | F(STRICT_TARGET), .slot = NUMBER, .s0 = PATH, .x = OUTPUT},
    [PODRUN_OP_MASK] = {.known = true, .flags = F(OPTIONAL), .slot = INPUT, .s0 = PATH},
    [PODRUN_OP_READ_ONLY] = {.known = true, .flags = F(OPTIONAL), .slot = INPUT, .s0 = PATH},
    [PODRUN_OP_MKNOD] = {.known = true, .slot = INPUT, .s0 = NAME, .s1 = NUMBER, .s2 = NUMBER, .x = NUMBER, .y = WORD},
    [PODRUN_OP_SYMLINK] = {.known = true, .slot = INPUT, .s0 = NAME, .s1 = PATH},
    [PODRUN_OP_CONSOLE] = {.known = true, .slot = INPUT, .x = WORD},
    [PODRUN_OP_PIVOT] = {.known = true, .slot = INPUT},
    [PODRUN_OP_HOSTNAME] = {.known = true, .s0 = PATH},
    [PODRUN_OP_RLIMIT] = {.known = true, .flags = F(TOLERATE_EPERM), .s0 = NUMBER, .x = NUMBER, .y = NUMBER},
    [PODRUN_OP_KEYRING] = {.known = true, .flags = F(TOLERATE_EPERM), .s0 = TEXT},
    [PODRUN_OP_WORKDIR] = {.known = true, .s0 = PATH},
    [PODRUN_OP_TERMINAL] = {.known = true, .x = WORD, .y = WORD},
    [PODRUN_OP_BOUNDING] = {.known = true, .x = NUMBER},
    [PODRUN_OP_GROUPS] = {.known = true, .s0 = NUMBER, .x = NUMBER},
    [PODRUN_OP_IDENTITY] = {.known = true, .x = NUMBER, .y = NUMBER},
    [PODRUN_OP_NO_NEW_PRIVS] = {.known = true},
    [PODRUN_OP_SECCOMP] = {.known = true, .s0 = NUMBER, .x = NUMBER, .y = NUMBER},
    [PODRUN_OP_CAPABILITIES] = {.known = true, .x = NUMBER},
    [PODRUN_OP_UMASK] = {.known = true, .x = NUMBER},
    [PODRUN_OP_EXEC] = {.known = true, .s0 = TEXT, .s1 = LIST, .s2 = TEXT, .x = NUMBER},
    [PODRUN_OP_EXEC_FD] = {.known = true, .slot = INPUT, .s0 = TEXT, .s1 = LIST, .x = NUMBER},
};

struct check {
    const char *strings;
    uint32_t string_size;
    uint32_t slots_total;
    uint64_t scan_budget; /* bytes of lists left to walk: many ops may name one long list */
    bool has_terminal;
    bool filled[PODRUN_MAX_SLOTS];
    bool opened[PODRUN_MAX_SLOTS]; /* by an OPEN_DIR or MOUNT_ROOT of this program */
};

static bool is_slot(const struct check *check, uint64_t slot)
{
    return slot < check->slots_total;
}

static bool is_filled(const struct check *check, uint64_t slot)
{
    return is_slot(check, slot) && check->filled[slot];
}

static bool fill(struct check *check, uint64_t slot)
{
    if (!is_slot(check, slot) || is_filled(check, slot))
        return false;
    check->filled[slot] = true;
    return true;
}

static bool is_blob(const struct check *check, uint64_t offset, uint64_t count, uint64_t item)
{
    return offset <= check->string_size && count <= check->string_size / item &&
           count * item <= check->string_size - offset;
}

static bool is_option(const char *option)
{
    const char *equals = strchr(option, '=');
    size_t length = strlen(option);
    size_t key = equals ? (size_t)(equals - option) : length;
    return key > 0 && key <= OPTION_MAX && (!equals || length - key - 1 <= OPTION_MAX);
}

static bool is_name(const char *name)
{
    size_t length = strlen(name);
    return length > 0 && length <= NAME_MAX && !strchr(name, '/') && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

/* The table's last byte is NUL, so a string that starts in the table ends in it; a list may still run out of it. */
static bool is_list(struct check *check, uint32_t offset, bool options)
{
    uint32_t at = offset;
    for (;;) {
        if (at >= check->string_size)
            return false;
        const char *entry = check->strings + at;
        size_t length = strlen(entry);
        if (length + 1 > check->scan_budget)
            return false;
        check->scan_budget -= length + 1;
        if (length == 0)
            return true;
        if (options && !is_option(entry))
            return false;
        at += (uint32_t)length + 1;
    }
}

/* `count` strings in a row. */
static bool is_run(struct check *check, uint32_t offset, uint64_t count)
{
    uint32_t at = offset;
    for (; count > 0; count--) {
        if (at >= check->string_size)
            return false;
        size_t size = strlen(check->strings + at) + 1;
        if (size > check->scan_budget)
            return false;
        check->scan_budget -= size;
        at += (uint32_t)size;
    }
    return true;
}

static bool check_field(struct check *check, enum field kind, uint64_t value)
{
    switch (kind) {
    case ZERO:
        return value == 0;
    case NUMBER:
        return true;
    case WORD:
        return value <= UINT32_MAX;
    case FLAG:
        return value <= 1;
    case SPACES:
        return value != 0 && (value & ~(uint64_t)(unsigned)NAMESPACES) == 0;
    case JOINED:
        return value != 0 && (value & ~(uint64_t)(unsigned)(NAMESPACES | CLONE_NEWUSER)) == 0;
    case MOUNTING:
        return (value & ~(uint64_t)MOUNT_ATTRIBUTES) == 0;
    case INPUT:
        return is_filled(check, value);
    case OUTPUT:
        return true; /* filled after the op's inputs were looked at */
    case TEXT:
        return value < check->string_size;
    case PATH:
        return value < check->string_size && check->strings[value] != '\0' &&
               strnlen(check->strings + value, PATH_MAX) < PATH_MAX;
    case NAME:
        return value < check->string_size && is_name(check->strings + value);
    case LIST:
    case OPTIONS:
        return value < check->string_size && is_list(check, (uint32_t)value, kind == OPTIONS);
    }
    return false;
}

static bool is_node_mode(uint64_t mode)
{
    uint64_t type = mode & S_IFMT;
    return (mode & ~(uint64_t)(S_IFMT | 07777)) == 0 && (type == S_IFCHR || type == S_IFBLK || type == S_IFIFO);
}

/* Rules between fields of one op. */
static bool check_pair(struct check *check, const struct podrun_op *op)
{
    switch (op->code) {
    case PODRUN_OP_WRITE_FILE:
        return is_blob(check, op->s1, op->x, 1);
    case PODRUN_OP_OPEN_TREE:
        if (op->flags & PODRUN_F_BENEATH)
            return is_filled(check, op->x) && check->opened[op->x];
        return op->x == 0 && !(op->flags & PODRUN_F_DIRECTORY);
    case PODRUN_OP_MOUNT_ROOT:
        if (!is_slot(check, op->slot))
            return false;
        check->opened[op->slot] = true;
        return strnlen(check->strings + op->s1, MOUNT_DATA_MAX + 1) <= MOUNT_DATA_MAX;
    case PODRUN_OP_ATTACH:
        return op->s1 == 0 || op->s1 == MS_PRIVATE || op->s1 == MS_SLAVE || op->s1 == MS_SHARED;
    case PODRUN_OP_OPEN_DIR:
        if (!(op->slot == PODRUN_NO_SLOT ? op->flags == 0 : is_filled(check, op->slot)) || !is_slot(check, op->x))
            return false;
        check->opened[op->x] = true;
        return true;
    case PODRUN_OP_MKNOD: /* -1 means "leave as it is" to fchownat */
        return is_node_mode(op->x) && op->s1 < UINT32_MAX && op->s2 < UINT32_MAX;
    case PODRUN_OP_HOSTNAME:
        return strnlen(check->strings + op->s0, HOSTNAME_LENGTH + 1) <= HOSTNAME_LENGTH;
    case PODRUN_OP_RLIMIT:
        return op->s0 < LIMIT_KINDS && op->x <= op->y;
    case PODRUN_OP_WORKDIR:
        return check->strings[op->s0] == '/';
    case PODRUN_OP_CONSOLE:
    case PODRUN_OP_TERMINAL:
        if (check->has_terminal)
            return false;
        check->has_terminal = true;
        return true;
    case PODRUN_OP_GROUPS:
        return op->x <= GROUPS_MAX && is_blob(check, op->s0, op->x, sizeof(uint32_t));
    case PODRUN_OP_IDENTITY: /* -1 means "leave as it is" to setresuid: never */
        return op->x < UINT32_MAX && op->y < UINT32_MAX;
    case PODRUN_OP_OWNER:
        return op->x < UINT32_MAX;
    case PODRUN_OP_SECCOMP:
        return op->x > 0 && op->x <= BPF_MAXINSNS && is_blob(check, op->s0, op->x, sizeof(struct sock_filter)) &&
               (op->y & ~(uint64_t)SECCOMP_FLAGS) == 0;
    case PODRUN_OP_UMASK:
        return op->x <= 0777;
    case PODRUN_OP_EXEC:
    case PODRUN_OP_EXEC_FD:
        return op->x > 0 && is_run(check, op->s0, op->x);
    default:
        return true;
    }
}

static bool check_op(struct check *check, const struct podrun_op *op)
{
    if (op->code >= sizeof rules / sizeof *rules || !rules[op->code].known)
        return false;
    const struct rule *rule = &rules[op->code];
    if (op->flags & ~rule->flags || op->s3 != 0)
        return false;
    if (rule->slot == ZERO ? op->slot != 0 && op->slot != PODRUN_NO_SLOT : !check_field(check, rule->slot, op->slot))
        return false;
    if (!check_field(check, rule->s0, op->s0) || !check_field(check, rule->s1, op->s1) ||
        !check_field(check, rule->s2, op->s2) || !check_field(check, rule->x, op->x) ||
        !check_field(check, rule->y, op->y) || !check_pair(check, op))
        return false;
    if (rule->slot == OUTPUT && !fill(check, op->slot))
        return false;
    return rule->x != OUTPUT || fill(check, op->x);
}

static bool check_header(const struct podrun_program_header *header, size_t size)
{
    if (header->magic != PODRUN_PROGRAM_MAGIC || header->version != PODRUN_PROGRAM_VERSION)
        return false;
    if (header->total_size != size || header->op_count == 0 || header->op_count > PODRUN_PROGRAM_MAX_OPS)
        return false;
    uint64_t ops_end = sizeof *header + (uint64_t)header->op_count * sizeof(struct podrun_op);
    if (header->string_offset < ops_end || header->string_size == 0)
        return false;
    if ((uint64_t)header->string_offset + header->string_size != size)
        return false;
    const char *strings = (const char *)header + header->string_offset;
    if (strings[0] != '\0' || strings[header->string_size - 1] != '\0')
        return false;
    if (header->slots_total > PODRUN_MAX_SLOTS || header->slots_passed > PODRUN_MAX_PASSED_SLOTS ||
        header->slots_passed > header->slots_total)
        return false;
    if (header->clone_flags & ~(uint64_t)(unsigned)NAMESPACES)
        return false;
    if (header->cgroup_slot != PODRUN_NO_SLOT && header->cgroup_slot >= header->slots_passed)
        return false;
    if (header->pid_namespace_slot == PODRUN_NO_SLOT)
        return true;
    return header->pid_namespace_slot < header->slots_passed && !(header->clone_flags & CLONE_NEWPID);
}

int podrun_program_check(const void *bytes, size_t size, struct podrun_program *program, uint32_t *bad_op)
{
    const struct podrun_program_header *header = bytes;
    *bad_op = UINT32_MAX;
    if (size < sizeof *header || size > PODRUN_PROGRAM_MAX_SIZE || !check_header(header, size))
        return EBADMSG;
    program->header = header;
    program->ops = (const struct podrun_op *)(header + 1);
    program->strings = (const char *)bytes + header->string_offset;

    struct check check = {
        .strings = program->strings,
        .string_size = header->string_size,
        .slots_total = header->slots_total,
        .scan_budget = 4ull * PODRUN_PROGRAM_MAX_SIZE,
    };
    memset(check.filled, true, header->slots_passed);
    for (uint32_t index = 0; index < header->op_count; index++) {
        const struct podrun_op *op = &program->ops[index];
        bool is_exec = op->code == PODRUN_OP_EXEC || op->code == PODRUN_OP_EXEC_FD;
        if (!check_op(&check, op) || is_exec != (index + 1 == header->op_count)) {
            *bad_op = index;
            return EBADMSG;
        }
    }
    return 0;
}

size_t podrun_list_count(const char *list)
{
    size_t count = 0;
    for (const char *entry = list; *entry; entry += strlen(entry) + 1)
        count++;
    return count;
}
