// libav.cpp: FFmpeg's silence, words and narrow view of the file system.
#include "media/libav.hpp"

#include <cerrno>
#include <mutex>

namespace framegen::libav {

void set(AVDictionary*& dictionary, const char* key, const std::string& value) {
  if (av_dict_set(&dictionary, key, value.c_str(), 0) < 0) throw std::bad_alloc();
}

void set_option(void* object, const char* key, const std::string& value) {
  if (av_opt_set(object, key, value.c_str(), 0) < 0) throw std::bad_alloc();
}

std::string error_text(int error) {
  char text[AV_ERROR_MAX_STRING_SIZE] = {};
  av_strerror(error, text, sizeof text);
  return text;
}

void silence() {
  static std::once_flag once;
  std::call_once(once, [] { av_log_set_level(AV_LOG_QUIET); });
}

std::string file_url(const std::string& path) { return "file:" + path; }

AVFormatContext* only_this_file(AVIOContext* input) {
  AVFormatContext* file = avformat_alloc_context();
  if (file == nullptr) return nullptr;
  file->pb = input;
  file->io_open = [](AVFormatContext*, AVIOContext**, const char*, int, AVDictionary**) {
    return AVERROR(EPERM);
  };
  return file;
}

}  // namespace framegen::libav
