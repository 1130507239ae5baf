// npy_test.cpp: arrays survive the round trip; broken headers are refused.
#include "core/npy.hpp"

#include <gtest/gtest.h>

#include <array>

#include "core/files.hpp"

namespace framegen {
namespace {

TEST(Npy, ARoundTripKeepsShapeAndValues) {
  const auto path = std::filesystem::path(::testing::TempDir()) / "round_trip.npy";
  const std::array<std::int64_t, 2> shape{2, 3};
  const std::array<float, 6> values{1, -2, 3.5f, 0, 1e-9f, 6};
  ASSERT_TRUE(write_npy(path, shape, std::span<const float>(values)).ok());
  const auto array = read_npy(path);
  ASSERT_TRUE(array.ok()) << array.error().message();
  EXPECT_EQ(array->shape, Shape({2, 3}));
  EXPECT_EQ(*npy_values<float>(*array), std::vector<float>(values.begin(), values.end()));
  EXPECT_FALSE(npy_values<double>(*array).ok());
}

TEST(Npy, EveryTruncationIsAnErrorAndNeverACrash) {
  const auto path = std::filesystem::path(::testing::TempDir()) / "truncated.npy";
  const std::array<std::int64_t, 1> shape{8};
  const std::array<std::uint8_t, 8> values{};
  ASSERT_TRUE(write_npy(path, shape, std::span<const std::uint8_t>(values)).ok());
  const auto whole = *read_file(path);
  for (std::size_t n = 0; n < whole.size(); ++n) {
    SCOPED_TRACE(n);
    EXPECT_FALSE(parse_npy(std::span(whole).first(n), "x").ok());
  }
}

TEST(Npy, AShapeLargerThanTheFileIsRefused) {
  std::string header =
      "{'descr': '<f4', 'fortran_order': False, 'shape': (9223372036854775807, 9223372036854775807), }";
  std::vector<std::uint8_t> file{
      0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, static_cast<std::uint8_t>(header.size()), 0};
  file.insert(file.end(), header.begin(), header.end());
  EXPECT_FALSE(parse_npy(file, "x").ok());
}

// A file of version 1 or 2 with this header and eight bytes behind it.
std::vector<std::uint8_t> with_header(const std::string& header, std::uint8_t version = 1) {
  std::vector<std::uint8_t> file{
      0x93, 'N', 'U', 'M', 'P', 'Y', version, 0, static_cast<std::uint8_t>(header.size()), 0};
  if (version > 1) file.insert(file.end(), {0, 0});
  file.insert(file.end(), header.begin(), header.end());
  file.insert(file.end(), 8, 0);
  return file;
}

TEST(Npy, SaysWhatIsWrongWithAHeader) {
  struct Case {
    const char *header, *what;
  };
  for (const Case& wrong : {
           Case{"", "elements are not little-endian numbers"},
           Case{"{'descr'}", "elements are not little-endian numbers"},
           Case{"{'descr':   ", "elements are not little-endian numbers"},
           Case{"{'descr': '>f4', 'fortran_order': False, 'shape': (2,), }",
                "elements are not little-endian numbers"},
           Case{"{'descr': '<f4', 'fortran_order': True, 'shape': (2,), }", "it is in Fortran order"},
           Case{"{'descr': '<f4', 'fortran_order': False, }", "its shape is unreadable"},
           Case{"{'descr': '<f4', 'fortran_order': False, 'shape': 2, }", "its shape is unreadable"},
           Case{"{'descr': '<f4', 'fortran_order': False, 'shape': (2", "its shape is unreadable"},
           Case{"{'descr': '<f4', 'fortran_order': False, 'shape': (-2,), }", "its shape is unreadable"},
           Case{"{'descr': '<f4', 'fortran_order': False, 'shape': (a,), }", "its shape is unreadable"},
           Case{"{'descr': '<f4', 'fortran_order': False, 'shape': "
                "(1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1), }",
                "its shape is unreadable"},
           Case{"{'descr': '<U9', 'fortran_order': False, 'shape': (2,), }", "unknown element type U9"},
       }) {
    SCOPED_TRACE(wrong.header);
    const auto array = parse_npy(with_header(wrong.header), "x.npy");
    ASSERT_FALSE(array);
    EXPECT_NE(array.error().message().find(wrong.what), std::string::npos) << array.error().message();
  }
}

TEST(Npy, ReadsTheLongerHeadersOfVersion2) {
  const auto array =
      parse_npy(with_header("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", 2), "x.npy");
  ASSERT_TRUE(array) << array.error().message();
  EXPECT_EQ(*npy_values<float>(*array), (std::vector<float>{0, 0}));
}

}  // namespace
}  // namespace framegen
