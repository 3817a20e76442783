/* Usage: floor [--rounds N] [--warm-up N] [--directory PATH]
 * Starts and stops one pod per round and prints a JSON object: medians and quantiles in microseconds. Needs root. */
#include "floor.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <getopt.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define BRIDGE         "floor0"
#define GATEWAY        "10.254.0.1"
#define MAXIMUM_ROUNDS 10000

void floor_fail(const char *what, const char *subject)
{
    fprintf(stderr, "floor: %s %s: %s\n", what, subject, strerror(errno));
    exit(1);
}

void floor_format(char *buffer, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(buffer, FLOOR_PATH, format, arguments);
    va_end(arguments);
    errno = ENAMETOOLONG;
    if (length >= FLOOR_PATH)
        floor_fail("format", buffer);
}

double floor_microseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static void make_directory(const char *parent, const char *name)
{
    char path[FLOOR_PATH];
    floor_format(path, "%s/%s", parent, name);
    if (mkdir(path, 0755) < 0)
        floor_fail("make", path);
}

static void make_file(const char *parent, const char *name)
{
    char path[FLOOR_PATH];
    floor_format(path, "%s/%s", parent, name);
    int file = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0644);
    if (file < 0 || write(file, "floor\n", 6) != 6)
        floor_fail("write", path);
    close(file);
}

static void copy_payload(const char *directory)
{
    static char bytes[1 << 20];
    char path[FLOOR_PATH];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - sizeof ".payload");
    if (length < 0)
        floor_fail("read", "/proc/self/exe");
    strcpy(path + length, ".payload");
    int source = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t size = source < 0 ? -1 : read(source, bytes, sizeof bytes);
    if (size <= 0)
        floor_fail("read", path);
    floor_format(path, "%s/layers/1/bin/payload", directory);
    int target = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0755);
    if (target < 0 || write(target, bytes, (size_t)size) != size)
        floor_fail("write", path);
    close(source);
    close(target);
}

/* The image: two layers, every mount point present as in images that people build. */
static void make_image(const char *directory)
{
    static const char *const directories[] = {"root",         "pods",         "layers",          "layers/0",
                                              "layers/1",     "layers/1/bin", "layers/0/proc",   "layers/0/sys",
                                              "layers/0/dev", "layers/0/etc", "layers/0/volume", "layers/0/volume.ro"};
    static const char *const files[] = {"hosts",
                                        "hostname",
                                        "resolv.conf",
                                        "termination-log",
                                        "layers/0/etc/hosts",
                                        "layers/0/etc/hostname",
                                        "layers/0/etc/resolv.conf"};
    for (size_t i = 0; i < sizeof directories / sizeof *directories; i++)
        make_directory(directory, directories[i]);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        make_file(directory, files[i]);
    copy_payload(directory);
}

/* Where the host has cgroup2: /sys/fs/cgroup, or a directory below it on hybrid hosts. */
static void find_cgroup(char *path)
{
    FILE *mounts = fopen("/proc/self/mounts", "re");
    if (mounts == NULL)
        floor_fail("open", "/proc/self/mounts");
    char target[256], type[64];
    int found = 0;
    while (!found && fscanf(mounts, "%*s %255s %63s %*[^\n]", target, type) == 2)
        found = strcmp(type, "cgroup2") == 0;
    fclose(mounts);
    errno = ENOENT;
    if (!found)
        floor_fail("find", "cgroup2 mount");
    floor_format(path, "%s/podrun-floor.%d", target, getpid());
    if (mkdir(path, 0755) < 0)
        floor_fail("make", path);
}

static struct host host;

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status, (void)type, (void)walk;
    return remove(path);
}

/* Runs at exit, after a failure too: the mounts are in a private namespace, pause dies with its parent. */
static void host_remove(void)
{
    if (host.bridge != 0)
        link_delete(host.netlink, host.bridge);
    if (host.cgroup[0] != '\0')
        rmdir(host.cgroup);
    if (host.directory[0] != '\0')
        nftw(host.directory, remove_entry, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

static void host_make(const char *parent)
{
    if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
        floor_fail("leave", "mount namespace of the host");
    host.netlink = netlink_open();
    host.network_namespace = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    if (host.network_namespace < 0)
        floor_fail("open", "/proc/self/ns/net");
    floor_format(host.directory, "%s/podrun-floor.XXXXXX", parent);
    if (mkdtemp(host.directory) == NULL)
        floor_fail("make", host.directory);
    chmod(host.directory, 0755);
    atexit(host_remove);
    make_image(host.directory);
    find_cgroup(host.cgroup);
    host.bridge = bridge_make(host.netlink, BRIDGE, GATEWAY);
    seccomp_compile(&host.seccomp);
}

static int ascending(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

static void print_quantiles(const char *name, double *values, int count, const char *end)
{
    qsort(values, (size_t)count, sizeof *values, ascending);
    printf("  \"%s\": {\"median\": %.0f, \"p10\": %.0f, \"p90\": %.0f, \"minimum\": %.0f}%s\n", name, values[count / 2],
           values[count / 10], values[count * 9 / 10], values[0], end);
}

static void measure(int rounds, int warm_up)
{
    static double pause[MAXIMUM_ROUNDS], network[MAXIMUM_ROUNDS], execed[MAXIMUM_ROUNDS];
    static double reaped[MAXIMUM_ROUNDS], removed[MAXIMUM_ROUNDS];
    for (int round = -warm_up; round < rounds; round++) {
        struct pod pod = {.number = round + warm_up + 1};
        struct start_times start;
        struct teardown_times teardown;
        pod_start(&host, &pod, &start);
        pod_stop(&host, &pod, &teardown);
        char link[IFNAMSIZ];
        pod_link_name(&pod, link);
        while (if_nametoindex(link) != 0)
            usleep(200); /* the kernel's cleanup must not slow the next round */
        if (round < 0)
            continue;
        pause[round] = start.pause, network[round] = start.network, execed[round] = start.execed;
        reaped[round] = teardown.reaped, removed[round] = teardown.removed;
    }
    printf("{\n  \"rounds\": %d,\n  \"seccomp_instructions\": %d,\n", rounds, host.seccomp.len);
    print_quantiles("pause_us", pause, rounds, ",");
    print_quantiles("network_us", network, rounds, ",");
    print_quantiles("start_us", execed, rounds, ",");
    print_quantiles("reaped_us", reaped, rounds, ",");
    print_quantiles("teardown_us", removed, rounds, "\n}");
}

int main(int argc, char **argv)
{
    static const struct option options[] = {{"rounds", required_argument, NULL, 'r'},
                                            {"warm-up", required_argument, NULL, 'w'},
                                            {"directory", required_argument, NULL, 'd'},
                                            {NULL, 0, NULL, 0}};
    int rounds = 100, warm_up = 5;
    const char *directory = "/var/tmp"; /* a disk, as /var/lib/podrun is; not a tmpfs */
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (option == 'r')
            rounds = atoi(optarg);
        else if (option == 'w')
            warm_up = atoi(optarg);
        else if (option == 'd')
            directory = optarg;
        else
            return 2;
    }
    if (rounds < 1 || rounds > MAXIMUM_ROUNDS || warm_up < 0) {
        fprintf(stderr, "floor: --rounds must be in 1...%d\n", MAXIMUM_ROUNDS);
        return 2;
    }
    host_make(directory);
    measure(rounds, warm_up);
    return 0;
}
