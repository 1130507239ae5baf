// check.cpp: the check's figures, rounded for people, and its warnings in the order in which they
// matter.
#include "inspect/check.hpp"

#include <cmath>

#include "command.hpp"
#include "pipeline/importing/avatar_check.hpp"
#include "pipeline/speaking/engine_impl.hpp"

namespace framegen::app {
namespace {

using Json = nlohmann::ordered_json;

double rounded(double value) { return std::round(value * 100) / 100; }

Json facts_of(const AvatarCheck& check) {
  Json facts = Json::object();
  facts["frames_rendered_in_silence"] = check.frames;
  facts["seam_levels"] = rounded(check.seam);
  facts["colour_shift_bgr_levels"] = {rounded(check.colour_shift[0]), rounded(check.colour_shift[1]),
                                      rounded(check.colour_shift[2])};
  facts["face_difference_levels"] = rounded(check.face_difference);
  facts["with_red_and_blue_exchanged"] = {rounded(check.as.rgb_network), rounded(check.as.rgb_output)};
  facts["network_values"] = {rounded(check.lowest_output), rounded(check.highest_output)};
  facts["cut_off_percent"] = rounded(100 * check.cut_off);
  facts["box_jitter_pixels"] = rounded(check.box_jitter);
  facts["warnings"] = Json::array();
  for (const auto& [what, advice] : check.warnings)
    facts["warnings"].push_back({{"what", what}, {"advice", advice}});
  return facts;
}

}  // namespace

Result<Json> check_avatar_folder(const std::filesystem::path& folder) {
  EngineOptions options;
  options.keep_image_parts_on_disk = false;
  options.on_warning = print_warning;
  const Engine engine = FRAMEGEN_TRY(Engine::create(options));
  const auto speaker = FRAMEGEN_TRY(Speaker::open(folder, engine.options()));
  return facts_of(FRAMEGEN_TRY(check_avatar(*speaker)));
}

}  // namespace framegen::app
