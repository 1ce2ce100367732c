/* Loaded before the C library (LD_PRELOAD) by the campaigns: lets writes or syncs of some files fail, or kills the process at
 * one. Environment: FAULT_OP = write, sync or any; FAULT_MATCH = a part of the file's path; FAULT_AFTER = how many of these
 * operations pass first; FAULT_TIMES = how many fail then, 0 = all; FAULT_ERROR = an errno, or 0 to kill the process.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_long seen;

static long number(const char *name) {
    const char *text = getenv(name);
    return text ? atol(text) : 0;
}

static int fails(const char *operation, int fd) {
    const char *wanted = getenv("FAULT_OP"), *match = getenv("FAULT_MATCH");
    if (!wanted || !match || (strcmp(wanted, operation) && strcmp(wanted, "any"))) return 0;
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    if (path[0] != '/' || !strstr(path, match)) return 0;
    long at = atomic_fetch_add(&seen, 1), after = number("FAULT_AFTER"), times = number("FAULT_TIMES");
    if (at < after || (times > 0 && at >= after + times)) return 0;
    int error = (int)number("FAULT_ERROR");
    if (error == 0) kill(getpid(), SIGKILL);
    errno = error;
    return 1;
}

#define OVER(type, name, parameters, arguments, operation)                 \
    type name parameters {                                                 \
        static type(*real) parameters;                                     \
        if (!real) real = (type(*) parameters)dlsym(RTLD_NEXT, #name);     \
        return fails(operation, fd) ? -1 : real arguments;                 \
    }

OVER(ssize_t, write, (int fd, const void *bytes, size_t count), (fd, bytes, count), "write")
OVER(ssize_t, pwrite, (int fd, const void *bytes, size_t count, off_t at), (fd, bytes, count, at), "write")
OVER(ssize_t, pwrite64, (int fd, const void *bytes, size_t count, off64_t at), (fd, bytes, count, at), "write")
OVER(ssize_t, writev, (int fd, const struct iovec *parts, int count), (fd, parts, count), "write")
OVER(int, fsync, (int fd), (fd), "sync")
OVER(int, fdatasync, (int fd), (fd), "sync")
