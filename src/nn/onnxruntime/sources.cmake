# ONNX Runtime as a backend: loaded at run time, so that the program starts without it.
list(APPEND NN_SOURCES network_check.cpp)
list(APPEND NN_TESTS network_check_test.cpp)
if(FRAMEGEN_ONNXRUNTIME)
  list(APPEND NN_SOURCES onnxruntime/onnxruntime_library.cpp onnxruntime/onnxruntime_network.cpp onnxruntime/provider.cpp)
  list(APPEND NN_TESTS onnxruntime/onnxruntime_network_test.cpp)
  list(APPEND NN_LINK framegen_onnxruntime_headers fmt::fmt ${CMAKE_DL_LIBS})
  if(ONNXRUNTIME_LIBRARY)
    set_property(SOURCE onnxruntime/onnxruntime_library.cpp APPEND PROPERTY
      COMPILE_DEFINITIONS FRAMEGEN_ONNXRUNTIME_LIBRARY="${ONNXRUNTIME_LIBRARY}")
  endif()
else()
  list(APPEND NN_SOURCES onnxruntime/onnxruntime_absent.cpp)
endif()
