/* One pod: pause holds net, ipc and uts; two containers with their own mount, pid and cgroup namespaces.
 *
 *   floor                     pause                container 0, 1 (cloned together)
 *     | -- clone3 ------------->| sleeps
 *     | -- veth, address, route |
 *     | -- clone3 ----------------------------------->| join pause, root, mounts, masks, pivot,
 *     |                         |                     | capabilities, seccomp, exec
 *     |<-- end of the error pipe: both have exec'd ---|
 */
#include "floor.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#define DEFAULT_CAPABILITIES 0xa80425fbull /* the 14 of Docker and containerd */
#define LAST_CAPABILITY      40
#define NAMESPACE_FLAGS      (0x7e020000u) /* clone's flags that make namespaces */

/* A child that can not go on reports where and why; the pipe closes by itself when it execs. */
struct failure {
    char what[64];
    int error;
};

static int child_errors;

static void child_check(int result, const char *what)
{
    if (result >= 0)
        return;
    struct failure failure = {.error = errno};
    strncpy(failure.what, what, sizeof failure.what - 1);
    if (write(child_errors, &failure, sizeof failure) < 0)
        _exit(126);
    _exit(127);
}

static pid_t clone_child(uint64_t flags, int cgroup, int *pidfd)
{
    struct clone_args args = {
        .flags = flags | CLONE_PIDFD, .pidfd = (uint64_t)(uintptr_t)pidfd, .exit_signal = SIGCHLD};
    if (cgroup >= 0) {
        args.flags |= CLONE_INTO_CGROUP;
        args.cgroup = (uint64_t)cgroup;
    }
    pid_t pid = (pid_t)syscall(SYS_clone3, &args, sizeof args);
    if (pid < 0)
        floor_fail("clone", "child");
    return pid;
}

/* As large as the default profile of the runtimes: some 350 rules, two of them with arguments. */
void seccomp_compile(struct sock_fprog *program)
{
    static const int refused[] = {SCMP_SYS(reboot),      SCMP_SYS(kexec_load), SCMP_SYS(init_module), SCMP_SYS(add_key),
                                  SCMP_SYS(clone),       SCMP_SYS(clone3),     SCMP_SYS(keyctl),      SCMP_SYS(mount),
                                  SCMP_SYS(personality), SCMP_SYS(bpf),        SCMP_SYS(unshare),     SCMP_SYS(setns)};
    scmp_filter_ctx context = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, 2);
    for (int number = 0; number < 450; number++) {
        int allowed = 1;
        for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
            allowed &= number != refused[i];
        char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_X86_64, number);
        if (name != NULL && allowed)
            seccomp_rule_add(context, SCMP_ACT_ALLOW, number, 0);
        free(name);
    }
    seccomp_rule_add(context, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1, SCMP_A0(SCMP_CMP_MASKED_EQ, NAMESPACE_FLAGS, 0));
    seccomp_rule_add(context, SCMP_ACT_ALLOW, SCMP_SYS(personality), 1, SCMP_A0(SCMP_CMP_EQ, 0));

    int file = (int)syscall(SYS_memfd_create, "seccomp", 0);
    if (file < 0 || seccomp_export_bpf(context, file) < 0)
        floor_fail("compile", "seccomp profile");
    off_t size = lseek(file, 0, SEEK_END);
    program->len = (unsigned short)((size_t)size / sizeof(struct sock_filter));
    program->filter = malloc((size_t)size);
    if (pread(file, program->filter, (size_t)size, 0) != size)
        floor_fail("read", "seccomp profile");
    close(file);
    seccomp_release(context);
}

static void run_directory(const struct host *host, const struct pod *pod, char *path)
{
    floor_format(path, "%s/pods/%d", host->directory, pod->number);
}

static void container_cgroup(const struct host *host, const struct pod *pod, int index, char *path)
{
    floor_format(path, "%s/pod%d/%d", host->cgroup, pod->number, index);
}

static void pause_start(struct pod *pod)
{
    pod->pause = clone_child(CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS, -1, &pod->pause_pidfd);
    if (pod->pause != 0)
        return;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (sethostname("floor", 5) < 0)
        _exit(1);
    for (;;)
        pause();
}

static void mount_at(const char *type, const char *target, unsigned long flags, const char *options)
{
    child_check(mount(type, target, type, flags, options), target);
}

static void bind_at(const char *source, const char *target)
{
    child_check(mount(source, target, NULL, MS_BIND, NULL), target);
}

static void device_nodes(void)
{
    static const struct {
        const char *path;
        unsigned major, minor;
    } nodes[] = {{"dev/null", 1, 3},   {"dev/zero", 1, 5},    {"dev/full", 1, 7},
                 {"dev/random", 1, 8}, {"dev/urandom", 1, 9}, {"dev/tty", 5, 0}};
    static const char *const links[][2] = {{"/proc/self/fd", "dev/fd"},
                                           {"/proc/self/fd/0", "dev/stdin"},
                                           {"/proc/self/fd/1", "dev/stdout"},
                                           {"/proc/self/fd/2", "dev/stderr"},
                                           {"pts/ptmx", "dev/ptmx"}};
    for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++)
        child_check(mknod(nodes[i].path, S_IFCHR | 0666, makedev(nodes[i].major, nodes[i].minor)), nodes[i].path);
    for (size_t i = 0; i < sizeof links / sizeof *links; i++)
        child_check(symlink(links[i][0], links[i][1]), links[i][1]);
}

