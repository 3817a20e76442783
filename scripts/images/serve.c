/* serve PORT... COMMAND: accepts connections and starts COMMAND for each one with the connection as stdin and stdout.
 * The smallest server that behaves as process 1 of a container: it leaves on SIGTERM and reaps what it started. */
#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MAX_PORTS = 8, BACKLOG = 64, REQUEST_SECONDS = 30 };

static void leave(int signal)
{
    (void)signal;
    _exit(0);
}

static int listener(const char *text)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(text))};
    int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) < 0 ||
        bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || listen(fd, BACKLOG) < 0) {
        perror(text);
        exit(1);
    }
    return fd;
}

int main(int argc, char **argv)
{
    struct pollfd ports[MAX_PORTS];
    int count = argc - 2;
    if (count < 1 || count > MAX_PORTS) {
        fprintf(stderr, "usage: serve PORT... COMMAND\n");
        return 2;
    }
    signal(SIGTERM, leave);
    signal(SIGINT, leave);
    signal(SIGCHLD, SIG_IGN);
    for (int i = 0; i < count; i++) {
        ports[i] = (struct pollfd){.fd = listener(argv[i + 1]), .events = POLLIN};
    }
    for (;;) {
        if (poll(ports, (nfds_t)count, -1) < 0) {
            continue;
        }
        for (int i = 0; i < count; i++) {
            int connection = ports[i].revents ? accept(ports[i].fd, NULL, NULL) : -1;
            if (connection < 0) {
                continue;
            }
            if (fork() == 0) {
                signal(SIGTERM, SIG_DFL);
                signal(SIGCHLD, SIG_DFL);
                dup2(connection, STDIN_FILENO);
                dup2(connection, STDOUT_FILENO);
                close(connection);
                alarm(REQUEST_SECONDS);
                execl(argv[argc - 1], argv[argc - 1], (char *)NULL);
                perror(argv[argc - 1]);
                _exit(127);
            }
            close(connection);
        }
    }
}
