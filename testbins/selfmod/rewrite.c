// Code written, run, rewritten and run again, in writable and executable memory.
// build: glibc musl static-pie
#include "show.h"
#include <sys/mman.h>
static unsigned char *page;
static int put(int at, uint32_t value)
{
    unsigned char code[] = {0xb8, 0, 0, 0, 0, 0xc3};
    memcpy(code + 1, &value, 4);
    memcpy(page + at, code, sizeof code);
    return ((int (*)(void))(page + at))();
}
int main(void)
{
    page = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    long sum = 0;
    for (int i = 0; i < 300; i++)
        sum += put(0, i);
    SHOW(sum);
    /* Only the immediate changes. */
    for (int i = 0; i < 300; i++) {
        page[1] = i;
        sum += ((int (*)(void))page)();
    }
    SHOW(sum);
    /* Across the border of two pages. */
    for (int at = 4090; at < 4097; at++)
        sum += put(at, at);
    SHOW(sum);
    page[4096 + 2] = 0x11;
    SHOW(((int (*)(void))(page + 4096))());
    /* By mprotect, as a just-in-time compiler does it. */
    for (int i = 0; i < 20; i++) {
        mprotect(page, 4096, PROT_READ | PROT_WRITE);
        page[1] = i;
        page[2] = 0;
        mprotect(page, 4096, PROT_READ | PROT_EXEC);
        sum += ((int (*)(void))page)();
    }
    SHOW(sum);
    /* Mapped anew at the same place. */
    for (int i = 0; i < 20; i++) {
        page = mmap(page, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
        sum += put(0, 1000 + i);
    }
    SHOW(sum);
    return 0;
}
