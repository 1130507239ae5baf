// fuzz_avatar.cpp: imported into a temporary folder, which goes when the fuzzer ends.
#include "fuzz_avatar.hpp"

#include "fuzz_bytes.hpp"
#include "support/golden.hpp"
#include "support/program.hpp"

namespace framegen::fuzz {

const std::shared_ptr<const Avatar>& avatar() {
  static const std::shared_ptr<const Avatar> opened = [] {
    const test::TemporaryFolder folder;
    ImportJob job;
    job.generator = test::golden("families/wav2lip96/generator.onnx");
    job.livetalking = test::golden("families/wav2lip96/avatar");
    job.output = folder / "avatar";
    expect(import_avatar(job).ok(), "the golden avatar is imported");
    EngineOptions options;
    options.threads = 2;
    options.keep_image_parts_on_disk = false;
    auto engine = Engine::create(options);
    expect(engine.ok(), "there is an engine");
    auto avatar = Avatar::open(*engine, job.output);
    expect(avatar.ok(), "the golden avatar is opened");
    // Every frame is seen once, and kept, before its file goes.
    auto session = Session::create(*avatar);
    expect(session.ok() && session->speak(std::vector<float>(16000)).ok(), "it speaks");
    Frame frame;
    for (auto pulled = session->pull(frame); *pulled != Pulled::kFinished;) pulled = session->pull(frame);
    return *avatar;
  }();
  return opened;
}

}  // namespace framegen::fuzz
