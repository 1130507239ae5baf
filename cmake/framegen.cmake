# framegen.cmake: how this house builds a module, its tests and its benchmarks; the arrows between modules are checked here.

# Bottom to top; siblings share a number. A module may use modules of smaller numbers only (docs/architecture.md).
set(FRAMEGEN_LEVEL_core 0)
set(FRAMEGEN_LEVEL_kernels 1)
set(FRAMEGEN_LEVEL_media 1)
set(FRAMEGEN_LEVEL_sandbox 1)
set(FRAMEGEN_LEVEL_nn 2)
foreach(module audio features avatar face generator sink quality)
  set(FRAMEGEN_LEVEL_${module} 3)
endforeach()
set(FRAMEGEN_LEVEL_speaking 4)
foreach(module rendering live importing)
  set(FRAMEGEN_LEVEL_${module} 5)
endforeach()
foreach(module self_test c_api)
  set(FRAMEGEN_LEVEL_${module} 6)
endforeach()

# framegen_join(<target>): compiles its sources a few at a time as one, where FRAMEGEN_UNITY asks for it: headers like CLI11's and Beast's are then
# read and compiled once for six sources. A first build of the program takes half as long; one changed source takes longer, so developers do not.
function(framegen_join target)
  if(FRAMEGEN_UNITY)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 10)
    # Of a joined source GCC believes that it is a header, whose classes must not hold an anonymous namespace's.
    target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
  endif()
endfunction()

# framegen_read_once(<target> <header>…): these headers of others are compiled once, not with each source. What names something of them includes them
# all the same: packages read them where they are asked for.
function(framegen_read_once target)
  if(FRAMEGEN_DEVELOPER)
    target_precompile_headers(${target} PRIVATE ${ARGN})
  endif()
endfunction()

# framegen_test_program(<target> [<header>…]): tests run once for each time they are compiled, and their framework costs more to read than they do.
function(framegen_test_program target)
  framegen_read_once(${target} <gmock/gmock.h> <gtest/gtest.h> ${ARGN})
  target_compile_options(${target} PRIVATE $<$<NOT:$<CONFIG:Debug>>:-O1>)
endfunction()

# framegen_module(<name> SOURCES … [USES <lower modules>…] [LINK <libraries>…]): this folder as a static library
# framegen_<name>, whose objects also go into the installed library.
function(framegen_module name)
  cmake_parse_arguments(PARSE_ARGV 1 A "" "" "SOURCES;USES;LINK")
  foreach(used IN LISTS A_USES)
    if(NOT DEFINED FRAMEGEN_LEVEL_${used} OR FRAMEGEN_LEVEL_${used} GREATER_EQUAL FRAMEGEN_LEVEL_${name})
      message(FATAL_ERROR "${name} must not use ${used}: arrows go down only (docs/architecture.md)")
    endif()
  endforeach()
  set_property(GLOBAL PROPERTY FRAMEGEN_USES_${name} "${A_USES}")
  set_property(GLOBAL APPEND PROPERTY FRAMEGEN_MODULES ${name})
  add_library(framegen_${name}_objects OBJECT ${A_SOURCES})
  # Not kernels, each of which is compiled several times by itself.
  if(NOT name STREQUAL "kernels")
    framegen_join(framegen_${name}_objects)
  endif()
  add_library(framegen_${name} STATIC $<TARGET_OBJECTS:framegen_${name}_objects>)
  list(TRANSFORM A_USES PREPEND framegen_ OUTPUT_VARIABLE libraries)
  foreach(target framegen_${name}_objects framegen_${name})
    target_link_libraries(${target} PUBLIC framegen_settings ${libraries} PRIVATE ${A_LINK})
  endforeach()
  set_property(GLOBAL APPEND PROPERTY FRAMEGEN_LINK ${A_LINK})
endfunction()

# framegen_discover_tests(<program> <label> [<what it is linked to>…]): one ctest entry per test; with framegen_test_avatar the golden avatar is made
# before them, once (tests/support).
function(framegen_discover_tests program label)
  set(fixture "")
  # A sanitizer makes all of it ten times slower.
  set(longest_s 300)
  if(FRAMEGEN_SANITIZE)
    set(longest_s 1500)
  endif()
  if("framegen_test_avatar" IN_LIST ARGN)
    set(fixture FIXTURES_REQUIRED golden_avatar ENVIRONMENT FRAMEGEN_GOLDEN_AVATAR=${PROJECT_BINARY_DIR}/golden_avatar/mini)
    add_dependencies(${program} make_golden_avatar)
  endif()
  gtest_discover_tests(${program} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR}
    DISCOVERY_TIMEOUT 60 PROPERTIES LABELS ${label} TIMEOUT ${longest_s} ${fixture})
endfunction()

# framegen_test(<module> SOURCES … [USES <targets>…]): one test program per module, one ctest entry per test, labelled
# with the module. One label alone: gtest_discover_tests of this CMake makes a broken list of several.
function(framegen_test name)
  if(NOT FRAMEGEN_DEVELOPER)
    return()
  endif()
  cmake_parse_arguments(PARSE_ARGV 1 A "" "" "SOURCES;USES")
  add_executable(${name}_test ${A_SOURCES})
  target_link_libraries(${name}_test PRIVATE framegen_${name} framegen_test_support ${A_USES} GTest::gmock GTest::gtest_main)
  framegen_test_program(${name}_test)
  framegen_discover_tests(${name}_test ${name} ${A_USES})
endfunction()

# framegen_bench(<module> SOURCES … [USES <targets>…]): one Google Benchmark program per module.
function(framegen_bench name)
  if(NOT FRAMEGEN_DEVELOPER)
    return()
  endif()
  cmake_parse_arguments(PARSE_ARGV 1 A "" "" "SOURCES;USES")
  add_executable(${name}_bench ${A_SOURCES})
  target_link_libraries(${name}_bench PRIVATE framegen_${name} framegen_test_support ${A_USES} benchmark::benchmark_main)
  set_property(GLOBAL APPEND PROPERTY FRAMEGEN_BENCHES ${name}_bench)
endfunction()

# framegen_protobuf(<target> <file.proto>): the messages of one file as a static library, for tests; the header is <file>.pb.h.
function(framegen_protobuf target file)
  get_filename_component(folder ${file} DIRECTORY)
  get_filename_component(stem ${file} NAME_WE)
  set(made ${CMAKE_CURRENT_BINARY_DIR}/${target})
  file(MAKE_DIRECTORY ${made})
  add_custom_command(OUTPUT ${made}/${stem}.pb.cc ${made}/${stem}.pb.h
    COMMAND protobuf::protoc --cpp_out=${made} --proto_path=${folder} ${file} DEPENDS ${file} VERBATIM)
  add_library(${target} STATIC EXCLUDE_FROM_ALL ${made}/${stem}.pb.cc)
  set_source_files_properties(${made}/${stem}.pb.cc PROPERTIES COMPILE_OPTIONS -w)
  target_include_directories(${target} SYSTEM PUBLIC ${made})
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_link_libraries(${target} PUBLIC protobuf::libprotobuf-lite)
endfunction()
