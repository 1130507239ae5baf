// progress.hpp: one line on stderr that says how far the work is.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "framegen/render.hpp"

namespace framegen::app {

// --progress, which says the style.
void add_progress_option(CLI::App& command, std::string& style);

// `style`: auto (a bar on a terminal, else nothing), bar, json (a line of JSON per update), none.
class ProgressLine {
 public:
  ProgressLine(const std::string& style, bool data_on_stdout);
  void say(const std::string& text);  // before the first frame
  // `label` stands before the numbers of a bar: "3/20 jobs  ".
  void show(const Progress& progress, const std::string& label = {});
  void show_count(const std::string& things, int done, int all);
  void end();  // wipes the bar
  // The last line of JSON where done() does not give it: the command has done its work.
  void succeeded();
  // The closing line, to standard output where no data goes there; with json the last line of JSON.
  void done(const RenderReport& report);

 private:
  enum class Style { kBar, kJson, kNone } style_;
  bool data_on_stdout_;
};

}  // namespace framegen::app
