/* Just enough rtnetlink: one bridge, and per pod one veth pair, one address, one route. */
#include "floor.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define POD_PREFIX     16
#define POD_GATEWAY    "10.254.0.1"
#define LOOPBACK_INDEX 1

/* Several messages in one buffer: they go out in one send, only the last asks for an answer. */
struct batch {
    _Alignas(NLMSG_ALIGNTO) char bytes[2048];
    size_t length, last;
};

static struct nlmsghdr *batch_last(struct batch *batch)
{
    return (struct nlmsghdr *)(void *)(batch->bytes + batch->last);
}

static void *batch_append(struct batch *batch, size_t size)
{
    void *place = batch->bytes + batch->length;
    memset(place, 0, NLMSG_ALIGN(size));
    batch->length += NLMSG_ALIGN(size);
    batch_last(batch)->nlmsg_len = (uint32_t)(batch->length - batch->last);
    return place;
}

static void *batch_message(struct batch *batch, uint16_t type, uint16_t flags, size_t body_size)
{
    batch->last = batch->length;
    struct nlmsghdr *header = batch_append(batch, NLMSG_HDRLEN);
    header->nlmsg_type = type;
    header->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
    header->nlmsg_len = NLMSG_HDRLEN;
    return batch_append(batch, body_size);
}

static struct rtattr *batch_attribute(struct batch *batch, uint16_t type, const void *data, size_t size)
{
    struct rtattr *attribute = batch_append(batch, RTA_LENGTH(size));
    attribute->rta_type = type;
    attribute->rta_len = (uint16_t)RTA_LENGTH(size);
    if (size > 0)
        memcpy(RTA_DATA(attribute), data, size);
    return attribute;
}

static void batch_close(struct batch *batch, struct rtattr *nest)
{
    nest->rta_len = (uint16_t)(batch->bytes + batch->length - (char *)nest);
}

/* Sends the batch and waits for the answer to its last message; earlier ones answer only when they fail. */
static void batch_send(struct batch *batch, int netlink, const char *what)
{
    if (send(netlink, batch->bytes, batch->length, 0) < 0)
        floor_fail("send netlink request", what);
    _Alignas(NLMSG_ALIGNTO) char reply[4096];
    ssize_t size = recv(netlink, reply, sizeof reply, 0);
    struct nlmsghdr *header = (struct nlmsghdr *)(void *)reply;
    if (size < (ssize_t)NLMSG_LENGTH(sizeof(struct nlmsgerr)) || header->nlmsg_type != NLMSG_ERROR)
        floor_fail("read netlink reply", what);
    errno = -((struct nlmsgerr *)NLMSG_DATA(header))->error;
    if (errno != 0)
        floor_fail("configure network", what);
}

int netlink_open(void)
{
    int netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (netlink < 0)
        floor_fail("open", "netlink socket");
    return netlink;
}

static void batch_link_up(struct batch *batch, int index, uint16_t flags)
{
    struct ifinfomsg *link = batch_message(batch, RTM_NEWLINK, flags, sizeof *link);
    link->ifi_index = index;
    link->ifi_flags = link->ifi_change = IFF_UP;
}

static void batch_address(struct batch *batch, unsigned index, uint32_t address, uint16_t flags)
{
    struct ifaddrmsg *message = batch_message(batch, RTM_NEWADDR, NLM_F_CREATE | flags, sizeof *message);
    message->ifa_family = AF_INET;
    message->ifa_prefixlen = POD_PREFIX;
    message->ifa_index = index;
    batch_attribute(batch, IFA_LOCAL, &address, sizeof address);
    batch_attribute(batch, IFA_ADDRESS, &address, sizeof address);
}

