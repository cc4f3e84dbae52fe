// An exception nobody catches ends in abort.
// build: cpp
// status: 134
#include <cstdio>
#include <stdexcept>
struct Guard { ~Guard() { std::puts("guard gone"); } };
int main()
{
    std::puts("before");
    std::fflush(stdout);
    try { Guard g; throw 1; } catch (int) {}
    std::fflush(stdout);
    throw std::runtime_error("nobody listens");
}
