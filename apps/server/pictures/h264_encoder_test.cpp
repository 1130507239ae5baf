// h264_encoder_test.cpp: what the encoder gives, read by FFmpeg's decoder: a picture for each access unit,
// like the source.
#include "pictures/h264_encoder.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <optional>
#include <random>

#include "core/i420.hpp"
#include "core/image.hpp"
#include "kernels/pixels/bgr_to_i420.hpp"

namespace framegen::server {
namespace {

constexpr int kWidth = 320, kHeight = 240;

// A textured picture that stands still but for a square in it.
class Scene {
 public:
  Scene() : planes_(kWidth, kHeight) {
    std::mt19937 random(3);
    Image image(kWidth, kHeight);
    for (int y = 0; y < kHeight; ++y)
      for (int x = 0; x < 3 * kWidth; ++x)
        image.view().row(y)[x] =
            static_cast<std::uint8_t>(60 + (x + 2 * y) % 120 + static_cast<int>(random() % 16));
    bgr_to_i420(image, planes_.view());
  }

  Frame frame(int n) {
    const I420View view = planes_.view();
    for (int y = 100; y < 140; ++y)
      for (int x = 100; x < 160; ++x)
        plane(0)[y * view.strides[0] + x] = static_cast<std::uint8_t>(50 + (7 * n + x + y) % 100);
    Frame frame;
    frame.index = n;
    frame.width = kWidth;
    frame.height = kHeight;
    for (std::size_t p = 0; p < 3; ++p) {
      frame.planes[p] = view.planes[p];
      frame.plane_strides[p] = view.strides[p];
    }
    return frame;
  }

 private:
  std::uint8_t* plane(std::size_t p) { return const_cast<std::uint8_t*>(planes_.view().planes[p]); }
  I420Image planes_;
};

class Decoder {
 public:
  Decoder()
      : context_(libav::own(avcodec_alloc_context3(avcodec_find_decoder(AV_CODEC_ID_H264)))),
        frame_(libav::own(av_frame_alloc())) {
    context_->flags |= AV_CODEC_FLAG_LOW_DELAY;
    context_->thread_count = 1;
    EXPECT_EQ(avcodec_open2(context_.get(), nullptr, nullptr), 0);
  }
  // Luma's PSNR against the source; none where no picture came out.
  std::optional<double> psnr(const EncodedPicture& picture, const Frame& source) {
    std::vector<std::uint8_t> bytes(picture.bytes.begin(), picture.bytes.end());
    bytes.resize(bytes.size() + AV_INPUT_BUFFER_PADDING_SIZE);
    const auto packet = libav::own(av_packet_alloc());
    packet->data = bytes.data();
    packet->size = static_cast<int>(picture.bytes.size());
    if (avcodec_send_packet(context_.get(), packet.get()) != 0) return {};
    if (avcodec_receive_frame(context_.get(), frame_.get()) != 0) return {};
    double squares = 0;
    for (int y = 0; y < kHeight; ++y)
      for (int x = 0; x < kWidth; ++x) {
        const int d =
            frame_->data[0][y * frame_->linesize[0] + x] - source.planes[0][y * source.plane_strides[0] + x];
        squares += d * d;
      }
    return 10 * std::log10(255.0 * 255 * kWidth * kHeight / (squares + 1e-9));
  }

 private:
  libav::Owner<AVCodecContext> context_;
  libav::Owner<AVFrame> frame_;
};

TEST(H264Encoder, GivesEachPictureAtOnceAndLikeItsSource) {
  auto encoder = H264Encoder::create(kWidth, kHeight, 85);
  ASSERT_TRUE(encoder.ok()) << encoder.error().message();
  Scene scene;
  Decoder decoder;
  std::size_t first = 0, others = 0;
  for (int n = 0; n < 30; ++n) {
    const Frame frame = scene.frame(n);
    const auto picture = (*encoder)->encode(frame);
    ASSERT_TRUE(picture.ok());
    EXPECT_EQ(picture->key, n == 0);
    const auto psnr = decoder.psnr(*picture, frame);
    ASSERT_TRUE(psnr.has_value()) << "picture " << n << " waits for another";
    EXPECT_GT(*psnr, 33) << n;
    (n == 0 ? first : others) += picture->bytes.size();
  }
  EXPECT_LT(others / 29, first / 3) << "what stands still is coded again";
}

TEST(H264Encoder, BeginsAnewWhereAPictureWasLost) {
  auto encoder = H264Encoder::create(kWidth, kHeight, 85);
  ASSERT_TRUE(encoder.ok());
  Scene scene;
  for (int n = 0; n < 5; ++n) ASSERT_TRUE((*encoder)->encode(scene.frame(n)).ok());
  (*encoder)->lost();
  const Frame frame = scene.frame(9);
  const auto picture = (*encoder)->encode(frame);
  ASSERT_TRUE(picture.ok());
  EXPECT_TRUE(picture->key);
  // A decoder that has seen nothing before.
  const auto psnr = Decoder().psnr(*picture, frame);
  ASSERT_TRUE(psnr.has_value());
  EXPECT_GT(*psnr, 33);
  const auto next = (*encoder)->encode(scene.frame(10));
  ASSERT_TRUE(next.ok());
  EXPECT_FALSE(next->key);
}

TEST(H264Encoder, SaysWhereItCannotBegin) {
  const auto encoder = H264Encoder::create(1 << 20, 1 << 20, 85);
  ASSERT_FALSE(encoder.ok());
  EXPECT_EQ(encoder.error().code, ErrorCode::kBadUse);
}

}  // namespace
}  // namespace framegen::server
