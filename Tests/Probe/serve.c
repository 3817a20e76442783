/* Servers for probes and hooks: HTTP by the path, and the gRPC health service in fixed bytes. */
#include "probe.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define HEAD_SIZE 8192

static void leave(int number)
{
    (void)number;
    _exit(0);
}

static int listener(const char *port)
{
    int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
    setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(server, (struct sockaddr *)&address, sizeof address) < 0 || listen(server, 64) < 0) {
        perror("probe: listen");
        return -1;
    }
    signal(SIGCHLD, SIG_IGN);
    signal(SIGTERM, leave);
    printf("listening\n");
    fflush(stdout);
    return server;
}

static void answer(int connection, const char *status, const char *header, const char *body)
{
    dprintf(connection, "HTTP/1.1 %s\r\n%sContent-Length: %zu\r\nConnection: close\r\n\r\n%s", status, header,
            strlen(body), body);
}

/* /status/CODE; /to/URL (a redirect); /slow/SECONDS; /garbage; /close; else 200 where the file /tmp/PATH is, 500 where
 * not. Prints the head. */
static void serve_one(int connection)
{
    char head[HEAD_SIZE + 1], path[HEAD_SIZE], header[HEAD_SIZE];
    size_t size = 0;

    while (size < HEAD_SIZE) {
        ssize_t count = read(connection, head + size, HEAD_SIZE - size);
        if (count <= 0)
            break;
        size += (size_t)count;
        head[size] = 0;
        if (strstr(head, "\r\n\r\n") != NULL)
            break;
        if (head[0] == 0x16) /* somebody speaks TLS */
            return answer(connection, "400 Bad Request", "", "");
    }
    head[size] = 0;
    for (char *at = head; *at != 0; at++)
        if (*at == '\r')
            *at = ' ';
    printf("%s", head);
    fflush(stdout);
    if (sscanf(head, "%*s %s", path) != 1)
        return;
    if (strncmp(path, "/status/", 8) == 0) {
        answer(connection, path + 8, "", "body\n");
    } else if (strncmp(path, "/to/", 4) == 0) {
        snprintf(header, sizeof header, "Location: %.4000s\r\n", path + 4);
        answer(connection, "302 Found", header, "moved\n");
    } else if (strncmp(path, "/slow/", 6) == 0) {
        sleep((unsigned)atoi(path + 6));
        answer(connection, "200 OK", "", "late\n");
    } else if (strcmp(path, "/garbage") == 0) {
        dprintf(connection, "this is no HTTP\n");
    } else if (strcmp(path, "/close") != 0) {
        char file[HEAD_SIZE];
        snprintf(file, sizeof file, "/tmp/%.4000s", path);
        answer(connection, access(file, F_OK) == 0 ? "200 OK" : "500 Internal Server Error", "", "file\n");
    }
}

int serve(const char *port)
{
    int server = listener(port);
    for (int connection; server >= 0 && (connection = accept(server, NULL, NULL)) >= 0; close(connection)) {
        if (fork() > 0)
            continue;
        serve_one(connection);
        _exit(0);
    }
    return 1;
}

static int read_all(int connection, uint8_t *bytes, size_t size)
{
    for (size_t done = 0; done < size;) {
        ssize_t count = read(connection, bytes + done, size - done);
        if (count <= 0)
            return 0;
        done += (size_t)count;
    }
    return 1;
}

static void frame(int connection, uint8_t type, uint8_t flags, uint32_t stream, const void *payload, size_t size)
{
    uint8_t bytes[256] = {0, (uint8_t)(size >> 8), (uint8_t)size, type, flags, 0, 0, 0, (uint8_t)stream};
    memcpy(bytes + 9, payload, size);
    if (write(connection, bytes, 9 + size) < 0)
        perror("probe: write");
}

/* One header as HPACK's "literal without indexing, new name". */
static size_t header(uint8_t *to, const char *name, const char *value)
{
    size_t name_size = strlen(name), value_size = strlen(value);
    to[0] = 0;
    to[1] = (uint8_t)name_size;
    memcpy(to + 2, name, name_size);
    to[2 + name_size] = (uint8_t)value_size;
    memcpy(to + 3 + name_size, value, value_size);
    return 3 + name_size + value_size;
}

/* Answers the first request when all of it is there; what it asks is printed as text. */
static void check_health(int connection, int status, const char *code)
{
    uint8_t preface[24], head[9], payload[16384], block[128];
    if (!read_all(connection, preface, sizeof preface))
        return;
    frame(connection, 4, 0, 0, "", 0); /* SETTINGS */
    while (read_all(connection, head, sizeof head)) {
        size_t size = (size_t)head[1] << 8 | head[2];
        if (size > sizeof payload || !read_all(connection, payload, size))
            return;
        if (head[3] == 4 && head[4] == 0)
            frame(connection, 4, 1, 0, "", 0); /* its SETTINGS, acknowledged */
        if (head[3] != 0 || (head[4] & 1) == 0)
            continue;
        printf("service \"%.*s\"\n", size > 7 ? (int)size - 7 : 0, (const char *)payload + 7);
        fflush(stdout);
        uint8_t message[] = {0, 0, 0, 0, 2, 8, (uint8_t)status};
        size_t length = header(block, ":status", "200");
        length += header(block + length, "content-type", "application/grpc");
        frame(connection, 1, 4, head[8], block, length);
        if (strcmp(code, "0") == 0)
            frame(connection, 0, 0, head[8], message, sizeof message);
        length = header(block, "grpc-status", code);
        length += header(block + length, "grpc-message", "said so");
        frame(connection, 1, 5, head[8], block, length);
        return;
    }
}

int serve_health(const char *port, const char *status, const char *code)
{
    int server = listener(port);
    for (int connection; server >= 0 && (connection = accept(server, NULL, NULL)) >= 0; close(connection)) {
        if (fork() > 0)
            continue;
        check_health(connection, atoi(status), code);
        sleep(1);
        _exit(0);
    }
    return 1;
}
