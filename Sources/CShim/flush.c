/* The one thing that podrun does on another thread: an fsync has no non-blocking form, and the loop must not wait for a disk.
 * The thread touches nothing but its three descriptors. */
#define _GNU_SOURCE 1
#include "cshim.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#define STACK_SIZE 65536

struct flush {
    int file, directory, done;
};

static void *run(void *argument)
{
    struct flush flush = *(struct flush *)argument;
    free(argument);
    int32_t error = fsync(flush.file) < 0 || fsync(flush.directory) < 0 ? errno : 0;
    close(flush.file);
    close(flush.directory);
    (void)!write(flush.done, &error, sizeof error);
    close(flush.done);
    return NULL;
}

static int start(struct flush *flush)
{
    pthread_attr_t attributes;
    pthread_t thread;
    int error = pthread_attr_init(&attributes);
    if (error != 0)
        return error;
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, STACK_SIZE);
    error = pthread_create(&thread, &attributes, run, flush);
    pthread_attr_destroy(&attributes);
    return error;
}

int podrun_flush(int file, int directory)
{
    int pipe[2];
    struct flush *flush = malloc(sizeof *flush);
    int error = flush == NULL ? ENOMEM : pipe2(pipe, O_CLOEXEC) < 0 ? errno : 0;
    if (error == 0) {
        *flush = (struct flush){file, directory, pipe[1]};
        error = start(flush);
        if (error == 0)
            return pipe[0];
        close(pipe[0]);
        close(pipe[1]);
    }
    free(flush);
    close(file);
    close(directory);
    errno = error;
    return -1;
}
