/* Faults of reading, put between a program and its C library by LD_PRELOAD.
 *
 * FAULT_FILE   only reads of this file are touched
 * FAULT        eio:N    the Nth read fails with EIO
 *              short:K  every read gives at most K bytes
 *              eintr:N  every Nth read is interrupted before it gives anything
 *              grow:N   before the Nth read another process adds a byte to the file
 *              swap:N   before the Nth read another process puts FAULT_OTHER in its place
 * OPEN_LOG     gets a line for each file that is opened, its path, and one for the fault that happened
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static atomic_long reads;

static void note(const char *path)
{
    const char *log = getenv("OPEN_LOG");
    int (*next)(const char *, int, ...) = dlsym(RTLD_NEXT, "open");
    int fd = log ? next(log, O_WRONLY | O_CREAT | O_APPEND, 0600) : -1;
    if (fd < 0)
        return;
    dprintf(fd, "%s\n", path);
    close(fd);
}

static int is_the_file(int fd)
{
    const char *path = getenv("FAULT_FILE");
    struct stat wanted, found;
    return path && stat(path, &wanted) == 0 && fstat(fd, &found) == 0 && wanted.st_dev == found.st_dev &&
           wanted.st_ino == found.st_ino;
}

/* What another process does to the file meanwhile. */
static void change(const char *fault)
{
    const char *path = getenv("FAULT_FILE"), *other = getenv("FAULT_OTHER");
    int (*next)(const char *, int, ...) = dlsym(RTLD_NEXT, "open");
    note(fault);
    if (!strncmp(fault, "swap", 4)) {
        if (!other || rename(other, path) != 0)
            abort();
        return;
    }
    int fd = next(path, O_WRONLY | O_APPEND);
    if (fd < 0 || write(fd, "", 1) != 1)
        abort();
    close(fd);
}

/* The bytes that this read may give, or -1 where it fails. */
static long allowed(int fd, size_t count)
{
    const char *fault = getenv("FAULT");
    const char *colon = fault ? strchr(fault, ':') : NULL;
    if (!colon || !is_the_file(fd))
        return (long)count;
    long argument = atol(colon + 1);
    long number = atomic_fetch_add(&reads, 1) + 1;
    if (!strncmp(fault, "eio", 3) && number == argument) {
        note(fault);
        errno = EIO;
        return -1;
    }
    if ((!strncmp(fault, "grow", 4) || !strncmp(fault, "swap", 4)) && number == argument)
        change(fault);
    if (!strncmp(fault, "eintr", 5) && number % argument == 0) {
        errno = EINTR;
        return -1;
    }
    if (!strncmp(fault, "short", 5) && (long)count > argument)
        return argument;
    return (long)count;
}

#define POSITIONED(name, offset_type)                                                \
    ssize_t name(int fd, void *buffer, size_t count, offset_type offset)             \
    {                                                                                \
        ssize_t (*next)(int, void *, size_t, offset_type) = dlsym(RTLD_NEXT, #name); \
        long most = allowed(fd, count);                                              \
        return most < 0 ? -1 : next(fd, buffer, (size_t)most, offset);               \
    }
POSITIONED(pread, off_t)
POSITIONED(pread64, off64_t)

ssize_t read(int fd, void *buffer, size_t count)
{
    ssize_t (*next)(int, void *, size_t) = dlsym(RTLD_NEXT, "read");
    long most = allowed(fd, count);
    return most < 0 ? -1 : next(fd, buffer, (size_t)most);
}

#define MODE                                \
    va_list rest;                           \
    va_start(rest, flags);                  \
    mode_t mode = va_arg(rest, mode_t);     \
    va_end(rest);                           \
    note(path)

#define OPENS(name)                                                 \
    int name(const char *path, int flags, ...)                      \
    {                                                               \
        MODE;                                                       \
        int (*next)(const char *, int, ...) = dlsym(RTLD_NEXT, #name); \
        return next(path, flags, mode);                             \
    }
OPENS(open)
OPENS(open64)

#define OPENS_AT(name)                                                      \
    int name(int folder, const char *path, int flags, ...)                  \
    {                                                                       \
        MODE;                                                               \
        int (*next)(int, const char *, int, ...) = dlsym(RTLD_NEXT, #name); \
        return next(folder, path, flags, mode);                             \
    }
OPENS_AT(openat)
OPENS_AT(openat64)

#define OPENS_STREAM(name)                                                \
    FILE *name(const char *path, const char *kind)                        \
    {                                                                     \
        note(path);                                                       \
        FILE *(*next)(const char *, const char *) = dlsym(RTLD_NEXT, #name); \
        return next(path, kind);                                          \
    }
OPENS_STREAM(fopen)
OPENS_STREAM(fopen64)
