// std::thread, mutex, condition_variable, future, atomic, call_once, exceptions across threads.
// build: cpp
#include <atomic>
#include <condition_variable>
#include <future>
#include <iostream>
#include <mutex>
#include <numeric>
#include <stdexcept>
#include <thread>
#include <vector>
int main()
{
    std::atomic<long> a{0};
    std::mutex m;
    long guarded = 0;
    std::vector<std::thread> ts;
    for (int i = 0; i < 4; i++)
        ts.emplace_back([&, i] { for (int j = 0; j < 500; j++) { a += i; std::lock_guard g(m); guarded++; } });
    for (auto &t : ts) t.join();
    std::cout << a << " " << guarded << "\n";
    auto f = std::async(std::launch::async, [] { return 6 * 7; });
    auto g = std::async(std::launch::async, []() -> int { throw std::runtime_error("from a thread"); });
    std::cout << f.get() << "\n";
    try { g.get(); } catch (const std::exception &e) { std::cout << e.what() << "\n"; }
    std::promise<std::string> p;
    std::thread t([&] { std::this_thread::sleep_for(std::chrono::milliseconds(3)); p.set_value("promised"); });
    std::cout << p.get_future().get() << "\n";
    t.join();
    std::once_flag once;
    int calls = 0;
    for (int i = 0; i < 3; i++) std::call_once(once, [&] { calls++; });
    thread_local int local = 3;
    std::thread([&] { local = 9; }).join();
    std::cout << calls << " " << local << "\n";
    std::condition_variable cv;
    std::unique_lock lk(m);
    std::cout << (cv.wait_for(lk, std::chrono::milliseconds(2)) == std::cv_status::timeout) << std::endl;
}
