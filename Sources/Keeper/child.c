#define _GNU_SOURCE
#include "child.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "message.h"
#include "timeline.h"

#define SIGNALS 64

int podrun_hand_back(const struct podrun_child *child, uint32_t tag, bool is_console, int fd)
{
    struct podrun_returned returned = {.tag = tag, .is_console = is_console};
    struct iovec part = {&returned, sizeof returned};
    return -podrun_send_message(child->sync, &part, 1, fd, 0);
}

/* Nothing that the keeper ignores or blocks is inherited. Raw calls: libc keeps some signals to itself. */
/* The keeper reset every handler when it started and has none; only its mask is to be lifted. */
static void unblock_signals(void)
{
    uint64_t none = 0;
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, NULL, SIGNALS / 8);
}

static int set_stdio(const struct podrun_child *child)
{
    for (int fd = 0; fd < 3; fd++)
        if (dup3(child->stdio[fd], fd, 0) < 0)
            return -errno;
    return 0;
}

/* The keeper's descriptors (its sockets, other containers' pipes and terminals) go before anything of this container is
 * touched: in a shared pid namespace its processes may look. */
static int close_others(const struct podrun_child *child)
{
    int keep[PODRUN_MAX_PASSED_SLOTS + 1];
    uint32_t count = 0;
    keep[count++] = child->sync;
    for (uint32_t slot = 0; slot < child->program.header->slots_passed; slot++) {
        uint32_t at = count++;
        for (; at > 0 && keep[at - 1] > child->slots[slot]; at--)
            keep[at] = keep[at - 1];
        keep[at] = child->slots[slot];
    }
    unsigned first = 3;
    for (uint32_t index = 0; index < count; index++) {
        unsigned fd = (unsigned)keep[index];
        if (fd > first && syscall(SYS_close_range, first, fd - 1, 0) < 0)
            return -errno;
        if (fd >= first)
            first = fd + 1;
    }
    return (int)podrun_result(syscall(SYS_close_range, first, ~0u, 0));
}

static bool is_tolerated(const struct podrun_op *op, int result)
{
    if (op->flags & PODRUN_F_TOLERATE_EPERM && (result == -EPERM || result == -EACCES))
        return true;
    return op->flags & PODRUN_F_OPTIONAL && result == -ENOENT;
}

_Noreturn static void fail(struct podrun_child *child, int error)
{
    child->progress->error = error;
    for (;;)
        syscall(SYS_exit_group, 127);
}

_Noreturn void podrun_child_main(struct podrun_child *child)
{
    unblock_signals();
    setsid();
    umask(022);
    int result = set_stdio(child);
    if (result == 0)
        result = close_others(child);
    if (result < 0)
        fail(child, -result);
    for (uint32_t index = 0; index < child->program.header->op_count; index++) {
        const struct podrun_op *op = &child->program.ops[index];
        child->progress->op_index = index;
        if (child->progress->is_traced && index < PODRUN_TIMELINE_OPS)
            child->progress->timeline.ops_ns[index] = podrun_monotonic_ns();
        result = podrun_process_op(child, op);
        if (result < 0 && !is_tolerated(op, result))
            fail(child, -result);
    }
    fail(child, ENOEXEC); /* not reached: the last op is EXEC */
}
