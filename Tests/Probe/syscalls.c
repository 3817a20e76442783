/* What the container's seccomp filter answers to each system call number in each ABI, without any of the calls being made.
 *
 * A child puts a filter of its own above the container's: it hands every call that carries the mark to the tracer. Errors
 * and deaths that the container's filter decides on come first; a call that reaches the tracer is one that it allows. The
 * tracer skips it. So the answers are the filter's alone, and the same on every kernel. */
#include "probe.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/reg.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define MARK    0x6d61726b
#define NUMBERS 601
#define X32     0x40000000
#define ALLOWED 1000 /* no errno */
#define DEADLY  1001

/* uretprobe and uprobe: since Linux 6.13 they pass every filter, as they can do nothing but return from a probe. */
#define FIRST_UNFILTERED 335
#define LAST_UNFILTERED  336

enum abi { NATIVE, I386, X32_ABI, ABIS };
static const char *const abi_names[ABIS] = {"native", "i386", "x32"};

static int call_native(long number)
{
    long result;
    register long fourth __asm__("r10") = 0, fifth __asm__("r8") = 0;
    /* The mark leaves r9 again: libc's next call would carry it. */
    __asm__ volatile("mov %2, %%r9d\n\tsyscall\n\txor %%r9d, %%r9d"
                     : "=a"(result)
                     : "a"(number), "i"(MARK), "D"(0L), "S"(0L), "d"(0L), "r"(fourth), "r"(fifth)
                     : "rcx", "r9", "r11", "memory");
    return (int)-result;
}

static int call_i386(long number)
{
    long result;
    /* The sixth argument is ebp, which the compiler needs back. */
    __asm__ volatile("push %%rbp\n\tmov %2, %%ebp\n\tint $0x80\n\tpop %%rbp"
                     : "=a"(result)
                     : "a"(number), "i"(MARK), "b"(0L), "c"(0L), "d"(0L), "S"(0L), "D"(0L)
                     : "r8", "r9", "r10", "r11", "memory");
    return -(int)result;
}

static int load_marker(void)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[5])),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, MARK, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof code / sizeof *code, code};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return -1;
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

/* `answers`: shared with the tracer; -1 where no call came back. */
static void make_calls(enum abi abi, int *answers, int first)
{
    ptrace(PTRACE_TRACEME, 0, NULL, NULL);
    raise(SIGSTOP);
    if (load_marker() < 0)
        _exit(1);
    for (int number = first; number < NUMBERS; number++) {
        if (abi == NATIVE && number >= FIRST_UNFILTERED && number <= LAST_UNFILTERED)
            continue;
        answers[NUMBERS] = number;
        answers[number] = abi == I386 ? call_i386(number) : call_native(abi == X32_ABI ? X32 | number : number);
    }
    _exit(0);
}

/* Skips every call that comes by; the child finds ALLOWED as its result. */
static int trace(pid_t child)
{
    int status;
    waitpid(child, &status, 0);
    ptrace(PTRACE_SETOPTIONS, child, NULL, (void *)(PTRACE_O_TRACESECCOMP | PTRACE_O_EXITKILL));
    ptrace(PTRACE_CONT, child, NULL, NULL);
    while (waitpid(child, &status, 0) == child && WIFSTOPPED(status)) {
        long signal_number = WSTOPSIG(status);
        if (status >> 8 == (SIGTRAP | PTRACE_EVENT_SECCOMP << 8)) {
            ptrace(PTRACE_POKEUSER, child, (void *)(sizeof(long) * ORIG_RAX), (void *)-1L);
            ptrace(PTRACE_POKEUSER, child, (void *)(sizeof(long) * RAX), (void *)(long)-ALLOWED);
            signal_number = 0;
        }
        ptrace(PTRACE_CONT, child, NULL, (void *)signal_number);
    }
    return status;
}

void system_calls(void)
{
    int *answers = mmap(NULL, sizeof(int) * (NUMBERS + 1), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    json_open('{');
    for (enum abi abi = NATIVE; abi < ABIS; abi++) {
        for (int first = 0; first < NUMBERS; first = answers[NUMBERS] + 1) {
            answers[NUMBERS] = NUMBERS;
            fflush(stdout);
            pid_t child = fork();
            if (child == 0)
                make_calls(abi, answers, first);
            int status = trace(child);
            if (WIFEXITED(status))
                break;
            answers[answers[NUMBERS]] = DEADLY;
        }
        json_key(abi_names[abi]);
        json_open('[');
        for (int number = 0; number < NUMBERS; number++) {
            char text[16];
            snprintf(text, sizeof text, "%d", answers[number]);
            json_item(answers[number] == ALLOWED  ? "allowed"
                      : answers[number] == 0      ? "unfiltered"
                      : answers[number] == DEADLY ? "deadly"
                      : answers[number] == EPERM  ? "EPERM"
                      : answers[number] == ENOSYS ? "ENOSYS"
                                                  : text);
        }
        json_close(']');
    }
    json_close('}');
    putchar('\n');
}
