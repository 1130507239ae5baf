// libav.hpp: FFmpeg's objects as owners that free themselves, its error numbers as words, and its manners: it
// prints nothing and opens nothing but what it was given.
#pragma once

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/audio_fifo.h>
#include <libavutil/channel_layout.h>
#include <libavutil/opt.h>
#include <libswresample/swresample.h>
#include <libswscale/swscale.h>
}

#include <cstdint>
#include <memory>
#include <new>
#include <string>

namespace framegen::libav {

struct Free {
  void operator()(AVPacket* p) const { av_packet_free(&p); }
  void operator()(AVFrame* f) const { av_frame_free(&f); }
  void operator()(AVCodecParameters* p) const { avcodec_parameters_free(&p); }
  void operator()(AVCodecContext* c) const { avcodec_free_context(&c); }
  void operator()(SwrContext* s) const { swr_free(&s); }
  void operator()(SwsContext* s) const { sws_freeContext(s); }
  void operator()(AVAudioFifo* f) const { av_audio_fifo_free(f); }
};
template <class T>
using Owner = std::unique_ptr<T, Free>;

// What is read: closed, not only freed. (What is written is closed by who wrote it, since that can fail.)
struct Close {
  void operator()(AVFormatContext* f) const { avformat_close_input(&f); }
  void operator()(AVIOContext* i) const { avio_closep(&i); }
};
template <class T>
using Input = std::unique_ptr<T, Close>;

// FFmpeg's allocations answer null where memory ends. Throws std::bad_alloc then.
template <class T>
Owner<T> own(T* object) {
  if (object == nullptr) throw std::bad_alloc();
  return Owner<T>(object);
}

// Nothing that was asked for gets lost where memory ends: a file without its mark, an encoder at another
// quality. Throws std::bad_alloc.
void set(AVDictionary*& dictionary, const char* key, const std::string& value);
// An option that the object has; it has it or memory ended. Throws std::bad_alloc.
void set_option(void* object, const char* key, const std::string& value);

// The bytes that FFmpeg hands to a writer of ours, which release 7 (libavformat 61) made const.
#if LIBAVFORMAT_VERSION_MAJOR >= 61
using WrittenByte = const std::uint8_t;
#else
using WrittenByte = std::uint8_t;
#endif

// The remedy where FFmpeg says ENOMEM of a film.
inline constexpr const char* kMoreMemory = "give the program more memory, or a smaller video";

// FFmpeg's words for one of its error numbers.
std::string error_text(int error);

// FFmpeg prints by itself; a library stays silent. A program that has set its own av_log callback still hears
// all.
void silence();

// File names are never taken for protocols or options ("concat:…", "-x.mp4").
std::string file_url(const std::string& path);

// A reader of `input` alone, not opened yet: a stranger's file that is a list of other files and addresses
// (HLS, concat) opens none of them. Null where memory ends.
AVFormatContext* only_this_file(AVIOContext* input);

}  // namespace framegen::libav
