/* The keeper: parent, log writer and undertaker of one pod. It decides nothing; podrun_keeper.h is all it understands.
 */
#define _GNU_SOURCE
#include "keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "attach.h"
#include "log.h"

#define EVENTS        16
#define COOL_AFTER_MS 200

struct podrun_keeper podrun_keeper = {.epoll = -1, .null = -1, .pid_namespace = -1};

static int signals = -1;

uint64_t podrun_realtime_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void podrun_note(const char *what, int error)
{
    char line[160] = "podrun-keeper: ";
    size_t length = strlen(line), size = strlen(what);
    if (size > 100)
        size = 100;
    memcpy(line + length, what, size);
    length += size;
    const char *reason = strerror(error);
    size = strlen(reason);
    if (size > 40)
        size = 40;
    memcpy(line + length, ": ", 2);
    memcpy(line + length + 2, reason, size);
    length += size + 2;
    line[length++] = '\n';
    (void)!write(2, line, length);
}

static int watch(int fd, enum podrun_watch_kind kind)
{
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = podrun_watch(kind, 0)};
    return epoll_ctl(podrun_keeper.epoll, EPOLL_CTL_ADD, fd, &event) < 0 ? errno : 0;
}

static void raise_limit(int kind)
{
    struct rlimit limit;
    if (getrlimit(kind, &limit) < 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(kind, &limit);
}

/* Nothing of whoever started it: its descriptors, session, ignored or blocked signals, small limits. */
static void leave_parent(void)
{
    syscall(SYS_close_range, (unsigned)PODRUN_KEEPER_RUN_DIR_FD + 1, ~0u, 0);
    fcntl(PODRUN_KEEPER_LISTEN_FD, F_SETFD, FD_CLOEXEC);
    fcntl(PODRUN_KEEPER_RUN_DIR_FD, F_SETFD, FD_CLOEXEC);
    fcntl(PODRUN_KEEPER_LISTEN_FD, F_SETFL, O_NONBLOCK);
    setsid();
    umask(027);
    (void)!chdir("/");
    prctl(PR_SET_NAME, "podrun-keeper");
    prctl(PR_SET_DUMPABLE, 0);
    /* All of them, for good: only SIGKILL ends a keeper. Children get an empty mask. */
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    /* Once for all children: what the starter ignored would be ignored by every process of the pod. */
    char action[64] = {0}; /* a kernel sigaction of zeroes is SIG_DFL, whatever the architecture's layout */
    for (int number = 1; number <= 64; number++)
        syscall(SYS_rt_sigaction, number, action, NULL, 8);
    raise_limit(RLIMIT_NOFILE);
    raise_limit(RLIMIT_FSIZE);
    raise_limit(RLIMIT_CPU);
    int score = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (score >= 0) {
        (void)!write(score, "-999", 4); /* EACCES without CAP_SYS_RESOURCE: it keeps its parent's */
        close(score);
    }
}

/* Volumes mounted here are seen by the pod's containers and not by the host; the host's mounts still arrive here. Made when
 * the pod comes: where the host's mounts are private, a spare keeper would have an older view of them. */
int podrun_keeper_enter_mounts(void)
{
    static bool is_inside;
    if (is_inside)
        return 0;
    if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0)
        return errno;
    is_inside = true;
    return 0;
}

static int open_all(void)
{
    struct stat about;
    podrun_keeper.null = open("/dev/null", O_RDWR | O_NOFOLLOW | O_CLOEXEC);
    if (podrun_keeper.null < 0)
        return errno;
    if (fstat(podrun_keeper.null, &about) < 0 || !S_ISCHR(about.st_mode) || about.st_rdev != makedev(1, 3))
        return ENODEV;
    podrun_keeper.pid_namespace = open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC);
    if (podrun_keeper.pid_namespace < 0)
        return errno;
    podrun_keeper.epoll = epoll_create1(EPOLL_CLOEXEC);
    if (podrun_keeper.epoll < 0)
        return errno;
    sigset_t children;
    sigemptyset(&children);
    sigaddset(&children, SIGCHLD);
    signals = signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK);
    if (signals < 0)
        return errno;
    int error = watch(signals, PODRUN_WATCH_SIGNALS);
    if (error == 0)
        error = watch(PODRUN_KEEPER_LISTEN_FD, PODRUN_WATCH_LISTENER);
    return error != 0 ? error : podrun_processes_open();
}

static void receive_signals(void)
{
    struct signalfd_siginfo info;
    while (read(signals, &info, sizeof info) > 0)
        continue;
}

static void handle(uint64_t watched)
{
    uint32_t index = (uint32_t)watched;
    switch ((enum podrun_watch_kind)(watched >> 32)) {
    case PODRUN_WATCH_LISTENER:
        podrun_connection_accept();
        break;
    case PODRUN_WATCH_SIGNALS:
        receive_signals();
        podrun_process_reap();
        break;
    case PODRUN_WATCH_CONNECTION:
        podrun_connection_receive();
        break;
    case PODRUN_WATCH_SYNC:
        podrun_process_synchronise(index);
        break;
    case PODRUN_WATCH_STREAM:
        podrun_log_pump(index);
        break;
    case PODRUN_WATCH_CLIENT:
        podrun_attach_ready(index);
        break;
    }
}

int main(void)
{
    leave_parent();
    int error = prctl(PR_SET_CHILD_SUBREAPER, 1) < 0 ? errno : open_all();
    if (error != 0) {
        podrun_note("start", error);
        return 1;
    }
    for (;;) {
        struct epoll_event events[EVENTS];
        int timeout = podrun_attach_wait();
        if (podrun_log_is_warm() && (timeout < 0 || timeout > COOL_AFTER_MS))
            timeout = COOL_AFTER_MS;
        int count = epoll_wait(podrun_keeper.epoll, events, EVENTS, timeout);
        if (count == 0)
            podrun_log_cool();
        for (int index = 0; index < count; index++)
            handle(events[index].data.u64);
        if (podrun_keeper.is_shutting_down) {
            if (!podrun_process_reap()) {
                podrun_log_drain(NULL);
                return 0;
            }
            podrun_process_kill_all(); /* children of the killed that came to us since */
        }
    }
}
