/* What an attacker in a container does to get at the host, or at those who enter the container. Each verb prints what it
 * got: nothing, when all is well. */
#include "probe.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

static volatile sig_atomic_t ended;

static void end(int signal_number)
{
    (void)signal_number;
    ended = 1;
}

static void until_term(void)
{
    signal(SIGTERM, end);
    printf("ready\n");
    fflush(stdout);
}

/* Calls `function` with the path of each process in /proc but this one; returns how many there were. */
static int each_process(void (*function)(const char *path, const char *argument), const char *argument)
{
    DIR *directory = opendir("/proc");
    int count = 0;
    for (struct dirent *entry; directory != NULL && (entry = readdir(directory)) != NULL;) {
        int pid = atoi(entry->d_name);
        if (pid <= 0 || pid == getpid())
            continue;
        char path[32];
        snprintf(path, sizeof path, "/proc/%d", pid);
        function(path, argument);
        count++;
    }
    if (directory != NULL)
        closedir(directory);
    return count;
}

/* Holds on to a process's executable and tries to open it for writing, also when nobody runs it any more (CVE-2019-5736). */
static void overwrite_executable(const char *path, const char *unused)
{
    char link[64], name[4096];
    (void)unused;
    snprintf(link, sizeof link, "%s/exe", path);
    ssize_t length = readlink(link, name, sizeof name - 1);
    int executable = open(link, O_PATH | O_CLOEXEC);
    if (executable < 0 || length < 0)
        return;
    name[length] = '\0';
    snprintf(link, sizeof link, "/proc/self/fd/%d", executable);
    for (int i = 0; i < 50; i++) {
        int file = open(link, O_RDWR | O_CLOEXEC);
        if (file >= 0) {
            char byte; /* what is there already: no harm is done */
            if (pread(file, &byte, 1, 0) == 1 && pwrite(file, &byte, 1, 0) == 1)
                printf("writable %s\n", name);
            fflush(stdout);
            close(file);
            break;
        }
        if (errno != ETXTBSY)
            break;
        usleep(200);
    }
    close(executable);
}

int overwrite(void)
{
    until_term();
    while (!ended)
        each_process(overwrite_executable, NULL);
    return 0;
}

static void look_for(int directory, const char *what, const char *canary)
{
    char path[4200];
    snprintf(path, sizeof path, "../../../../../../../../../../../..%s", canary);
    int file = openat(directory, path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return;
    close(file);
    printf("found %s\n", what);
    fflush(stdout);
}

static void look_into(const char *path, const char *canary)
{
    static const char *const names[] = {"root", "cwd"};
    char link[320];
    for (int i = 0; i < 2; i++) {
        snprintf(link, sizeof link, "%s/%s", path, names[i]);
        int directory = open(link, O_PATH | O_CLOEXEC);
        if (directory < 0)
            continue;
        look_for(directory, link, canary);
        char inside[4200];
        snprintf(inside, sizeof inside, ".%s", canary);
        if (faccessat(directory, inside, F_OK, 0) == 0)
            printf("found %s\n", link);
        close(directory);
    }
    snprintf(link, sizeof link, "%s/fd", path);
    DIR *descriptors = opendir(link);
    for (struct dirent *entry; descriptors != NULL && (entry = readdir(descriptors)) != NULL;) {
        if (entry->d_name[0] == '.')
            continue;
        snprintf(link, sizeof link, "%s/fd/%.16s", path, entry->d_name);
        int directory = open(link, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (directory < 0)
            continue;
        look_for(directory, link, canary);
        close(directory);
    }
    if (descriptors != NULL)
        closedir(descriptors);
}

int watch_processes(const char *canary)
{
    long looks = 0;
    until_term();
    while (!ended)
        looks += each_process(look_into, canary);
    printf("looked %ld\n", looks);
    return 0;
}

/* The classic ways out of a root directory. */
int escape(const char *canary)
{
    look_into("/proc/self", canary);
    each_process(look_into, canary);
    int root = open("/", O_PATH | O_CLOEXEC);
    mkdir("/jail", 0700);
    if (chroot("/jail") < 0) {
        printf("chroot: %s\n", strerror(errno));
        return 0;
    }
    if (fchdir(root) == 0)
        for (int i = 0; i < 64; i++)
            if (chdir("..") < 0)
                break;
    if (chroot(".") == 0 && access(canary, F_OK) == 0)
        printf("found by chroot\n");
    printf("tried\n");
    return 0;
}

int mark(const char *name)
{
    char path[256];
    const char *slash = strrchr(name, '/');
    snprintf(path, sizeof path, "/marks/%s", slash == NULL ? name : slash + 1);
    return open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0644) < 0;
}

/* Types into the terminal that it was given (CVE-2017-5226). */
int push_input(const char *text)
{
    for (int descriptor = 0; descriptor < 3; descriptor++)
        for (const char *byte = text; *byte; byte++)
            ioctl(descriptor, TIOCSTI, byte);
    int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    printf("pushed %d\n", terminal >= 0);
    return 0;
}

static int reach(const struct sockaddr_un *address, socklen_t size)
{
    static const int kinds[] = {SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM};
    for (int i = 0; i < 3; i++) {
        int client = socket(AF_UNIX, kinds[i] | SOCK_CLOEXEC, 0);
        int result = connect(client, (const struct sockaddr *)address, size);
        close(client);
        if (result == 0)
            return 1;
    }
    return 0;
}

/* Connects to every socket that this network namespace shows, by abstract name and by path. */
int connect_to_sockets(void)
{
    FILE *sockets = fopen("/proc/net/unix", "re");
    char line[512];
    for (int count = 0; sockets != NULL && fgets(line, sizeof line, sockets) != NULL;) {
        char *name = strpbrk(line, "@/");
        if (count++ == 0 || name == NULL)
            continue;
        name[strcspn(name, "\n")] = '\0';
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        size_t length = strlen(name);
        if (length >= sizeof address.sun_path)
            continue;
        memcpy(address.sun_path, name, length);
        if (name[0] == '@')
            address.sun_path[0] = '\0';
        if (reach(&address, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length)))
            printf("reached %s\n", name);
    }
    printf("tried\n");
    return 0;
}

