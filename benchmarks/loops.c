/* The loops that terabin is held against: what the machine does with nothing around it.
   Built by loops.py; called without Python's lock, one call for each thread. */

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

/* Count and sum of v in bins x bins cells of lo <= x, y < hi: the loop that anyone writes. */
void bin_mean(const double *x, const double *y, const double *v, int64_t rows, double lo, double hi,
              int64_t bins, int64_t *count, double *sum)
{
    double scale = (double)bins / (hi - lo);
    for (int64_t row = 0; row < rows; row++) {
        if (!(x[row] >= lo && x[row] < hi && y[row] >= lo && y[row] < hi))
            continue;
        int64_t cell = (int64_t)((x[row] - lo) * scale) * bins + (int64_t)((y[row] - lo) * scale);
        count[cell] += 1;
        sum[cell] += v[row];
    }
}

/* Reads bytes of a file in pieces of 1 MiB and drops them; the bytes read, or -1. */
int64_t read_bytes(const char *path, int64_t start, int64_t end)
{
    const int64_t piece = 1 << 20;
    int64_t at = start;
    int file = open(path, O_RDONLY);
    char *buffer = malloc((size_t)piece);
    while (file >= 0 && buffer && at < end) {
        int64_t wanted = end - at < piece ? end - at : piece;
        ssize_t got = pread(file, buffer, (size_t)wanted, at);
        if (got <= 0)
            break;
        at += got;
    }
    free(buffer);
    if (file < 0)
        return -1;
    close(file);
    return at - start;
}

/* Steps of xorshift64, each waiting for the one before: no memory is touched. */
uint64_t spin(int64_t steps, uint64_t seed)
{
    for (int64_t step = 0; step < steps; step++) {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
    }
    return seed;
}
