// C++: exceptions through frames with destructors, RTTI, iostreams, containers.
// build: cpp
#include <algorithm>
#include <iostream>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>
struct Noisy {
    std::string name;
    explicit Noisy(std::string n) : name(std::move(n)) { std::cout << "+" << name << "\n"; }
    ~Noisy() { std::cout << "-" << name << "\n"; }
};
struct Base { virtual ~Base() = default; virtual int f() const { return 1; } };
struct Derived : Base { int f() const override { return 2; } };
struct Custom : std::runtime_error { int code; Custom(int c) : std::runtime_error("custom"), code(c) {} };
[[gnu::noinline]] void deep(int n)
{
    Noisy here("frame" + std::to_string(n));
    if (n == 0) throw Custom(17);
    deep(n - 1);
}
static Noisy global("global");
int main()
{
    try { deep(3); } catch (const Custom &e) { std::cout << e.what() << " " << e.code << "\n"; }
    try {
        try { throw std::string("inner"); }
        catch (...) { std::throw_with_nested(std::logic_error("outer")); }
    } catch (const std::exception &e) {
        std::cout << e.what() << "\n";
        try { std::rethrow_if_nested(e); } catch (const std::string &s) { std::cout << s << "\n"; }
    }
    std::unique_ptr<Base> b = std::make_unique<Derived>();
    std::cout << b->f() << (dynamic_cast<Derived *>(b.get()) ? " derived" : " base") << "\n";
    try { std::vector<int> v(3); v.at(5) = 1; } catch (const std::out_of_range &) { std::cout << "out_of_range\n"; }
    try { (void)dynamic_cast<const Derived &>(static_cast<const Base &>(Base())); } catch (const std::bad_cast &) { std::cout << "bad_cast\n"; }
    try { volatile size_t n = static_cast<size_t>(-1) / 4; (void)::operator new(n); } catch (const std::bad_alloc &) { std::cout << "bad_alloc\n"; }
    std::map<std::string, int> words;
    for (auto w : {"to", "be", "or", "not", "to", "be"}) words[w]++;
    for (auto &[w, n] : words) std::cout << w << "=" << n << " ";
    std::cout << std::hex << 255 << std::dec << " " << 1.0 / 3 << " " << std::boolalpha << true << "\n";
    long caught = 0;
    for (int i = 0; i < 200; i++) try { throw i; } catch (int x) { caught += x; }
    std::cout << caught << std::endl;
    return 3 - b->f() - 1;
}
