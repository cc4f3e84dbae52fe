// Calendar arithmetic on fixed times: gmtime, mktime, strftime, strptime.
// build: glibc musl
// env: TZ=UTC0
#include "show.h"
#include <time.h>
int main(void)
{
    time_t when[] = {0, 951782400, 1700000000, 4102444799, -1, 253402300799};
    char buf[100];
    for (int i = 0; i < 6; i++) {
        struct tm tm;
        gmtime_r(&when[i], &tm);
        strftime(buf, sizeof buf, "%Y-%m-%d %H:%M:%S %a %j %U %%", &tm);
        printf("%s %s", buf, asctime(&tm));
        HOLDS(timegm(&tm) == when[i]);
        HOLDS(mktime(&tm) == when[i]);
    }
    struct tm tm = {0};
    HOLDS(strptime("2024-02-30 25:61", "%Y-%m-%d %H:%M", &tm) == NULL);
    strptime("29 Feb 2024 12:34:56", "%d %b %Y %T", &tm);
    SHOW(timegm(&tm));
    tm.tm_mon += 25, tm.tm_mday -= 60;
    SHOW(timegm(&tm));
    printf("%.0f\n", difftime(when[2], when[1]));
    return 0;
}
