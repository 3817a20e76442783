/* Runs inside a container and prints as one JSON object what it finds there; with a sub-command it does one thing that
 * a test needs done. Static, needs nothing of the image. */
#include "probe.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <unistd.h>

static int first = 1; /* no comma before the first member of an object or array */

void json_string(const char *text, size_t length)
{
    putchar('"');
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)text[i];
        if (byte == '"' || byte == '\\') {
            printf("\\%c", byte);
        } else if (byte < 0x20 || byte > 0x7e) {
            printf("\\u%04x", byte); /* bytes, not characters: the tests compare ASCII */
        } else {
            putchar(byte);
        }
    }
    putchar('"');
}

static void separate(void)
{
    if (!first)
        putchar(',');
    first = 0;
}

void json_key(const char *name)
{
    separate();
    json_string(name, strlen(name));
    putchar(':');
}

void json_open(char bracket)
{
    putchar(bracket);
    first = 1;
}

void json_close(char bracket)
{
    putchar(bracket);
    first = 0;
}

void json_item(const char *text)
{
    separate();
    json_string(text, strlen(text));
}

void json_text(const char *name, const char *text)
{
    json_key(name);
    json_string(text, strlen(text));
}

void json_number(const char *name, long long value)
{
    json_key(name);
    printf("%lld", value);
}

static char *file_text(const char *path, size_t *length)
{
    static char text[1 << 20];
    int file = open(path, O_RDONLY | O_CLOEXEC);
    *length = 0;
    if (file < 0)
        return NULL;
    for (ssize_t size; (size = read(file, text + *length, sizeof text - 1 - *length)) > 0;)
        *length += (size_t)size;
    close(file);
    text[*length] = '\0';
    return text;
}

static void file_member(const char *name, const char *path)
{
    size_t length;
    const char *text = file_text(path, &length);
    json_key(name);
    if (text == NULL) {
        printf("null");
    } else {
        json_string(text, length);
    }
}

static void lines_member(const char *name, const char *path)
{
    size_t length;
    char *text = file_text(path, &length);
    json_key(name);
    json_open('[');
    for (char *line = text == NULL ? NULL : strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n"))
        json_item(line);
    json_close(']');
}

static void status_member(void)
{
    size_t length;
    char *text = file_text("/proc/self/status", &length);
    json_key("status");
    json_open('{');
    for (char *line = text == NULL ? NULL : strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        char *colon = strchr(line, ':');
        if (colon == NULL)
            continue;
        *colon++ = '\0';
        while (*colon == '\t' || *colon == ' ')
            colon++;
        for (size_t end = strlen(colon); end > 0 && colon[end - 1] == ' '; end--)
            colon[end - 1] = '\0';
        json_text(line, colon);
    }
    json_close('}');
}

static void namespaces_member(void)
{
    static const char *const names[] = {"cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"};
    json_key("namespaces");
    json_open('{');
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[64];
        struct stat status;
        snprintf(path, sizeof path, "/proc/self/ns/%s", names[i]);
        if (stat(path, &status) == 0)
            json_number(names[i], (long long)status.st_ino);
    }
    json_close('}');
}

static void limits_member(void)
{
    static const struct {
        const char *name;
        int number;
    } limits[] = {{"AS", RLIMIT_AS},           {"CORE", RLIMIT_CORE},         {"CPU", RLIMIT_CPU},
                  {"DATA", RLIMIT_DATA},       {"FSIZE", RLIMIT_FSIZE},       {"LOCKS", RLIMIT_LOCKS},
                  {"MEMLOCK", RLIMIT_MEMLOCK}, {"MSGQUEUE", RLIMIT_MSGQUEUE}, {"NICE", RLIMIT_NICE},
                  {"NOFILE", RLIMIT_NOFILE},   {"NPROC", RLIMIT_NPROC},       {"RSS", RLIMIT_RSS},
                  {"RTPRIO", RLIMIT_RTPRIO},   {"RTTIME", RLIMIT_RTTIME},     {"SIGPENDING", RLIMIT_SIGPENDING},
                  {"STACK", RLIMIT_STACK}};
    json_key("limits");
    json_open('{');
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        struct rlimit limit;
        if (getrlimit(limits[i].number, &limit) < 0)
            continue;
        json_key(limits[i].name);
        json_open('[');
        rlim_t both[] = {limit.rlim_cur, limit.rlim_max};
        for (int side = 0; side < 2; side++) {
            separate();
            printf("%lld", both[side] == RLIM_INFINITY ? -1LL : (long long)both[side]);
        }
        json_close(']');
    }
    json_close('}');
}

