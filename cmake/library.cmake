# library.cmake: the library that others link: shared and static, CMake package and pkg-config file.
get_property(modules GLOBAL PROPERTY FRAMEGEN_MODULES)
get_property(libraries GLOBAL PROPERTY FRAMEGEN_LINK)
list(REMOVE_DUPLICATES libraries)
list(REMOVE_ITEM libraries framegen_onnxruntime_headers)  # nothing to link, and no business of who uses the library
set(objects)
foreach(module IN LISTS modules)
  list(APPEND objects $<TARGET_OBJECTS:framegen_${module}_objects>)
endforeach()

# Before 1.0 a minor version may break the interface: then programs must not load the younger library.
set(soversion ${PROJECT_VERSION_MAJOR})
if(PROJECT_VERSION_MAJOR EQUAL 0)
  set(soversion 0.${PROJECT_VERSION_MINOR})
endif()
foreach(kind SHARED STATIC)
  string(TOLOWER ${kind} suffix)
  add_library(framegen_${suffix} ${kind} ${objects})
  target_compile_features(framegen_${suffix} PUBLIC cxx_std_20)
  target_include_directories(framegen_${suffix} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_link_libraries(framegen_${suffix} PRIVATE ${libraries})
  set_target_properties(framegen_${suffix} PROPERTIES OUTPUT_NAME framegen VERSION ${PROJECT_VERSION} SOVERSION ${soversion})
endforeach()
# Our own modules are hidden by -fvisibility=hidden; this hides what came in from other static archives.
# The list keeps back what templates of the C++ library would show besides (tests/install/neighbours_test.sh exports).
if(NOT APPLE)
  target_link_options(framegen_shared PRIVATE -Wl,--exclude-libs,ALL -Wl,--version-script=${CMAKE_CURRENT_LIST_DIR}/exports.map)
  set_property(TARGET framegen_shared APPEND PROPERTY LINK_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/exports.map)
endif()
set_target_properties(framegen_shared PROPERTIES EXPORT_NAME framegen)
set_target_properties(framegen_static PROPERTIES EXPORT_NAME framegen_static)
add_library(framegen::framegen ALIAS framegen_shared)
add_library(framegen::framegen_static ALIAS framegen_static)

# Two packages, so that who links the shared library needs none of the libraries behind it.
include(CMakePackageConfigHelpers)
set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/framegen)
install(TARGETS framegen_shared EXPORT framegenTargets)
install(TARGETS framegen_static EXPORT framegenStaticTargets)
install(EXPORT framegenTargets NAMESPACE framegen:: DESTINATION ${package_folder})
install(EXPORT framegenStaticTargets NAMESPACE framegen:: DESTINATION ${package_folder})
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/framegenConfig.cmake.in ${PROJECT_BINARY_DIR}/framegenConfig.cmake INSTALL_DESTINATION ${package_folder})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/framegenConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/framegenConfig.cmake ${PROJECT_BINARY_DIR}/framegenConfigVersion.cmake ${CMAKE_CURRENT_LIST_DIR}/dependencies.cmake
  DESTINATION ${package_folder})
if(APPLE)  # the library names itself @rpath/…: who links it by pkg-config must say where that is
  set(FRAMEGEN_PKGCONFIG_RPATH " -Wl,-rpath,\${libdir}")
endif()
configure_file(${CMAKE_CURRENT_LIST_DIR}/framegen.pc.in ${PROJECT_BINARY_DIR}/framegen.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/framegen.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/framegen DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/assets/avatars ${PROJECT_SOURCE_DIR}/assets/face DESTINATION ${CMAKE_INSTALL_DATADIR}/framegen PATTERN cache EXCLUDE)
