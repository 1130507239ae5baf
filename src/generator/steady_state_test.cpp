// steady_state_test.cpp: after the first call of a batch size, our own code allocates nothing.
#include <dlfcn.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "generator/native_backend.hpp"
#include "generator/onnxruntime_backend.hpp"
#include "generator/test_models.hpp"

namespace {

// Only what this program's own code (the library is linked into it) asks for is counted: ONNX Runtime
// allocates in its own shared library.
std::atomic<bool> counting{false};
std::atomic<long> ours{0}, theirs{0};

bool called_from_this_program(const void* caller) {
  static const void* const program = [] {
    Dl_info here;
    return dladdr(reinterpret_cast<const void*>(&called_from_this_program), &here) != 0 ? here.dli_fbase
                                                                                        : nullptr;
  }();
  Dl_info there;
  return dladdr(caller, &there) == 0 || there.dli_fbase == program;
}

void* counted(std::size_t size, std::size_t alignment, const void* caller) {
  if (counting) ++(called_from_this_program(caller) ? ours : theirs);
  void* memory = std::aligned_alloc(alignment, (size + alignment) / alignment * alignment);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

}  // namespace

void* operator new(std::size_t size) {
  return counted(size, alignof(std::max_align_t), __builtin_return_address(0));
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  return counted(size, static_cast<std::size_t>(alignment), __builtin_return_address(0));
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

namespace framegen {
namespace {

TEST(OnnxRuntimeBackend, AllocatesNothingInASteadyState) {
  const auto made =
      make_onnxruntime_backend(test::seeded_models(0.5) / "generator.onnx", {}, {.threads = 1, .batch = 2});
  if (!made && made.error().what.find("built without") != std::string::npos)
    GTEST_SKIP() << made.error().message();
  ASSERT_TRUE(made) << made.error().message();
  const auto worker = (*made)->make_worker();
  ASSERT_TRUE(worker);
  test::Jobs jobs(2);
  const auto list = jobs.list();
  ASSERT_TRUE((*worker)->run(list));
  ours = theirs = 0;
  counting = true;
  bool all_made = true;
  for (int k = 0; k < 5; ++k) all_made &= (*worker)->run(list).ok();
  counting = false;
  EXPECT_TRUE(all_made);
  EXPECT_EQ(ours, 0);
  EXPECT_GT(theirs, 0) << "the counter does not see ONNX Runtime: is it still in place?";
}

TEST(NativeBackend, AllocatesNothingInASteadyState) {
  const auto made = make_native_backend(test::seeded_models(0.5) / "generator.onnx", {}, {.threads = 1});
  ASSERT_TRUE(made) << made.error().message();
  const auto worker = (*made)->make_worker();
  ASSERT_TRUE(worker);
  test::Jobs jobs(2);
  const auto list = jobs.list();
  ASSERT_TRUE((*worker)->run(list));
  ours = theirs = 0;
  counting = true;
  bool all_made = true;
  for (int k = 0; k < 5; ++k) all_made &= (*worker)->run(list).ok();
  counting = false;
  EXPECT_TRUE(all_made);
  EXPECT_EQ(ours, 0);
  EXPECT_EQ(theirs, 0);
}

}  // namespace
}  // namespace framegen
