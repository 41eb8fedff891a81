/* A plugin of the HDF5 library that leaves a mark as soon as it is loaded. */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

__attribute__((constructor)) static void leave_a_mark(void)
{
    const char *mark = getenv("PLUGIN_MARK");
    int fd = mark ? open(mark, O_WRONLY | O_CREAT, 0600) : -1;
    if (fd >= 0)
        close(fd);
}

int H5PLget_plugin_type(void) { return 0; }

const void *H5PLget_plugin_info(void) { return NULL; }