static void mask(const char *path)
{
    struct stat status;
    if (lstat(path, &status) < 0)
        return;
    if (S_ISDIR(status.st_mode))
        mount_at("tmpfs", path, MS_RDONLY, "size=0k");
    else
        bind_at("dev/null", path);
}

static void read_only(const char *path)
{
    if (mount(path, path, NULL, MS_BIND | MS_REC, NULL) < 0 && errno == ENOENT)
        return;
    unsigned long flags = MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC;
    child_check(mount(NULL, path, NULL, flags, NULL), path);
}

/* Everything below is relative to the new root, which is the working directory. */
static void mounts(const struct host *host, const struct pod *pod)
{
    static const char *const masked[] = {"proc/asound",     "proc/acpi",        "proc/interrupts",
                                         "proc/kcore",      "proc/keys",        "proc/latency_stats",
                                         "proc/timer_list", "proc/timer_stats", "proc/sched_debug",
                                         "proc/scsi",       "sys/firmware",     "sys/devices/virtual/powercap"};
    static const char *const fixed[] = {"proc/bus", "proc/fs", "proc/irq", "proc/sys", "proc/sysrq-trigger"};
    static const char *const files[] = {"etc/hosts", "etc/hostname", "etc/resolv.conf", "dev/termination-log"};
    unsigned long safe = MS_NOSUID | MS_NODEV | MS_NOEXEC;
    char source[FLOOR_PATH], run[FLOOR_PATH];
    run_directory(host, pod, run);

    mount_at("proc", "proc", safe, NULL);
    mount_at("tmpfs", "dev", MS_NOSUID | MS_STRICTATIME, "mode=755,size=65536k");
    static const char *const directories[] = {"dev/pts", "dev/shm", "dev/mqueue"};
    for (size_t i = 0; i < 3; i++)
        child_check(mkdir(directories[i], 0755), directories[i]);
    device_nodes();
    mount_at("devpts", "dev/pts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620,gid=5");
    mount_at("mqueue", "dev/mqueue", safe, NULL);
    mount_at("sysfs", "sys", safe | MS_RDONLY, NULL);
    mount_at("cgroup2", "sys/fs/cgroup", safe | MS_RDONLY, NULL);
    floor_format(source, "%s/shm", run);
    bind_at(source, "dev/shm");
    int log = open("dev/termination-log", O_CREAT | O_WRONLY | O_CLOEXEC, 0666);
    child_check(log, "dev/termination-log");
    close(log);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        floor_format(source, "%s/%s", host->directory, strrchr(files[i], '/') + 1);
        bind_at(source, files[i]);
    }
    floor_format(source, "%s/volume", run);
    bind_at(source, "volume");
    bind_at(source, "volume.ro");
    child_check(mount(NULL, "volume.ro", NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL), "volume.ro");
    for (size_t i = 0; i < sizeof masked / sizeof *masked; i++)
        mask(masked[i]);
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
        read_only(fixed[i]);
}

static void root(const struct host *host, const struct pod *pod, int index)
{
    char path[FLOOR_PATH], options[4 * FLOOR_PATH];
    run_directory(host, pod, path);
    int length = snprintf(options, sizeof options,
                          "lowerdir=%1$s/layers/1:%1$s/layers/0,upperdir=%2$s/upper%3$d,workdir=%2$s/work%3$d",
                          host->directory, path, index);
    child_check(length < (int)sizeof options ? 0 : -1, "overlay options");
    floor_format(path, "%s/root", host->directory);
    child_check(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "propagation");
    child_check(mount("overlay", path, "overlay", 0, options), "overlay");
    child_check(chdir(path), "root");
}

static void rights(const struct host *host)
{
    for (int capability = 0; capability <= LAST_CAPABILITY; capability++)
        if (!(DEFAULT_CAPABILITIES >> capability & 1))
            prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
    gid_t groups[] = {0};
    child_check((int)syscall(SYS_setgroups, 1, groups), "groups");
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2] = {
        {.effective = (uint32_t)DEFAULT_CAPABILITIES, .permitted = (uint32_t)DEFAULT_CAPABILITIES}};
    child_check((int)syscall(SYS_capset, &header, data), "capabilities");
    child_check(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no new privileges");
    child_check((int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &host->seccomp), "seccomp");
}

