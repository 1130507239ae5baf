# settings.cmake: how every line of framegen is compiled.
add_library(framegen_settings INTERFACE)
target_compile_features(framegen_settings INTERFACE cxx_std_20)
target_compile_definitions(framegen_settings INTERFACE FRAMEGEN_VERSION="${PROJECT_VERSION}")
target_include_directories(framegen_settings INTERFACE ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
# Contracting a*b+c on its own would give other bytes on other machines; fused only where the source says MulAdd.
target_compile_options(framegen_settings INTERFACE -ffp-contract=off -Wall -Wextra -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual)
if(FRAMEGEN_WERROR)
  target_compile_options(framegen_settings INTERFACE -Werror)
endif()
if(FRAMEGEN_RELOCATABLE)
  # The same bytes from any folder (scripts/reproducible.sh).
  target_compile_options(framegen_settings INTERFACE -ffile-prefix-map=${PROJECT_SOURCE_DIR}=.)
endif()
option(FRAMEGEN_FUZZ "Build the libFuzzer targets of tests/fuzz" OFF)
if(FRAMEGEN_FUZZ)
  # The readers themselves must tell libFuzzer which way they went, not the targets alone.
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
if(FRAMEGEN_SANITIZE)
  add_compile_options(-fsanitize=${FRAMEGEN_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=undefined)
  add_link_options(-fsanitize=${FRAMEGEN_SANITIZE})
else()
  # Debian's own hardening set, for a program that reads strangers' files.
  add_compile_options(-fstack-protector-strong $<$<NOT:$<CONFIG:Debug>>:-D_FORTIFY_SOURCE=2>)
  if(NOT APPLE)  # where these are how every program is linked, and no options
    add_link_options(-Wl,-z,relro -Wl,-z,now)
  endif()
endif()
