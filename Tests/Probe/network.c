/* Packets that lie about where they come from. */
#include "probe.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Prints the text and the sender of each datagram. */
int hear(const char *port)
{
    int server = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
    if (bind(server, (struct sockaddr *)&address, sizeof address) < 0)
        return 1;
    printf("listening\n");
    fflush(stdout);
    for (;;) {
        struct sockaddr_in peer;
        socklen_t size = sizeof peer;
        char text[64];
        ssize_t length = recvfrom(server, text, sizeof text - 1, 0, (struct sockaddr *)&peer, &size);
        if (length < 0)
            return 1;
        text[length] = '\0';
        printf("heard %s from %s\n", text, inet_ntoa(peer.sin_addr));
        fflush(stdout);
    }
}

/* One UDP packet with a source address of the caller's choice. */
int spoof(const char *source, const char *destination, const char *port)
{
    struct {
        struct iphdr ip;
        struct udphdr udp;
        char text[16];
    } packet = {
        .ip = {.version = 4, .ihl = 5, .ttl = 64, .protocol = IPPROTO_UDP, .tot_len = htons(sizeof packet)},
        .udp = {.source = htons(1234),
                .dest = htons((uint16_t)atoi(port)),
                .len = htons(sizeof packet - sizeof packet.ip)},
    };
    strncpy(packet.text, source, sizeof packet.text - 1);
    packet.ip.saddr = inet_addr(source);
    packet.ip.daddr = inet_addr(destination);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = packet.ip.daddr};
    int raw = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
    if (sendto(raw, &packet, sizeof packet, 0, (struct sockaddr *)&address, sizeof address) < 0)
        return printf("send: %s\n", strerror(errno)), 1;
    printf("sent\n");
    return 0;
}
