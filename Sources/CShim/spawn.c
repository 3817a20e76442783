/* Start of a keeper or another helper from its memfd: the cost of vfork, with CLONE_PIDFD and CLONE_INTO_CGROUP.
 *
 * The child shares the parent's memory until exec, but runs on a stack of its own (which vfork does not give) and comes
 * from a raw clone3, so nothing of libc's or Swift's state is locked or copied. Signals are blocked meanwhile: no handler
 * of the parent may run in the child. The parent stands still until exec or _exit (CLONE_VFORK), so the child may write
 * its errno into the parent's frame.
 */
#define _GNU_SOURCE 1
#include "cshim.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define FD_COUNT   5
#define STACK_SIZE 16384

struct child {
    const struct podrun_spawn *spawn;
    char *const *argv;
    char *const *envp;
    int error;
};

static _Noreturn void child_main(struct child *child)
{
    const struct podrun_spawn *spawn = child->spawn;
    int high[FD_COUNT + 1];
    sigset_t none;

    /* First out of the way of 0 to 4, then into place: any of the sources may be in that range. */
    for (int i = 0; i < FD_COUNT; i++)
        if ((high[i] = fcntl(spawn->fds[i], F_DUPFD_CLOEXEC, 16)) < 0)
            goto fail;
    if ((high[FD_COUNT] = fcntl(spawn->executable, F_DUPFD_CLOEXEC, 16)) < 0)
        goto fail;
    for (int i = 0; i < FD_COUNT; i++)
        if (dup2(high[i], i) < 0)
            goto fail;
    /* Also what the agent itself inherited without close-on-exec. */
    if (syscall(SYS_close_range, FD_COUNT, ~0u, CLOSE_RANGE_CLOEXEC) != 0)
        goto fail;
    setsid();
    /* Ignored signals stay ignored over exec: keeper and guard reset them themselves. */
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    syscall(SYS_execveat, high[FD_COUNT], "", child->argv, child->envp, AT_EMPTY_PATH);
fail:
    child->error = errno;
    _exit(127);
}

static long clone_onto(struct clone_args *args, struct child *child)
{
    long result;
#if defined(__x86_64__)
    register void (*entry)(struct child *) __asm__("r12") = child_main;
    register struct child *argument __asm__("r13") = child;
    __asm__ volatile("syscall\n\t"
                     "test %%rax, %%rax\n\t"
                     "jnz 1f\n\t"
                     "xor %%ebp, %%ebp\n\t"
                     "mov %%r13, %%rdi\n\t"
                     "call *%%r12\n\t"
                     "hlt\n"
                     "1:"
                     : "=a"(result)
                     : "0"(SYS_clone3), "D"(args), "S"(sizeof *args), "r"(entry), "r"(argument)
                     : "rcx", "r11", "memory");
#elif defined(__aarch64__)
    register long x0 __asm__("x0") = (long)args;
    register long x1 __asm__("x1") = sizeof *args;
    register long x8 __asm__("x8") = SYS_clone3;
    register void (*entry)(struct child *) __asm__("x20") = child_main;
    register struct child *argument __asm__("x21") = child;
    __asm__ volatile("svc #0\n\t"
                     "cbnz x0, 1f\n\t"
                     "mov x29, xzr\n\t"
                     "mov x0, x21\n\t"
                     "blr x20\n"
                     "1:"
                     : "+r"(x0)
                     : "r"(x1), "r"(x8), "r"(entry), "r"(argument)
                     : "memory");
    result = x0;
#else
#error "podrun runs on x86_64 and aarch64"
#endif
    if (result < 0) {
        errno = (int)-result;
        return -1;
    }
    return result;
}

int podrun_spawn(const struct podrun_spawn *spawn, char *const *argv, char *const *envp, int *pidfd)
{
    char stack[STACK_SIZE] __attribute__((aligned(16)));
    struct child child = {.spawn = spawn, .argv = argv, .envp = envp};
    struct clone_args args = {
        .flags = CLONE_VM | CLONE_VFORK | CLONE_PIDFD | (spawn->cgroup >= 0 ? CLONE_INTO_CGROUP : 0),
        .pidfd = (uint64_t)(uintptr_t)pidfd,
        .exit_signal = SIGCHLD,
        .stack = (uint64_t)(uintptr_t)stack,
        .stack_size = sizeof stack,
        .cgroup = spawn->cgroup >= 0 ? (uint64_t)spawn->cgroup : 0,
    };
    sigset_t all, before;

    *pidfd = -1;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before);
    long pid = clone_onto(&args, &child);
    int error = errno;
    sigprocmask(SIG_SETMASK, &before, NULL);
    if (pid >= 0 && child.error != 0) {
        /* The child is dead already: CLONE_VFORK came back because of _exit. */
        siginfo_t info;
        waitid(P_PIDFD, (id_t)*pidfd, &info, WEXITED);
        close(*pidfd);
        *pidfd = -1;
        error = child.error;
        pid = -1;
    }
    errno = error;
    return (int)pid;
}
