// libav.hpp: FFmpeg's objects as owners that free themselves, and its error numbers as words.
#pragma once

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/audio_fifo.h>
#include <libavutil/channel_layout.h>
#include <libavutil/opt.h>
#include <libswresample/swresample.h>
}

#include <cerrno>
#include <memory>
#include <mutex>
#include <new>
#include <string>

namespace framegen::libav {

struct Free {
  void operator()(AVPacket* p) const { av_packet_free(&p); }
  void operator()(AVFrame* f) const { av_frame_free(&f); }
  void operator()(AVCodecParameters* p) const { avcodec_parameters_free(&p); }
  void operator()(AVCodecContext* c) const { avcodec_free_context(&c); }
  void operator()(SwrContext* s) const { swr_free(&s); }
  void operator()(AVAudioFifo* f) const { av_audio_fifo_free(f); }
};
template <class T>
using Owner = std::unique_ptr<T, Free>;

// FFmpeg's allocations answer null where memory ends; Sink turns the exception into an error.
template <class T>
Owner<T> own(T* object) {
  if (object == nullptr) throw std::bad_alloc();
  return Owner<T>(object);
}

// Nothing that was asked for gets lost where memory ends: a file without its mark, an encoder at another
// quality.
inline void set(AVDictionary*& dictionary, const char* key, const std::string& value) {
  if (av_dict_set(&dictionary, key, value.c_str(), 0) < 0) throw std::bad_alloc();
}
// An option that the object has; it has it or memory ended.
inline void set_option(void* object, const char* key, const std::string& value) {
  if (av_opt_set(object, key, value.c_str(), 0) < 0) throw std::bad_alloc();
}

inline std::string error_text(int error) {
  char text[AV_ERROR_MAX_STRING_SIZE] = {};
  av_strerror(error, text, sizeof text);
  return text;
}

// FFmpeg prints by itself; a library stays silent. A program that has set its own av_log callback still hears
// all.
inline void silence() {
  static std::once_flag once;
  std::call_once(once, [] { av_log_set_level(AV_LOG_QUIET); });
}

// File names are never taken for protocols or options ("concat:…", "-x.mp4").
inline std::string file_url(const std::string& path) { return "file:" + path; }

// A reader of `input` alone: a file that is a list of other files (HLS, concat) opens none of them.
inline AVFormatContext* only_this_file(AVIOContext* input) {
  AVFormatContext* file = avformat_alloc_context();
  if (file == nullptr) throw std::bad_alloc();
  file->pb = input;
  file->io_open = [](AVFormatContext*, AVIOContext**, const char*, int, AVDictionary**) {
    return AVERROR(EPERM);
  };
  return file;
}

}  // namespace framegen::libav
