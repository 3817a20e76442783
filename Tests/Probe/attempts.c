/* What a container must not be able to do. Each attempt would be harmless if it succeeded: the arguments name nothing.
 */
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *error_name(long result)
{
    if (result >= 0)
        return "OK";
    switch (errno) {
    case EPERM:
        return "EPERM";
    case EACCES:
        return "EACCES";
    case EROFS:
        return "EROFS";
    case ENOSYS:
        return "ENOSYS";
    case EINVAL:
        return "EINVAL";
    case ENOENT:
        return "ENOENT";
    case EFAULT:
        return "EFAULT";
    case EBADF:
        return "EBADF";
    case EAFNOSUPPORT:
        return "EAFNOSUPPORT";
    case EBUSY:
        return "EBUSY";
    case ENXIO:
        return "ENXIO";
    case ESRCH:
        return "ESRCH";
    case EEXIST:
        return "EEXIST";
    default:
        return strerror(errno);
    }
}

static void attempt(const char *name, long result)
{
    json_text(name, error_name(result));
}

static long write_file(const char *path)
{
    int file = open(path, O_WRONLY | O_CLOEXEC);
    if (file < 0)
        return -1;
    close(file);
    return 0;
}

/* In a child: a success would change this process. */
static long in_child(long (*function)(void))
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        errno = 0;
        long result = function();
        _exit(result >= 0 ? 0 : errno);
    }
    waitpid(child, &status, 0);
    errno = WIFEXITED(status) ? WEXITSTATUS(status) : EINVAL;
    return errno == 0 ? 0 : -1;
}

static long try_unshare_user(void)
{
    return unshare(CLONE_NEWUSER);
}
static long try_unshare_mount(void)
{
    return unshare(CLONE_NEWNS);
}

static long try_set_host_name(void)
{
    char name[65];
    if (gethostname(name, sizeof name) < 0)
        return -1;
    return sethostname(name, strlen(name)); /* to what it is already */
}

static long try_clone3(void)
{
    uint64_t args[11] = {[4] = SIGCHLD}; /* struct clone_args: exit_signal */
    long pid = syscall(SYS_clone3, args, sizeof args);
    if (pid == 0)
        _exit(0);
    return pid;
}

/* 0x40000000 marks the x32 ABI: a filter that only knows x86-64 numbers would let these through. */
static long try_x32_mount(void)
{
    return syscall(0x40000000 | SYS_mount, NULL, NULL, NULL, 0, NULL);
}

static long try_device(void)
{
    unlink("/device-8-0");
    if (mknod("/device-8-0", S_IFBLK | 0600, makedev(8, 0)) < 0)
        return -1;
    int file = open("/device-8-0", O_RDONLY | O_CLOEXEC);
    int saved = errno;
    unlink("/device-8-0");
    if (file >= 0)
        close(file);
    errno = saved;
    return file;
}

static long try_remount_proc_sys(void)
{
    return mount(NULL, "/proc/sys", NULL, MS_REMOUNT | MS_BIND, NULL);
}

void attempts(void)
{
    json_open('{');
    attempt("mount", mount("none", "/tmp", "tmpfs", 0, NULL));
    attempt("umount", umount2("/proc/sys", MNT_DETACH));
    attempt("remount", in_child(try_remount_proc_sys));
    attempt("unshare-user", in_child(try_unshare_user));
    attempt("unshare-mount", in_child(try_unshare_mount));
    attempt("clone3", in_child(try_clone3));
    attempt("x32-mount", in_child(try_x32_mount));
    attempt("sethostname", in_child(try_set_host_name));
    attempt("reboot", syscall(SYS_reboot, 0, 0, 0, NULL));
    attempt("keyctl", syscall(SYS_keyctl, 0, -3, 0, 0, 0));
    attempt("add_key", syscall(SYS_add_key, "user", "podrun", "x", 1, -3));
    attempt("bpf", syscall(SYS_bpf, 0, NULL, 0));
    attempt("perf_event_open", syscall(SYS_perf_event_open, NULL, 0, -1, -1, 0));
    attempt("userfaultfd", syscall(SYS_userfaultfd, 0));
    attempt("io_uring_setup", syscall(SYS_io_uring_setup, 0, NULL));
    attempt("open_by_handle_at", syscall(SYS_open_by_handle_at, -1, NULL, 0));
    attempt("init_module", syscall(SYS_init_module, NULL, 0, ""));
    attempt("kexec_load", syscall(SYS_kexec_load, 0, 0, NULL, 0));
    attempt("settimeofday", syscall(SYS_settimeofday, NULL, NULL));
    attempt("pivot_root", syscall(SYS_pivot_root, ".", "."));
    attempt("setns", setns(-1, 0));
    attempt("socket-alg", socket(38, SOCK_SEQPACKET, 0));
    attempt("socket-vsock", socket(40, SOCK_STREAM, 0));
    attempt("device", try_device());
    attempt("unknown-syscall", syscall(4000));
    attempt("write /proc/sysrq-trigger", write_file("/proc/sysrq-trigger"));
    attempt("write /proc/sys/kernel/hostname", write_file("/proc/sys/kernel/hostname"));
    attempt("write /proc/irq/default_smp_affinity", write_file("/proc/irq/default_smp_affinity"));
    attempt("write /sys/fs/cgroup/cgroup.procs", write_file("/sys/fs/cgroup/cgroup.procs"));
    attempt("write /sys/kernel/uevent_helper", write_file("/sys/kernel/uevent_helper"));
    attempt("write /etc/hosts", write_file("/etc/hosts"));
    json_close('}');
    putchar('\n');
}
