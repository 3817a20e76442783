/* The pod's pause: holds namespaces, sleeps, ends on SIGTERM and SIGINT as Kubernetes' pause does. As pid 1 of a shared
 * pid namespace it reaps by ignoring SIGCHLD: the kernel then buries orphans without waking anybody. No libc, no
 * descriptors. */
#include <linux/prctl.h>
#include <linux/signal.h>
#include <stdint.h>
#include <sys/syscall.h>

#if defined(__x86_64__)
static long call(long number, long a, long b, long c, long d)
{
    long result;
    register long r10 __asm__("r10") = d;
    __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10) : "rcx", "r11", "memory");
    return result;
}
#elif defined(__aarch64__)
static long call(long number, long a, long b, long c, long d)
{
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d;
    __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3) : "memory");
    return x0;
}
#else
#error "pause.c lacks system calls for this architecture"
#endif

#define SIGNALS_SIZE 8

_Noreturn void _start(void)
{
    /* A kernel sigaction: the handler comes first on every architecture, zeroes are right for the rest. */
    uint64_t ignore[8] = {(uint64_t)(uintptr_t)SIG_IGN};
    uint64_t all = UINT64_MAX;
    uint64_t endings = 1u << (SIGTERM - 1) | 1u << (SIGINT - 1);
    call(SYS_prctl, PR_SET_NAME, (long)"pause", 0, 0);
    call(SYS_rt_sigprocmask, SIG_SETMASK, (long)&all, 0, SIGNALS_SIZE);
    call(SYS_rt_sigaction, SIGCHLD, (long)ignore, 0, SIGNALS_SIZE);
    call(SYS_close_range, 0, (long)~0u, 0, 0);
    while (call(SYS_rt_sigtimedwait, (long)&endings, 0, 0, SIGNALS_SIZE) < 0)
        continue;
    for (;;)
        call(SYS_exit_group, 0, 0, 0, 0);
}
