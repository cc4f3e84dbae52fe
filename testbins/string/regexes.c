// POSIX regular expressions, compiled and matched.
// build: glibc musl
#include "show.h"
#include <regex.h>
static void match(const char *re, const char *text, int flags)
{
    regex_t r;
    regmatch_t m[4];
    int e = regcomp(&r, re, flags);
    if (e) {
        printf("/%s/ does not compile\n", re);
        return;
    }
    e = regexec(&r, text, 4, m, 0);
    printf("/%s/ on <%s>: ", re, text);
    for (int i = 0; e == 0 && i < 4 && m[i].rm_so >= 0; i++)
        printf("[%.*s]", (int)(m[i].rm_eo - m[i].rm_so), text + m[i].rm_so);
    puts(e ? "no" : "");
    regfree(&r);
}
int main(void)
{
    match("^([a-z]+)@([a-z.]+)$", "someone@example.org", REG_EXTENDED);
    match("(a|ab)(c|bcd)(d*)", "abcd", REG_EXTENDED);
    match("[[:digit:]]{2,4}", "a1b22c33333", REG_EXTENDED);
    match("\\(x*\\)y\\1z", "xxyxxz", 0);
    match("HELLO", "say hello", REG_ICASE);
    match("^$", "", REG_EXTENDED);
    match("a.*b.*c", "a123b456", REG_EXTENDED);
    match("(", "x", REG_EXTENDED);
    match("(a*)*b", "aaaaaaaaaaaaaaaaaaab", REG_EXTENDED);
    match("[^a-y]+", "abczzzdef", REG_EXTENDED);
    return 0;
}
