// make_backend_test.cpp: which backend is chosen, with the reason; the two agree on every pixel but for one
// step.
#include "generator/make_backend.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

#include "core/files.hpp"
#include "generator/architecture.hpp"
#include "generator/synth_model.hpp"
#include "generator/test_models.hpp"

namespace framegen {
namespace {

bool built_without_onnxruntime() {
  const auto there = describe_onnxruntime();
  return !there && there.error().what.find("built without") != std::string::npos;
}

std::vector<Image> faces(GeneratorBackend& backend, std::size_t count) {
  test::Jobs jobs(count);
  const auto worker = backend.make_worker();
  EXPECT_TRUE(worker && (*worker)->run(jobs.list()));
  return std::move(jobs.faces);
}

TEST(MakeBackend, TakesTheNativeOneWhereItCan) {
  const auto chosen = make_backend(test::seeded_models(0.5) / "generator.onnx", {}, {.threads = 2});
  ASSERT_TRUE(chosen) << chosen.error().message();
  EXPECT_TRUE(chosen->backend->name().starts_with("native/")) << chosen->backend->name();
  EXPECT_EQ(chosen->backend->workers(), 2);
  EXPECT_TRUE(chosen->reason.starts_with("the native backend runs this network; ")) << chosen->reason;
  EXPECT_NE(chosen->reason.find("MiB of skips are kept per template frame"), std::string::npos)
      << chosen->reason;
}

TEST(MakeBackend, LeavesLowerPrecisionToTheNativeOne) {
  const auto refused =
      make_backend(test::seeded_models(0.5) / "generator.onnx", {},
                   {.kind = BackendKind::kOnnxRuntime, .precision = ProductPrecision::kBFloat16});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kBadUse);
  EXPECT_EQ(refused.error().where, "--precision");
}

TEST(MakeBackend, LeavesFloat16ToDevices) {
  for (const BackendKind kind : {BackendKind::kAuto, BackendKind::kNative, BackendKind::kOnnxRuntime}) {
    const auto refused =
        make_backend(test::seeded_models(0.5) / "generator.onnx", {}, {.kind = kind, .half_on_device = true});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::kBadUse);
    EXPECT_EQ(refused.error().where, "--precision fp16");
  }
}

TEST(MakeBackend, WhereNoDeviceIsTakenFloat16IsFloat32) {
  if (built_without_onnxruntime()) GTEST_SKIP() << "built without ONNX Runtime";
  if (std::getenv("FRAMEGEN_GPU_PROVIDER") != nullptr) GTEST_SKIP() << "there may be a device";
  const auto chosen = make_backend(test::seeded_models(0.5) / "generator.onnx", {},
                                   {.threads = 1, .fastest_provider = true, .half_on_device = true});
  ASSERT_TRUE(chosen) << chosen.error().message();
  EXPECT_TRUE(chosen->backend->name().starts_with("native/") ||
              chosen->reason.find("faces a second") != std::string::npos)
      << chosen->backend->name() << ": " << chosen->reason;
}

TEST(MakeBackend, NativeFacesAreTheReferencesButForOneStep) {
  if (built_without_onnxruntime()) GTEST_SKIP() << "built without ONNX Runtime";
  for (const double width : {1.0, 0.5}) {
    SCOPED_TRACE(width);
    const auto model = test::seeded_models(width) / "generator.onnx";
    const auto native = make_backend(model, {}, {.kind = BackendKind::kNative, .threads = 1});
    const auto onnx = make_backend(
        model, {}, {.kind = BackendKind::kOnnxRuntime, .threads = 1, .mode = OnnxRuntimeMode::kSequential});
    ASSERT_TRUE(native && onnx);
    EXPECT_EQ(onnx->backend->name(), "onnxruntime/sequential");
    const auto ours = faces(*native->backend, 2), theirs = faces(*onnx->backend, 2);
    std::size_t off = 0;
    for (std::size_t k = 0; k < ours.size(); ++k)
      for (std::size_t i = 0; i < ours[k].bytes(); ++i) {
        const int difference = std::abs(ours[k].data()[i] - theirs[k].data()[i]);
        ASSERT_LE(difference, 1) << "face " << k << ", byte " << i;
        off += difference != 0;
      }
    // Image parts are kept in 16 bits: about one value in 900 falls on the other side of a step.
    EXPECT_LT(static_cast<double>(off), 0.003 * 2 * 3 * 320 * 320);
  }
}

// The half-width generator, ending in an operation that our kernels do not have.
std::filesystem::path unusual_model(const test::TemporaryFolder& folder, const std::string& op) {
  Architecture architecture = synctalk328_generator({16, 32, 64, 128, 256});
  architecture.nodes.back().op = op;
  const auto bytes = write_onnx(architecture, seeded_weights(1));
  EXPECT_TRUE(bytes && write_file(folder.path() / "g.onnx", *bytes));
  return folder.path() / "g.onnx";
}

TEST(MakeBackend, TakesOnnxRuntimeForAnOperationThatTheNativeOneDoesNotKnow) {
  const test::TemporaryFolder folder;
  const auto model = unusual_model(folder, "HardSigmoid");
  const auto native = make_backend(model, {}, {.kind = BackendKind::kNative});
  ASSERT_FALSE(native);
  EXPECT_NE(native.error().message().find("HardSigmoid"), std::string::npos) << native.error().message();
  if (built_without_onnxruntime()) GTEST_SKIP() << "built without ONNX Runtime";
  const auto chosen = make_backend(model, {}, {.threads = 1});
  ASSERT_TRUE(chosen) << chosen.error().message();
  EXPECT_EQ(chosen->backend->name(), "onnxruntime/shared-session");
  EXPECT_NE(chosen->reason.find("HardSigmoid"), std::string::npos) << chosen->reason;
}

TEST(MakeBackend, SaysWhatBothSaidWhereNeitherRunsTheNetwork) {
  const test::TemporaryFolder folder;
  const auto chosen = make_backend(unusual_model(folder, "Telepathy"), {}, {.threads = 1});
  ASSERT_FALSE(chosen);
  EXPECT_NE(chosen.error().message().find("the native backend does not run this network: "),
            std::string::npos)
      << chosen.error().message();
}

TEST(MakeBackend, RefusesTheNativeOneOnAnotherProvider) {
  const auto chosen =
      make_backend("g.onnx", {}, {.kind = BackendKind::kNative, .provider = OnnxRuntimeProvider::kCuda});
  ASSERT_FALSE(chosen);
  EXPECT_EQ(chosen.error().code, ErrorCode::kBadUse);
}

}  // namespace
}  // namespace framegen
