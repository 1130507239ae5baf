# What writes ONNX files.
list(APPEND NN_SOURCES onnx/onnx_builder.cpp)
list(APPEND NN_TESTS onnx/onnx_builder_test.cpp)
list(APPEND NN_LINK onnx_proto)
