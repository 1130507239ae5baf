// ai_mark.cpp: an XMP packet in a uuid box at the end of an MP4 file.
#include "sink/ai_mark.hpp"

#include <array>
#include <cstdint>

namespace framegen {
namespace {

// The XMP box's identity: XMP specification part 3, table 8.
constexpr std::array<std::uint8_t, 16> kXmpUuid = {0xBE, 0x7A, 0xCF, 0xCB, 0x97, 0xA9, 0x42, 0xE8,
                                                   0x9C, 0x71, 0x99, 0x94, 0x91, 0xE3, 0xAF, 0xAC};

std::string escape_xml(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

}  // namespace

std::string generated_mark_xmp(const std::string& software) {
  return "<?xpacket begin=\"\xEF\xBB\xBF\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n"
         "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\n"
         " <rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\n"
         "  <rdf:Description rdf:about=\"\"\n"
         "    xmlns:Iptc4xmpExt=\"http://iptc.org/std/Iptc4xmpExt/2008-02-29/\"\n"
         "    xmlns:xmp=\"http://ns.adobe.com/xap/1.0/\"\n"
         "    Iptc4xmpExt:DigitalSourceType=\"http://cv.iptc.org/newscodes/digitalsourcetype/"
         "trainedAlgorithmicMedia\"\n"
         "    xmp:CreatorTool=\"" +
         escape_xml(software) +
         "\"/>\n"
         " </rdf:RDF>\n"
         "</x:xmpmeta>\n"
         "<?xpacket end=\"r\"?>";
}

std::string xmp_box(const std::string& xmp) {
  const std::size_t size = 8 + kXmpUuid.size() + xmp.size();
  std::string box;
  for (const int shift : {24, 16, 8, 0}) box += static_cast<char>(size >> shift & 255);
  box += "uuid";
  box.append(reinterpret_cast<const char*>(kXmpUuid.data()), kXmpUuid.size());
  return box + xmp;
}

}  // namespace framegen
