// The same sentence, said at three altitudes. `uemu demo` runs this under narration.
// build: glibc musl
#include <stdio.h>
#include <unistd.h>

__attribute__((noinline)) void through_stdio(void)
{
    printf("The answer ");
    printf("is %d, ", 6 * 7);
    printf("said printf.\n");
    fflush(stdout);
}

__attribute__((noinline)) void through_write(void)
{
    static const char text[] = "The answer is 42, said write.\n";
    write(1, text, sizeof text - 1);
}

__attribute__((noinline)) void through_the_instruction(void)
{
    static const char text[] = "The answer is 42, said the instruction.\n";
    long result;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(1), "D"(1), "S"(text), "d"(sizeof text - 1)
                     : "rcx", "r11", "memory");
}

int main(void)
{
    through_stdio();
    through_write();
    through_the_instruction();
    return 0;
}
