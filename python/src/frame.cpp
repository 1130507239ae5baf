// frame.cpp: pixels as NumPy arrays that are views and can never be stale.
#include "frame.hpp"

#include <nanobind/ndarray.h>
#include <nanobind/stl/string.h>

namespace framegen::python {
namespace {

using Pixels = nb::ndarray<nb::numpy, const std::uint8_t>;

// Owns a share of the picture's memory, for NumPy's base object.
nb::capsule keeper(const std::shared_ptr<const void>& memory) {
  return {new std::shared_ptr<const void>(memory),
          [](void* share) noexcept { delete static_cast<std::shared_ptr<const void>*>(share); }};
}

nb::object bgr_of(const PyFrame& self) {
  const ImageView& view = self.frame.bgr;
  if (view.empty())
    raise({ErrorCode::kBadUse, "Frame.bgr", "the frames were asked for as planes alone",
           "ask for format=\"bgr\" or \"bgr+i420\""});
  const std::size_t shape[] = {static_cast<std::size_t>(view.height), static_cast<std::size_t>(view.width),
                               3};
  const std::int64_t strides[] = {view.stride, 3, 1};
  return nb::cast(Pixels(view.data, 3, shape, keeper(self.frame.memory), strides));
}

nb::object planes_of(const PyFrame& self) {
  const Frame& frame = self.frame;
  if (frame.planes[0] == nullptr)
    raise({ErrorCode::kBadUse, "Frame.planes", "the frames were asked for as BGR alone",
           "ask for format=\"i420\" or \"bgr+i420\""});
  const auto even = [](int n) { return static_cast<std::size_t>(n + n % 2); };
  nb::list planes;
  for (std::size_t p = 0; p < 3; ++p) {
    const std::size_t shape[] = {even(frame.height) / (p == 0 ? 1 : 2), even(frame.width) / (p == 0 ? 1 : 2)};
    const std::int64_t strides[] = {frame.plane_strides[p], 1};
    planes.append(nb::cast(Pixels(frame.planes[p], 2, shape, keeper(frame.memory), strides)));
  }
  return nb::tuple(planes);
}

nb::object as_array(const PyFrame& self, const nb::object& type, const nb::object& copy) {
  nb::object array = bgr_of(self);
  if (!type.is_none()) return array.attr("astype")(type);
  return copy.ptr() == Py_True ? nb::object(array.attr("copy")()) : array;
}

nb::object sound_of(const PyPicture& self) {
  auto* samples = new std::vector<std::int16_t>(self.sound);
  const nb::capsule owner(samples,
                          [](void* held) noexcept { delete static_cast<std::vector<std::int16_t>*>(held); });
  const std::size_t shape[] = {samples->size()};
  return nb::cast(nb::ndarray<nb::numpy, std::int16_t>(samples->data(), 1, shape, owner));
}

}  // namespace

void bind_frame(nb::module_& module) {
  nb::class_<PyFrame>(
      module, "Frame",
      "A picture: bgr (height, width, 3) or planes (Y, U, V of half the size), uint8, views without a copy "
      "that are never written over; index from 0, time_s, template_frame, box (x, y, width, height) round "
      "the face, untouched: nobody speaks. numpy.asarray(frame) is bgr.")
      .def_prop_ro("bgr", &bgr_of)
      .def_prop_ro("planes", &planes_of)
      .def("__array__", &as_array, nb::arg("dtype") = nb::none(), nb::kw_only(), nb::arg("copy") = nb::none())
      .def_prop_ro("index", [](const PyFrame& self) { return self.frame.index; })
      .def_prop_ro("time_s",
                   [](const PyFrame& self) { return static_cast<double>(self.frame.index) / self.fps; })
      .def_prop_ro("template_frame", [](const PyFrame& self) { return self.frame.template_frame; })
      .def_prop_ro("width", [](const PyFrame& self) { return self.frame.width; })
      .def_prop_ro("height", [](const PyFrame& self) { return self.frame.height; })
      .def_prop_ro("untouched", [](const PyFrame& self) { return self.frame.untouched; })
      .def_prop_ro("box", [](const PyFrame& self) {
        const Rectangle& box = self.frame.box;
        return nb::make_tuple(box.x, box.y, box.width, box.height);
      });
  nb::class_<PyPicture, PyFrame>(
      module, "Picture",
      "A live picture and its sound: speech, segment (0: none has begun), pts_us, sound (n,) int16, and the "
      "position in the segment that has been given out, in samples and ms.")
      .def_ro("speech", &PyPicture::speech)
      .def_ro("segment", &PyPicture::segment)
      .def_ro("pts_us", &PyPicture::pts_us)
      .def_ro("position_samples", &PyPicture::position_samples)
      .def_ro("position_ms", &PyPicture::position_ms)
      .def_prop_ro("sound", &sound_of);
  nb::class_<PySegmentEnd>(
      module, "SegmentEnd",
      "A segment of live speech is over: which one, how much of its own sound was given out, and whether by "
      "interrupt().")
      .def_ro("segment", &PySegmentEnd::segment)
      .def_ro("position_samples", &PySegmentEnd::position_samples)
      .def_ro("position_ms", &PySegmentEnd::position_ms)
      .def_ro("interrupted", &PySegmentEnd::interrupted);
}

}  // namespace framegen::python
