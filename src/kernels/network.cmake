# The network's kernels: fused inverted residual blocks, convolutions and the small operations between them.
set(NETWORK_FAST conv2d.cpp depthwise.cpp elementwise.cpp face_epilogue.cpp inverted_residual.cpp matrix_tile.cpp scaled_rows.cpp upsample_bilinear.cpp)
list(APPEND KERNEL_SOURCES ${NETWORK_FAST} cache_sizes.cpp inverted_residual_plan.cpp packing.cpp peak_flops.cpp)
list(APPEND KERNEL_REFERENCES conv2d_reference.cpp elementwise_reference.cpp inverted_residual_reference.cpp rounding_reference.cpp scaled_rows_reference.cpp)
list(APPEND KERNEL_TESTS conv2d_test.cpp elementwise_test.cpp inverted_residual_test.cpp scaled_rows_test.cpp)
list(APPEND KERNEL_BENCHES network_bench.cpp)
# Register tiles are loops of constant length, which must be unrolled whole.
set_source_files_properties(${NETWORK_FAST} PROPERTIES COMPILE_OPTIONS -O3)
