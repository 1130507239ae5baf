# Kernels on pixels: what the picture meets on its way into the generator and out of it.
foreach(kernel bgr_to_i420 face_to_u8 image_to_tensor resize_cubic)
  list(APPEND KERNEL_SOURCES pixels/${kernel}.cpp)
  list(APPEND KERNEL_REFERENCES pixels/${kernel}_reference.cpp)
  list(APPEND KERNEL_TESTS pixels/${kernel}_test.cpp)
endforeach()
list(APPEND KERNEL_TESTS pixels/whole_frame_test.cpp)
list(APPEND KERNEL_BENCHES pixels/pixels_bench.cpp)
