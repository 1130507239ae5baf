# The network's kernels: fused inverted residual blocks, convolutions and the small operations between them.
set(NETWORK_FAST inverted_residual.cpp)
list(APPEND KERNEL_SOURCES cache_sizes.cpp packing.cpp inverted_residual_plan.cpp ${NETWORK_FAST} network_simple.cpp
  conv2d_reference.cpp elementwise_reference.cpp)
list(APPEND KERNEL_REFERENCES inverted_residual_reference.cpp conv2d_reference.cpp elementwise_reference.cpp)
list(APPEND KERNEL_TESTS inverted_residual_test.cpp)
list(APPEND KERNEL_BENCHES)
# Register tiles are loops of constant length, which must be unrolled whole.
set_source_files_properties(${NETWORK_FAST} PROPERTIES COMPILE_OPTIONS -O3)
