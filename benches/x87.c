// kernel: long double on the x87: orbits, a polynomial, a sum with compensation, a fractal
// flags: -mfpmath=387
#include "bench.h"
#include <math.h>
enum { BODIES = 4, TERMS = 24, SIDE = 64 };
static struct body { long double x[3], v[3], mass; } bodies[BODIES];
static void advance(long double dt)
{
    for (int i = 0; i < BODIES; i++)
        for (int j = i + 1; j < BODIES; j++) {
            struct body *a = &bodies[i], *b = &bodies[j];
            long double d[3], square = 0;
            for (int k = 0; k < 3; k++) {
                d[k] = a->x[k] - b->x[k];
                square += d[k] * d[k];
            }
            long double pull = dt / (square * sqrtl(square));
            for (int k = 0; k < 3; k++) {
                a->v[k] -= d[k] * b->mass * pull;
                b->v[k] += d[k] * a->mass * pull;
            }
        }
    for (int i = 0; i < BODIES; i++)
        for (int k = 0; k < 3; k++)
            bodies[i].x[k] += dt * bodies[i].v[k];
}
static long double polynomial(const double *c, long double x)
{
    long double r = c[0];
    for (int i = 1; i < TERMS; i++)
        r = r * x + c[i];
    return r;
}
static double compensated(const float *v, int n)
{
    double sum = 0, lost = 0;
    for (int i = 0; i < n; i++) {
        double y = v[i] - lost, t = sum + y;
        lost = t - sum - y;
        sum = t;
    }
    return sum;
}
static int escape(double cx, double cy)
{
    double x = 0, y = 0;
    int n = 0;
    for (; n < 200 && x * x + y * y < 4; n++) {
        double t = x * x - y * y + cx;
        y = 2 * x * y + cy;
        x = t;
    }
    return n;
}
static uint64_t fold(uint64_t sum, long double v)
{
    uint64_t words[2] = {0, 0};
    memcpy(words, &v, 10);
    return (sum * 31 + words[0]) * 31 + words[1];
}
int main(void)
{
    static double c[TERMS];
    static float v[1024];
    uint64_t seed = 7, sum = 0;
    for (int i = 0; i < BODIES; i++) {
        for (int k = 0; k < 3; k++) {
            bodies[i].x[k] = i * 8 + (long double)(rnd(&seed) % 1000) / 500;
            bodies[i].v[k] = (long double)(rnd(&seed) % 1000) / 1000 - .5L;
        }
        bodies[i].mass = i ? .02L / i : 40;
    }
    for (int i = 0; i < TERMS; i++)
        c[i] = (double)(int)(rnd(&seed) % 2001 - 1000) / 1000;
    for (int i = 0; i < 1024; i++)
        v[i] = (float)(int)(rnd(&seed) % 200001 - 100000) / 777;
    for (int round = 0; round < 96; round++) {
        for (int step = 0; step < 5000; step++)
            advance(.001L);
        sum = fold(sum, bodies[1].x[0]);
        long double p = 0;
        for (int i = 0; i < 10000; i++)
            p += polynomial(c, (long double)(i - 5000) / 5001);
        sum = fold(sum, p);
        for (int i = 0; i < 100; i++)
            v[i] += (float)compensated(v, 1024) / 1000;
        sum = fold(sum, v[round]);
        for (int i = 0; i < SIDE; i++)
            for (int j = 0; j < SIDE; j++)
                sum += (uint64_t)escape(i * 3. / SIDE - 2, j * 2. / SIDE - 1) * (uint64_t)(i + 1);
    }
    return done("x87", sum);
}
