/* Records in and out, both buffered, and the path that messages name. */
#define _GNU_SOURCE
#include "copier.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char output[PODRUN_COPY_BLOCK + 4096];
static size_t output_size;
static char input[PODRUN_COPY_BLOCK + 4096];
static size_t input_start, input_end;
static char path[PODRUN_COPY_PATH_MAX + 1];
/* Bytes of `path`; more than it has room for where the end was left out. */
static size_t path_length;
static size_t path_lengths[PODRUN_COPY_DEPTH_MAX + 4];
static size_t path_depth;

void copier_flush(void)
{
    for (size_t done = 0; done < output_size;) {
        ssize_t count = write(STDOUT_FILENO, output + done, output_size - done);
        if (count < 0 && errno != EINTR)
            exit(1);
        if (count > 0)
            done += (size_t)count;
    }
    output_size = 0;
}

static void put(const void *bytes, size_t size)
{
    if (output_size + size > sizeof output)
        copier_flush();
    memcpy(output + output_size, bytes, size);
    output_size += size;
}

void copier_send(const struct podrun_copy_record *record, const char *name, const void *text)
{
    put(record, sizeof *record);
    if (record->name_size > 0)
        put(name, record->name_size);
    if (record->text_size > 0)
        put(text, record->text_size);
}

static void get(void *bytes, size_t size)
{
    for (size_t done = 0; done < size;) {
        if (input_start == input_end) {
            ssize_t count = read(STDIN_FILENO, input, sizeof input);
            if (count < 0 && errno == EINTR)
                continue;
            if (count <= 0)
                exit(1); /* nobody waits for an answer */
            input_start = 0;
            input_end = (size_t)count;
        }
        size_t part = input_end - input_start < size - done ? input_end - input_start : size - done;
        memcpy((char *)bytes + done, input + input_start, part);
        input_start += part;
        done += part;
    }
}

void copier_receive(struct podrun_copy_record *record, char *name, char *text)
{
    get(record, sizeof *record);
    if (record->name_size > PODRUN_COPY_NAME_MAX || record->text_size > PODRUN_COPY_BLOCK)
        exit(1);
    get(name, record->name_size);
    name[record->name_size] = '\0';
    get(text, record->text_size);
    if (record->text_size < PODRUN_COPY_BLOCK)
        text[record->text_size] = '\0';
}

void copier_enter(const char *name)
{
    path_lengths[path_depth++] = path_length;
    size_t size = strlen(name);
    bool has_slash = path_length == 0 || path[path_length - 1] == '/';
    if (path_length + size + 1 > PODRUN_COPY_PATH_MAX)
        return;
    if (!has_slash)
        path[path_length++] = '/';
    memcpy(path + path_length, name, size + 1);
    path_length += size;
}

void copier_leave(void)
{
    path_length = path_lengths[--path_depth];
    path[path_length] = '\0';
}

void copier_failed(const char *verb, int error)
{
    struct podrun_copy_record record = {
        .kind = PODRUN_COPY_FAILED,
        .mode = (uint32_t)error,
        .name_size = (uint32_t)path_length,
        .text_size = (uint32_t)strlen(verb),
    };
    copier_send(&record, path, verb);
}

void copier_skipped(void)
{
    struct podrun_copy_record record = {.kind = PODRUN_COPY_SKIPPED, .name_size = (uint32_t)path_length};
    copier_send(&record, path, NULL);
}