unsigned bridge_make(int netlink, const char *name, const char *gateway)
{
    struct batch batch = {.length = 0};
    struct ifinfomsg *link = batch_message(&batch, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK, sizeof *link);
    link->ifi_flags = link->ifi_change = IFF_UP;
    batch_attribute(&batch, IFLA_IFNAME, name, strlen(name) + 1);
    struct rtattr *info = batch_attribute(&batch, IFLA_LINKINFO, NULL, 0);
    batch_attribute(&batch, IFLA_INFO_KIND, "bridge", sizeof "bridge");
    batch_close(&batch, info);
    batch_send(&batch, netlink, name);

    unsigned index = if_nametoindex(name);
    struct batch address = {.length = 0};
    batch_address(&address, index, inet_addr(gateway), NLM_F_ACK);
    batch_send(&address, netlink, gateway);
    return index;
}

void link_delete(int netlink, unsigned index)
{
    struct batch batch = {.length = 0};
    struct ifinfomsg *link = batch_message(&batch, RTM_DELLINK, NLM_F_ACK, sizeof *link);
    link->ifi_index = (int)index;
    batch_send(&batch, netlink, "delete link");
}

void pod_link_name(const struct pod *pod, char name[IFNAMSIZ])
{
    snprintf(name, IFNAMSIZ, "floor%d", pod->number);
}

/* The pair is made, its far end put into the pod's namespace, the near end attached and raised: one message. */
static void veth_make(const struct host *host, const struct pod *pod, int pod_network_namespace)
{
    char name[IFNAMSIZ];
    pod_link_name(pod, name);
    struct batch batch = {.length = 0};
    struct ifinfomsg *link = batch_message(&batch, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK, sizeof *link);
    link->ifi_flags = link->ifi_change = IFF_UP;
    batch_attribute(&batch, IFLA_IFNAME, name, strlen(name) + 1);
    batch_attribute(&batch, IFLA_MASTER, &host->bridge, sizeof host->bridge);
    struct rtattr *info = batch_attribute(&batch, IFLA_LINKINFO, NULL, 0);
    batch_attribute(&batch, IFLA_INFO_KIND, "veth", sizeof "veth");
    struct rtattr *data = batch_attribute(&batch, IFLA_INFO_DATA, NULL, 0);
    struct rtattr *peer = batch_attribute(&batch, VETH_INFO_PEER, NULL, 0);
    batch_append(&batch, sizeof(struct ifinfomsg));
    batch_attribute(&batch, IFLA_IFNAME, "eth0", sizeof "eth0");
    batch_attribute(&batch, IFLA_NET_NS_FD, &pod_network_namespace, sizeof pod_network_namespace);
    batch_close(&batch, peer);
    batch_close(&batch, data);
    batch_close(&batch, info);
    batch_send(&batch, host->netlink, name);
}

void pod_connect(const struct host *host, const struct pod *pod, int pod_network_namespace)
{
    veth_make(host, pod, pod_network_namespace);

    /* The socket stays in the namespace it was opened in; so this process need not. */
    if (setns(pod_network_namespace, CLONE_NEWNET) < 0)
        floor_fail("enter", "network namespace of the pod");
    int inside = netlink_open();
    unsigned index = if_nametoindex("eth0");
    if (setns(host->network_namespace, CLONE_NEWNET) < 0)
        floor_fail("enter", "network namespace of the host");

    uint32_t address = htonl(ntohl(inet_addr(POD_GATEWAY)) + 1 + (uint32_t)pod->number % 60000);
    uint32_t gateway = inet_addr(POD_GATEWAY);
    struct batch batch = {.length = 0};
    batch_link_up(&batch, LOOPBACK_INDEX, 0);
    batch_address(&batch, index, address, 0);
    batch_link_up(&batch, (int)index, 0);
    struct rtmsg *route = batch_message(&batch, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_ACK, sizeof *route);
    route->rtm_family = AF_INET;
    route->rtm_table = RT_TABLE_MAIN;
    route->rtm_protocol = RTPROT_STATIC;
    route->rtm_type = RTN_UNICAST;
    batch_attribute(&batch, RTA_GATEWAY, &gateway, sizeof gateway);
    batch_attribute(&batch, RTA_OIF, &index, sizeof index);
    batch_send(&batch, inside, "address and route of the pod");
    close(inside);
}
