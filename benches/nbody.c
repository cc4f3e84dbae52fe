// kernel: five bodies under gravity, in scalar SSE2 doubles
#include "bench.h"
#include <math.h>
enum { BODIES = 5 };
static struct body { double x[3], v[3], mass; } bodies[BODIES];
static void advance(double dt)
{
    for (int i = 0; i < BODIES; i++)
        for (int j = i + 1; j < BODIES; j++) {
            struct body *a = &bodies[i], *b = &bodies[j];
            double d[3], square = 0;
            for (int k = 0; k < 3; k++) {
                d[k] = a->x[k] - b->x[k];
                square += d[k] * d[k];
            }
            double pull = dt / (square * sqrt(square));
            for (int k = 0; k < 3; k++) {
                a->v[k] -= d[k] * b->mass * pull;
                b->v[k] += d[k] * a->mass * pull;
            }
        }
    for (int i = 0; i < BODIES; i++)
        for (int k = 0; k < 3; k++)
            bodies[i].x[k] += dt * bodies[i].v[k];
}
static double energy(void)
{
    double e = 0;
    for (int i = 0; i < BODIES; i++) {
        struct body *a = &bodies[i];
        e += a->mass * (a->v[0] * a->v[0] + a->v[1] * a->v[1] + a->v[2] * a->v[2]) / 2;
        for (int j = i + 1; j < BODIES; j++) {
            double square = 0;
            for (int k = 0; k < 3; k++)
                square += (a->x[k] - bodies[j].x[k]) * (a->x[k] - bodies[j].x[k]);
            e -= a->mass * bodies[j].mass / sqrt(square);
        }
    }
    return e;
}
int main(void)
{
    uint64_t seed = 7, sum = 0, bits;
    for (int i = 0; i < BODIES; i++) {
        for (int k = 0; k < 3; k++) {
            bodies[i].x[k] = i * 8 + (double)(rnd(&seed) % 1000) / 500;
            bodies[i].v[k] = (double)(rnd(&seed) % 1000) / 1000 - .5;
        }
        bodies[i].mass = i ? .02 / i : 40;
    }
    for (int round = 0; round < 60; round++) {
        for (int step = 0; step < 100000; step++)
            advance(.001);
        double e = energy();
        memcpy(&bits, &e, 8);
        sum = sum * 31 + bits;
    }
    return done("nbody", sum);
}
