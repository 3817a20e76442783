/* podrun-guard: starts the agent again when a signal killed it.
 *
 *   podrun-guard EXECUTABLE ARGUMENT...     run from a sealed memfd by the command that needs an agent
 *
 * An agent that exits by itself (idle, told to, could not start) is not started again. Descriptor 3 is the first agent's
 * readiness pipe; later ones get /dev/null in its place. Holds nothing else, so killing the guard harms nothing.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define READINESS         3
#define SHORTEST_PAUSE_MS 100
#define LONGEST_PAUSE_MS  5000
/* An agent that lived this long did not die of its start. */
#define STABLE_SECONDS 60

static time_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec;
}

int main(int argc, char **argv)
{
    long pause_ms = SHORTEST_PAUSE_MS;

    if (argc < 2)
        return 2;
    prctl(PR_SET_NAME, "podrun-guard");
    (void)!chdir("/");
    /* The agent is not to ignore what the command's shell did. */
    for (int number = 1; number < 32; number++)
        signal(number, SIG_DFL);
    for (;;) {
        int status;
        time_t started = now();
        pid_t agent = fork();
        if (agent == 0) {
            execv(argv[1], argv + 1);
            _exit(127);
        }
        int null = open("/dev/null", O_RDWR | O_CLOEXEC);
        if (null >= 0) {
            dup2(null, READINESS);
            close(null);
        }
        if (agent < 0 || waitpid(agent, &status, 0) != agent)
            return 1;
        if (WIFEXITED(status))
            return WEXITSTATUS(status);
        if (now() - started >= STABLE_SECONDS)
            pause_ms = SHORTEST_PAUSE_MS;
        struct timespec pause = {pause_ms / 1000, pause_ms % 1000 * 1000000};
        nanosleep(&pause, NULL);
        pause_ms = pause_ms * 2 > LONGEST_PAUSE_MS ? LONGEST_PAUSE_MS : pause_ms * 2;
    }
}
