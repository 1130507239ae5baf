# Kernels on pixels: what the picture meets on its way into the generator and out of it.
list(APPEND KERNEL_SOURCES image_to_tensor.cpp face_to_u8.cpp bgr_to_i420.cpp)
list(APPEND KERNEL_REFERENCES image_to_tensor_reference.cpp face_to_u8_reference.cpp bgr_to_i420_reference.cpp)
list(APPEND KERNEL_TESTS image_to_tensor_test.cpp face_to_u8_test.cpp bgr_to_i420_test.cpp)
list(APPEND KERNEL_BENCHES pixels_bench.cpp)
