// family.hpp: which family of face networks a generator is of, told by its tensors' shapes; its arithmetic as
// data (docs/import.md).
#pragma once

#include "avatar/manifest.hpp"
#include "framegen/result.hpp"
#include "nn/network.hpp"

namespace framegen {

// A manifest with that family's image, audio, tensor names and loop; frames and networks' files are not
// filled in.
//   image [n,6,320,320]  audio [n,32,16,16]   SyncTalk_2D 328 "ave"
//   image [n,6,160,160]  audio [n,32,16,16]   SyncTalk_2D 160 "ave"
//   image [n,6,320|160 …]  audio [n,32,32,32]  SyncTalk_2D "hubert"
//   image [n,6,160,160]  audio [n,16,32,32]   Ultralight-Digital-Human, FeatherTalk: HuBERT's features
//   image [n,6,S,S]      audio [n,1,80,16]    Wav2Lip, any S: masked picture first, mel windows, no encoder
// Errors: kBadAvatar at `where`: wenet's generators by name, and tensors of no family that is known.
Result<Manifest> family_of(const NetworkInfo& generator, const std::string& where);

}  // namespace framegen
