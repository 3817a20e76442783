/* probe [report]                what the container looks like from inside, as JSON
 * probe attempts                forbidden things and the errno each gets, as JSON
 * probe syscalls                what the filter answers to each system call number in each ABI, as JSON
 * probe overwrite | watch CANARY        attack whoever else is in /proc, until SIGTERM
 * probe escape CANARY           looks for a file of the host in all the classic ways
 * probe mark NAME               leaves /marks/NAME: the interpreter of traps
 * probe push TEXT               types it into its own terminal
 * probe sockets | ask SOCKET    connects to all sockets of its network; sends the agent a request
 * probe keys add|find NAME      in the session's keyring
 * probe relink TARGET PATH      puts a link in a directory's place
 * probe touch PATH              reads it and writes to it
 * probe hear PORT | spoof SOURCE DESTINATION PORT      UDP packets: who they seem to come from; one with a false sender
 * probe wait [TERM-CODE]        sleeps; SIGTERM ends it with TERM-CODE (0)
 * probe stubborn                sleeps; ignores SIGTERM
 * probe slow-stop SECONDS       sleeps; SIGTERM ends it that much later, with 7
 * probe exit CODE | crash       ends at once; crash with SIGILL, which not even a pid 1 can ignore
 * probe count DELAY-US [LAST [CODE]]   one number a line from 1; after LAST ends with CODE
 * probe lines LENGTH...         lines of that many bytes; a length with a '-' in front gets no newline
 * probe shm put KEY TEXT | shm get KEY      System V shared memory
 * probe listen PORT TEXT        answers every TCP connection with TEXT
 * probe answer PORT TEXT        answers every UDP datagram with TEXT
 * probe serve PORT              an HTTP server that answers as the path says: see serve.c
 * probe grpc PORT STATUS [CODE] the gRPC health service: says STATUS (1: SERVING), or fails with CODE
 * probe connect ADDRESS PORT    prints what the listener says
 * probe memory BYTES            touches that much memory, in a child of its own when BYTES begins with '+'; then sleeps
 * probe descriptors            opens as many files as it may, and goes on trying
 * probe fork COUNT              that many deaf children in sessions of their own; then sleeps
 * probe orphans COUNT           children that nobody waits for but the container's pid 1; then sleeps
 * probe restart PATH            counts its starts in the file PATH, prints the count, ends with it as the code
 * probe swap PATH PATH           exchanges the two all the time
 */
#include "probe.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SHARED_SIZE 4096
#define EXCHANGE    2 /* RENAME_EXCHANGE; musl has no <linux/fs.h> */

static int failed(const char *what)
{
    fprintf(stderr, "probe: %s: %s\n", what, strerror(errno));
    return 1;
}

static void sleep_forever(void)
{
    for (;;)
        pause();
}

static volatile sig_atomic_t end_code, end_delay;

static void end(int signal)
{
    (void)signal;
    if (end_delay > 0)
        sleep((unsigned)end_delay);
    _exit(end_code);
}

static int count(useconds_t delay, long last, int code)
{
    for (long number = 1; last == 0 || number <= last; number++) {
        char line[32];
        int length = snprintf(line, sizeof line, "%ld\n", number);
        if (write(STDOUT_FILENO, line, (size_t)length) != length)
            return failed("write");
        if (delay > 0)
            usleep(delay);
    }
    return code;
}

static int lines(int argc, char **argv)
{
    for (int i = 0; i < argc; i++) {
        int terminated = argv[i][0] != '-';
        size_t length = strtoul(argv[i] + !terminated, NULL, 10);
        char *line = malloc(length + 1);
        if (line == NULL)
            return failed("allocate");
        memset(line, 'a' + i % 26, length);
        line[length] = '\n';
        size_t size = length + (size_t)terminated;
        for (size_t done = 0; done < size;) {
            ssize_t written = write(STDOUT_FILENO, line + done, size - done);
            if (written < 0)
                return failed("write");
            done += (size_t)written;
        }
        free(line);
    }
    return 0;
}

static int shared_memory(const char *verb, const char *key, const char *text)
{
    int put = strcmp(verb, "put") == 0;
    int segment = shmget((key_t)atoi(key), SHARED_SIZE, put ? IPC_CREAT | 0600 : 0);
    if (segment < 0)
        return failed("shmget");
    char *memory = shmat(segment, NULL, 0);
    if (memory == (void *)-1)
        return failed("shmat");
    if (put) {
        strncpy(memory, text, SHARED_SIZE - 1);
    } else {
        printf("%s\n", memory);
    }
    return 0;
}

static int listen_on(const char *port, const char *text)
{
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 64) < 0)
        return failed("listen");
    printf("listening\n");
    fflush(stdout);
    for (;;) {
        int connection = accept(listener, NULL, NULL);
        if (connection < 0)
            return failed("accept");
        if (write(connection, text, strlen(text)) < 0)
            return failed("write");
        close(connection);
    }
}

static int answer_datagrams(const char *port, const char *text)
{
    int server = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
    if (bind(server, (struct sockaddr *)&address, sizeof address) < 0)
        return failed("bind");
    printf("listening\n");
    fflush(stdout);
    for (;;) {
        struct sockaddr_in peer;
        socklen_t size = sizeof peer;
        char question[64];
        if (recvfrom(server, question, sizeof question, 0, (struct sockaddr *)&peer, &size) < 0 ||
            sendto(server, text, strlen(text), 0, (struct sockaddr *)&peer, size) < 0)
            return failed("answer");
    }
}

