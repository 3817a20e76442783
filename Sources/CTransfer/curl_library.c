#define _GNU_SOURCE
#include "curl_library.h"

#include <curl/curl.h>
#include <dlfcn.h>
#include <stdio.h>

void *podrun_curl_open(char error[PODRUN_CURL_ERROR_SIZE])
{
    CURLcode (*global_init)(long);
    void *library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);

    if (library == NULL) {
        snprintf(error, PODRUN_CURL_ERROR_SIZE, "%s", dlerror());
        return NULL;
    }
    if (!podrun_curl_load(library, "curl_global_init", &global_init, error))
        return NULL;
    /* Counted by libcurl, so once for each caller is fine. */
    if (global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK)
        return library;
    snprintf(error, PODRUN_CURL_ERROR_SIZE, "it can't be initialised");
    return NULL;
}

/* dlsym's object pointer as a function pointer, the way POSIX shows it. */
bool podrun_curl_load(void *library, const char *name, void *function, char error[PODRUN_CURL_ERROR_SIZE])
{
    *(void **)function = dlsym(library, name);
    if (*(void **)function != NULL)
        return true;
    snprintf(error, PODRUN_CURL_ERROR_SIZE, "no \"%s\" in it", name);
    return false;
}
