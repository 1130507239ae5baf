# What reads and writes ONNX files. In tests protobuf reads and writes them too, and both must agree.
list(APPEND NN_SOURCES onnx/onnx_builder.cpp onnx/onnx_file.cpp onnx/wire.cpp)
list(APPEND NN_TESTS onnx/onnx_builder_test.cpp onnx/onnx_file_test.cpp)
if(FRAMEGEN_DEVELOPER)
  framegen_protobuf(framegen_onnx_truth ${CMAKE_CURRENT_LIST_DIR}/onnx_truth.proto)
  list(APPEND NN_TEST_USES framegen_onnx_truth)
endif()
