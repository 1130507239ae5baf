// batch_sources.cpp: folders and files made into the list that somebody could have written.
#include "batch_sources.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <nlohmann/json.hpp>

#include "core/files.hpp"
#include "words/speech_file.hpp"

namespace framegen::app {
namespace {

namespace fs = std::filesystem;

constexpr std::array kSound = {".aac", ".aif", ".aiff", ".flac", ".m4a",  ".mka", ".mkv",  ".mov",
                               ".mp3", ".mp4", ".oga",  ".ogg",  ".opus", ".wav", ".webm", ".wma"};

bool sounds_by_name(const fs::path& path) {
  std::string extension = path.extension().string();
  for (char& c : extension) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return std::find(kSound.begin(), kSound.end(), extension) != kSound.end();
}

std::string line_for(const fs::path& audio) {
  return nlohmann::json{{"audio", audio.string()}}.dump(-1, ' ', false,
                                                        nlohmann::json::error_handler_t::replace) +
         "\n";
}

Result<BatchText> text_of_folder(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error))
    if (at->is_regular_file(error) && sounds_by_name(at->path())) files.push_back(at->path().filename());
  if (error) return Error{ErrorCode::kBadInput, folder.string(), "cannot be read: " + error.message(), ""};
  if (files.empty())
    return Error{ErrorCode::kBadInput, folder.string(), "holds no sound files",
                 "give a folder with .wav, .mp3, .flac or the like"};
  std::sort(files.begin(), files.end());
  BatchText made{"", folder / "files.jsonl"};
  for (const fs::path& file : files) made.text += line_for(file);
  return made;
}

}  // namespace

Result<BatchText> batch_text(const std::vector<std::string>& words) {
  std::error_code ignored;
  if (words.size() > 1) {
    BatchText made{"", "files.jsonl"};
    for (const std::string& word : words) made.text += line_for(FRAMEGEN_TRY(local_path(word)));
    return made;
  }
  if (words.front() == "-") {
    const SpeechFile kept = FRAMEGEN_TRY(SpeechFile::open("-"));
    return BatchText{FRAMEGEN_TRY(read_text_file(kept.path())), "standard input"};
  }
  const fs::path path = FRAMEGEN_TRY(local_path(words.front()));
  if (fs::is_directory(path, ignored)) return text_of_folder(path);
  const SpeechFile list = FRAMEGEN_TRY(SpeechFile::open(words.front()));
  const bool sound = sounds_by_name(path) && fs::exists(path, ignored);
  return sound ? BatchText{line_for(path), "files.jsonl"}
               : BatchText{FRAMEGEN_TRY(read_text_file(list.path())), path};
}

}  // namespace framegen::app
