/* One message with at most one descriptor; safe in a cloned child. */
#ifndef PODRUN_KEEPER_MESSAGE_H
#define PODRUN_KEEPER_MESSAGE_H

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

/* `fd`: -1 for none. Returns 0 or an errno. */
static inline int podrun_send_message(int socket, struct iovec *parts, size_t count, int fd, int flags)
{
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control;
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = count};
    if (fd >= 0) {
        memset(&control, 0, sizeof control);
        control.header.cmsg_level = SOL_SOCKET;
        control.header.cmsg_type = SCM_RIGHTS;
        control.header.cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(&control.header), &fd, sizeof fd);
        message.msg_control = &control;
        message.msg_controllen = sizeof control;
    }
    return sendmsg(socket, &message, flags | MSG_NOSIGNAL) < 0 ? errno : 0;
}

#endif
