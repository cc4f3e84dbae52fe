// The auxiliary vector: program headers, entry, page size, random bytes, names.
// build: glibc musl static-pie
#include "show.h"
#include <elf.h>
#include <sys/auxv.h>
extern char _start[];
int main(int argc, char **argv)
{
    (void)argc;
    HOLDS(getauxval(AT_PAGESZ) == 4096);
    HOLDS(getauxval(AT_ENTRY) == (unsigned long)_start);
    HOLDS(getauxval(AT_PHENT) == sizeof(Elf64_Phdr));
    Elf64_Phdr *ph = (Elf64_Phdr *)getauxval(AT_PHDR);
    int loads = 0, tls = 0, stack = 0;
    for (unsigned long i = 0; i < getauxval(AT_PHNUM); i++) {
        loads += ph[i].p_type == PT_LOAD;
        tls += ph[i].p_type == PT_TLS;
        stack += ph[i].p_type == PT_GNU_STACK;
    }
    HOLDS(loads >= 2);
    HOLDS(stack == 1);
    (void)tls;
    HOLDS(getauxval(AT_BASE) == 0);
    HOLDS(getauxval(AT_FLAGS) == 0);
    HOLDS(getauxval(AT_CLKTCK) == 100);
    HOLDS(getauxval(AT_RANDOM) != 0 && getauxval(AT_HWCAP) != 0);
    SHOWS((char *)getauxval(AT_PLATFORM));
    HOLDS(strcmp((char *)getauxval(AT_EXECFN), argv[0]) == 0);
    HOLDS(getauxval(9999) == 0);
    return 0;
}
