#define _GNU_SOURCE
#include "copier.h"

#include <string.h>

int main(int count, char **words)
{
    if (count >= 3 && strcmp(words[1], "read") == 0) {
        copier_read(words[2]);
    } else if (count >= 3 && strcmp(words[1], "write") == 0) {
        copier_write(words[2], count > 3 && strcmp(words[3], "plain") == 0);
    } else {
        return 2;
    }
    return 0;
}