static void container_main(const struct host *host, const struct pod *pod, int index)
{
    child_check(setns(pod->pause_pidfd, CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS), "namespaces of pause");
    root(host, pod, index);
    mounts(host, pod);
    child_check((int)syscall(SYS_pivot_root, ".", "."), "pivot root");
    child_check(umount2(".", MNT_DETACH), "old root");
    child_check(chdir("/"), "/");
    setsid();
    umask(022);
    int null = open("/dev/null", O_RDWR);
    child_check(null, "/dev/null");
    for (int descriptor = 0; descriptor < 3; descriptor++)
        child_check(dup2(null, descriptor), "stdio");
    child_check((int)syscall(SYS_close_range, 3, ~0u, 4 /* CLOSE_RANGE_CLOEXEC */), "close range");
    rights(host);
    char *const argv[] = {"payload", NULL}, *const envp[] = {"PATH=/bin", NULL};
    child_check(execve("/bin/payload", argv, envp), "exec");
}

static void pod_directories(const struct host *host, const struct pod *pod)
{
    char path[FLOOR_PATH], run[FLOOR_PATH];
    run_directory(host, pod, run);
    floor_format(path, "%s/pod%d", host->cgroup, pod->number);
    if (mkdir(run, 0700) < 0 || mkdir(path, 0755) < 0)
        floor_fail("make", path);
    static const char *const names[] = {"shm", "volume", "upper0", "work0", "upper1", "work1"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        floor_format(path, "%s/%s", run, names[i]);
        if (mkdir(path, 0755) < 0)
            floor_fail("make", path);
    }
    floor_format(path, "%s/shm", run);
    if (mount("shm", path, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=1777,size=65536k") < 0)
        floor_fail("mount", path);
}

void pod_start(const struct host *host, struct pod *pod, struct start_times *times)
{
    double begin = floor_microseconds();
    pod_directories(host, pod);
    pause_start(pod);
    times->pause = floor_microseconds() - begin;

    char path[FLOOR_PATH];
    floor_format(path, "/proc/%d/ns/net", pod->pause);
    int namespace = open(path, O_RDONLY | O_CLOEXEC);
    if (namespace < 0)
        floor_fail("open", path);
    pod_connect(host, pod, namespace);
    close(namespace);
    times->network = floor_microseconds() - begin;

    int errors[2];
    if (pipe2(errors, O_CLOEXEC) < 0)
        floor_fail("make", "pipe");
    for (int index = 0; index < FLOOR_CONTAINERS; index++) {
        container_cgroup(host, pod, index, path);
        if (mkdir(path, 0755) < 0)
            floor_fail("make", path);
        int cgroup = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (cgroup < 0)
            floor_fail("open", path);
        pod->containers[index] = clone_child(CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWCGROUP, cgroup, &pod->pidfds[index]);
        if (pod->containers[index] == 0) {
            child_errors = errors[1];
            container_main(host, pod, index);
        }
        close(cgroup);
    }
    close(errors[1]);
    struct failure failure;
    if (read(errors[0], &failure, sizeof failure) > 0) {
        errno = failure.error;
        floor_fail("start container", failure.what);
    }
    close(errors[0]);
    times->execed = floor_microseconds() - begin;
}

static void cgroup_remove(const char *path)
{
    /* A cgroup stays busy for some microseconds after its last process was reaped. */
    while (rmdir(path) < 0) {
        if (errno != EBUSY)
            floor_fail("remove", path);
        usleep(20);
    }
}

static void pod_remove(const struct host *host, const struct pod *pod)
{
    static const char *const names[] = {"shm",        "volume", "upper0", "work0/work", "work0", "upper1",
                                        "work1/work", "work1",  ""};
    char path[FLOOR_PATH], run[FLOOR_PATH];
    for (int index = 0; index < FLOOR_CONTAINERS; index++) {
        container_cgroup(host, pod, index, path);
        cgroup_remove(path);
    }
    floor_format(path, "%s/pod%d", host->cgroup, pod->number);
    cgroup_remove(path);
    run_directory(host, pod, run);
    floor_format(path, "%s/shm", run);
    if (umount2(path, MNT_DETACH) < 0)
        floor_fail("unmount", path);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        floor_format(path, "%s/%s", run, names[i]);
        /* The overlay leaves files in a layer's mount points only; anything here would be a leak of the floor itself.
         */
        if (rmdir(path) < 0)
            floor_fail("remove", path);
    }
}

/* The veth goes with the network namespace: deleting it by hand would wait 20 ms for the kernel's grace periods. */
void pod_stop(const struct host *host, struct pod *pod, struct teardown_times *times)
{
    double begin = floor_microseconds();
    char path[FLOOR_PATH];
    floor_format(path, "%s/pod%d/cgroup.kill", host->cgroup, pod->number);
    int kill_file = open(path, O_WRONLY | O_CLOEXEC);
    if (kill_file < 0 || write(kill_file, "1", 1) != 1)
        floor_fail("write", path);
    close(kill_file);
    for (int index = 0; index < FLOOR_CONTAINERS; index++) {
        waitpid(pod->containers[index], NULL, 0);
        close(pod->pidfds[index]);
    }
    kill(pod->pause, SIGKILL);
    waitpid(pod->pause, NULL, 0);
    close(pod->pause_pidfd);
    times->reaped = floor_microseconds() - begin;
    pod_remove(host, pod);
    times->removed = floor_microseconds() - begin;
}
