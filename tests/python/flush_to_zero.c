/* What a library that was compiled for speed alone does to a process that loads it, by LD_PRELOAD: the main thread
 * flushes subnormal numbers to zero from the start, and every other thread from its own start.
 *
 * FLUSH_LOG   gets a line per thread as it starts, and one at the end of the main thread: the event, then
 *             `flushed` or `kept` for a subnormal number as an operand and as a result
 *
 * On processors other than x86-64 nothing is flushed, and the lines say so.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void flush(void)
{
#if defined(__x86_64__)
    unsigned control;
    __asm__ volatile("stmxcsr %0" : "=m"(control));
    control |= 1 << 15 | 1 << 6; /* flush to zero, denormals are zero */
    __asm__ volatile("ldmxcsr %0" : : "m"(control));
#endif
}

static void note(const char *event)
{
    const char *log = getenv("FLUSH_LOG");
    int fd = log ? open(log, O_WRONLY | O_CREAT | O_APPEND, 0600) : -1;
    if (fd < 0)
        return;
    volatile double subnormal = 0, tiny = 2.2250738585072014e-308, half = 0.5, one = 1;
    unsigned long long bits = 1, read;
    memcpy((void *)&subnormal, &bits, sizeof bits);
    volatile double of_subnormal = subnormal * one, of_normal = tiny * half;
    memcpy(&read, (const void *)&of_subnormal, sizeof read);
    const char *operand = read ? "kept" : "flushed";
    memcpy(&read, (const void *)&of_normal, sizeof read);
    char line[80];
    int length = snprintf(line, sizeof line, "%s %s %s\n", event, operand, read ? "kept" : "flushed");
    if (write(fd, line, length) != length)
        abort();
    close(fd);
}

struct start {
    void *(*routine)(void *);
    void *argument;
};

static void *begin(void *given)
{
    struct start start = *(struct start *)given;
    free(given);
    flush();
    note("thread");
    return start.routine(start.argument);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*routine)(void *), void *argument)
{
    int (*next)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *) = dlsym(RTLD_NEXT, "pthread_create");
    struct start *start = malloc(sizeof *start);
    *start = (struct start){routine, argument};
    return next(thread, attributes, begin, start);
}

__attribute__((constructor)) static void loaded(void)
{
    flush();
    note("start");
}

__attribute__((destructor)) static void ended(void)
{
    note("end");
}
