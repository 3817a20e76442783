# For handlers started by `serve`: the request is on stdin, the answer goes to stdout, stderr is the container's log.
read -r method path _
while read -r header && [ "$header" != "$(printf '\r')" ] && [ -n "$header" ]; do :; done

# answer STATUS TYPE BODY
answer() {
    printf 'HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s\n' \
        "$1" "$2" "$((${#3} + 1))" "$3"
}