/* Adds to its session's keyring, or looks for a key of that name in whatever keyrings it has. */
int keys(const char *verb, const char *name)
{
    if (strcmp(verb, "add") == 0)
        return printf("added %d\n", syscall(SYS_add_key, "user", name, "secret", 6L, -3L) >= 0), 0;
    long found = syscall(SYS_request_key, "user", name, NULL, 0L);
    for (long keyring = -1; found < 0 && keyring >= -5; keyring--)
        found = syscall(SYS_keyctl, 10L /* KEYCTL_SEARCH */, keyring, "user", name, 0L);
    printf("%s\n", found >= 0 ? "found" : errno == EPERM ? "refused" : "none");
    return 0;
}

/* Puts a link in a directory's place. */
int relink(const char *target, const char *path)
{
    rmdir(path);
    unlink(path);
    return symlink(target, path) < 0;
}

/* Sends the agent a request; says whether an answer came. */
int ask(const char *path)
{
    static const char request[] = "{\"version\":2,\"verb\":\"get\"}";
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strncpy(address.sun_path, path, sizeof address.sun_path - 1);
    int client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(client, (struct sockaddr *)&address, sizeof address) < 0)
        return printf("connect: %s\n", strerror(errno)), 0;
    unsigned length = sizeof request - 1;
    char answer[64];
    if (send(client, &length, sizeof length, MSG_NOSIGNAL) < 0 || send(client, request, length, MSG_NOSIGNAL) < 0)
        return printf("closed\n"), 0;
    printf("%s\n", recv(client, answer, sizeof answer, 0) > 0 ? "answered" : "closed");
    return 0;
}

/* Reads a file, then opens it for writing and writes: how many bytes there were, and what came of it. */
int touch(const char *path)
{
    char bytes[4096];
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t size = file < 0 ? 0 : read(file, bytes, sizeof bytes);
    close(file);
    file = open(path, O_WRONLY | O_CLOEXEC | O_NONBLOCK);
    if (file >= 0 && write(file, "x", 1) == 1)
        errno = 0;
    printf("%zd %s\n", size < 0 ? 0 : size,
           errno == 0        ? "OK"
           : errno == EROFS  ? "EROFS"
           : errno == EACCES ? "EACCES"
           : errno == EISDIR ? "EROFS"
                             : strerror(errno));
    return 0;
}

/* Opens files until no more can be had, says how many, and goes on trying. */
int flood_descriptors(void)
{
    long count = 0;
    while (open("/dev/null", O_RDONLY | O_CLOEXEC) >= 0)
        count++;
    printf("%ld\n", count);
    fflush(stdout);
    for (;;)
        if (open("/dev/null", O_RDONLY | O_CLOEXEC) >= 0)
            count++;
}
