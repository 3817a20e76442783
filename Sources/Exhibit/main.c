/* What runs in the containers of `podrun lab`: one static program, so that the lab needs no image of anybody's.
 *
 *   wait                     sleeps until it is told to end
 *   serve PORT TEXT          answers every connection to 127.0.0.1:PORT with TEXT
 *   ask PORT                 prints that answer
 *   put NAME TEXT, get NAME  through a mapping of the file /dev/shm/NAME
 *   keep KEY TEXT, take KEY  through a System V segment
 *   processes                prints pid and name of all that it sees in /proc
 *   test, touch, remove PATH
 *   spin                     takes a processor
 *   eat MIB                  takes so much memory, 1 MiB each few milliseconds
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PAGE 4096
#define MIB  (1 << 20)

_Noreturn static void fail(const char *what)
{
    dprintf(2, "%s: %s\n", what, strerror(errno));
    exit(1);
}

/* The first process of a pid namespace dies of no signal that it does not handle. */
static void end(int signal)
{
    _exit(128 + signal);
}

static struct sockaddr_in loopback(const char *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

_Noreturn static void serve(const char *port, const char *text)
{
    struct sockaddr_in address = loopback(port);
    int one = 1, server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (server < 0 || bind(server, (struct sockaddr *)&address, sizeof address) < 0 || listen(server, 8) < 0)
        fail("listen");
    for (;;) {
        int client = accept4(server, NULL, NULL, SOCK_CLOEXEC);
        if (client < 0)
            continue;
        dprintf(client, "%s\n", text);
        close(client);
    }
}

static void ask(const char *port)
{
    struct sockaddr_in address = loopback(port);
    char answer[256];
    int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (client < 0 || connect(client, (struct sockaddr *)&address, sizeof address) < 0)
        fail("connect");
    for (ssize_t size; (size = read(client, answer, sizeof answer)) > 0;)
        write(1, answer, (size_t)size);
}

static char *mapping(const char *name, int flags)
{
    char path[64];
    snprintf(path, sizeof path, "/dev/shm/%s", name);
    int file = open(path, flags | O_CLOEXEC, 0666);
    if (file < 0 || (flags & O_CREAT && ftruncate(file, PAGE) < 0))
        fail(path);
    char *page = mmap(NULL, PAGE, flags & O_CREAT ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, file, 0);
    if (page == MAP_FAILED)
        fail("mmap");
    return page;
}

static char *segment(const char *key, int flags)
{
    int number = shmget((key_t)atoi(key), PAGE, flags);
    if (number < 0)
        fail("shmget");
    char *page = shmat(number, NULL, 0);
    if (page == (void *)-1)
        fail("shmat");
    return page;
}

static void list_processes(void)
{
    DIR *directory = opendir("/proc");
    if (!directory)
        fail("/proc");
    for (struct dirent *entry; (entry = readdir(directory));) {
        char path[300], name[32] = "";
        if (!isdigit((unsigned char)entry->d_name[0]))
            continue;
        snprintf(path, sizeof path, "/proc/%s/comm", entry->d_name);
        int file = open(path, O_RDONLY | O_CLOEXEC);
        ssize_t size = file < 0 ? 0 : read(file, name, sizeof name - 1);
        name[size > 0 && name[size - 1] == '\n' ? size - 1 : 0] = '\0';
        close(file);
        printf("%s %s\n", entry->d_name, name);
    }
}

static void eat(int amount)
{
    const struct timespec pause = {.tv_nsec = 8000000};
    for (int count = 0; count < amount; count++) {
        char *memory = mmap(NULL, MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED)
            fail("mmap");
        memset(memory, 1, MIB);
        nanosleep(&pause, NULL);
    }
}

static void sleep_on(void)
{
    for (;;)
        pause();
}

int main(int count, char **words)
{
    const char *what = count > 1 ? words[1] : "";
    const char *first = count > 2 ? words[2] : "", *second = count > 3 ? words[3] : "";
    signal(SIGTERM, end);
    signal(SIGINT, end);
    if (strcmp(what, "wait") == 0) {
        sleep_on();
    } else if (strcmp(what, "serve") == 0) {
        serve(first, second);
    } else if (strcmp(what, "ask") == 0) {
        ask(first);
    } else if (strcmp(what, "put") == 0) {
        snprintf(mapping(first, O_RDWR | O_CREAT), PAGE, "%s", second);
    } else if (strcmp(what, "get") == 0) {
        puts(mapping(first, O_RDONLY));
    } else if (strcmp(what, "keep") == 0) {
        snprintf(segment(first, IPC_CREAT | 0666), PAGE, "%s", second);
    } else if (strcmp(what, "take") == 0) {
        puts(segment(first, 0));
    } else if (strcmp(what, "processes") == 0) {
        list_processes();
    } else if (strcmp(what, "test") == 0) {
        if (access(first, F_OK) < 0)
            fail(first);
    } else if (strcmp(what, "touch") == 0) {
        int file = open(first, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
        if (file < 0)
            fail(first);
    } else if (strcmp(what, "remove") == 0) {
        if (unlink(first) < 0)
            fail(first);
    } else if (strcmp(what, "spin") == 0) {
        for (volatile uint64_t turns = 0;; turns++)
            continue;
    } else if (strcmp(what, "eat") == 0) {
        eat(atoi(first));
        sleep_on();
    } else {
        return 2;
    }
    return 0;
}