static int by_name(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

/* The names in a directory, sorted; the caller's own descriptor of it is closed before they are used. */
static size_t directory_names(const char *path, char *names[], size_t capacity)
{
    DIR *directory = opendir(path);
    size_t count = 0;
    if (directory == NULL)
        return 0;
    char own[16];
    snprintf(own, sizeof own, "%d", dirfd(directory));
    int descriptors = strcmp(path, "/proc/self/fd") == 0;
    for (struct dirent *entry; (entry = readdir(directory)) != NULL && count < capacity;) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (descriptors && strcmp(entry->d_name, own) == 0)
            continue;
        names[count++] = strdup(entry->d_name);
    }
    closedir(directory);
    qsort(names, count, sizeof *names, by_name);
    return count;
}

/* name -> {type, mode, uid, gid, major, minor, target, size} of each entry. */
void directory_member(const char *key, const char *path)
{
    static char *names[4096];
    size_t count = directory_names(path, names, sizeof names / sizeof *names);
    json_key(key);
    json_open('{');
    for (size_t i = 0; i < count; i++) {
        char child[4096], target[4096];
        struct stat status;
        snprintf(child, sizeof child, "%s/%s", path, names[i]);
        if (lstat(child, &status) < 0)
            continue;
        json_key(names[i]);
        json_open('{');
        static const char types[] = "?pc?d?b?-?l?s???";
        json_text("type", (char[]){types[status.st_mode >> 12 & 15], '\0'});
        char mode[8];
        snprintf(mode, sizeof mode, "%04o", status.st_mode & 07777);
        json_text("mode", mode);
        json_number("uid", status.st_uid);
        json_number("gid", status.st_gid);
        json_number("size", status.st_size);
        if (S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode)) {
            json_number("major", major(status.st_rdev));
            json_number("minor", minor(status.st_rdev));
        }
        ssize_t length = readlink(child, target, sizeof target - 1);
        if (length >= 0) {
            target[length] = '\0';
            json_text("target", target);
        }
        json_close('}');
        free(names[i]);
    }
    json_close('}');
}

static void descriptors_member(void)
{
    static char *names[4096];
    size_t count = directory_names("/proc/self/fd", names, sizeof names / sizeof *names);
    json_key("descriptors");
    json_open('{');
    for (size_t i = 0; i < count; i++) {
        char path[64], target[4096];
        snprintf(path, sizeof path, "/proc/self/fd/%s", names[i]);
        ssize_t length = readlink(path, target, sizeof target - 1);
        target[length < 0 ? 0 : length] = '\0';
        json_text(names[i], target);
    }
    json_close('}');
}

static void environment_member(char **environment)
{
    json_key("environment");
    json_open('[');
    for (char **variable = environment; *variable != NULL; variable++)
        json_item(*variable);
    json_close(']');
}

static void process_members(int argc, char **argv)
{
    json_key("arguments");
    json_open('[');
    for (int i = 0; i < argc; i++)
        json_item(argv[i]);
    json_close(']');
    char directory[4096];
    json_text("directory", getcwd(directory, sizeof directory) == NULL ? strerror(errno) : directory);
    json_number("pid", getpid());
    json_number("session", getsid(0));
    json_number("group", getpgid(0));
    json_number("nice", getpriority(PRIO_PROCESS, 0));
    mode_t mask = umask(0);
    umask(mask);
    json_number("umask", mask);
    int console = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    json_number("has_terminal", console >= 0);
    if (console >= 0)
        close(console);
    json_number("dumpable", prctl(PR_GET_DUMPABLE));
    int value = 0;
    prctl(PR_GET_CHILD_SUBREAPER, &value);
    json_number("child_subreaper", value);
    prctl(PR_GET_PDEATHSIG, &value);
    json_number("death_signal", value);
    json_number("scheduler", syscall(SYS_sched_getscheduler, 0)); /* musl has a stub only */
    cpu_set_t set;
    CPU_ZERO(&set);
    sched_getaffinity(0, sizeof set, &set);
    json_number("cpus", CPU_COUNT(&set));
    json_number("processors", sysconf(_SC_NPROCESSORS_CONF));
    struct utsname names;
    uname(&names);
    json_text("hostname", names.nodename);
    json_text("domain", names.domainname);
}

void report(int argc, char **argv, char **environment)
{
    json_open('{');
    process_members(argc, argv);
    environment_member(environment);
    descriptors_member();
    namespaces_member();
    status_member();
    limits_member();
    lines_member("mounts", "/proc/self/mountinfo");
    file_member("cgroup", "/proc/self/cgroup");
    file_member("oom_score_adj", "/proc/self/oom_score_adj");
    file_member("loginuid", "/proc/self/loginuid");
    file_member("personality", "/proc/self/personality");
    file_member("hosts", "/etc/hosts");
    file_member("hostname_file", "/etc/hostname");
    file_member("resolv", "/etc/resolv.conf");
    lines_member("routes", "/proc/net/route");
    lines_member("interfaces", "/proc/net/dev");
    lines_member("keys", "/proc/keys");
    directory_member("dev", "/dev");
    directory_member("pts", "/dev/pts");
    directory_member("root", "/");
    directory_member("etc", "/etc");
    json_close('}');
    putchar('\n');
}
