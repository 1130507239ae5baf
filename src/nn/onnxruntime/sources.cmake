# ONNX Runtime as a backend: loaded at run time, so that the program starts without it.
list(APPEND NN_SOURCES network_check.cpp onnxruntime/provider_names.cpp)
list(APPEND NN_TESTS network_check_test.cpp)
if(FRAMEGEN_ONNXRUNTIME)
  list(APPEND NN_SOURCES onnxruntime/onnxruntime_library.cpp onnxruntime/onnxruntime_network.cpp onnxruntime/provider.cpp
    onnxruntime/device_parts.cpp onnxruntime/session.cpp)
  list(APPEND NN_TESTS onnxruntime/agreement_test.cpp onnxruntime/device_parts_test.cpp onnxruntime/onnxruntime_network_test.cpp)
  list(APPEND NN_LINK framegen_onnxruntime_headers fmt::fmt ${CMAKE_DL_LIBS})
  if(FRAMEGEN_ONNXRUNTIME_LIBRARY AND NOT FRAMEGEN_RELOCATABLE)
    set_property(SOURCE onnxruntime/onnxruntime_library.cpp APPEND PROPERTY
      COMPILE_DEFINITIONS FRAMEGEN_ONNXRUNTIME_LIBRARY="${FRAMEGEN_ONNXRUNTIME_LIBRARY}")
  endif()
  if(FRAMEGEN_SYSTEM_ONNXRUNTIME)
    set_property(SOURCE onnxruntime/onnxruntime_library.cpp APPEND PROPERTY COMPILE_DEFINITIONS FRAMEGEN_SYSTEM_ONNXRUNTIME)
  endif()
else()
  list(APPEND NN_SOURCES onnxruntime/onnxruntime_absent.cpp)
endif()
# Each has words of its own in a namespace without a name.
set_source_files_properties(graph/parts.cpp graph/to_onnx.cpp onnxruntime/device_parts.cpp onnxruntime/session.cpp
  PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