static int connect_to(const char *host, const char *port)
{
    int connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
    char text[4096];
    inet_pton(AF_INET, host, &address.sin_addr);
    if (connect(connection, (struct sockaddr *)&address, sizeof address) < 0)
        return failed("connect");
    for (ssize_t size; (size = read(connection, text, sizeof text)) > 0;)
        fwrite(text, 1, (size_t)size, stdout);
    putchar('\n');
    return 0;
}

static int memory(const char *amount)
{
    if (amount[0] == '+') {
        if (fork() > 0)
            sleep_forever(); /* the child is the victim; the container must die with it all the same */
    }
    size_t size = strtoul(amount, NULL, 10);
    char *bytes = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (bytes == MAP_FAILED)
        return failed("map");
    memset(bytes, 1, size);
    printf("touched\n");
    fflush(stdout);
    sleep_forever();
    return 0;
}

static int deaf_children(int number)
{
    for (int i = 0; i < number; i++) {
        pid_t child = fork();
        if (child < 0)
            return failed("fork");
        if (child > 0)
            continue;
        setsid();
        for (int signal_number = 1; signal_number < NSIG; signal_number++)
            signal(signal_number, SIG_IGN);
        sleep_forever();
    }
    printf("forked\n");
    fflush(stdout);
    sleep_forever();
    return 0;
}

static int orphans(int number)
{
    for (int i = 0; i < number; i++) {
        pid_t child = fork();
        if (child < 0)
            return failed("fork");
        if (child == 0) {
            if (fork() == 0)
                _exit(0);
            _exit(0);
        }
    }
    printf("orphaned\n");
    fflush(stdout);
    sleep_forever();
    return 0;
}

static int restart(const char *path)
{
    int file = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (file < 0 || write(file, "x", 1) != 1)
        return failed(path);
    long starts = lseek(file, 0, SEEK_END);
    printf("start %ld\n", starts);
    return (int)starts;
}

static int swap(const char *one, const char *other)
{
    printf("swapping\n");
    fflush(stdout);
    for (;;)
        if (syscall(SYS_renameat2, AT_FDCWD, one, AT_FDCWD, other, EXCHANGE) < 0)
            return failed("exchange");
}

static int wait_for_end(int code, int delay)
{
    end_code = code;
    end_delay = delay;
    signal(SIGTERM, end);
    printf("waiting\n");
    fflush(stdout);
    sleep_forever();
    return 0;
}

int main(int argc, char **argv, char **environment)
{
    const char *verb = argc > 1 ? argv[1] : "report";
#define VERB(name, arguments) (strcmp(verb, name) == 0 && argc - 2 >= (arguments))
    if (VERB("report", 0))
        return report(argc, argv, environment), 0;
    if (VERB("attempts", 0))
        return attempts(), 0;
    if (VERB("syscalls", 0))
        return system_calls(), 0;
    if (VERB("overwrite", 0))
        return overwrite();
    if (VERB("watch", 1))
        return watch_processes(argv[2]);
    if (VERB("escape", 1))
        return escape(argv[2]);
    if (VERB("mark", 1))
        return mark(argv[2]);
    if (VERB("push", 1))
        return push_input(argv[2]);
    if (VERB("sockets", 0))
        return connect_to_sockets();
    if (VERB("ask", 1))
        return ask(argv[2]);
    if (VERB("keys", 2))
        return keys(argv[2], argv[3]);
    if (VERB("relink", 2))
        return relink(argv[2], argv[3]);
    if (VERB("touch", 1))
        return touch(argv[2]);
    if (VERB("hear", 1))
        return hear(argv[2]);
    if (VERB("spoof", 3))
        return spoof(argv[2], argv[3], argv[4]);
    if (VERB("wait", 0))
        return wait_for_end(argc > 2 ? atoi(argv[2]) : 0, 0);
    if (VERB("slow-stop", 1))
        return wait_for_end(7, atoi(argv[2]));
    if (VERB("stubborn", 0)) {
        signal(SIGTERM, SIG_IGN);
        printf("waiting\n");
        fflush(stdout);
        sleep_forever();
    }
    if (VERB("exit", 1))
        return atoi(argv[2]);
    if (VERB("crash", 0))
        __builtin_trap();
    if (VERB("count", 1))
        return count((useconds_t)atol(argv[2]), argc > 3 ? atol(argv[3]) : 0, argc > 4 ? atoi(argv[4]) : 0);
    if (VERB("lines", 1))
        return lines(argc - 2, argv + 2);
    if (VERB("shm", 2))
        return shared_memory(argv[2], argv[3], argc > 4 ? argv[4] : "");
    if (VERB("listen", 2))
        return listen_on(argv[2], argv[3]);
    if (VERB("answer", 2))
        return answer_datagrams(argv[2], argv[3]);
    if (VERB("serve", 1))
        return serve(argv[2]);
    if (VERB("grpc", 2))
        return serve_health(argv[2], argv[3], argc > 4 ? argv[4] : "0");
    if (VERB("connect", 2))
        return connect_to(argv[2], argv[3]);
    if (VERB("memory", 1))
        return memory(argv[2]);
    if (VERB("spin", 0))
        for (volatile unsigned turns = 0;; turns++)
            ;
    if (VERB("descriptors", 0))
        return flood_descriptors();
    if (VERB("fork", 1))
        return deaf_children(atoi(argv[2]));
    if (VERB("orphans", 1))
        return orphans(atoi(argv[2]));
    if (VERB("restart", 1))
        return restart(argv[2]);
    if (VERB("swap", 2))
        return swap(argv[2], argv[3]);
    fprintf(stderr, "probe: unknown command or too few arguments: %s\n", verb);
    return 2;
}
