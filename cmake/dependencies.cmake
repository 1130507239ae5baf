# dependencies.cmake: every library that framegen builds with, as a target. scripts/packages.sh installs them.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)
find_package(Boost 1.74 REQUIRED)  # headers alone: Beast and Asio, in apps/server
find_package(Protobuf REQUIRED)
find_package(ONNX REQUIRED)
pkg_check_modules(LIBAV REQUIRED IMPORTED_TARGET libavformat libavcodec libavutil libswscale libswresample)
pkg_check_modules(SOXR REQUIRED IMPORTED_TARGET soxr)
pkg_check_modules(TURBOJPEG REQUIRED IMPORTED_TARGET libturbojpeg)
pkg_check_modules(PNG REQUIRED IMPORTED_TARGET libpng)
pkg_check_modules(HWY REQUIRED IMPORTED_TARGET libhwy)
add_library(hwy::hwy ALIAS PkgConfig::HWY)

# OpenCV's core and imgproc alone: libopencv-dev, which has the CMake and pkg-config files, would bring in all of it.
find_path(OPENCV_INCLUDE_DIR opencv2/imgproc.hpp PATH_SUFFIXES opencv4 REQUIRED)
find_library(OPENCV_CORE_LIBRARY opencv_core REQUIRED)
find_library(OPENCV_IMGPROC_LIBRARY opencv_imgproc REQUIRED)
add_library(opencv::imgproc INTERFACE IMPORTED)
target_include_directories(opencv::imgproc SYSTEM INTERFACE ${OPENCV_INCLUDE_DIR})
target_link_libraries(opencv::imgproc INTERFACE ${OPENCV_IMGPROC_LIBRARY} ${OPENCV_CORE_LIBRARY})

# ONNX Runtime is loaded at run time (src/nn/onnxruntime): only its headers are needed here. The distribution's where there
# are any, else those that scripts/fetch_onnxruntime.sh has put into .deps.
option(FRAMEGEN_ONNXRUNTIME "Build the ONNX Runtime backend" ON)
if(FRAMEGEN_ONNXRUNTIME)
  find_path(ONNXRUNTIME_INCLUDE_DIR onnxruntime_cxx_api.h
    PATH_SUFFIXES onnxruntime onnxruntime/core/session
    HINTS ${PROJECT_SOURCE_DIR}/.deps/onnxruntime/include)
  if(NOT ONNXRUNTIME_INCLUDE_DIR)
    message(FATAL_ERROR "ONNX Runtime's headers were not found: run scripts/fetch_onnxruntime.sh, or configure with -DFRAMEGEN_ONNXRUNTIME=OFF")
  endif()
  find_library(ONNXRUNTIME_LIBRARY NAMES onnxruntime libonnxruntime.so.1 HINTS ${PROJECT_SOURCE_DIR}/.deps/onnxruntime/lib)
  add_library(framegen_onnxruntime_headers INTERFACE)
  target_include_directories(framegen_onnxruntime_headers SYSTEM INTERFACE ${ONNXRUNTIME_INCLUDE_DIR})
endif()

if(FRAMEGEN_DEVELOPER)
  find_package(GTest REQUIRED)
  find_package(benchmark REQUIRED)
  include(GoogleTest)
endif()
