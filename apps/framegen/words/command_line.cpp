// command_line.cpp: edit distance over the names that CLI11 knows.
#include "words/command_line.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <regex>

#include "words/help.hpp"

namespace framegen::app {
namespace {

// Options of other programs that have no counterpart here, and what to do instead.
struct Absent {
  const char* option;
  const char* why;
  const char* instead;
};
constexpr std::array kAbsent = {
    Absent{"--size", "is not an option: pictures have the size of the avatar's template frames",
           "scale afterwards: ffmpeg -i out.mp4 -vf scale=640:-2 small.mp4"},
    Absent{"--fps", "is not an option: the mouth is made at the avatar's frame rate",
           "convert afterwards: ffmpeg -i out.mp4 -r 30 out30.mp4"},
    Absent{"--url", "is not an option: framegen fetches nothing",
           "fetch it yourself: curl -L ADDRESS | framegen render - -o out.mp4"}};

std::size_t distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1), above, before;
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    before = std::exchange(above, row);
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (a[i - 1] == b[j - 1] ? 0U : 1U)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])  // two letters exchanged
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
  }
  return row.back();
}

std::string did_you_mean(const std::optional<std::string>& word) {
  return word ? "did you mean " + *word + "? " : "";
}

std::vector<std::string> commands_of(const CLI::App& program) {
  std::vector<std::string> names{"help", "version"};
  for (const CLI::App* command : program.get_subcommands({}))
    if (!command->get_group().empty()) names.push_back(command->get_name());
  return names;
}

std::vector<std::string> options_of(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options())
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  return names;
}

Error no_command(const CLI::App& program, const std::string& word) {
  std::error_code ignored;
  const bool file = std::filesystem::is_regular_file(word, ignored);
  return {ErrorCode::kBadUse, "framegen", "there is no command \"" + word + "\"",
          file ? "to render it: framegen render " + word
               : did_you_mean(nearest(word, commands_of(program))) + "framegen help lists all"};
}

Error no_option(const CLI::App& command, const std::string& word) {
  const std::string where = "framegen " + command.get_name();
  for (const Absent& absent : kAbsent)
    if (word == absent.option) return {ErrorCode::kBadUse, where + " " + word, absent.why, absent.instead};
  const std::string asked = word.starts_with("--") ? word : "-" + word;  // "-audio"
  return {ErrorCode::kBadUse, where, "there is no option " + word,
          did_you_mean(nearest(asked, options_of(command))) + "see " + where + " --help"};
}

// What stands before the value: "--crf=20" and "-ofile" hold theirs.
std::string option_name(const std::string& word) {
  return word.starts_with("--") ? word.substr(0, word.find('=')) : word.substr(0, 2);
}

bool looks_like_an_option(const std::string& word) {
  return word.size() > 1 && word[0] == '-' &&
         (word[1] == '-' || std::isalpha(static_cast<unsigned char>(word[1])) != 0);
}

std::string replaced(const std::string& text, const char* pattern, const char* with) {
  return std::regex_replace(text, std::regex(pattern), with);
}

}  // namespace

const CLI::App* command_named(const CLI::App& program, const std::string& name) {
  for (const CLI::App* command : program.get_subcommands({}))
    if (command->get_name() == name) return command;
  return nullptr;
}

std::optional<std::string> nearest(const std::string& word, const std::vector<std::string>& candidates) {
  std::optional<std::string> best;
  std::size_t least = std::max<std::size_t>(1, word.size() / 3) + 1;
  for (const std::string& candidate : candidates)
    if (const std::size_t off = distance(word, candidate); off < least) {
      least = off;
      best = candidate;
    }
  return best;
}

std::optional<Error> strange_word(const CLI::App& program, const std::vector<std::string>& words) {
  if (words.empty() || looks_like_an_option(words[0])) return std::nullopt;
  const CLI::App* command = command_named(program, words[0]);
  if (command == nullptr) return no_command(program, words[0]);
  for (std::size_t i = 1; i < words.size() && words[i] != "--"; ++i) {
    if (!looks_like_an_option(words[i])) continue;
    const std::string name = option_name(words[i]);
    const CLI::Option* option = command->get_option_no_throw(name);
    if (option == nullptr) return no_option(*command, words[i].starts_with("--") ? name : words[i]);
    const bool holds_value = words[i].size() > name.size();
    if (option->get_items_expected_min() > 0 && !holds_value) ++i;  // the value, whatever it looks like
  }
  return std::nullopt;
}

Error parse_error(const CLI::App& program, const CLI::ParseError& thrown) {
  const auto chosen = program.get_subcommands();
  const std::string where = chosen.empty() ? "framegen" : "framegen " + chosen.front()->get_name();
  std::string what = thrown.what();
  std::string remedy = "see " + where + " --help";
  if (dynamic_cast<const CLI::RequiredError*>(&thrown) != nullptr && !chosen.empty()) {
    what = replaced(what, "^([^ ]+) is required.*", "$1 is missing");
    if (const std::string example = example_of(chosen.front()->get_name()); !example.empty())
      remedy = "for example: " + example;
  } else if (dynamic_cast<const CLI::ExtrasError*>(&thrown) != nullptr) {
    what = replaced(what, "^The following arguments? w(as|ere) not expected: (.*)$", "\"$2\" is too much");
  } else {
    // CLI11 says "1 to 4", from 2.4 on "[1 - 4]".
    what = replaced(what, "^([^:]+): Value (.*) not in range \\[?(.*?) (?:to|-) (.*?)\\]?$",
                    "$1 $2 is not in $3 … $4");
    what = replaced(what, "^([^:]+): (.*) not in \\{(.*)\\}$", "$1 $2 is none of $3");
    what = replaced(what, "^Could not convert: ([^ ]+) = (.*)$", "$1 $2 is not a number, or too large a one");
    what = replaced(what, "^([^ ]+) excludes ([^ ]+)$", "$1 and $2 contradict each other");
    what = replaced(what, "^([^ ]+) requires ([^ ]+)$", "$1 needs $2");
  }
  return {ErrorCode::kBadUse, where, what, remedy};
}

}  // namespace framegen::app
