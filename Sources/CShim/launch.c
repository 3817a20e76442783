#define _GNU_SOURCE 1
#include "podrun_launch.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>

static int prepare(posix_spawn_file_actions_t *actions, posix_spawnattr_t *attributes, const int *fds)
{
    sigset_t none, all;
    int error = 0;

    for (int i = 0; i < PODRUN_LAUNCH_FDS && error == 0; i++)
        error = posix_spawn_file_actions_adddup2(actions, fds[i], i);
    if (error == 0)
        error = posix_spawn_file_actions_addclosefrom_np(actions, PODRUN_LAUNCH_FDS);
    if (error == 0)
        error = posix_spawn_file_actions_addchdir_np(actions, "/");
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(attributes, &none);
    posix_spawnattr_setsigdefault(attributes, &all);
    if (error == 0)
        error =
            posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    return error;
}

int podrun_launch(const char *path, char *const *argv, char *const *envp, const int *fds)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    pid_t pid = -1;
    int error = posix_spawn_file_actions_init(&actions);

    if (error == 0) {
        error = posix_spawnattr_init(&attributes);
        if (error == 0) {
            error = prepare(&actions, &attributes, fds);
            if (error == 0)
                error = posix_spawn(&pid, path, &actions, &attributes, argv, envp);
            posix_spawnattr_destroy(&attributes);
        }
        posix_spawn_file_actions_destroy(&actions);
    }
    if (error != 0) {
        errno = error;
        return -1;
    }
    return pid;
}
